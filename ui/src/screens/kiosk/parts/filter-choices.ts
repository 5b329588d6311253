/** What can be chosen on the filter chips. */
import type { BoardFilter } from "../../../backend/generated/BoardFilter";
import type { TradeCount } from "../../../backend/generated/TradeCount";

/** Fen a day. */
export const PAY_STEPS: readonly number[] = [15_000, 20_000, 25_000, 30_000];
/** The step on the board's own chip. */
export const USUAL_PAY_STEP = 20_000;

/** The first trades by count; the chosen one is always among them. */
export function tradesOnBoard(
  trades: readonly TradeCount[],
  chosen: string | null,
  room: number,
): TradeCount[] {
  const first = trades.slice(0, room);
  if (chosen === null || first.some(({ trade }) => trade === chosen)) {
    return first;
  }
  const own = trades.find(({ trade }) => trade === chosen) ?? { trade: chosen, posts: 0 };
  return [own, ...first.slice(0, room - 1)];
}

/** The first days; the chosen one is always among them. */
export function daysOnBoard(days: readonly string[], chosen: string | null, room: number): string[] {
  const first = days.slice(0, room);
  return chosen === null || first.includes(chosen) ? first : [...first.slice(0, room - 1), chosen];
}

export const isFiltered = (filter: BoardFilter): boolean =>
  filter.trade !== null ||
  filter.day !== null ||
  filter.meals ||
  filter.transport ||
  filter.day_pay_min !== null;
