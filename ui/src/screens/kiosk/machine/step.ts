/** One step of the kiosk: a state and an event in, a state and what to ask out. Pure; time is an argument. */
import { act, ask, askBoard, clearDown, go, refresh, showTicket, startPage, stay, type Step } from "./moves";
import { tick, touch } from "./presence";
import { foreign, heard, scanned } from "./readers";
import { failed, replied, retry } from "./replies";
import { paperOf } from "./slip";
import { ID_LENGTH, NO_FILTER, PIN_LENGTH_MAX, SETTLE, type Event, type State } from "./state";

export function step(before: State, event: Event, now: number): Step {
  const state: State = { ...before, now };
  switch (event.type) {
    case "boot":
      return stay(state, ask({ type: "sign_out" }), ask({ type: "view" }));
    case "tick":
      return tick(state);
    case "poll":
      return poll(state);
    case "changed":
      return stay(state, ...refresh(state));
    case "replied":
      return event.generation === state.generation ? replied(state, event.effect, event.reply) : stay(state);
    case "failed":
      return event.generation === state.generation ? failed(state, event.effect, event.error) : stay(state);
    case "touched":
      return stay(touch(state));
    case "scanned":
      return scanned(touch(state), event.text);
    case "foreign":
      return foreign(touch(state));
    case "reader":
      return heard(state, event.event);
    case "call_help":
      return stay(touch(state), ask({ type: "call_help" }));
    case "corner_held":
      return go(touch(state), { name: "staff", pin: "" });
    case "finish":
      return clearDown(state);
    default:
      return state.busy === null ? chosen(touch(state), event) : stay(touch(state));
  }
}

function poll(state: State): Step {
  const effects = [ask({ type: "view" })];
  if (state.signOutOwed && state.session === null && state.busy === null) {
    effects.unshift(ask({ type: "sign_out" }));
  }
  if (state.stale) {
    effects.push(askBoard(state));
  }
  return stay(state, ...effects);
}

/** What a person chose on the screen. */
type Choice = Exclude<
  Event,
  {
    type:
      | "boot"
      | "tick"
      | "poll"
      | "changed"
      | "replied"
      | "failed"
      | "touched"
      | "scanned"
      | "foreign"
      | "reader"
      | "call_help"
      | "corner_held"
      | "finish";
  }
>;

function chosen(state: State, event: Choice): Step {
  const { page } = state;
  switch (event.type) {
    case "filter": {
      const next: State = { ...state, filter: event.filter, boardPage: 0 };
      return stay(next, askBoard(next));
    }
    case "turn_page": {
      const next: State = { ...state, boardPage: Math.max(0, event.page) };
      return stay(next, askBoard(next));
    }
    case "similar":
      return home({ ...state, filter: { ...NO_FILTER, trade: event.trade }, boardPage: 0 });
    case "open_filters":
      return go(state, { name: "filters" });
    case "open_post":
      return act(state, ask({ type: "post", post: event.post }));
    case "identify":
      return go(state, { name: "identity", goal: { to: "mine" }, entry: "" });
    case "type":
      return stay(typed(state, event.key));
    case "erase":
      return stay(edited(state, (text) => text.slice(0, -1)));
    case "empty":
      return stay(edited(state, () => ""));
    case "submit":
      return submit(state);
    case "want":
      return want(state);
    case "confirm":
      return page.name === "confirm" && settled(state) && page.detail.obstacle === null
        ? act(state, ask({ type: "claim", post: page.detail.card.id }))
        : stay(state);
    case "open_mine":
      return state.session === null
        ? go(state, { name: "identity", goal: { to: "mine" }, entry: "" })
        : go(state, { name: "mine" }, ask({ type: "view" }));
    case "open_ticket":
      return showTicket(state, event.ticket, null);
    case "want_release":
      return go(state, { name: "release", ticket: event.ticket });
    case "confirm_release":
      return page.name === "release" && settled(state)
        ? act(state, ask({ type: "release", ticket: page.ticket.id }))
        : stay(state);
    case "report_unpaid":
      return act(state, ask({ type: "report_unpaid", ticket: event.ticket.id }));
    case "slip_came":
      return page.name === "ticket" && paperOf(page.ticket)?.state === "unconfirmed"
        ? act(state, ask({ type: "slip_came", ticket: page.ticket.id, came: event.came }))
        : stay(state);
    case "back":
      return back(state);
    case "dismiss":
      return stay({ ...state, trouble: null });
    case "retry":
      return page.name === "down" ? stay(state, ask({ type: "view" })) : retry(state);
  }
}

const settled = (state: State): boolean => state.now - state.opened >= SETTLE;

function want(state: State): Step {
  const { page } = state;
  if (page.name !== "post" || page.detail.card.closed || page.detail.obstacle !== null) {
    return stay(state);
  }
  return state.session === null
    ? go(state, { name: "identity", goal: { to: "claim", detail: page.detail }, entry: "" })
    : go(state, { name: "confirm", detail: page.detail }, ask({ type: "post", post: page.detail.card.id }));
}

function edited(state: State, edit: (text: string) => string): State {
  const { page } = state;
  if (page.name === "identity") {
    return { ...state, page: { ...page, entry: edit(page.entry) } };
  }
  return page.name === "staff" ? { ...state, page: { ...page, pin: edit(page.pin) } } : state;
}

/** A number has digits, and an X only as its last character. */
function typed(state: State, key: string): State {
  const isDigit = /^[0-9]$/.test(key);
  return edited(state, (text) => {
    if (state.page.name === "staff") {
      return isDigit && text.length < PIN_LENGTH_MAX ? text + key : text;
    }
    const fits = text.length < ID_LENGTH && (isDigit || (key === "X" && text.length === ID_LENGTH - 1));
    return fits ? text + key : text;
  });
}

function submit(state: State): Step {
  const { page } = state;
  if (page.name === "identity" && page.entry.length === ID_LENGTH) {
    return act(state, ask({ type: "sign_in", credential: { by: "id_number", text: page.entry } }));
  }
  if (page.name === "staff" && page.pin !== "") {
    return act(state, { type: "leave", pin: page.pin });
  }
  return stay(state);
}

/** One page nearer to the board. */
function back(state: State): Step {
  const { page } = state;
  switch (page.name) {
    case "identity":
      return page.goal.to === "claim" ? go(state, { name: "post", detail: page.goal.detail }) : home(state);
    case "confirm":
      return go(state, { name: "post", detail: page.detail });
    case "release":
      return go(state, { name: "mine" });
    case "ticket":
      return state.session === null ? home(state) : go(state, { name: "mine" });
    case "filters":
    case "post":
    case "mine":
    case "staff":
      return home(state);
    case "starting":
    case "down":
    case "not_set_up":
    case "home":
    case "asking":
      return stay(state);
  }
}

function home(state: State): Step {
  return go(state, startPage(state), askBoard(state));
}
