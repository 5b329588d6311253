import { expect, it } from "vitest";
import type { FindingView } from "../../../backend/generated/FindingView";
import { blocks, byGravity, piecesOf } from "./highlight";

const finding = (severity: FindingView["severity"], phrase: string | null): FindingView => ({
  code: severity,
  severity,
  message: "",
  source: "",
  phrase,
});

it("cuts the text where a finding points, every time", () => {
  expect(piecesOf("招男工，男工优先", [finding("block", "男工")])).toEqual([
    { text: "招", severity: null },
    { text: "男工", severity: "block" },
    { text: "，", severity: null },
    { text: "男工", severity: "block" },
    { text: "优先", severity: null },
  ]);
});

it("shows the graver of two findings on the same words, and keeps rare characters whole", () => {
  expect(piecesOf("𪻐男工", [finding("info", "𪻐男工"), finding("warn", "男")])).toEqual([
    { text: "𪻐", severity: "info" },
    { text: "男", severity: "warn" },
    { text: "工", severity: "info" },
  ]);
});

it("puts what stops the post first", () => {
  const findings = [finding("info", null), finding("block", null), finding("warn", null)];
  expect(byGravity(findings).map(({ severity }) => severity)).toEqual(["block", "warn", "info"]);
  expect(blocks(findings)).toBe(true);
  expect(piecesOf("平常的字", findings)).toEqual([{ text: "平常的字", severity: null }]);
});
