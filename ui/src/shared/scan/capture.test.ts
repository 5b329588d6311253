import { afterEach, expect, it, vi } from "vitest";
import { ScanCapture } from "./capture";

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
  const stop = new ScanCapture({ scanned }).listen(window);
  const input = field();
  typeInto(input, TOKEN, 6);
  stop();
  expect(scanned).toHaveBeenCalledExactlyOnceWith(TOKEN);
  expect(input.value).toBe("260");
});

it("leaves a person's typing alone", () => {
  const scanned = vi.fn();
  const stop = new ScanCapture({ scanned }).listen(window);
  const input = field();
  typeInto(input, "LG12", 130);
  stop();
  expect(scanned).not.toHaveBeenCalled();
  expect(input.value).toBe("260LG12");
});

it("takes the Enter of a foreign code only from whoever wants to hear of it", () => {
  const foreign = vi.fn();
  const stop = new ScanCapture({ scanned: vi.fn(), foreign }).listen(window);
  const input = field();
  const presses: boolean[] = [];
  input.addEventListener("keydown", (event) => presses.push(event.code === "Enter"));
  typeInto(input, "6901234567892", 6);
  stop();
  expect(foreign).toHaveBeenCalledOnce();
  expect(presses).not.toContain(true);
  expect(input.value).toBe("2606901234567892");
});

it("reads what an input method hides", () => {
  const scanned = vi.fn();
  const stop = new ScanCapture({ scanned }).listen(window);
  const input = field();
  let at = 5000;
  for (const character of `${TOKEN}\n`) {
    at += 6;
    const code =
      character === "\n" ? "Enter" : /\d/.test(character) ? `Digit${character}` : `Key${character}`;
    const event = new KeyboardEvent("keydown", { code, key: "Process", bubbles: true, isComposing: true });
    Object.defineProperty(event, "timeStamp", { value: at });
    // The input method has put the first letters into the field by itself.
    if (at === 5012) input.value += "lg";
    input.dispatchEvent(event);
  }
  stop();
  expect(scanned).toHaveBeenCalledExactlyOnceWith(TOKEN);
  expect(input.value).toBe("260");
});
