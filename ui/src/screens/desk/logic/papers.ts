// What staff have to do about papers, and what one more print of one would be.

import type { PaperKind } from "../../../backend/generated/PaperKind";
import type { PaperView } from "../../../backend/generated/PaperView";
import type { TicketView } from "../../../backend/generated/TicketView";
import type { IconName } from "../../../shared/components/icons";
import { papers as t } from "../../../shared/messages/papers";
import type { Tone } from "./words";

export interface PaperTold {
  tone: Tone;
  icon: IconName;
  text: string;
  /** What is the matter; empty while nothing is. */
  why: string;
  /** What to do about it. */
  remedy: string;
}

export function paperTold(paper: PaperView): PaperTold {
  const { state, why } = paper;
  const matter = { why: why === null ? "" : t.trouble[why], remedy: why === null ? "" : t.remedy[why] };
  const text = t.state[state];
  switch (state) {
    case "queued":
      return { tone: "dull", icon: "hourglass", text, ...matter };
    case "sending":
      return why === null
        ? { tone: "dull", icon: "printer", text, ...matter }
        : { tone: "wait", icon: "warn", text, ...matter };
    case "waiting":
      return { tone: "wait", icon: "warn", text, ...matter };
    case "done":
      return { tone: "go", icon: "check", text, ...matter };
    case "unconfirmed":
      return { tone: "wait", icon: "warn", text, ...matter };
    case "failed":
      return { tone: "bad", icon: "cross", text, ...matter };
    case "cancelled":
      return { tone: "dull", icon: "cross", text, ...matter };
  }
}

export type PaperAct = "cancel" | "came" | "nothing" | "again";

/** What can be done about it, the likely one first. */
export function actsOf(paper: PaperView): readonly PaperAct[] {
  switch (paper.state) {
    case "queued":
    case "waiting":
      return paper.here ? ["cancel"] : ["again", "cancel"];
    case "sending":
      return paper.here ? [] : ["again"];
    case "unconfirmed":
      return ["came", "nothing", "again"];
    case "done":
    case "failed":
    case "cancelled":
      return ["again"];
  }
}

/** What stands in for another: the slip of a ticket, its agreement, somebody's card. A test page is like any other. */
const subjectOf = ({ kind, ticket, number }: PaperView): string =>
  `${kind === "standby" ? "slip" : kind} ${ticket ?? number}`;

/** Papers that are never reprints of another. */
const isUncounted = ({ kind }: Pick<PaperView, "kind">): boolean => kind === "card" || isTest(kind);

const isTest = (kind: PaperKind): boolean => kind === "test" || kind === "test_sheet";

/** For certain none came out and none will; that a person saw none is not certain. */
const isSurelyLost = ({ state, why }: PaperView): boolean =>
  state === "cancelled" || (state === "failed" && why !== "nothing_came");

/** It stands for nothing any more: no other one is a reprint of it. */
const isWorthless = (paper: PaperView): boolean => paper.superseded || isSurelyLost(paper);

/** Which number one more would bear; 0 for a first one. */
export function nextNumber(papers: readonly PaperView[], of: Pick<PaperView, "kind" | "ticket">): number {
  if (isUncounted(of)) return 0;
  const before = papers.filter(
    (paper) => paper.kind === of.kind && paper.ticket === of.ticket && !isWorthless(paper),
  );
  return before.reduce((most, paper) => Math.max(most, paper.reprint + 1), 0);
}

/** What one more print of it would be, or why there need be none. */
export function againTold(paper: PaperView, papers: readonly PaperView[]): string {
  if (!actsOf(paper).includes("again")) {
    return paper.state === "sending" ? t.again.sending : t.again.onItsWay;
  }
  const isUnsent = paper.state === "queued" || paper.state === "waiting";
  const calledOff = isUnsent ? t.again.calledOff(paper.device) : "";
  if (isUncounted(paper)) return t.again.card + calledOff;
  const number = nextNumber(papers, paper);
  return (number === 0 ? t.again.first : t.again.reprint(number)) + calledOff;
}

/** The kind of slip that a ticket gets now. */
export const slipKind = (ticket: TicketView): "slip" | "standby" =>
  ticket.state === "provisional" ? "standby" : "slip";

/** Tickets whose worker comes for no slip any more. */
export function isOver({ state }: TicketView): boolean {
  return state !== "confirmed" && state !== "provisional";
}

/**
 * Papers that somebody has to do something about: they wait for a printer, nobody knows whether they came out, or they
 * did not and nothing has come in their place. `papers` are as the hall sorts them: open ones, then the newest.
 */
export function needingSomebody(
  papers: readonly PaperView[],
  tickets: readonly TicketView[],
): ReadonlySet<string> {
  const over = new Set(tickets.filter(isOver).map(({ id }) => id));
  const needing = papers.filter((paper, at) => {
    if (paper.superseded) return false;
    if (paper.state === "unconfirmed") return true;
    if (paper.state === "waiting" || paper.state === "sending") return paper.why !== null;
    if (paper.state !== "failed" || isTest(paper.kind)) return false;
    if (paper.ticket !== null && over.has(paper.ticket)) return false;
    const newer = papers.slice(0, at);
    return !newer.some((other) => subjectOf(other) === subjectOf(paper) && other.state !== "cancelled");
  });
  return new Set(needing.map(({ id }) => id));
}

/** What one needs somebody for, before what is under way, before what is settled; each as it came. */
export function inOrderOfNeed(
  papers: readonly PaperView[],
  needing: ReadonlySet<string>,
): readonly PaperView[] {
  const rank = (paper: PaperView): number => (needing.has(paper.id) ? 0 : 1);
  return papers.toSorted((a, b) => rank(a) - rank(b));
}
