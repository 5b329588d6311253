// The hall's printers and today's papers, read again at every change: the badge, the page and whatever follows one paper
// look at the same answer.

import type { DeskCommand } from "../../../backend/generated/DeskCommand";
import type { PaperView } from "../../../backend/generated/PaperView";
import type { PrinterRow } from "../../../backend/generated/PrinterRow";
import type { PrintersView } from "../../../backend/generated/PrintersView";
import type { PrinterUse } from "../../../backend/generated/PrinterUse";
import { Reading } from "./reading.svelte";

/** Commands that the whole state of printing comes back from. */
export type PrintingCommand = Extract<
  DeskCommand,
  { type: "printers" | "assign_printer" | "test_page" | "cancel_paper" | "paper_came" | "print_again" }
>;

export class Printing {
  readonly reading = new Reading<PrintersView>();
  readonly #ask: (command: PrintingCommand) => Promise<PrintersView>;

  constructor(ask: (command: PrintingCommand) => Promise<PrintersView>) {
    this.#ask = ask;
  }

  get papers(): readonly PaperView[] {
    return this.reading.value?.papers ?? [];
  }

  get printers(): readonly PrinterRow[] {
    return this.reading.value?.printers ?? [];
  }

  read(): Promise<void> {
    return this.reading.read(() => this.#ask({ type: "printers" }));
  }

  async perform(command: PrintingCommand): Promise<void> {
    this.reading.put(await this.#ask(command));
  }

  /** What this machine prints on; `null` when it is nothing, `undefined` before the answer. */
  here(usedFor: PrinterUse): PrinterRow | null | undefined {
    const rows = this.reading.value?.printers;
    return rows === undefined
      ? undefined
      : (rows.find((row) => row.here && row.used_for === usedFor && row.address !== "") ?? null);
  }

  /** The paper as it stands now; what an act brought is the newest until the next answer has it. */
  now(paper: PaperView): PaperView {
    return this.papers.find(({ id }) => id === paper.id) ?? paper;
  }
}
