import { expect, it } from "vitest";
import { readTold, stickFault } from "./stick";

const read = { from: "服务台", new: 0, known: 0, problems: [] as string[] };
const words = (told: ReturnType<typeof readTold>) => told.map(({ mark, text }) => mark + text);

it("says what is new, and plainly when nothing is", () => {
  expect(words(readTold({ ...read, new: 12 }))).toEqual(["✓收下 12 条新记录"]);
  expect(words(readTold({ ...read, new: 12, known: 3 }))).toEqual([
    "✓收下 12 条新记录",
    "–另有 3 条本机早就有",
  ]);
  expect(words(readTold({ ...read, known: 3 }))).toEqual(["✓没有新的：3 条本机早就有，什么也没有变"]);
  expect(words(readTold({ ...read, problems: ["坏了"] }))).toEqual(["!没有收下新记录"]);
});

it("does not begin to read what no window can hold", () => {
  expect(stickFault({ size: 64 << 20 })).toBeNull();
  expect(stickFault({ size: (64 << 20) + 1 })).toContain("hallctl import");
});
