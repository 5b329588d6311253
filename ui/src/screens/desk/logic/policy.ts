// An accident-insurance policy as it is read off: what the form lacks, and the command's form.

import type { InsuranceForm } from "../../../backend/generated/InsuranceForm";
import type { InsurancePayer } from "../../../backend/generated/InsurancePayer";
import type { InsuranceView } from "../../../backend/generated/InsuranceView";
import { agreements } from "../../../shared/messages/agreements";
import { desk as t } from "../../../shared/messages/desk";
import type { Faults } from "./post-draft";

export interface PolicyDraft {
  insurer: string;
  number: string;
  days: string;
  sum: string;
  payer: InsurancePayer;
  claim_phone: string;
}

export type PolicyField = Exclude<keyof PolicyDraft, "payer">;

export const PAYERS: readonly InsurancePayer[] = ["employer", "worker", "hall", "subsidy", "other"];

/** What was recorded last, or an empty one: most are for a day and paid by whoever hires. */
export function newPolicy(known: InsuranceView | null): PolicyDraft {
  if (known === null)
    return { insurer: "", number: "", days: "1", sum: "", payer: "employer", claim_phone: "" };
  const { policy } = known;
  return { ...policy, days: String(policy.days), sum: String(policy.sum) };
}

export function policyFaults(draft: PolicyDraft): Faults<PolicyField> {
  const faults: Faults<PolicyField> = {};
  const { numberShape } = agreements.policy;
  for (const field of ["insurer", "number", "claim_phone"] as const) {
    if (draft[field].trim() === "") faults[field] = t.common.fill;
  }
  if (!/^[1-9]\d{0,3}$/.test(draft.days.trim())) faults.days = numberShape;
  if (!/^[1-9]\d{0,8}$/.test(draft.sum.trim())) faults.sum = numberShape;
  return faults;
}

/** Nothing until it is whole. */
export function policyForm(draft: PolicyDraft): InsuranceForm | null {
  if (Object.keys(policyFaults(draft)).length > 0) return null;
  return {
    insurer: draft.insurer.trim(),
    number: draft.number.trim(),
    days: Number(draft.days),
    sum: Number(draft.sum),
    payer: draft.payer,
    claim_phone: draft.claim_phone.trim(),
  };
}
