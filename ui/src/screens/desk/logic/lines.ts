// How far this machine's record has come and how its lines are, in the words of the desk.

import type { DeviceRow } from "../../../backend/generated/DeviceRow";
import type { DeviceStatus } from "../../../backend/generated/DeviceStatus";
import type { LineView } from "../../../backend/generated/LineView";
import type { Reach } from "../../../backend/generated/Reach";
import type { StoredView } from "../../../backend/generated/StoredView";
import { machines as t } from "../../../shared/messages/machines";
import { readers } from "../../../shared/messages/readers";

/** A mark says the same as the tone to whom colours say nothing. */
export interface Told {
  tone: "go" | "wait" | "dull";
  mark: "✓" | "!" | "–";
  text: string;
}

const good = (text: string): Told => ({ tone: "go", mark: "✓", text });
const open = (text: string): Told => ({ tone: "wait", mark: "!", text });
const none = (text: string): Told => ({ tone: "dull", mark: "–", text });

export function lineTold(line: LineView): Told {
  if (line.up) return good(t.lines.up);
  return open(line.heard === "" ? t.lines.never : t.lines.down(line.heard));
}

export function contactTold(row: Pick<DeviceRow, "reachable" | "heard">): Told {
  if (row.reachable) return good(t.reachable);
  return open(row.heard === "" ? t.neverHeard : t.lastHeard(row.heard));
}

function hallTold({ ops, in_hall, lines }: StoredView): Told {
  if (in_hall >= ops) return good(t.stored.hall(in_hall));
  if (in_hall === 0 && lines.reachable === 0) return none(t.stored.hallNone);
  return open(t.stored.hall(in_hall) + t.stored.waiting(ops - in_hall));
}

function countyTold({ ops, at_county, lines }: StoredView): Told {
  if (lines.county === null) return none(t.stored.countyNone);
  const waiting = ops > at_county ? t.stored.waiting(ops - at_county) : "";
  if (!lines.county.up) return open(t.stored.countyDown(at_county) + waiting);
  return waiting === "" ? good(t.stored.county(at_county)) : open(t.stored.county(at_county) + waiting);
}

/** A scanner or card reader. A card that lies there is nothing to do anything about. */
export function deviceTold({ seat, device, state }: DeviceStatus): Told {
  const text = readers.told(seat, device, state);
  return state === "trouble" ? open(text) : good(text);
}

/** 本机, 本厅, 县级: what of this machine's record each of them has. */
export function storedTold(stored: StoredView): readonly { where: Reach; told: Told }[] {
  return [
    { where: "device", told: good(t.stored.here(stored.ops)) },
    { where: "hall", told: hallTold(stored) },
    { where: "county", told: countyTold(stored) },
  ];
}
