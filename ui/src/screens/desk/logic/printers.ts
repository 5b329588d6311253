// How a machine's printer is, as far as it is known here.

import type { PaperKind } from "../../../backend/generated/PaperKind";
import type { PaperView } from "../../../backend/generated/PaperView";
import type { PrinterRow } from "../../../backend/generated/PrinterRow";
import type { PaperTrouble } from "../../../backend/generated/PaperTrouble";
import { papers as t } from "../../../shared/messages/papers";
import type { Told } from "./lines";

export interface PrinterTold extends Told {
  /** What to do about it; empty when nothing. */
  remedy: string;
  /** When another machine said so; `null` where that is known now. */
  at: string | null;
}

const PAGES: ReadonlySet<PaperKind> = new Set(["agreement", "test_sheet"]);

/** What stops a paper at another machine's printer: that is newer than what the machine said of it. */
function stops(row: PrinterRow, papers: readonly PaperView[]): PaperTrouble | null {
  const stopped = papers.find(
    (paper) =>
      paper.device === row.name &&
      (PAGES.has(paper.kind) ? "pages" : "slips") === row.used_for &&
      (paper.state === "waiting" || paper.state === "sending") &&
      paper.why !== null,
  );
  return stopped?.why ?? null;
}

export function printerTold(row: PrinterRow, papers: readonly PaperView[]): PrinterTold {
  if (row.address === "") {
    return {
      tone: "dull",
      mark: "–",
      text: t.printer.none,
      remedy: t.printer.noneNote[row.used_for],
      at: null,
    };
  }
  const stopped = row.here ? null : stops(row, papers);
  return stopped === null ? { ...asked(row), at: row.told_at } : { ...ill(stopped), at: null };
}

/** How it was when it was asked. */
function asked({ here, health, used_for }: PrinterRow): Omit<PrinterTold, "at"> {
  if (health === null) {
    return { tone: "dull", mark: "–", text: here ? t.printer.unknown : t.printer.untold, remedy: "" };
  }
  if (health.trouble !== null) return ill(health.trouble);
  return health.low
    ? { tone: "wait", mark: "!", text: t.low[used_for], remedy: t.printer.lowRemedy[used_for] }
    : { tone: "go", mark: "✓", text: t.printer.well, remedy: "" };
}

function ill(trouble: PaperTrouble): Omit<PrinterTold, "at"> {
  return { tone: "wait", mark: "!", text: t.trouble[trouble], remedy: t.remedy[trouble] };
}

/** Somebody has to go to one of them, paper or not. */
export function areUnwell(rows: readonly PrinterRow[]): boolean {
  return rows.some((row) => printerTold(row, []).tone === "wait");
}

/** `58 毫米纸 · 不会报状态 · 打自带的字` */
export function printerFacts(row: PrinterRow): readonly string[] {
  if (row.address === "") return [];
  if (row.used_for === "pages") return row.duplex ? [t.printer.duplex] : [];
  const width = t.printer.dots[row.dots];
  return [
    ...(width === undefined ? [] : [width]),
    ...(row.answers ? [] : [t.printer.silent]),
    ...(row.text ? [t.printer.text] : []),
  ];
}

export interface MachinePrinters {
  device: number;
  name: string;
  here: boolean;
  rows: readonly PrinterRow[];
}

/** The printers of each machine together, in the hall's order. */
export function byMachine(rows: readonly PrinterRow[]): readonly MachinePrinters[] {
  const machines = new Map<number, MachinePrinters>();
  for (const row of rows) {
    const { device, name, here } = row;
    machines.set(device, { device, name, here, rows: [...(machines.get(device)?.rows ?? []), row] });
  }
  return [...machines.values()];
}
