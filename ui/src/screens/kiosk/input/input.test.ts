import { expect, test } from "vitest";
import { shownEntry } from "./id-entry";

test.each([
  ["", ["______", "________", "____"]],
  ["99", ["99____", "________", "____"]],
  ["9901011980", ["••••••", "1980____", "____"]],
  ["99010119800101123", ["••••••", "•••••••1", "123_"]],
  ["990101198001011234", ["990101", "••••••••", "1234"]],
])("%s is shown as %s", (entry, wanted) => {
  expect(shownEntry(entry)).toEqual(wanted);
});
