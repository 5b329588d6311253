// Listens to a scanner in keyboard-wedge mode wherever the focus is, and gives the focused field back what the
// first keys of the scan left in it.

import { WedgeReader } from "../logic/wedge";

interface Before {
  field: HTMLInputElement | HTMLTextAreaElement;
  value: string;
  at: number | null;
}

export class ScanCapture {
  readonly #reader = new WedgeReader();
  readonly #scanned: (text: string) => void;
  #before: Before | null = null;

  constructor(scanned: (text: string) => void) {
    this.#scanned = scanned;
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
    });
    switch (verdict.kind) {
      case "pass":
        return;
      case "begin":
        this.#before = remember(document.activeElement);
        return;
      case "swallow":
        stop(event);
        return;
      case "scan":
        stop(event);
        this.#restore();
        this.#scanned(verdict.text);
        return;
    }
  }

  #restore(): void {
    const before = this.#before;
    this.#before = null;
    if (before === null || before.field.value === before.value) return;
    before.field.value = before.value;
    if (before.at !== null) before.field.setSelectionRange(before.at, before.at);
    before.field.dispatchEvent(new Event("input", { bubbles: true }));
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
