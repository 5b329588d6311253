// The post form: what is typed, what it lacks before it is worth sending, and the command's form.

import type { FindingView } from "../../../backend/generated/FindingView";
import type { Meals } from "../../../backend/generated/Meals";
import type { PayUnit } from "../../../backend/generated/PayUnit";
import type { PostForm } from "../../../backend/generated/PostForm";
import type { Settlement } from "../../../backend/generated/Settlement";
import { desk as t } from "../../../shared/messages/desk";
import { likelyFirstDay, parseDay, parseTime } from "./daytime";

/** Every choice made, numbers as text: what stands in the fields. */
export interface PostDraft {
  employer: string;
  trade: string;
  title: string;
  content: string;
  address: string;
  first_day: string;
  last_day: string;
  start: string;
  end: string;
  rest_minutes: string;
  days_per_week: string;
  places: string;
  pay: string;
  unit: PayUnit;
  settlement: Settlement;
  meals: Meals;
  transport: boolean;
  requirements: string;
  insurance: string;
  protection: string;
  hazards: string[];
  certificate: string;
  bring: string;
  contact_name: string;
  contact_phone: string;
  contact_public: boolean;
  urgent: boolean;
  probation_days: string;
}

export type PostField = keyof PostDraft;

export function newDraft(today: string, time: string): PostDraft {
  return {
    employer: "",
    trade: "",
    title: "",
    content: "",
    address: "",
    first_day: likelyFirstDay(today, time),
    last_day: "",
    start: "07:30",
    end: "17:30",
    rest_minutes: "60",
    days_per_week: "0",
    places: "1",
    pay: "",
    unit: "day",
    settlement: "daily",
    meals: "none",
    transport: false,
    requirements: "",
    insurance: "",
    protection: "",
    hazards: [],
    certificate: "",
    bring: "",
    contact_name: "",
    contact_phone: "",
    contact_public: false,
    urgent: false,
    probation_days: "0",
  };
}

export function draftOf(form: PostForm): PostDraft {
  return {
    ...form,
    hazards: [...form.hazards],
    rest_minutes: String(form.rest_minutes),
    days_per_week: String(form.days_per_week),
    unit: form.unit ?? "day",
    settlement: form.settlement ?? "daily",
    meals: form.meals ?? "none",
    probation_days: String(form.probation_days),
  };
}

function count(text: string): number {
  const number = Number(text.trim());
  return Number.isInteger(number) && number >= 0 ? number : 0;
}

export function formOf(draft: PostDraft, today: string): PostForm {
  return {
    ...draft,
    hazards: [...draft.hazards],
    title: draft.title.trim() === "" ? draft.trade.trim() : draft.title.trim(),
    trade: draft.trade.trim(),
    first_day: parseDay(draft.first_day, today) ?? draft.first_day,
    last_day: draft.last_day.trim() === "" ? "" : (parseDay(draft.last_day, today) ?? draft.last_day),
    start: parseTime(draft.start) ?? draft.start,
    end: parseTime(draft.end) ?? draft.end,
    rest_minutes: count(draft.rest_minutes),
    days_per_week: count(draft.days_per_week),
    places: draft.places.trim(),
    pay: draft.pay.trim(),
    probation_days: count(draft.probation_days),
  };
}

export type Faults<F extends string> = Partial<Record<F, string | undefined>>;

/** What only the person can mend; everything else is for the rules to say. */
export function faultsOf(draft: PostDraft, today: string): Faults<PostField> {
  const faults: Faults<PostField> = {};
  const wanted: PostField[] = ["employer", "trade", "content", "address", "places", "pay"];
  for (const field of wanted) {
    if (String(draft[field]).trim() === "") faults[field] = t.common.fill;
  }
  if (parseDay(draft.first_day, today) === null) faults.first_day = t.post.dayShape;
  if (draft.last_day.trim() !== "" && parseDay(draft.last_day, today) === null)
    faults.last_day = t.post.dayShape;
  if (parseTime(draft.start) === null) faults.start = t.post.timeShape;
  if (parseTime(draft.end) === null) faults.end = t.post.timeShape;
  if (draft.pay.trim() !== "" && !isYuan(draft.pay)) faults.pay = t.post.payShape;
  return faults;
}

export function isYuan(text: string): boolean {
  return /^\d{1,7}(\.\d{1,2})?$/.test(text.trim());
}

/** Enough is typed for the rules to have something to say. */
export function worthChecking(draft: PostDraft): boolean {
  return [draft.title, draft.content, draft.pay, draft.requirements].some((text) => text.trim() !== "");
}

const FIELD_OF_CODE: Readonly<Record<string, PostField>> = {
  employer_missing: "employer",
  title_missing: "title",
  headcount_missing: "places",
  content_missing: "content",
  place_missing: "address",
  conditions_missing: "requirements",
  employment_type_missing: "unit",
  wage_missing: "pay",
  insurance_missing: "insurance",
  protection_missing: "protection",
  pay_below_hourly_minimum: "pay",
  pay_below_monthly_minimum: "pay",
  day_pay_below_hourly_line: "pay",
  pay_cycle_over_15_days: "settlement",
  pay_cycle_over_month: "settlement",
  pay_not_hourly: "unit",
  pay_not_checkable: "pay",
  hours_over_part_time_limit: "end",
  overtime: "end",
  hours_over_legal_max: "end",
  no_weekly_rest: "days_per_week",
  probation_forbidden: "probation_days",
  certificate_required: "certificate",
};

const TEXT_FIELDS: readonly (
  "title" | "content" | "requirements" | "address" | "insurance" | "protection" | "bring"
)[] = ["title", "content", "requirements", "address", "insurance", "protection", "bring"];

export interface Whereabouts {
  field: PostField;
  /** Where the phrase stands in the field. */
  from: number;
  to: number;
}

/** The field a finding speaks of, and the words in it; `null` when it speaks of the whole. */
export function whereIs(finding: FindingView, draft: PostDraft): Whereabouts | null {
  const { phrase } = finding;
  if (phrase !== null && phrase !== "") {
    for (const field of TEXT_FIELDS) {
      const from = draft[field].indexOf(phrase);
      if (from >= 0) return { field, from, to: from + phrase.length };
    }
  }
  const field = FIELD_OF_CODE[finding.code];
  return field === undefined ? null : { field, from: 0, to: 0 };
}
