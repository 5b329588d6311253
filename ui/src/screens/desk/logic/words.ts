// Facts of the desk in the words of its rows.

import type { DeskPost } from "../../../backend/generated/DeskPost";
import type { NamedCode } from "../../../backend/generated/NamedCode";
import type { PostCard } from "../../../backend/generated/PostCard";
import type { TicketView } from "../../../backend/generated/TicketView";
import type { WaitingRow } from "../../../backend/generated/WaitingRow";
import { dayName, hours, payText } from "../../../shared/format";
import { common } from "../../../shared/messages/common";
import { desk as t } from "../../../shared/messages/desk";

/** Places that are known to be given, wherever they lie. */
export function takenOf(card: PostCard): number {
  return Math.max(0, card.places - card.left - card.elsewhere);
}

export function whenOf(card: PostCard, today: string): string {
  const first = dayName(card.first_day, today);
  if (card.last_day === card.first_day) return `${first} ${hours(card)}`;
  return `${t.common.days(first, dayName(card.last_day, today))} ${hours(card)}`;
}

/** `trade · title`, said once when both are the same. */
export function postName(card: PostCard): string {
  return card.title === "" || card.title === card.trade ? card.trade : card.trade + common.dot + card.title;
}

/** The numbered place, or the place in the line. */
export function ticketPlace(ticket: TicketView): string {
  const { trade } = ticket.post;
  if (ticket.place !== null) return t.common.place(trade, ticket.place.index, ticket.place.of);
  if (ticket.standby !== null) return t.common.standby(trade, ticket.standby.position);
  return trade;
}

export type Tone = "go" | "wait" | "dull" | "bad";

export interface Badge {
  text: string;
  tone: Tone;
}

export function ticketBadge(ticket: TicketView): Badge {
  switch (ticket.state) {
    case "provisional":
      return { text: t.ticketState.provisional, tone: "wait" };
    case "confirmed":
      return {
        text: ticket.agreement === null ? t.ticketState.confirmed : t.dispatch.agreementMade,
        tone: "go",
      };
    case "arrived":
    case "finished":
    case "released":
    case "lapsed":
      return { text: t.ticketState[ticket.state], tone: "dull" };
    case "no_show":
    case "review":
      return { text: t.ticketState[ticket.state], tone: "bad" };
  }
}

export function isLive(ticket: TicketView): boolean {
  return ticket.state !== "released" && ticket.state !== "lapsed";
}

export function postSearchText({ card, employer }: DeskPost): string {
  return [card.trade, card.title, card.address, employer, payText(card.pay)].join(" ");
}

export function waitingSearchText(row: WaitingRow): string {
  return [row.number, row.masked_name, ...row.trades].join(" ");
}

export function ticketSearchText(ticket: TicketView): string {
  return [ticket.number, ticket.code, ticket.masked_name, ticket.post.trade, ticket.post.title].join(" ");
}

export function nameOf(codes: readonly NamedCode[], code: string): string {
  return codes.find((named) => named.code === code)?.name ?? code;
}

/** The person to propose for a post: the first in the order of call whom it fits and who has nothing yet. */
export function firstFitting(rows: readonly WaitingRow[]): WaitingRow | null {
  const free = rows.filter((row) => !row.placed);
  return free.find((row) => row.fit === "fits") ?? free[0] ?? null;
}

/** A window's label in the words of the hall: its number is what staff know it by. */
export function kioskName(label: string): string {
  return t.help.kiosk(/\d+$/.exec(label)?.[0] ?? "");
}

/**
 * Whether the desk may take a ticket back. `can_release` speaks of the worker, whose time at the kiosk ends
 * earlier; the window may until the worker has arrived.
 */
export function isReleasable(ticket: TicketView): boolean {
  return ticket.state === "confirmed" || ticket.state === "provisional";
}
