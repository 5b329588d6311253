import { describe, expect, it } from "vitest";
import { addDays, likelyFirstDay, parseDay, parseTime } from "./daytime";

const TODAY = "2026-11-20";

describe("parseDay", () => {
  it.each([
    ["今天", "2026-11-20"],
    ["明天", "2026-11-21"],
    ["后天", "2026-11-22"],
    ["+3", "2026-11-23"],
    ["21", "2026-11-21"],
    ["20", "2026-11-20"],
    ["5", "2026-12-05"],
    ["1121", "2026-11-21"],
    ["11-21", "2026-11-21"],
    ["11月21日", "2026-11-21"],
    ["1.3", "2027-01-03"],
    ["2026-11-21", "2026-11-21"],
    ["20261121", "2026-11-21"],
    ["26/11/21", "2026-11-21"],
  ])("%s is %s", (typed, day) => {
    expect(parseDay(typed, TODAY)).toBe(day);
  });

  it.each(["", "明年", "11-31", "2026-02-30", "32", "1-2-3-4"])("%s is not a day", (typed) => {
    expect(parseDay(typed, TODAY)).toBeNull();
  });

  it("rolls a date of the month over the new year", () => {
    expect(parseDay("5", "2026-12-20")).toBe("2027-01-05");
  });
});

describe("parseTime", () => {
  it.each([
    ["7", "07:00"],
    ["730", "07:30"],
    ["0730", "07:30"],
    ["7:30", "07:30"],
    ["7：5", "07:05"],
    ["17.30", "17:30"],
  ])("%s is %s", (typed, time) => {
    expect(parseTime(typed)).toBe(time);
  });

  it.each(["", "24:00", "7:60", "早上", "12345"])("%s is not a time", (typed) => {
    expect(parseTime(typed)).toBeNull();
  });
});

describe("days", () => {
  it("cross the month", () => {
    expect(addDays("2026-11-30", 1)).toBe("2026-12-01");
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
  });

  it("begin today only while it is early", () => {
    expect(likelyFirstDay(TODAY, "05:10")).toBe("2026-11-20");
    expect(likelyFirstDay(TODAY, "10:00")).toBe("2026-11-21");
  });
});
