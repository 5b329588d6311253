//! The accident-insurance policy of a ticket: read, recorded, shown, and put on the agreement.
//!
//! The hall writes down what stands on a policy that somebody showed, and nothing more: what holds is the policy. Must
//! never say that anybody is covered.

use hall_core::EntityId;
use hall_core::entity::{Insurance, Ticket};
use hall_core::fact::{Fact, InsuranceRecorded};
use hall_core::rules::Phone;
use hall_core::vocab::InsurancePayer;
use hall_store::Draft;

use crate::api::DeskReply;
use crate::api::desk::InsuranceView;
use crate::api::shared::InsuranceForm;
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::hall::{Hall, Inner, Now};
use crate::{forms, text, views};

/// Characters of a name or a number.
const TEXT_MAX: usize = 60;
/// A policy of ten years; more is a slip of the finger.
const DAYS_MAX: u16 = 3_660;
/// Yuan; more is a slip of the finger.
const SUM_MAX: u32 = 100_000_000;
const TEN_THOUSAND: u32 = 10_000;

/// Records a policy, or corrects what was recorded of it.
pub(super) fn record(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    ticket: &str,
    form: &InsuranceForm,
) -> Result<DeskReply, AppError> {
    let id = forms::id(ticket, "接单")?;
    let state = views::load_ticket(app, inner, id)?;
    if state.place.is_none() {
        return Err(AppError::new(Code::TooLate, "这张接单还没有名额，没有保险可记，请等有了名额再记"));
    }
    if let Some(draft) = draft(id, &state, by, read(form)?) {
        app.commit(inner, now, vec![draft])?;
    }
    let state = views::load_ticket(app, inner, id)?;
    let known = state.insurance.as_ref().ok_or_else(|| not_found("保险记录"))?;
    Ok(DeskReply::Insurance(view(inner, now, known)))
}

/// What is to be written down; nothing when it is what stands there already.
pub(super) fn draft(
    id: EntityId,
    ticket: &Ticket,
    by: Option<EntityId>,
    policy: InsuranceRecorded,
) -> Option<Draft> {
    let known = ticket.insurance.as_ref().map(|known| &known.recorded);
    (known != Some(&policy)).then(|| Draft::about(id, by, Fact::InsuranceRecorded(policy)))
}

/// Reads what was typed off the policy.
pub(super) fn read(form: &InsuranceForm) -> Result<InsuranceRecorded, AppError> {
    let text = |name: &str, value: &str| {
        forms::filled(value, TEXT_MAX).map_err(|error| bad_field(format!("保险{name}：{error}")))
    };
    if !(1..=DAYS_MAX).contains(&form.days) {
        return Err(bad_field(format!("保险天数要在 1 到 {DAYS_MAX} 之间，请照保单填")));
    }
    if !(1..=SUM_MAX).contains(&form.sum) {
        return Err(bad_field(format!("保额要在 1 到 {SUM_MAX} 元之间，请照保单填")));
    }
    Ok(InsuranceRecorded {
        insurer: text("公司", &form.insurer)?,
        number: text("单号", &form.number)?,
        days: form.days,
        sum: form.sum,
        payer: form.payer,
        claim_phone: claim_phone(&form.claim_phone)?,
    })
}

/// A phone, or one of the short and the free lines that insurers have: `95519`, `400-810-1234`.
fn claim_phone(typed: &str) -> Result<String, AppError> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let is_line = match digits.len() {
        5..=8 => digits.starts_with("95") || digits.starts_with("96"),
        10 => digits.starts_with("400") || digits.starts_with("800"),
        _ => false,
    };
    if is_line && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(digits);
    }
    let phone = Phone::parse(typed).map_err(|error| bad_field(format!("理赔电话：{error}")))?;
    Ok(phone.as_str().to_owned())
}

/// As the agreement states it, between the words that say whose word counts.
pub(super) fn words(policy: &InsuranceRecorded, hall: &str) -> String {
    let InsuranceRecorded { insurer, number, days, claim_phone, .. } = policy;
    let sum = match policy.sum {
        sum if sum.is_multiple_of(TEN_THOUSAND) => format!("{}万元", sum / TEN_THOUSAND),
        sum => format!("{sum}元"),
    };
    let payer = match policy.payer {
        InsurancePayer::Employer => "甲方付",
        InsurancePayer::Worker => "乙方付",
        InsurancePayer::Hall => &format!("{hall}付"),
        InsurancePayer::Subsidy => "政府补贴",
        InsurancePayer::Other => "其他人付",
    };
    format!("{insurer}，保单号{number}，保{days}天，保额{sum}，保费由{payer}，理赔电话{claim_phone}")
}

pub(super) fn view(inner: &Inner, now: Now, known: &Insurance) -> InsuranceView {
    let InsuranceRecorded { insurer, number, days, sum, payer, claim_phone } = known.recorded.clone();
    let by = known.by.and_then(|by| inner.live.staff.get(&by));
    InsuranceView {
        policy: InsuranceForm { insurer, number, days, sum, payer, claim_phone },
        by: by.map(|staff| staff.name.clone()).unwrap_or_default(),
        at: text::moment(known.at.instant(), now.hall.day()),
    }
}
