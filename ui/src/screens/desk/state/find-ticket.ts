// What a scanned or typed text turns out to be: a ticket of this hall, or a paper of another one.

import { HallError } from "../../../backend/backend";
import type { DeskReply } from "../../../backend/generated/DeskReply";
import type { DeskState } from "./desk.svelte";

export type Found = Extract<DeskReply, { type: "ticket_check" | "paper_elsewhere" }>;

export async function findTicket(desk: DeskState, text: string): Promise<Found> {
  const reply = await desk.askEither({ type: "find_ticket", text });
  if (reply.type === "ticket_check" || reply.type === "paper_elsewhere") return reply;
  throw new HallError(null);
}
