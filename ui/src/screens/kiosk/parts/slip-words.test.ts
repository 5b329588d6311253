import { expect, test } from "vitest";
import type { PaperView } from "../../../backend/generated/PaperView";
import type { SlipView } from "../../../backend/generated/SlipView";
import { connectFake } from "../../../backend/fake";
import type { SlipState } from "../machine/state";
import { slipSaid } from "./slip-words";

const WINDOW = "2 号窗口";
const ticket = connectFake(new URLSearchParams("printer=none")).hall.claim("p1", "w", "王*明");
const paper: PaperView = {
  id: "w1",
  kind: "slip",
  state: "queued",
  why: null,
  reprint: 0,
  superseded: false,
  number: "A037",
  ticket: ticket.id,
  at: "08:41",
  device: "1 号自助机",
  here: true,
};

/** The page asked while the paper was `before`; now it is `now`. */
function said(now: Partial<PaperView>, before: Partial<PaperView> = {}) {
  const slip: SlipView = {
    png: "",
    width: 1,
    height: 1,
    code: "",
    missing: [],
    paper: { ...paper, ...before },
  };
  return slipSaid({ ...ticket, slip: { ...paper, ...now } }, { is: "drawn", slip }, WINDOW);
}

test("what came out just now is to be taken, what came out before is not looked for", () => {
  expect(said({ state: "done" })).toMatchObject({ tone: "take", title: "请取小票" });
  expect(said({ state: "done" }, { state: "done" })).toMatchObject({ tone: "plain", title: "小票打过了" });
});

test("what comes out of another machine is fetched there", () => {
  const there = { here: false, device: "2 号窗口" };
  expect(said({ ...there })?.title).toBe("小票在 2 号窗口出");
  expect(said({ ...there, state: "done" })?.title).toBe("小票在 2 号窗口，请去取");
});

test("a trouble that passes by itself calls nobody", () => {
  expect(said({ state: "waiting", why: "paper_out" })?.hint).toContain("已经叫人");
  expect(said({ state: "waiting", why: "resting" })?.hint).not.toContain("叫人");
});

test("every end without a paper says where one is to be had", () => {
  for (const state of ["failed", "cancelled"] as const) {
    expect(said({ state, why: null })?.hint).toBe("记住短码，到 2 号窗口补一张");
  }
});

test("a reprint says so", () => {
  expect(said({ reprint: 2 })?.reprint).toBe(2);
});

test("nothing is said before it is known whether there is a printer", () => {
  const drawing: SlipState = { is: "drawing" };
  expect(slipSaid(ticket, drawing, WINDOW)).toBeNull();
  const slip: SlipView = { png: "", width: 1, height: 1, code: "", missing: [], paper: null };
  expect(slipSaid(ticket, { is: "drawn", slip }, WINDOW)?.title).toBe("这台机器不打小票");
});
