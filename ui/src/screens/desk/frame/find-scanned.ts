// Where a scanned code leads: a slip to its check, a member card to its worker.

import { appErrorOf } from "../../../backend/backend";
import type { DeskState } from "../state/desk.svelte";
import { findTicket } from "../state/find-ticket";
import type { Route } from "../state/route";

/** The ticket page says itself what is wrong with a code that is neither. */
export async function findScanned(desk: DeskState, text: string): Promise<Route> {
  const ticket: Route = { at: "ticket", text };
  try {
    await findTicket(desk, text);
    return ticket;
  } catch (thrown) {
    if (!mayBeCard(thrown)) return ticket;
  }
  try {
    const found = await desk.ask({ type: "find", text }, "found");
    const [worker] = found.workers;
    return worker === undefined || found.workers.length > 1 ? ticket : { at: "worker", worker: worker.id };
  } catch {
    return ticket;
  }
}

function mayBeCard(thrown: unknown): boolean {
  const code = appErrorOf(thrown)?.code;
  return code === "qr_unknown" || code === "not_found" || code === "bad_input";
}
