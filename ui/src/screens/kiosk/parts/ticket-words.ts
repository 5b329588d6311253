/** What a ticket says of itself. Only a confirmed place is ever called confirmed. */
import type { TicketView } from "../../../backend/generated/TicketView";
import type { IconName } from "../../../shared/components/icons";
import { dayName, payText } from "../../../shared/format";
import { kiosk } from "../../../shared/messages/kiosk";
import type { Fact } from "./fact";

const words = kiosk.ticket;

export type Tone = "yours" | "waiting" | "past";
export type Head = { tone: Tone; icon: IconName; title: string; lines: readonly string[] };

export function headOf(ticket: TicketView): Head {
  switch (ticket.state) {
    case "confirmed":
      return {
        tone: "yours",
        icon: "check",
        title:
          ticket.place === null
            ? words.confirmedNoPlace
            : words.confirmed(ticket.place.index, ticket.place.of),
        lines: [ticket.promoted ? words.promoted : words.yours],
      };
    case "provisional":
      return { tone: "waiting", icon: "hourglass", title: standbyTitle(ticket), lines: standbyLines(ticket) };
    case "arrived":
    case "finished":
      return { tone: "past", icon: "check", title: words.state[ticket.state], lines: [] };
    case "lapsed":
    case "no_show":
    case "released":
    case "review":
      return { tone: "past", icon: "cross", title: words.state[ticket.state], lines: [] };
  }
}

const standbyTitle = ({ standby }: TicketView): string =>
  standby === null ? words.standbyNoPosition : words.standby(standby.position);

function standbyLines({ standby }: TicketView): string[] {
  if (standby === null) {
    return [words.standbyNotYours];
  }
  const until = words.standbyUntil(standby.decide_by);
  switch (standby.reason) {
    case "full":
      return [until, words.standbyNotYours];
    case "clock_untrusted":
      return [until, words.clock];
    case "none_here": {
      const maybe = standby.elsewhere > 0 ? [words.standbyElsewhere(standby.elsewhere)] : [];
      return [until, ...maybe, words.standbyNotYours];
    }
  }
}

export function ticketFacts(ticket: TicketView, today: string): Fact[] {
  const { post } = ticket;
  const who = [ticket.contact_name, ticket.contact_phone].filter((text) => text !== "").join("\n");
  return [
    { name: words.pay, value: payText(post.pay), strong: true, pay: true },
    {
      name: words.when,
      value: `${dayName(post.first_day, today)} ${post.start}\n${words.to(post.end)}`,
      strong: true,
    },
    { name: words.where, value: post.address },
    ...(who === "" ? [] : [{ name: words.who, value: who }]),
    ...(post.bring === "" ? [] : [{ name: words.bring, value: post.bring }]),
  ];
}

export function nextSteps(ticket: TicketView, window: string): readonly string[] {
  switch (ticket.state) {
    case "confirmed":
      return words.confirmedSteps(window, ticket.post.start);
    case "provisional": {
      const steps = words.standbySteps(window, ticket.number, ticket.standby?.decide_by ?? ticket.post.start);
      return (ticket.standby?.elsewhere ?? 0) > 0 ? [words.askAtWindow(window), ...steps] : steps;
    }
    case "arrived":
    case "finished":
    case "lapsed":
    case "no_show":
    case "released":
    case "review":
      return [];
  }
}

const RANK: Record<TicketView["state"], number> = {
  confirmed: 1,
  provisional: 2,
  review: 3,
  arrived: 4,
  finished: 5,
  lapsed: 6,
  no_show: 7,
  released: 8,
};

/** A place that has just come free for somebody is what that person came to see. */
export function inOrder(tickets: readonly TicketView[]): TicketView[] {
  const rank = (ticket: TicketView): number => (isPromoted(ticket) ? 0 : RANK[ticket.state]);
  return tickets.toSorted((a, b) => rank(a) - rank(b));
}

export const isPromoted = (ticket: TicketView): boolean => ticket.promoted && ticket.state === "confirmed";

/** The pay can be missed only after work. */
export const canReportUnpaid = (ticket: TicketView): boolean =>
  (ticket.state === "finished" || ticket.state === "arrived") && ticket.paid === null;
