import { describe, expect, it } from "vitest";
import type { PaperView } from "../../../backend/generated/PaperView";
import { paper, ticket } from "../fixtures";
import { actsOf, againTold, inOrderOfNeed, needingSomebody, nextNumber, paperTold } from "./papers";

const waiting: PaperView = { ...paper, id: "w", state: "waiting", why: "paper_out" };
const failed: PaperView = { ...paper, id: "f", state: "failed", why: "too_late" };
const unconfirmed: PaperView = { ...paper, id: "u", state: "unconfirmed", why: "mute" };
const done: PaperView = { ...paper, id: "d", state: "done" };
const ids = (papers: readonly PaperView[], tickets = [ticket]) => [...needingSomebody(papers, tickets)];

describe("what needs somebody", () => {
  it("is a stopped printer, an open question and what did not come", () => {
    const queued = { ...paper, id: "q" };
    const other = { ...failed, ticket: "1.1.99" };
    expect(ids([queued, waiting, unconfirmed, other])).toEqual(["w", "u", "f"]);
    expect(ids([done, { ...paper, state: "sending" }, { ...paper, state: "cancelled" }])).toEqual([]);
  });

  it("is no more what was printed again since, by whichever machine", () => {
    expect(ids([{ ...done, device: "1 号窗口", here: false }, failed])).toEqual([]);
    expect(ids([{ ...failed, id: "f2" }, failed])).toEqual(["f2"]);
  });

  it("is still what failed after another had come, or when its substitute was called off", () => {
    expect(ids([failed, done])).toEqual(["f"]);
    expect(ids([{ ...paper, id: "c", state: "cancelled" }, failed])).toEqual(["f"]);
  });

  it("is no slip of a ticket that is over, and no test page that failed", () => {
    expect(ids([failed], [{ ...ticket, state: "released" }])).toEqual([]);
    expect(ids([{ ...failed, kind: "test", ticket: null, number: "" }])).toEqual([]);
  });

  it("is no agreement that was made anew since", () => {
    expect(ids([{ ...failed, kind: "agreement", superseded: true }])).toEqual([]);
  });

  it("does not take the agreement for the slip of the same ticket", () => {
    expect(ids([{ ...done, kind: "agreement" }, failed])).toEqual(["f"]);
  });

  it("comes first, and the rest stays as it was", () => {
    const rows = inOrderOfNeed([unconfirmed, done, failed], needingSomebody([unconfirmed, done, failed], []));
    expect(rows.map(({ id }) => id)).toEqual(["u", "d", "f"]);
    const late = { ...failed, ticket: "1.1.99" };
    expect(inOrderOfNeed([done, late], needingSomebody([done, late], [])).map(({ id }) => id)).toEqual([
      "f",
      "d",
    ]);
  });
});

describe("one more print", () => {
  it("is a first one only where none can have come out", () => {
    const of = { kind: paper.kind, ticket: paper.ticket };
    expect(nextNumber([], of)).toBe(0);
    expect(nextNumber([failed, { ...paper, id: "c", state: "cancelled" }], of)).toBe(0);
    expect(nextNumber([{ ...failed, why: "nothing_came" }], of)).toBe(1);
    expect(nextNumber([{ ...done, reprint: 2 }, done], of)).toBe(3);
    expect(nextNumber([{ ...done, kind: "standby" }], of)).toBe(0);
    expect(nextNumber([{ ...done, reprint: 1, superseded: true }], of)).toBe(0);
  });

  it("says that it is stamped, and what becomes of the one that another machine has", () => {
    const there = { ...waiting, here: false, device: "1 号自助机" };
    expect(againTold(there, [there])).toBe("再打的纸上会标“补打 1”。1 号自助机上的那张会撤掉。");
    expect(againTold(failed, [failed])).toContain("不标补打");
  });

  it("is not offered for what this machine still has to print", () => {
    expect(actsOf(waiting)).toEqual(["cancel"]);
    expect(actsOf({ ...waiting, here: false })).toEqual(["again", "cancel"]);
    expect(actsOf({ ...paper, state: "sending" })).toEqual([]);
    expect(actsOf(unconfirmed)).toEqual(["came", "nothing", "again"]);
    expect(actsOf(failed)).toEqual(["again"]);
  });
});

it("a trouble in the middle of a print is no quiet progress", () => {
  expect(paperTold({ ...paper, state: "sending", why: "jam" })).toMatchObject({ tone: "wait", icon: "warn" });
  expect(paperTold({ ...paper, state: "sending" })).toMatchObject({ tone: "dull", why: "", remedy: "" });
});
