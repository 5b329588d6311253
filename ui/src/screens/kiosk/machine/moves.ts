/** Small moves that several steps share. Each returns a new state; none asks anything by itself. */
import type { KioskCommand } from "../../../backend/generated/KioskCommand";
import type { TicketView } from "../../../backend/generated/TicketView";
import { NO_FILTER, type Effect, type Page, type State } from "./state";

export type Step = readonly [State, readonly Effect[]];

export const ask = (command: KioskCommand): Effect => ({ type: "ask", command });

export function stay(state: State, ...effects: Effect[]): Step {
  return [state, effects];
}

export function go(state: State, page: Page, ...effects: Effect[]): Step {
  return [{ ...state, page, opened: state.now, trouble: null }, effects];
}

/** Starts the person's own act; while it is on its way no other begins. */
export function act(state: State, effect: Effect): Step {
  return [{ ...state, busy: effect, trouble: null }, [effect]];
}

export const askBoard = (state: State): Effect =>
  ask({ type: "board", filter: state.filter, page: state.boardPage });

/** Everything on screen that the hall may have changed. */
export function refresh(state: State): Effect[] {
  const effects = [ask({ type: "view" }), askBoard(state)];
  if (state.page.name === "post" || state.page.name === "confirm") {
    effects.push(ask({ type: "post", post: state.page.detail.card.id }));
  }
  return effects;
}

/** Drops everything about the person and begins afresh; what is still on its way belongs to nobody. */
export function clearDown(state: State): Step {
  const view = state.view === null ? null : { ...state.view, session: null };
  const cleared: State = {
    generation: state.generation + 1,
    page: startPage(state),
    opened: state.now,
    view,
    board: null,
    filter: NO_FILTER,
    boardPage: 0,
    session: null,
    busy: null,
    trouble: null,
    rungFor: [],
    helpUntil: null,
    presence: { is: "nobody" },
    cardReader: state.cardReader,
    stale: state.stale,
    signOutOwed: true,
    now: state.now,
  };
  return [cleared, [ask({ type: "sign_out" }), ask({ type: "view" }), askBoard(cleared)]];
}

export function startPage(state: State): Page {
  if (state.view === null) {
    return state.page.name === "down" ? { name: "down" } : { name: "starting" };
  }
  return { name: state.view.set_up ? "home" : "not_set_up" };
}

/** A ticket with its slip on the way. */
export function showTicket(state: State, ticket: TicketView, returnAt: number | null): Step {
  const drawable = ticket.place !== null || ticket.standby !== null;
  const page: Page = {
    name: "ticket",
    ticket,
    slip: drawable ? { is: "drawing" } : { is: "missing" },
    fresh: returnAt !== null,
    returnAt,
  };
  return drawable ? go(state, page, ask({ type: "slip", ticket: ticket.id })) : go(state, page);
}
