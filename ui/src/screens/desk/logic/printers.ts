// How a machine's printer is, as far as it is known here.

import type { PaperView } from "../../../backend/generated/PaperView";
import type { PrinterRow } from "../../../backend/generated/PrinterRow";
import type { PaperTrouble } from "../../../backend/generated/PaperTrouble";
import { papers as t } from "../../../shared/messages/papers";
import type { Told } from "./lines";

export interface PrinterTold extends Told {
  /** What to do about it; empty when nothing. */
  remedy: string;
}

/** Of another machine's printer the papers that wait for it say more, and sooner. */
function troubleOf(row: PrinterRow, papers: readonly PaperView[]): PaperTrouble | null {
  if (row.here) return row.health?.trouble ?? null;
  const stopped = papers.find(
    (paper) =>
      paper.device === row.name &&
      (paper.kind === "agreement") === (row.used_for === "pages") &&
      (paper.state === "waiting" || paper.state === "sending") &&
      paper.why !== null,
  );
  return stopped?.why ?? row.health?.trouble ?? null;
}

export function printerTold(row: PrinterRow, papers: readonly PaperView[]): PrinterTold {
  if (row.address === "") {
    return { tone: "dull", mark: "–", text: t.printer.none, remedy: t.printer.noneNote[row.used_for] };
  }
  const trouble = troubleOf(row, papers);
  if (trouble !== null) {
    return { tone: "wait", mark: "!", text: t.trouble[trouble], remedy: t.remedy[trouble] };
  }
  if (row.health?.low === true)
    return { tone: "wait", mark: "!", text: t.low[row.used_for], remedy: t.printer.lowRemedy[row.used_for] };
  if (row.health !== null) return { tone: "go", mark: "✓", text: t.printer.well, remedy: "" };
  return { tone: "dull", mark: "–", text: row.here ? t.printer.unknown : t.printer.untold, remedy: "" };
}

/** Somebody has to go to one of them, paper or not. */
export function areUnwell(rows: readonly PrinterRow[]): boolean {
  return rows.some((row) => printerTold(row, []).tone === "wait");
}

/** `58 毫米纸 · 不会报状态 · 打自带的字 · 05:48 报的` */
export function printerFacts(row: PrinterRow): readonly string[] {
  if (row.address === "") return [];
  const told = row.told_at === null ? [] : [t.printer.toldAt(row.told_at)];
  return [...manner(row), ...told];
}

function manner(row: PrinterRow): readonly string[] {
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
