/** Facts into the users' words: pay, days, hours. Pure; the day of today is always an argument. */
import type { PayView } from "../backend/generated/PayView";
import type { PostCard } from "../backend/generated/PostCard";
import { common, payUnit } from "./messages/common";

/** Fen as yuan without needless zeros: 26000 → `260`, 2850 → `28.5`. */
export function yuan(fen: number): string {
  const whole = Math.trunc(fen / 100);
  const rest = Math.abs(fen % 100);
  if (rest === 0) {
    return String(whole);
  }
  return `${whole}.${String(rest).padStart(2, "0").replace(/0$/, "")}`;
}

/** `260 元/天` */
export function payText(pay: PayView): string {
  return `${yuan(pay.amount)} ${payUnit[pay.unit]}`;
}

const DAY_MS = 86_400_000;

function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

/** Whole days from `from` to `to`, both `yyyy-mm-dd`. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from);
}

/** 今天, 明天, 后天, else 5月3日. */
export function dayName(day: string, today: string): string {
  switch (daysBetween(today, day)) {
    case 0:
      return common.today;
    case 1:
      return common.tomorrow;
    case 2:
      return common.dayAfter;
    default:
      return dateName(day);
  }
}

/** 5月3日 */
export function dateName(day: string): string {
  const [, month, date] = day.split("-");
  return common.monthDay(Number(month), Number(date));
}

/** `09:30 – 17:30` */
export function hours(card: PostCard): string {
  return `${card.start} – ${card.end}`;
}

/** 周五 */
export function weekday(day: string): string {
  return common.weekday[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "";
}

/** Days that a post lasts, counting the first. */
export function lasting(card: PostCard): number {
  return daysBetween(card.first_day, card.last_day) + 1;
}

/** 今天; 明天起 5 天 */
export function postDays(card: PostCard, today: string): string {
  const first = dayName(card.first_day, today);
  const days = lasting(card);
  return days > 1 ? common.fromFor(first, days) : first;
}

/** Minutes as hours without needless zeros: 480 → `8`, 450 → `7.5`. */
export function hoursOf(minutes: number): string {
  return String(Math.round((minutes / 60) * 10) / 10);
}
