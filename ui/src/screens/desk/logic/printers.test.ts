import { expect, it } from "vitest";
import { paper, printer } from "../fixtures";
import { areUnwell, byMachine, printerFacts, printerTold } from "./printers";

it("a printer that was asked says how it is, with the remedy", () => {
  const health = { trouble: "cover_open", low: false } as const;
  expect(printerTold({ ...printer, health }, [])).toMatchObject({ tone: "wait", text: "打印机盖子没合上" });
  expect(printerTold({ ...printer, health: { trouble: null, low: true } }, []).text).toBe("打印机快没纸了");
  expect(printerTold({ ...printer, health: { trouble: null, low: false } }, [])).toMatchObject({
    tone: "go",
  });
  expect(printerTold(printer, []).tone).toBe("dull");
});

it("another machine's printer is as that machine said, with the time", () => {
  const there = { ...printer, here: false, name: "1 号自助机" };
  expect(printerTold(there, []).text).toBe("那台机器还没报过");
  const low = { ...there, health: { trouble: null, low: true }, told_at: "05:48" };
  expect(printerTold(low, [])).toMatchObject({ tone: "wait", text: "打印机快没纸了", at: "05:48" });
  const torn = { ...low, health: { trouble: "paper_out", low: false } as const };
  expect(printerTold(torn, []).text).toBe("打印机没纸了");
  expect(areUnwell([printer, low])).toBe(true);
  expect(areUnwell([printer, there])).toBe(false);
});

it("the papers that wait for another machine's printer say what is the matter", () => {
  const there = { ...printer, here: false, name: "1 号自助机" };
  const waiting = {
    ...paper,
    here: false,
    device: "1 号自助机",
    state: "waiting",
    why: "paper_out",
  } as const;
  expect(printerTold(there, [waiting]).text).toBe("打印机没纸了");
  const before = { ...there, health: { trouble: null, low: true }, told_at: "05:48" };
  expect(printerTold(before, [waiting])).toMatchObject({ text: "打印机没纸了", at: null });
  expect(printerTold(there, [{ ...waiting, device: "2 号自助机" }]).tone).toBe("dull");
  expect(printerTold(there, [{ ...waiting, kind: "agreement" }]).tone).toBe("dull");
  expect(printerTold({ ...there, used_for: "pages" }, [{ ...waiting, kind: "test_sheet" }]).tone).toBe(
    "wait",
  );
});

it("a machine without a printer says what that means", () => {
  const none = { ...printer, address: "" };
  expect(printerTold(none, [])).toMatchObject({ tone: "dull", text: "没有设打印机" });
  expect(printerTold(none, []).remedy).not.toBe("");
  expect(printerFacts(none)).toEqual([]);
});

it("only what matters is said of how it prints", () => {
  expect(printerFacts({ ...printer, dots: 576, answers: false })).toEqual(["80 毫米纸", "不会报状态"]);
  expect(printerFacts({ ...printer, text: true })).toEqual(["58 毫米纸", "打自带的字"]);
  expect(printerFacts({ ...printer, used_for: "pages", duplex: false })).toEqual([]);
});

it("the printers of one machine stand together", () => {
  const rows = [printer, { ...printer, used_for: "pages" as const }, { ...printer, device: 7, here: false }];
  expect(byMachine(rows).map((machine) => machine.rows.length)).toEqual([2, 1]);
});
