// On what ground the free places of a silent machine may be taken back. The façade decides; this only offers nothing
// that it would refuse, and never chooses a risk for anybody.

import type { CustodyRow } from "../../../backend/generated/CustodyRow";
import type { DeskCommand } from "../../../backend/generated/DeskCommand";
import type { OverrideForm } from "../../../backend/generated/OverrideForm";

/** From the certain one to the one that may promise a place twice. */
export type Ground = "safe" | "read_out" | "risk";

/** A machine that answers gives its places itself; what is certain is for the publishing machine alone to judge. */
export function groundsFor(row: CustodyRow, publishedHere: boolean): Ground[] {
  if (row.this || row.reachable) return [];
  const grounds: Ground[] = [];
  if (publishedHere && row.safe > 0) grounds.push("safe");
  if (publishedHere && row.safe + row.at_risk > 0) grounds.push("read_out");
  if (row.at_risk > 0) grounds.push("risk");
  return grounds;
}

/** How many places come back on that ground. */
export function countOn(ground: Ground, row: CustodyRow): number {
  return ground === "safe" ? row.safe : row.safe + row.at_risk;
}

/** Only what is certain may be chosen beforehand. */
export function firstGround(grounds: readonly Ground[]): Ground | null {
  return grounds.includes("safe") ? "safe" : null;
}

export const needsSupervisor = (ground: Ground): boolean => ground !== "safe";

export function reclaimCommand(
  post: string,
  row: CustodyRow,
  ground: Ground,
  word: OverrideForm,
): DeskCommand {
  return {
    type: "reclaim",
    post,
    device: row.device,
    epoch: row.epoch,
    read_out: ground === "read_out",
    at_risk: ground === "risk" ? row.at_risk : 0,
    overriding: needsSupervisor(ground) ? { ...word, reason: word.reason.trim() } : null,
  };
}
