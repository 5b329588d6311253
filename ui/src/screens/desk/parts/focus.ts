// Where the keyboard is. Pages and dialogs say it themselves: an engine's guess costs the clerk a Tab each time.

/** Puts the focus here when the element appears. */
export function focusHere(node: HTMLElement): void {
  queueMicrotask(() => node.focus());
}

/** Focuses the field with the fault, and chooses its text. */
export function focusField(root: ParentNode, name: string, from = 0, to = 0): void {
  const field = root.querySelector<HTMLElement>(`[data-field="${name}"]`);
  if (field === null) return;
  field.focus();
  if (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && field.type === "text")) {
    if (to > from) field.setSelectionRange(from, to);
    else field.select();
  }
}

export function focusFault(root: ParentNode, faults: Partial<Record<string, string | undefined>>): void {
  for (const field of root.querySelectorAll<HTMLElement>("[data-field]")) {
    const name = field.dataset["field"];
    if (name !== undefined && faults[name] !== undefined) {
      focusField(root, name);
      return;
    }
  }
}

const NEXT = "input, select, textarea, [data-next]";

/** In a long form Enter goes to the next field; a text area keeps its line breaks. */
export function enterMovesOn(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.defaultPrevented) return;
  if (!(event.target instanceof HTMLElement)) return;
  if (!["INPUT", "SELECT"].includes(event.target.tagName)) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(NEXT)];
  const fields = all.filter((field) => field.offsetParent !== null);
  fields[fields.indexOf(event.target) + 1]?.focus();
}
