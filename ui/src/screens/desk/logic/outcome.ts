// Which outcome comes next for a ticket: the one the dialog proposes.

import type { Outcome } from "../../../backend/generated/Outcome";
import type { TicketView } from "../../../backend/generated/TicketView";
import { yuan } from "../../../shared/format";

export const OUTCOMES: readonly Outcome[] = ["arrived", "no_show", "finished", "paid", "unpaid"];

export function likelyOutcome(ticket: Pick<TicketView, "state" | "paid">): Outcome {
  switch (ticket.state) {
    case "provisional":
    case "confirmed":
    case "review":
    case "released":
    case "lapsed":
      return "arrived";
    case "arrived":
      return "finished";
    case "finished":
      return "paid";
    case "no_show":
      return "no_show";
  }
}

/** Known only for one day's work paid by the day, or for a whole job. */
export function likelyAmount({ post }: Pick<TicketView, "post">): string {
  const whole = post.pay.unit === "job" || (post.pay.unit === "day" && post.first_day === post.last_day);
  return whole ? yuan(post.pay.amount) : "";
}
