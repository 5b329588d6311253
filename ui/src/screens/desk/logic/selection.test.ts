import { describe, expect, it } from "vitest";
import { keep, matching, step, stepOf } from "./selection";

const rows = ["a", "b", "c"].map((id) => ({ id }));

describe("keep", () => {
  it.each([
    {
      name: "the same row stays chosen when others come",
      before: ["a", "b"],
      chosen: "b",
      after: ["x", "b"],
      now: "b",
    },
    {
      name: "the next row takes the place of one that left",
      before: ["a", "b", "c"],
      chosen: "b",
      after: ["a", "c"],
      now: "c",
    },
    {
      name: "the last row is chosen when the end left",
      before: ["a", "b"],
      chosen: "b",
      after: ["a"],
      now: "a",
    },
    {
      name: "the first row is chosen when nothing was",
      before: [],
      chosen: null,
      after: ["a", "b"],
      now: "a",
    },
    { name: "nothing is chosen in an empty list", before: ["a"], chosen: "a", after: [], now: null },
  ])("$name", ({ before, chosen, after, now }) => {
    const rowsOf = (ids: string[]) => ids.map((id) => ({ id }));
    expect(keep(rowsOf(before), chosen, rowsOf(after))).toBe(now);
  });
});

describe("step", () => {
  it("moves, stops at both ends, and jumps", () => {
    expect(step(rows, "a", "down")).toBe("b");
    expect(step(rows, "c", "down")).toBe("c");
    expect(step(rows, "a", "up")).toBe("a");
    expect(step(rows, "a", "last")).toBe("c");
    expect(step(rows, "c", "page_up")).toBe("a");
    expect(step(rows, null, "down")).toBe("a");
    expect(step([], "a", "down")).toBeNull();
  });

  it("is asked for by the arrow keys only", () => {
    expect(stepOf("ArrowDown")).toBe("down");
    expect(stepOf("n")).toBeNull();
  });
});

describe("matching", () => {
  it("wants every word, in any order and case", () => {
    const texts = ["Welder north street", "Cook south street"];
    expect(matching(texts, "street WELDER", (t) => t)).toEqual(["Welder north street"]);
    expect(matching(texts, "  ", (t) => t)).toEqual(texts);
  });
});
