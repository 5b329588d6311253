/** The slip of the ticket on screen, from its order to the hand that takes it. */
import type { PaperView } from "../../../backend/generated/PaperView";
import type { TicketView } from "../../../backend/generated/TicketView";
import { ask, stay, type Step } from "./moves";
import { RESULT_RETURN, type Page, type SlipState, type State } from "./state";

export type TicketPage = Extract<Page, { name: "ticket" }>;

/** The paper that the ticket comes out on; a standby slip says nothing of the place that came after it. */
export function paperOf({ slip, state }: TicketView): PaperView | null {
  const kind = state === "provisional" ? "standby" : "slip";
  return slip?.kind === kind ? slip : null;
}

/** Something of the slip is still to come, or to be found out from whoever stands here. */
export function isAwaited({ ticket, slip }: TicketPage): boolean {
  const paper = paperOf(ticket);
  if (paper === null) {
    return slip.is === "drawing";
  }
  switch (paper.state) {
    case "queued":
    case "sending":
    case "waiting":
    case "unconfirmed":
      return true;
    case "done":
    case "failed":
    case "cancelled":
      return false;
  }
}

/** It had come out before this page asked for it: nobody need look for it in the printer. */
export function cameBefore(paper: PaperView, slip: SlipState): boolean {
  return slip.is === "drawn" && slip.slip.paper?.id === paper.id && slip.slip.paper.state === "done";
}

/** The ticket is the one on screen, and its slip may have moved. */
export function slipMoved(state: State, page: TicketPage, ticket: TicketView, slip: SlipState): Step {
  const before = paperOf(page.ticket);
  const paper = paperOf(ticket);
  const moved = before?.id !== paper?.id || before?.state !== paper?.state;
  // Whoever is told to take it needs the time to.
  const returnAt = moved && page.returnAt !== null ? state.now + RESULT_RETURN : page.returnAt;
  return ringFor({ ...state, page: { ...page, ticket, slip, returnAt } }, ticket.id, paper);
}

/** The desk is rung for a printer that stops a slip, once for each ticket. */
function ringFor(state: State, ticket: string, paper: PaperView | null): Step {
  if (paper === null || !isStopped(paper) || state.rungFor.includes(ticket)) {
    return stay(state);
  }
  return stay({ ...state, rungFor: [...state.rungFor, ticket] }, ask({ type: "call_help" }));
}

/** The desk has been rung for the slip on screen; the page says so beside it. */
export const isRungFor = ({ page, rungFor }: State): boolean =>
  page.name === "ticket" && rungFor.includes(page.ticket.id);

/** The printer has a trouble that does not pass by itself, and there is a slip that could still come. */
export function isStopped({ state, why }: PaperView): boolean {
  return (state === "waiting" || state === "sending") && why !== null && why !== "resting";
}
