// The smaller forms: what they lack, and the command's form.

import type { AgreementForm } from "../../../backend/generated/AgreementForm";
import type { EmployerForm } from "../../../backend/generated/EmployerForm";
import type { EmployerKind } from "../../../backend/generated/EmployerKind";
import type { HallForm } from "../../../backend/generated/HallForm";
import type { InsuranceView } from "../../../backend/generated/InsuranceView";
import type { Outcome } from "../../../backend/generated/Outcome";
import type { PostType } from "../../../backend/generated/PostType";
import type { WorkerForm } from "../../../backend/generated/WorkerForm";
import type { WorkerView } from "../../../backend/generated/WorkerView";
import { desk as t } from "../../../shared/messages/desk";
import { newPolicy, policyForm, type PolicyDraft } from "./policy";
import { isYuan, type Faults } from "./post-draft";

export const ID_LENGTH = 18;
const TRADES_MAX = 8;

/** Half-width, without spaces, capital: what the check digit is reckoned on. */
export function plainNumber(text: string): string {
  return text.normalize("NFKC").replace(/\s/g, "").toUpperCase();
}

function blank(text: string): boolean {
  return text.trim() === "";
}

/* Workers */

export type WorkerField = keyof WorkerForm;

export function newWorker(): WorkerForm {
  return {
    name: "",
    id_number: "",
    phone: "",
    address: "",
    trades: [],
    certificates: [],
    post_type: null,
    pension: false,
    student: false,
  };
}

/** The number, the telephone and the address are not shown again: left empty they stay as they are. */
export function workerEdit(worker: WorkerView): WorkerForm {
  return {
    ...newWorker(),
    name: worker.name,
    trades: [...worker.trades],
    certificates: [...worker.certificates],
    post_type: worker.post_type,
    pension: worker.pension,
    student: worker.student,
  };
}

export function workerForm(form: WorkerForm): WorkerForm {
  return {
    ...form,
    name: form.name.trim(),
    id_number: plainNumber(form.id_number),
    phone: plainNumber(form.phone),
    address: form.address.trim(),
    trades: [...form.trades],
    certificates: [...form.certificates],
  };
}

export function workerFaults(form: WorkerForm, editing: boolean): Faults<WorkerField> {
  const faults: Faults<WorkerField> = {};
  const number = plainNumber(form.id_number);
  if (blank(form.name)) faults.name = t.common.fill;
  if (!(editing && number === "") && number.length !== ID_LENGTH) faults.id_number = t.worker.idLength;
  if (!editing && blank(form.phone)) faults.phone = t.common.fill;
  if (form.trades.length === 0 || form.trades.length > TRADES_MAX) faults.trades = t.worker.tradesFill;
  return faults;
}

/* Employers */

export type EmployerField = keyof EmployerForm;

export function newEmployer(kind: EmployerKind): EmployerForm {
  return {
    kind,
    name: "",
    code: "",
    address: "",
    legal_head: "",
    agent: "",
    phone: "",
    papers_seen: papersOf(kind),
  };
}

function papersOf(kind: EmployerKind): string {
  switch (kind) {
    case "organisation":
      return t.employer.papersOrganisation;
    case "private":
      return t.employer.papersPrivate;
  }
}

/** Another kind shows other fields; what a person wrote of the papers stays. */
export function withKind(form: EmployerForm, kind: EmployerKind): EmployerForm {
  const untouched = form.papers_seen === papersOf(form.kind);
  return { ...form, kind, papers_seen: untouched ? papersOf(kind) : form.papers_seen };
}

export function employerForm(form: EmployerForm): EmployerForm {
  const organisation = form.kind === "organisation";
  return {
    kind: form.kind,
    name: form.name.trim(),
    code: plainNumber(form.code),
    address: form.address.trim(),
    legal_head: organisation ? form.legal_head.trim() : "",
    agent: organisation ? form.agent.trim() : "",
    phone: plainNumber(form.phone),
    papers_seen: form.papers_seen.trim(),
  };
}

export function employerFaults(form: EmployerForm): Faults<EmployerField> {
  const faults: Faults<EmployerField> = {};
  if (blank(form.name)) faults.name = t.common.fill;
  if (plainNumber(form.code).length !== ID_LENGTH) faults.code = t.employer.codeLength;
  if (blank(form.address)) faults.address = t.common.fill;
  if (blank(form.phone)) faults.phone = t.common.fill;
  if (form.kind === "organisation" && blank(form.legal_head)) faults.legal_head = t.common.fill;
  if (blank(form.papers_seen)) faults.papers_seen = t.common.fill;
  return faults;
}

/* The hall and its people */

export type HallField = keyof HallForm;

export function newHall(): HallForm {
  return { name: "", county: "", address: "", phone: "", window: "" };
}

export function hallFaults(form: HallForm): Faults<HallField> {
  const faults: Faults<HallField> = {};
  if (blank(form.name)) faults.name = t.common.fill;
  if (!/^\d{6}$/.test(plainNumber(form.county))) faults.county = t.hall.countyShape;
  return faults;
}

export function hallForm(form: HallForm): HallForm {
  return {
    name: form.name.trim(),
    county: plainNumber(form.county),
    address: form.address.trim(),
    phone: form.phone.trim(),
    window: form.window.trim(),
  };
}

export function isPin(pin: string): boolean {
  return /^\d{6,12}$/.test(pin);
}

/* The paper */

export interface AgreementDraft {
  hall_copy: boolean;
  post_type: PostType | null;
  certificate_seen: boolean;
  identities_checked: boolean;
  insured: boolean;
  policy: PolicyDraft;
}

/** A policy that is on record goes onto the paper, unless the clerk takes it off. */
export function newAgreement(known: InsuranceView | null): AgreementDraft {
  return {
    hall_copy: false,
    post_type: null,
    certificate_seen: false,
    identities_checked: false,
    insured: known !== null,
    policy: newPolicy(known),
  };
}

export function agreementForm(draft: AgreementDraft): AgreementForm {
  return {
    hall_copy: draft.hall_copy,
    post_type: draft.post_type,
    insurance: draft.insured ? policyForm(draft.policy) : null,
    certificate_seen: draft.certificate_seen,
    identities_checked: draft.identities_checked,
  };
}

export function copiesOf(draft: AgreementDraft): number {
  return draft.hall_copy ? 3 : 2;
}

/* Outcomes */

/** Money is asked only where money changed hands, or should have. */
export function asksAmount(outcome: Outcome): boolean {
  switch (outcome) {
    case "paid":
    case "unpaid":
      return true;
    case "arrived":
    case "no_show":
    case "finished":
      return false;
  }
}

export function amountFault(outcome: Outcome, amount: string): string | null {
  if (!asksAmount(outcome)) return null;
  if (blank(amount)) return outcome === "paid" ? t.outcomeDialog.amountFill : null;
  return isYuan(amount) ? null : t.outcomeDialog.amountShape;
}
