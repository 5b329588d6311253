/** What the hall answered, and what it could not. */
import type { AppError } from "../../../backend/generated/AppError";
import type { KioskCommand } from "../../../backend/generated/KioskCommand";
import type { KioskReply } from "../../../backend/generated/KioskReply";
import type { KioskView } from "../../../backend/generated/KioskView";
import type { PostDetail } from "../../../backend/generated/PostDetail";
import type { SlipView } from "../../../backend/generated/SlipView";
import type { TicketView } from "../../../backend/generated/TicketView";
import type { WorkerSession } from "../../../backend/generated/WorkerSession";
import { act, ask, askBoard, clearDown, go, refresh, showTicket, startPage, stay, type Step } from "./moves";
import { helpShownUntil } from "./presence";
import { slipMoved } from "./slip";
import { ASKING, RESULT_RETURN, type Effect, type Page, type State, type TroubleNote } from "./state";

export function replied(before: State, effect: Effect, reply: KioskReply | null): Step {
  const state = before.busy === effect ? { ...before, busy: null } : before;
  if (effect.type === "leave" || reply === null) {
    return clearDown(state);
  }
  switch (reply.type) {
    case "view":
      return viewCame({ ...state, stale: false }, reply.data);
    case "board":
      return stay({ ...state, board: reply.data, boardPage: reply.data.page, stale: false });
    case "post":
      return postCame(state, effect, reply.data);
    case "session":
      return sessionCame(state, effect.command, reply.data);
    case "ticket":
      return claimed(state, reply.data);
    case "slip":
      return slipCame(state, effect, reply.data);
    case "done":
      return done(state, effect);
  }
}

function sessionCame(state: State, command: KioskCommand, session: WorkerSession): Step {
  switch (command.type) {
    case "sign_in":
      return signedIn(state, session);
    case "slip_came":
      return slipAnswered({ ...state, session });
    default:
      return go({ ...state, session }, { name: "mine" }, ...refresh(state));
  }
}

function slipCame(state: State, effect: Effect, slip: SlipView): Step {
  const { page } = state;
  if (page.name !== "ticket" || !slipIsFor(effect, page.ticket.id)) {
    return stay(state);
  }
  const ticket = { ...page.ticket, slip: slip.paper ?? page.ticket.slip };
  return slipMoved(state, page, ticket, { is: "drawn", slip });
}

/** Whoever answered has touched the screen, which stopped the way home. */
function slipAnswered(state: State): Step {
  const { page } = state;
  return page.name === "ticket" && page.fresh
    ? followTicket({ ...state, page: { ...page, returnAt: state.now + RESULT_RETURN } })
    : followTicket(state);
}

function done(state: State, effect: Effect): Step {
  if (effect.type === "leave") {
    return clearDown(state);
  }
  switch (effect.command.type) {
    case "call_help":
      return stay({ ...state, helpUntil: helpShownUntil(state.now) });
    case "sign_out":
      return stay({ ...state, signOutOwed: false });
    case "view":
    case "board":
    case "release":
    case "report_unpaid":
    case "post":
    case "sign_in":
    case "claim":
    case "slip":
    case "slip_came":
    case "staff_exit":
      return stay(state);
  }
}

function claimed(state: State, ticket: TicketView): Step {
  if (ticket.state === "provisional" && ticket.standby?.reason === "none_here") {
    const [next] = go(state, { name: "asking", ticket, until: state.now + ASKING });
    return [next, refresh(next)];
  }
  const [next, effects] = showTicket(state, ticket, state.now + RESULT_RETURN);
  return [next, [...effects, ...refresh(next)]];
}

function viewCame(state: State, view: KioskView): Step {
  // Only a sign-in at this screen begins a session; the view may only bring it up to date or end it.
  const session = state.session === null ? null : view.session;
  if (state.session === null && view.session !== null && state.busy === null) {
    // A sign-in that came through after its person had left.
    const [next, effects] = viewCame(state, { ...view, session: null });
    return [{ ...next, signOutOwed: true }, [ask({ type: "sign_out" }), ...effects]];
  }
  const next: State = { ...state, view: { ...view, session: null }, session };
  const { page } = next;
  const isNewEdition = state.view?.edition.number !== view.edition.number;
  if (!view.set_up) {
    return page.name === "staff" || page.name === "not_set_up"
      ? stay(next)
      : go(next, { name: "not_set_up" });
  }
  if (page.name === "starting" || page.name === "down" || page.name === "not_set_up") {
    return go(next, { name: "home" }, askBoard(next));
  }
  if (state.session !== null && session === null && needsSession(page)) {
    return clearDown(next);
  }
  const [shown, effects] = followTicket(next);
  return isNewEdition || shown.board === null ? [shown, [...effects, askBoard(shown)]] : [shown, effects];
}

