import { afterEach, expect, it, vi } from "vitest";
import { ScanCapture } from "./scan";

const TOKEN = "LG1ABCDEFGH0123456789";

function press(target: Element, code: string, at: number): boolean {
  const event = new KeyboardEvent("keydown", { code, key: code.slice(-1), bubbles: true, cancelable: true });
  Object.defineProperty(event, "timeStamp", { value: at });
  return target.dispatchEvent(event);
}

/** What an engine does with a key that nobody stopped. */
function typeInto(input: HTMLInputElement, text: string, gap: number): void {
  let at = 1000;
  for (const character of text) {
    at += gap;
    const code = /\d/.test(character) ? `Digit${character}` : `Key${character}`;
    if (press(input, code, at)) input.value += character;
  }
  press(input, "Enter", at + gap);
}

afterEach(() => document.body.replaceChildren());

function field(): HTMLInputElement {
  const input = document.createElement("input");
  input.type = "text";
  input.value = "260";
  document.body.append(input);
  input.focus();
  return input;
}

it("takes the scan and leaves the field as it was", () => {
  const scanned = vi.fn();
  const stop = new ScanCapture(scanned).listen(window);
  const input = field();
  typeInto(input, TOKEN, 6);
  stop();
  expect(scanned).toHaveBeenCalledExactlyOnceWith(TOKEN);
  expect(input.value).toBe("260");
});

it("leaves a person's typing alone", () => {
  const scanned = vi.fn();
  const stop = new ScanCapture(scanned).listen(window);
  const input = field();
  typeInto(input, "LG12", 130);
  stop();
  expect(scanned).not.toHaveBeenCalled();
  expect(input.value).toBe("260LG12");
});
