import { expect, it } from "vitest";
import { paper, printer } from "../fixtures";
import { byMachine, printerFacts, printerTold } from "./printers";

it("a printer that was asked says how it is, with the remedy", () => {
  const health = { trouble: "cover_open", low: false } as const;
  expect(printerTold({ ...printer, health }, [])).toMatchObject({ tone: "wait", text: "打印机盖子没合上" });
  expect(printerTold({ ...printer, health: { trouble: null, low: true } }, []).text).toBe("打印机快没纸了");
  expect(printerTold({ ...printer, health: { trouble: null, low: false } }, [])).toMatchObject({
    tone: "go",
  });
  expect(printerTold(printer, []).tone).toBe("dull");
});

it("another machine's printer is known by the papers that wait for it", () => {
  const there = { ...printer, here: false, name: "1 号自助机" };
  const waiting = {
    ...paper,
    here: false,
    device: "1 号自助机",
    state: "waiting",
    why: "paper_out",
  } as const;
  expect(printerTold(there, [waiting]).text).toBe("打印机没纸了");
  expect(printerTold(there, [{ ...waiting, device: "2 号自助机" }]).tone).toBe("dull");
  expect(printerTold(there, [{ ...waiting, kind: "agreement" }]).tone).toBe("dull");
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
