// What the desk says of a stick, before and after it was read.

import type { StickRead } from "../../../backend/generated/StickRead";
import { machines } from "../../../shared/messages/machines";
import type { Told } from "./lines";

const t = machines.stick.read;
// The whole file goes through memory, some three times over; the hall refuses a longer one too.
const SIZE_MAX = 64 * 1024 * 1024;

export function stickFault(file: Pick<File, "size">): string | null {
  return file.size > SIZE_MAX ? t.tooBig : null;
}

/** How much of it was new; what was wrong with it is said beside. */
export function readTold(read: StickRead): readonly Told[] {
  const known: Told = { tone: "dull", mark: "–", text: t.known(read.known) };
  if (read.new > 0) {
    const taken: Told = { tone: "go", mark: "✓", text: t.new(read.new) };
    return read.known > 0 ? [taken, known] : [taken];
  }
  if (read.problems.length === 0) return [{ tone: "go", mark: "✓", text: t.nothing(read.known) }];
  const none: Told = { tone: "wait", mark: "!", text: t.none };
  return read.known > 0 ? [none, known] : [none];
}
