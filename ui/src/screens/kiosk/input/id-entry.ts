/** How a typed identity number is shown: in groups of 6, 8 and 4, and never whole. */
import { ID_LENGTH } from "../machine/state";

const GROUPS: readonly (readonly [number, number])[] = [
  [0, 6],
  [6, 14],
  [14, 18],
];
const SHOWN_WHILE_TYPING = 4;
const MASK = "•";
const EMPTY = "_";

/** While typing only the last digits are readable; a complete number shows its region and its last four. */
export function shownEntry(entry: string): string[] {
  const complete = entry.length >= ID_LENGTH;
  const characters = Array.from({ length: ID_LENGTH }, (_, at) => {
    const typed = entry[at];
    if (typed === undefined) {
      return EMPTY;
    }
    const readable = complete ? at < 6 || at >= 14 : at >= entry.length - SHOWN_WHILE_TYPING;
    return readable ? typed : MASK;
  });
  return GROUPS.map(([from, to]) => characters.slice(from, to).join(""));
}

export const missingDigits = (entry: string): number => ID_LENGTH - entry.length;