/** The ticket that somebody looks at may have become another meanwhile, for a place has come; or its slip moved. */
function followTicket(state: State): Step {
  const { page, session } = state;
  if (page.name !== "asking" && page.name !== "ticket") {
    return stay(state);
  }
  const ticket = session?.tickets.find(({ id }) => id === page.ticket.id);
  if (ticket === undefined) {
    return stay(state);
  }
  if (ticket.state === page.ticket.state) {
    return page.name === "ticket" ? slipMoved(state, page, ticket, page.slip) : stay(state);
  }
  const justTaken = page.name === "asking" || page.fresh;
  return showTicket(state, ticket, justTaken ? state.now + RESULT_RETURN : null);
}

const needsSession = (page: Page): boolean => page.name === "mine" || page.name === "release";

function postCame(state: State, effect: Effect, detail: PostDetail): Step {
  const { page } = state;
  if ((page.name === "post" || page.name === "confirm") && page.detail.card.id === detail.card.id) {
    return stay({ ...state, page: { ...page, detail } });
  }
  const wasOpened = effect.type === "ask" && effect.command.type === "post" && page.name === "home";
  return wasOpened ? go(state, { name: "post", detail }) : stay(state);
}

function signedIn(before: State, session: WorkerSession): Step {
  const state = { ...before, session };
  const { page } = state;
  const detail =
    page.name === "identity" && page.goal.to === "claim"
      ? page.goal.detail
      : page.name === "post" || page.name === "confirm"
        ? page.detail
        : null;
  if (detail === null) {
    return go(state, { name: "mine" }, ...refresh(state));
  }
  // Asked again, now that the hall knows who asks: an obstacle shows before the last tap.
  return go(state, { name: "confirm", detail }, ask({ type: "post", post: detail.card.id }));
}

export function failed(before: State, effect: Effect, error: AppError | null): Step {
  const state = before.busy === effect ? { ...before, busy: null } : before;
  if (effect.type === "leave") {
    const [next] = trouble({ ...state, page: { name: "staff", pin: "" } }, effect, error, "hall");
    return stay({ ...next, trouble: { error, note: "hall", retry: null } });
  }
  const { command } = effect;
  switch (command.type) {
    case "view":
    case "board":
      return backgroundFailed(state);
    case "slip":
      return state.page.name === "ticket" && slipIsFor(effect, state.page.ticket.id)
        ? stay({ ...state, page: { ...state.page, slip: { is: "missing" } } })
        : stay(state);
    case "sign_out":
      return stay({ ...state, signOutOwed: true });
    case "post":
      return state.page.name === "home" || error !== null
        ? trouble(state, effect, error, "hall", askBoard(state))
        : stay({ ...state, stale: true });
    case "claim":
      return claimFailed(state, effect, error);
    case "call_help":
      return trouble(state, effect, error, "help");
    case "slip_came":
      // It may be settled already, by the desk or by the printer.
      return error?.code === "not_signed_in"
        ? sessionLost(state)
        : trouble(state, effect, error, "hall", ask({ type: "view" }));
    case "sign_in":
    case "release":
    case "report_unpaid":
    case "staff_exit":
      return error?.code === "not_signed_in" ? sessionLost(state) : trouble(state, effect, error, "hall");
  }
}

function claimFailed(state: State, effect: Effect, error: AppError | null): Step {
  const { page } = state;
  if (page.name !== "confirm") {
    return trouble(state, effect, error, "hall");
  }
  if (error?.code === "not_signed_in") {
    return go(
      { ...state, session: null },
      { name: "identity", goal: { to: "claim", detail: page.detail }, entry: "" },
    );
  }
  const again = ask({ type: "post", post: page.detail.card.id });
  const [next] = go(state, { name: "post", detail: page.detail });
  return trouble(next, effect, error, "hall", again, ask({ type: "view" }));
}

function sessionLost(state: State): Step {
  return go({ ...state, session: null }, { name: "identity", goal: { to: "mine" }, entry: "" });
}

function trouble(
  state: State,
  effect: Effect,
  error: AppError | null,
  note: TroubleNote,
  ...effects: Effect[]
): Step {
  const retry = error === null || error.retryable ? effect : null;
  return stay({ ...state, trouble: { error, note, retry } }, ...effects);
}

function backgroundFailed(state: State): Step {
  if (state.view === null || (state.board === null && state.page.name === "home")) {
    return state.page.name === "staff"
      ? stay({ ...state, stale: true })
      : go({ ...state, stale: true }, { name: "down" });
  }
  return stay({ ...state, stale: true });
}

const slipIsFor = (effect: Effect, ticket: string): boolean =>
  effect.type === "ask" && effect.command.type === "slip" && effect.command.ticket === ticket;

/** After a fault has been read: try the same again. */
export function retry(state: State): Step {
  const again = state.trouble?.retry ?? null;
  if (again === null) {
    return go(state, startPage(state));
  }
  if (again.type === "ask" && again.command.type === "claim" && state.page.name === "post") {
    return act({ ...state, page: { name: "confirm", detail: state.page.detail } }, again);
  }
  return act(state, again);
}
