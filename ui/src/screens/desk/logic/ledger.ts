// The day's tickets in figures.

import type { TicketState } from "../../../backend/generated/TicketState";
import type { TicketView } from "../../../backend/generated/TicketView";

const ORDER: readonly TicketState[] = [
  "confirmed",
  "arrived",
  "finished",
  "no_show",
  "provisional",
  "review",
  "released",
  "lapsed",
];

export interface DaySum {
  total: number;
  states: { state: TicketState; count: number }[];
  unpaid: number;
}

export function sumOf(tickets: readonly TicketView[]): DaySum {
  const states = ORDER.map((state) => ({
    state,
    count: tickets.filter((ticket) => ticket.state === state).length,
  })).filter(({ count }) => count > 0);
  return { total: tickets.length, states, unpaid: tickets.filter((ticket) => ticket.paid === false).length };
}
