import { expect, it } from "vitest";
import { sheetFault } from "./sheet";

it("reads the two kinds of a sensible size, and says what to do with others", () => {
  expect(sheetFault({ name: "用工.XLSX", size: 10 })).toBeNull();
  expect(sheetFault({ name: "a.csv", size: 10 })).toBeNull();
  expect(sheetFault({ name: "a.xls", size: 10 })).toContain("另存为");
  expect(sheetFault({ name: "a.csv", size: 30_000_000 })).toContain("拆成");
});
