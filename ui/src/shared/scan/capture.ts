// Listens to a scanner in keyboard-wedge mode wherever the focus is, and gives the focused field back what the
// first keys of the scan left in it.

import { WedgeReader } from "./wedge";

interface Before {
  field: HTMLInputElement | HTMLTextAreaElement;
  value: string;
  at: number | null;
}

export interface Scanned {
  scanned(text: string): void;
  /** A code that is not ours was scanned. Without it such keys are typing like any other. */
  foreign?(): void;
  /** A key that a person may have pressed. */
  typed?(): void;
}

export class ScanCapture {
  readonly #reader = new WedgeReader();
  readonly #heard: Scanned;
  #before: Before | null = null;

  constructor(heard: Scanned) {
    this.#heard = heard;
  }

  listen(target: Window): () => void {
    const read = (event: KeyboardEvent): void => this.#read(event);
    target.addEventListener("keydown", read, { capture: true });
    return () => target.removeEventListener("keydown", read, { capture: true });
  }

  #read(event: KeyboardEvent): void {
    const verdict = this.#reader.read({
      code: event.code,
      at: event.timeStamp,
      modified: event.ctrlKey || event.altKey || event.metaKey,
      repeated: event.repeat,
    });
    switch (verdict.kind) {
      case "pass":
        this.#heard.typed?.();
        return;
      case "begin":
        this.#before = remember(document.activeElement);
        this.#heard.typed?.();
        return;
      case "swallow":
        stop(event);
        return;
      case "foreign":
        if (this.#heard.foreign === undefined) return;
        // Its Enter must not press whatever has the focus.
        stop(event);
        this.#heard.foreign();
        return;
      case "scan":
        stop(event);
        this.#restore();
        this.#heard.scanned(verdict.text);
        return;
    }
  }

  #restore(): void {
    const before = this.#before;
    this.#before = null;
    if (before === null) return;
    const { field, value, at } = before;
    if (document.activeElement === field) {
      // An input method that holds the first keys lets them go now, and not into what is put back.
      field.blur();
      field.focus();
    }
    if (field.value === value) return;
    field.value = value;
    if (at !== null) field.setSelectionRange(at, at);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function stop(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function remember(element: Element | null): Before | null {
  if (element instanceof HTMLTextAreaElement || (element instanceof HTMLInputElement && isTextual(element))) {
    return { field: element, value: element.value, at: element.selectionStart };
  }
  return null;
}

function isTextual(input: HTMLInputElement): boolean {
  return ["text", "search", "password", "tel"].includes(input.type);
}
