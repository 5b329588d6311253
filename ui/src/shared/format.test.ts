import { expect, test } from "vitest";
import { dayName, daysBetween, yuan } from "./format";

test.each([
  [26000, "260"],
  [2850, "28.5"],
  [2205, "22.05"],
  [0, "0"],
])("%i fen", (fen, wanted) => {
  expect(yuan(fen)).toBe(wanted);
});

test.each([
  ["2026-11-20", "今天"],
  ["2026-11-21", "明天"],
  ["2026-11-22", "后天"],
  ["2026-12-01", "12月1日"],
])("%s from 2026-11-20", (day, wanted) => {
  expect(dayName(day, "2026-11-20")).toBe(wanted);
});

test("days are counted across months", () => {
  expect(daysBetween("2026-02-27", "2026-03-02")).toBe(3);
});
