// Reads days and times as a hurried person writes them. `null` means: not understood; the field then says how.

import { common } from "../../../shared/messages/common";

const DAY_MS = 86_400_000;

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

function realDay(year: number, month: number, date: number): string | null {
  const text = `${year}-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`;
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) return null;
  return text;
}

const SPOKEN: readonly string[] = [common.today, common.tomorrow, common.dayAfter];

/** `21`, `11-21`, `1121`, `2026-11-21`, `+1`, or a spoken day; without a year or month the next such day. */
export function parseDay(text: string, today: string): string | null {
  const typed = text.trim();
  const spoken = SPOKEN.indexOf(typed);
  if (spoken >= 0) return addDays(today, spoken);
  const plus = /^\+(\d{1,3})$/.exec(typed)?.[1];
  if (plus !== undefined) return addDays(today, Number(plus));
  const numbers = /^\d{4}$/.test(typed)
    ? [typed.slice(0, 2), typed.slice(2)]
    : /^\d{8}$/.test(typed)
      ? [typed.slice(0, 4), typed.slice(4, 6), typed.slice(6)]
      : (typed.match(/\d+/g) ?? []);
  return dayOf(numbers.map(Number), today);
}

function dayOf(numbers: readonly number[], today: string): string | null {
  const [year = 0, month = 0] = today.split("-").map(Number);
  const [first = 0, second = 0, third = 0] = numbers;
  switch (numbers.length) {
    case 1: {
      const day = realDay(year, month, first);
      if (day !== null && day >= today) return day;
      return month === 12 ? realDay(year + 1, 1, first) : realDay(year, month + 1, first);
    }
    case 2: {
      const day = realDay(year, first, second);
      return day !== null && day < today ? realDay(year + 1, first, second) : day;
    }
    case 3:
      return realDay(first < 100 ? 2000 + first : first, second, third);
    default:
      return null;
  }
}

/** `7`, `730`, `0730`, `7:30`, `7.30`, with full-width colons too. */
export function parseTime(text: string): string | null {
  const typed = text.trim();
  const match = /^(\d{1,2})(?:[:.\uFF1A](\d{1,2}))?$/.exec(typed) ?? /^(\d{1,2})(\d{2})$/.exec(typed);
  if (match === null) return null;
  const hour = Number(match[1]);
  const minute = Number(match[2] ?? "0");
  if (hour > 23 || minute > 59) return null;
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** After this hour nobody begins a job on the same day. */
const LAST_START_TODAY = "10:00";

export function likelyFirstDay(today: string, time: string): string {
  return time < LAST_START_TODAY ? today : addDays(today, 1);
}
