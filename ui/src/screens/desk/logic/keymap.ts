// What a key asks for, apart from any element. Letters act only where nobody is typing.

import type { PaperAct } from "./papers";

export type Page =
  "dispatch" | "register" | "employers" | "ledger" | "import" | "settings" | "devices" | "printers";

export const PAGES: readonly Page[] = [
  "dispatch",
  "register",
  "employers",
  "ledger",
  "import",
  "settings",
  "devices",
  "printers",
];

export type GlobalAct = { act: "page"; page: Page } | { act: "search" } | { act: "lock" };

export interface KeyPress {
  key: string;
  ctrl: boolean;
  alt: boolean;
  meta: boolean;
}

/** Keys that hold on every page, also while a field has the focus. */
export function globalAct(press: KeyPress): GlobalAct | null {
  const command = press.ctrl || press.meta;
  if (command && !press.alt) {
    const letter = press.key.toLowerCase();
    if (letter === "k") return { act: "search" };
    if (letter === "l") return { act: "lock" };
    return null;
  }
  if (press.alt) return null;
  const number = /^F([1-8])$/.exec(press.key)?.[1];
  const page = number === undefined ? undefined : PAGES[Number(number) - 1];
  return page === undefined ? null : { act: "page", page };
}

/** F-keys that a browser engine would take for reload, search or caret browsing. */
export function isBrowserKey(press: KeyPress): boolean {
  if (/^F([1-9]|10)$/.test(press.key) && !press.alt) return true;
  return (press.ctrl || press.meta) && ["r", "p", "f", "g", "s", "o"].includes(press.key.toLowerCase());
}

export type Pane = "posts" | "waiting" | "tickets";

const PANES: readonly Pane[] = ["posts", "waiting", "tickets"];

export function neighbour(pane: Pane, key: string): Pane | null {
  const index = PANES.indexOf(pane);
  if (key === "ArrowLeft") return PANES[index - 1] ?? null;
  if (key === "ArrowRight") return PANES[index + 1] ?? null;
  return null;
}

export type DispatchAct =
  | "publish"
  | "detail"
  | "choose_worker"
  | "dispatch"
  | "worker"
  | "fitting"
  | "agreement"
  | "outcome"
  | "release"
  | "check"
  | "filter";

const LETTERS: Readonly<Record<string, DispatchAct>> = {
  n: "publish",
  e: "detail",
  w: "worker",
  f: "fitting",
  p: "agreement",
  o: "outcome",
  r: "release",
  "/": "filter",
};

/** Enter goes on with the job at hand: a post wants a worker, a worker wants the post, a ticket its check. */
export function dispatchAct(pane: Pane, press: KeyPress): DispatchAct | null {
  if (press.ctrl || press.alt || press.meta) return null;
  if (press.key === "Enter") {
    switch (pane) {
      case "posts":
        return "choose_worker";
      case "waiting":
        return "dispatch";
      case "tickets":
        return "check";
    }
  }
  return LETTERS[press.key.toLowerCase()] ?? null;
}

/** The keys of what can be done about the chosen paper. */
export const PAPER_KEYS: Readonly<Record<PaperAct, string>> = {
  again: "P",
  came: "Y",
  nothing: "N",
  cancel: "C",
};

export function paperActOf(key: string): PaperAct | null {
  const acts = Object.keys(PAPER_KEYS) as PaperAct[];
  return acts.find((act) => PAPER_KEYS[act] === key.toUpperCase()) ?? null;
}

export interface Focused {
  tag: string;
  type: string;
  editable: boolean;
}

/** Letters belong to a field that takes text. */
export function takesText(focused: Focused): boolean {
  if (focused.editable) return true;
  if (focused.tag === "TEXTAREA" || focused.tag === "SELECT") return true;
  return focused.tag === "INPUT" && !["checkbox", "radio", "button", "submit", "file"].includes(focused.type);
}
