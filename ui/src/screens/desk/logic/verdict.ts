// How a checked ticket is shown: may the paper be made, must somebody look, or is it worth nothing?

import type { TicketCheck } from "../../../backend/generated/TicketCheck";

export type Verdict = "good" | "mind" | "bad";

export function verdictOf({
  valid,
  ticket,
  check,
}: Pick<TicketCheck, "valid" | "ticket" | "check">): Verdict {
  switch (ticket.state) {
    case "provisional":
    case "review":
      return "mind";
    case "released":
    case "lapsed":
    case "no_show":
      return "bad";
    case "finished":
      return "mind";
    case "confirmed":
    case "arrived":
      if (!valid) return "bad";
      return check.blocked || check.agreement === null ? "mind" : "good";
  }
}

/** A letter that acts on the ticket page where nobody is typing. */
export type TicketAct = "make" | "slip" | "outcome" | "release";

export function ticketAct(key: string): TicketAct | null {
  switch (key.toLowerCase()) {
    case "p":
      return "make";
    case "s":
      return "slip";
    case "o":
      return "outcome";
    case "r":
      return "release";
    default:
      return null;
  }
}
