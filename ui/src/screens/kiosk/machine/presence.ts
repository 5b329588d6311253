/** Who stands here and for how long: the idle warning, the hard cap, the way home after a result. */
import { ask, clearDown, showTicket, stay, type Step } from "./moves";
import { isAwaited } from "./slip";
import {
  HELP_SHOWN,
  IDLE_COUNTDOWN,
  IDLE_WARNING,
  RESULT_RETURN,
  SESSION_CAP,
  SLIP_AWAITED,
  type State,
} from "./state";

/** Any touch or scan: somebody is here. */
export function touch(state: State): State {
  const { now, presence, page } = state;
  const since = presence.is === "nobody" ? now : presence.since;
  const held = page.name === "ticket" && page.returnAt !== null ? { ...page, returnAt: null } : page;
  return { ...state, page: held, presence: { is: "here", since, touched: now } };
}

export function tick(state: State): Step {
  const { presence, now, page } = state;
  const home = returnTime(state);
  if (home !== null && now >= home) {
    return clearDown(state);
  }
  if (page.name === "asking" && now >= page.until) {
    // Nobody had one in time. Asked once more, in case the word of a change was lost.
    const [next, effects] = showTicket(state, page.ticket, now + RESULT_RETURN);
    return [next, [...effects, ask({ type: "view" })]];
  }
  if (presence.is !== "nobody") {
    const idle = now - presence.touched;
    if (now - presence.since >= SESSION_CAP) {
      return clearDown(state);
    }
    // A page that goes home by itself knows better when: there may be a slip to wait for, and to take.
    if (home !== null && presence.is === "here") {
      return stay(state);
    }
    if (idle >= IDLE_WARNING + IDLE_COUNTDOWN) {
      return clearDown(state);
    }
    if (presence.is === "here" && idle >= IDLE_WARNING) {
      return stay({ ...state, presence: { ...presence, is: "leaving" } });
    }
  }
  return stay(state);
}

/** When the result page goes home by itself; for a slip that is not out yet it waits, and not for ever. */
function returnTime({ page, opened }: State): number | null {
  if (page.name !== "ticket" || page.returnAt === null) {
    return null;
  }
  return isAwaited(page) ? Math.max(page.returnAt, opened + SLIP_AWAITED) : page.returnAt;
}

/** Whole seconds until the clear-down while the countdown is on screen. */
export function secondsToClearDown(state: State): number | null {
  return state.presence.is === "leaving"
    ? secondsUntil(state.presence.touched + IDLE_WARNING + IDLE_COUNTDOWN, state.now)
    : null;
}

/** Whole seconds until the result page goes home by itself; `null` when it waits for the person or for a slip. */
export function secondsToReturn(state: State): number | null {
  const home = returnTime(state);
  return home === null || home - state.now > RESULT_RETURN ? null : secondsUntil(home, state.now);
}

export function helpIsCalled(state: State): boolean {
  return state.helpUntil !== null && state.now < state.helpUntil;
}

export const helpShownUntil = (now: number): number => now + HELP_SHOWN;

const secondsUntil = (then: number, now: number): number => Math.max(0, Math.ceil((then - now) / 1000));
