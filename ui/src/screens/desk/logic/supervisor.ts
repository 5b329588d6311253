// A supervisor's word for what nobody else may decide: who, the PIN, and why.

import type { OverrideForm } from "../../../backend/generated/OverrideForm";
import type { StaffView } from "../../../backend/generated/StaffView";
import { desk as t } from "../../../shared/messages/desk";
import type { Faults } from "./post-draft";

export const supervisorsOf = (staff: readonly StaffView[]): StaffView[] =>
  staff.filter((person) => person.role === "supervisor");

/** Begins with the supervisor at the desk, else with the first. */
export function newWord(staff: readonly StaffView[], me: string | undefined): OverrideForm {
  const supervisors = supervisorsOf(staff);
  const chosen = supervisors.find((person) => person.id === me) ?? supervisors[0];
  return { supervisor: chosen?.id ?? "", pin: "", reason: "" };
}

export function wordFaults(word: OverrideForm): Faults<"pin" | "reason"> {
  const faults: Faults<"pin" | "reason"> = {};
  if (word.pin === "") faults.pin = t.common.fill;
  if (word.reason.trim() === "") faults.reason = t.common.fill;
  return faults;
}
