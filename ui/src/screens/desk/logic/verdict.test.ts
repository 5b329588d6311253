import { expect, it } from "vitest";
import type { PaperVerdict } from "../../../backend/generated/PaperVerdict";
import type { SignedPaper } from "../../../backend/generated/SignedPaper";
import type { TicketState } from "../../../backend/generated/TicketState";
import { signed, ticket, waiting } from "../fixtures";
import { likelyAmount, likelyOutcome } from "./outcome";
import { elsewhereWords, paperFacts, ticketAct, verdictOf, verdictWords, type Verdict } from "./verdict";
import { firstFitting, isReleasable, kioskName, ticketPlace, whenOf } from "./words";

const fine = { agreement: "task_contract" as const, flags: [], findings: [], blocked: false };

it.each<[PaperVerdict, TicketState, Verdict, string]>([
  ["valid", "confirmed", "good", "有效"],
  ["replaced", "confirmed", "mind", "有更新的一张"],
  ["promoted", "confirmed", "mind", "候补已转正"],
  ["standby", "provisional", "mind", "候补，还没有名额"],
  ["used", "arrived", "mind", "已经用过"],
  ["used", "finished", "mind", "已经用过"],
  ["used", "no_show", "bad", "已经用过"],
  ["expired", "confirmed", "bad", "已过期"],
  ["released", "released", "bad", "已退单"],
  ["lapsed", "lapsed", "bad", "候补没排上"],
  ["review", "review", "mind", "请主管核实"],
])("a paper that is %s (%s) looks %s", (verdict, state, looks, words) => {
  const checked = { verdict, ticket: { ...ticket, state }, check: fine };
  expect([verdictOf(checked), verdictWords(checked)]).toEqual([looks, words]);
});

it("a good ticket whose agreement is blocked or refused wants a look", () => {
  for (const check of [
    { ...fine, blocked: true },
    { ...fine, agreement: null },
  ]) {
    const checked = { verdict: "valid" as const, ticket, check };
    expect([verdictOf(checked), verdictWords(checked)]).toEqual(["mind", "请核对"]);
  }
});

it("says what stands on a paper", () => {
  expect(paperFacts(signed)).toBe("小票 · 05:10 由“自助机 1”签发 · 有效期到 11月22日 05:30");
});

it.each<[Partial<SignedPaper>, Verdict, string]>([
  [{}, "mind", "只有那个大厅知道"],
  [{ expired: true }, "bad", "有效期到 11月22日 05:30"],
  [{ stopped: true }, "bad", "停用前签的还是停用后签的"],
  [{ stopped: true, expired: true }, "bad", "停用了签发它的“自助机 1”"],
])("a paper of another hall is never green: %o", (more, verdict, words) => {
  const shown = elsewhereWords({ hall: 7, code: "7K4M-2Q", paper: { ...signed, ...more } });
  expect(shown.verdict).toBe(verdict);
  expect(shown.message).toContain(words);
  expect(shown.message).toContain("7 号大厅");
});

it("proposes the next outcome, and the pay only where it is certain", () => {
  expect(likelyOutcome({ state: "confirmed", paid: null })).toBe("arrived");
  expect(likelyOutcome({ state: "finished", paid: null })).toBe("paid");
  expect(likelyAmount(ticket)).toBe("260");
  expect(likelyAmount({ post: { ...ticket.post, last_day: "2026-11-22" } })).toBe("");
  expect(likelyAmount({ post: { ...ticket.post, pay: { ...ticket.post.pay, unit: "hour" } } })).toBe("");
});

it("says where a ticket stands, and when the work is", () => {
  expect(ticketPlace(ticket)).toBe("管道工 第 4/5 号");
  const standby = { position: 2, decide_by: "08:40", reason: "full" as const, elsewhere: 0 };
  expect(ticketPlace({ ...ticket, place: null, standby })).toBe("管道工 候补第 2");
  expect(whenOf(ticket.post, "2026-11-20")).toContain("今天");
});

it("proposes the first in the order of call whom the post fits, else the first who is free", () => {
  expect(firstFitting(waiting)?.number).toBe(2);
  expect(firstFitting(waiting.map((row) => ({ ...row, fit: "unknown" as const })))?.number).toBe(1);
  expect(firstFitting(waiting.map((row) => ({ ...row, placed: true })))).toBeNull();
});

it("names kiosks by their number, and knows the letters of the ticket page", () => {
  expect([kioskName("kiosk-2"), kioskName("kiosk")]).toEqual(["自助机 2", "自助机"]);
  expect(["P", "i", "o", "x"].map(ticketAct)).toEqual(["make", "insurance", "outcome", null]);
});

it("lets the desk take a ticket back after the worker's own time is over, never after arrival", () => {
  expect(isReleasable({ ...ticket, can_release: false })).toBe(true);
  expect(isReleasable({ ...ticket, state: "arrived" })).toBe(false);
});
