// How a checked paper is shown: may the agreement be made, must somebody look, or is it worth nothing?

import type { PaperElsewhere } from "../../../backend/generated/PaperElsewhere";
import type { SignedPaper } from "../../../backend/generated/SignedPaper";
import type { TicketCheck } from "../../../backend/generated/TicketCheck";
import { common } from "../../../shared/messages/common";
import { desk as t } from "../../../shared/messages/desk";

export type Verdict = "good" | "mind" | "bad";

export function verdictOf({
  verdict,
  ticket,
  check,
}: Pick<TicketCheck, "verdict" | "ticket" | "check">): Verdict {
  switch (verdict) {
    case "valid":
      return check.blocked || check.agreement === null ? "mind" : "good";
    case "standby":
    case "promoted":
    case "replaced":
    case "review":
      return "mind";
    case "used":
      return ticket.state === "no_show" ? "bad" : "mind";
    case "expired":
    case "released":
    case "lapsed":
      return "bad";
  }
}

/** A good ticket whose agreement the rules hold up is not called good. */
export function verdictWords(checked: Pick<TicketCheck, "verdict" | "ticket" | "check">): string {
  const { verdict } = checked;
  return verdict === "valid" && verdictOf(checked) === "mind" ? t.ticket.attention : t.verdict[verdict];
}

/** What stands on the paper, for whoever holds it against the light. */
export function paperFacts(paper: SignedPaper): string {
  const { kind, issued, machine, good_until } = paper;
  return [t.paper.kind[kind], t.paper.issued(issued, machine), t.paper.goodUntil(good_until)].join(
    common.dot,
  );
}

export interface ElsewhereWords {
  verdict: Verdict;
  title: string;
  message: string;
}

/** A good signature of another hall is no green light: what became of the ticket is known only there. */
export function elsewhereWords({ hall, code, paper }: PaperElsewhere): ElsewhereWords {
  const words = t.paper.elsewhere;
  if (paper.stopped)
    return {
      verdict: "bad",
      title: words.stopped,
      message: words.askAboutStopped(hall, paper.machine, code),
    };
  if (paper.expired)
    return { verdict: "bad", title: words.expired, message: words.over(hall, paper.good_until) };
  return { verdict: "mind", title: words.good, message: words.ask(hall, code) };
}

/** A letter that acts on the ticket page where nobody is typing. */
export type TicketAct = "make" | "insurance" | "slip" | "outcome" | "release";

export function ticketAct(key: string): TicketAct | null {
  switch (key.toLowerCase()) {
    case "p":
      return "make";
    case "i":
      return "insurance";
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
