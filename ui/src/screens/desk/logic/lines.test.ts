import { expect, it } from "vitest";
import type { StoredView } from "../../../backend/generated/StoredView";
import { contactTold, lineTold, storedTold } from "./lines";

const alone: StoredView = {
  last: "1.1.312",
  ops: 312,
  in_hall: 0,
  at_county: 0,
  lines: { hub: null, county: null, reachable: 0, fenced: false },
};
const up = { up: true, heard: "刚刚" };
const told = (stored: StoredView) => storedTold(stored).map(({ told: { mark, text } }) => `${mark} ${text}`);

it("a machine by itself has everything here and lacks nobody", () => {
  expect(told(alone)).toEqual(["✓ 本机已存 312", "– 本厅没有别的机器连上", "– 县级未连"]);
});

it("says what still has to go out, and over which line", () => {
  const lines = { ...alone.lines, reachable: 2, county: { up: false, heard: "3 分钟前" } };
  expect(told({ ...alone, in_hall: 300, at_county: 100, lines })).toEqual([
    "✓ 本机已存 312",
    "! 本厅 300，待传 12",
    "! 县级断开，存了 100，待传 212",
  ]);
});

it("is good when all three have everything", () => {
  const lines = { ...alone.lines, reachable: 2, county: up };
  expect(told({ ...alone, in_hall: 312, at_county: 312, lines })).toEqual([
    "✓ 本机已存 312",
    "✓ 本厅 312",
    "✓ 县级 312",
  ]);
});

it("tells a line that is down from one that never was up", () => {
  expect(lineTold(up).text).toBe("已连上");
  expect(lineTold({ up: false, heard: "3 分钟前" }).text).toBe("断开，上次 3 分钟前");
  expect(lineTold({ up: false, heard: "" }).text).toBe("还没连上过");
  expect(contactTold({ reachable: false, heard: "" }).tone).toBe("wait");
});
