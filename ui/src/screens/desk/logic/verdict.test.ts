import { expect, it } from "vitest";
import type { TicketState } from "../../../backend/generated/TicketState";
import { ticket, waiting } from "../fixtures";
import { likelyAmount, likelyOutcome } from "./outcome";
import { ticketAct, verdictOf, type Verdict } from "./verdict";
import { firstFitting, isReleasable, kioskName, ticketPlace, whenOf } from "./words";

const fine = { agreement: "task_contract" as const, flags: [], findings: [], blocked: false };

it.each<[TicketState, boolean, Verdict]>([
  ["confirmed", true, "good"],
  ["confirmed", false, "bad"],
  ["arrived", true, "good"],
  ["provisional", false, "mind"],
  ["review", false, "mind"],
  ["finished", false, "mind"],
  ["released", false, "bad"],
  ["lapsed", false, "bad"],
  ["no_show", false, "bad"],
])("a ticket that is %s (valid: %s) looks %s", (state, valid, verdict) => {
  expect(verdictOf({ valid, ticket: { ...ticket, state }, check: fine })).toBe(verdict);
});

it("a good ticket whose paper is blocked or refused wants a look", () => {
  expect(verdictOf({ valid: true, ticket, check: { ...fine, blocked: true } })).toBe("mind");
  expect(verdictOf({ valid: true, ticket, check: { ...fine, agreement: null } })).toBe("mind");
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
  expect([ticketAct("P"), ticketAct("o"), ticketAct("x")]).toEqual(["make", "outcome", null]);
});

it("lets the desk take a ticket back after the worker's own time is over, never after arrival", () => {
  expect(isReleasable({ ...ticket, can_release: false })).toBe(true);
  expect(isReleasable({ ...ticket, state: "arrived" })).toBe(false);
});
