// What the scanner and the reader of ID cards beside the desk bring. A card fills a form or finds its holder; nothing is
// ever saved by it.

import type { IdCard } from "../../../backend/generated/IdCard";
import type { ReaderEvent } from "../../../backend/generated/ReaderEvent";
import { readers as t } from "../../../shared/messages/readers";
import type { DeskState } from "../state/desk.svelte";
import { problemOf } from "../state/problem";
import { findScanned } from "./find-scanned";

export function readersAt(desk: DeskState): (event: ReaderEvent) => Promise<void> {
  /** What was wrong with the last scan or card; the next one says anew. */
  let standing: number | null = null;

  function complain(message: string): void {
    standing = desk.complainOf(message);
  }

  async function cardLaid(card: IdCard): Promise<void> {
    if (document.querySelector("dialog[open]") !== null) {
      complain(t.dialogOpen);
      return;
    }
    switch (desk.route.at) {
      case "register":
        desk.card = card;
        return;
      case "dispatch":
      case "worker":
      case "ticket":
        await findHolder(desk, card);
        return;
      case "post_form":
      case "employers":
      case "ledger":
      case "import":
      case "settings":
      case "devices":
      case "printers":
        complain(t.elsewhere);
        return;
    }
  }

  return async (event) => {
    if (event.type === "status") {
      desk.heardOf(event.data);
      return;
    }
    if (standing !== null) desk.dismiss(standing);
    standing = null;
    switch (event.type) {
      case "scanned":
        desk.go(await findScanned(desk, event.data));
        return;
      case "misread":
        complain(event.data);
        return;
      case "card":
        await cardLaid(event.data);
        return;
    }
  };
}

/** Whoever is not registered yet is about to be. */
async function findHolder(desk: DeskState, card: IdCard): Promise<void> {
  try {
    const found = await desk.ask({ type: "find", text: card.number }, "found");
    const [worker] = found.workers;
    if (worker !== undefined) {
      desk.go({ at: "worker", worker: worker.id });
      return;
    }
  } catch (thrown) {
    desk.complain(problemOf(thrown));
    return;
  }
  desk.card = card;
  desk.go({ at: "register" });
}
