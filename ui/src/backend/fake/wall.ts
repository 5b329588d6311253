/** The wall's side of the in-memory hall. */
import type { WallView } from "../generated/WallView";
import type { FakeHall } from "./hall";

const ROWS = 8;

export function wallView(hall: FakeHall): WallView {
  const cards = hall.posts.map(({ card }) => card);
  const pages = [];
  for (let at = 0; at < cards.length; at += ROWS) {
    const posts = cards.slice(at, at + ROWS);
    pages.push({ trades: [...new Set(posts.map((card) => card.trade))], posts });
  }
  return {
    hall: hall.hall,
    edition: hall.edition(),
    clock: hall.clock(),
    pages,
    page_seconds: 8,
    open_posts: cards.length,
    places_left: cards.reduce((sum, card) => sum + card.left, 0),
    placed_today: 88 + hall.tickets.filter((ticket) => ticket.state === "confirmed").length,
    calls: [
      ...hall.tickets.filter((ticket) => ticket.promoted).map((ticket) => ticket.number),
      ...Array.from({ length: hall.scenario.calls }, (_, at) => `A03${7 - at}`),
    ],
    rights: {
      hourly_minimum: 2200,
      monthly_minimum: 221_000,
      document: "示范县人民政府通知（2025-10-01 起）",
      complaint_phone: "12333",
      legal_aid_phone: "12348",
    },
  };
}
