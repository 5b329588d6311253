import { expect, test } from "vitest";
import { shownEntry } from "./id-entry";
import { createWedge } from "./wedge";

const key = (text: string) => ({ key: text, code: "" });

function scan(text: string, gap: number): string | null {
  const wedge = createWedge();
  let now = 0;
  for (const character of text) {
    now += gap;
    expect(wedge.press(key(character), now)).toBeNull();
  }
  return wedge.press({ key: "Enter", code: "Enter" }, now + gap);
}

test("fast keys ended by Enter are a scan", () => {
  expect(scan("LG1ABC234", 8)).toBe("LG1ABC234");
  expect(scan("lg1abc234", 8)).toBe("LG1ABC234");
});

test("a person's typing is none, nor is Enter alone or after a few keys", () => {
  expect(scan("LG1ABC234", 200)).toBeNull();
  expect(scan("", 8)).toBeNull();
  expect(scan("LG1", 8)).toBeNull();
});

test("shift and other named keys between the characters do not matter", () => {
  const wedge = createWedge();
  let now = 0;
  for (const name of ["Shift", "L", "Shift", "G", "1", "A"]) {
    now += 5;
    wedge.press(key(name), now);
  }
  expect(wedge.press(key("Enter"), now + 5)).toBe("LG1A");
});

test("an input method that hides the characters does not hide the scan", () => {
  const wedge = createWedge();
  for (const [at, code] of ["KeyL", "KeyG", "Digit1", "Numpad7"].entries()) {
    wedge.press({ key: "Process", code }, at * 5);
  }
  expect(wedge.press({ key: "Process", code: "Enter" }, 25)).toBe("LG17");
});

test.each([
  ["", ["______", "________", "____"]],
  ["99", ["99____", "________", "____"]],
  ["9901011980", ["••••••", "1980____", "____"]],
  ["99010119800101123", ["••••••", "•••••••1", "123_"]],
  ["990101198001011234", ["990101", "••••••••", "1234"]],
])("%s is shown as %s", (entry, wanted) => {
  expect(shownEntry(entry)).toEqual(wanted);
});
