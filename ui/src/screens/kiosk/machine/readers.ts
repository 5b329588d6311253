/** What the scanner and the reader of ID cards bring: who stands here, or a word why that is not known. */
import type { DeviceStatus } from "../../../backend/generated/DeviceStatus";
import type { ReaderEvent } from "../../../backend/generated/ReaderEvent";
import { act, ask, stay, type Step } from "./moves";
import { touch } from "./presence";
import type { State } from "./state";

export function heard(state: State, event: ReaderEvent): Step {
  switch (event.type) {
    case "scanned":
      return scanned(touch(state), event.data);
    case "misread":
      return misread(touch(state), event.data);
    case "card":
      return card(state, event.data.number);
    case "status":
      return stay({ ...state, cardReader: cardReaderOf(state, event.data) });
  }
}

export function scanned(state: State, text: string): Step {
  return listens(state)
    ? act(state, ask({ type: "sign_in", credential: { by: "card", text } }))
    : stay(state);
}

export function foreign(state: State): Step {
  return listens(state)
    ? stay({ ...state, trouble: { error: null, retry: null, note: "not_a_card" } })
    : stay(state);
}

function misread(state: State, message: string): Step {
  const error = { code: "bad_card" as const, message, retryable: false, findings: [] };
  return listens(state)
    ? stay({ ...state, trouble: { error, retry: null, note: "not_a_card" } })
    : stay(state);
}

/** A card signs in where somebody begins. Elsewhere it was laid there by chance, or to be read at the window. */
function card(state: State, number: string): Step {
  const begins = state.page.name === "home" || state.page.name === "identity";
  return begins && listens(state)
    ? act(touch(state), ask({ type: "sign_in", credential: { by: "id_number", text: number } }))
    : stay(state);
}

/** Whether whoever comes now is asked for: not while an act is on its way, nor where staff type their PIN. */
function listens(state: State): boolean {
  const { name } = state.page;
  return state.busy === null && name !== "staff" && name !== "asking" && (state.view?.set_up ?? false);
}

function cardReaderOf(state: State, { device, state: is }: DeviceStatus): State["cardReader"] {
  if (device !== "card_reader") return state.cardReader;
  switch (is) {
    case "ready":
      return "free";
    case "occupied":
      return "occupied";
    case "trouble":
      return null;
  }
}
