import type { PostCard } from "../../backend/generated/PostCard";
import { dateName, daysBetween } from "../../shared/format";
import { wall } from "../../shared/messages/wall";

/** From here on a bare day of the month could be taken for another month's. */
const FAR_DAYS = 20;

/** When work begins, as short as it can be said: `06:00`, `明 06:00`, `后 06:00`, `23日 06:00`; far off, only the date. */
export function startAt(card: PostCard, today: string): string {
  const days = daysBetween(today, card.first_day);
  if (days <= 0) {
    return card.start;
  }
  switch (days) {
    case 1:
      return wall.tomorrow(card.start);
    case 2:
      return wall.dayAfter(card.start);
    default:
      return days < FAR_DAYS
        ? wall.onDay(Number(card.first_day.slice(-2)), card.start)
        : dateName(card.first_day);
  }
}
