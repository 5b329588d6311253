import { expect, test } from "vitest";
import { connectFake } from "../../backend/fake";
import { clockAfter, FIRST, turn } from "./rotation";
import { startAt } from "./start-at";

test("every page of a round is up for the same time, then the round begins again", () => {
  let rotation = FIRST;
  const seen: number[] = [];
  for (let now = 0; now < 12_000; now += 500) {
    rotation = turn(rotation, 3, 2000, now);
    seen.push(rotation.page);
  }
  for (const page of [0, 1, 2]) {
    expect(seen.filter((up) => up === page)).toHaveLength(8);
  }
});

test("a round that shrank goes on from its beginning", () => {
  expect(turn({ page: 5, since: 0 }, 3, 2000, 10).page).toBe(0);
  expect(turn({ page: 5, since: 0 }, 0, 2000, 10).page).toBe(0);
});

test.each([
  ["08:41", 0, "08:41"],
  ["08:41", 59_999, "08:41"],
  ["08:41", 60_000, "08:42"],
  ["23:59", 60_000, "00:00"],
])("%s and %i ms is %s", (time, elapsed, wanted) => {
  expect(clockAfter(time, elapsed)).toBe(wanted);
});

test.each([
  ["2026-11-19", "06:00"],
  ["2026-11-20", "06:00"],
  ["2026-11-21", "明 06:00"],
  ["2026-11-22", "后 06:00"],
  ["2026-12-01", "1日 06:00"],
  ["2026-12-15", "12月15日"],
])("work from %s", (day, wanted) => {
  const card = { ...connectFake().hall.post("p1").card, first_day: day, start: "06:00" };
  expect(startAt(card, "2026-11-20")).toBe(wanted);
});
