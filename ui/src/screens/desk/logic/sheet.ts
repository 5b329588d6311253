// Which files the desk will try to read, before they are read.

import { desk as t } from "../../../shared/messages/desk";

const SIZE_MAX = 16 * 1024 * 1024;

export function sheetFault(file: Pick<File, "name" | "size">): string | null {
  if (!/\.(xlsx|csv)$/i.test(file.name)) return t.import.wrongKind;
  if (file.size > SIZE_MAX) return t.import.tooBig;
  return null;
}
