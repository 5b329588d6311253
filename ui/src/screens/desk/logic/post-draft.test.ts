import { describe, expect, it } from "vitest";
import { draftOf, faultsOf, formOf, newDraft, whereIs, worthChecking, type PostDraft } from "./post-draft";

const TODAY = "2026-11-20";

const full = (): PostDraft => ({
  ...newDraft(TODAY, "05:10"),
  employer: "e1",
  trade: " 管道工 ",
  content: "换管，招男工",
  address: "锦绣园",
  first_day: "明天",
  start: "930",
  end: "17:30",
  pay: " 260 ",
  places: " 5",
});

describe("the form of a post", () => {
  it("is normalised on its way out", () => {
    expect(formOf(full(), TODAY)).toMatchObject({
      trade: "管道工",
      title: "管道工",
      first_day: "2026-11-21",
      last_day: "",
      start: "09:30",
      pay: "260",
      places: "5",
      rest_minutes: 60,
      days_per_week: 0,
      unit: "day",
    });
  });

  it("passes on what it cannot read, for the façade to refuse in words", () => {
    expect(formOf({ ...full(), last_day: "下下周", rest_minutes: "一小时" }, TODAY)).toMatchObject({
      last_day: "下下周",
      rest_minutes: 0,
    });
  });

  it("comes back as the same draft", () => {
    const form = formOf(full(), TODAY);
    expect(formOf(draftOf(form), TODAY)).toEqual(form);
  });
});

describe("faults", () => {
  it("are none in a full draft, and one per missing or unreadable field", () => {
    expect(faultsOf(full(), TODAY)).toEqual({});
    const faults = faultsOf({ ...full(), address: " ", start: "早上", pay: "二百六" }, TODAY);
    expect(Object.keys(faults).sort()).toEqual(["address", "pay", "start"]);
  });

  it("an untouched draft is not worth asking the rules about", () => {
    expect(worthChecking(newDraft(TODAY, "05:10"))).toBe(false);
    expect(worthChecking(full())).toBe(true);
  });
});

describe("whereIs", () => {
  const finding = { code: "gender", severity: "block" as const, message: "", source: "", phrase: "招男工" };

  it("finds the phrase in its field", () => {
    expect(whereIs(finding, full())).toEqual({ field: "content", from: 3, to: 6 });
  });

  it("knows the field of a rule about pay, and none of a rule about people", () => {
    expect(whereIs({ ...finding, code: "wage_missing", phrase: null }, full())?.field).toBe("pay");
    expect(whereIs({ ...finding, code: "minor_forbidden_trade", phrase: null }, full())).toBeNull();
  });
});
