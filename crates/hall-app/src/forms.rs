//! Forms into facts: what a clerk typed or a spreadsheet row brought becomes the terms of a post, or one
//! clear sentence for each thing that is wrong.

use hall_core::entity::{Employer, Post};
use hall_core::fact::{Pay, PostTerms};
use hall_core::places::PLACES_MAX;
use hall_core::rules::{self, Phone, PostText, TextError, clean_text};
use hall_core::vocab::{EmployerKind, Meals, PayUnit, Settlement};
use hall_core::{Day, EntityId, Fen, Instant, Minute};

use crate::api::shared::PostForm;
use crate::error::AppError;
use crate::errors::bad_field;
use crate::text;

/// Longest post that is one promise: a season's work is posted anew.
const DAYS_MAX: i32 = 62;
/// How far ahead work may be posted, days.
const AHEAD_MAX: i32 = 180;
/// Characters of a wrong value that an error repeats.
const QUOTED_MAX: usize = 20;
/// Digits of a date; a value with more may be a phone or an identity number in the wrong field.
const DATE_DIGITS: usize = 8;
/// Highest pay that is not a slip of the finger, yuan.
const PAY_MAX: u32 = 100_000;

/// A form that reads well: the terms, and how many places.
#[derive(Clone, Debug)]
pub(crate) struct PostDraft {
    pub terms: PostTerms,
    pub places: u16,
}

/// Collects one sentence for every field that is wrong, so that a person corrects them all at once.
struct Reading {
    problems: Vec<String>,
}

impl Reading {
    fn text(&mut self, name: &str, value: &str, max: usize) -> String {
        if value.trim().is_empty() {
            return String::new();
        }
        clean_text(value, max).unwrap_or_else(|error| {
            self.problems.push(format!("{name}：{error}"));
            String::new()
        })
    }

    fn required(&mut self, name: &str, value: &str, max: usize) -> String {
        if value.trim().is_empty() {
            self.problems.push(format!("没有填{name}，请补上"));
        }
        self.text(name, value, max)
    }

    fn parse<T: std::str::FromStr>(&mut self, name: &str, value: &str, example: &str) -> Option<T> {
        let value = value.trim().replace('：', ":").replace(['/', '.', '年', '月'], "-").replace('日', "");
        if value.is_empty() {
            self.problems.push(format!("没有填{name}，请补上，例如 {example}"));
            return None;
        }
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.problems.push(format!("{name}“{}”不对，请照这个样子填：{example}", quoted(&value)));
        }
        parsed
    }
}

impl PostDraft {
    /// Reads `form`; `now` is the time that "in the past" is held against, `None` for a post that already
    /// runs and is only corrected.
    pub(crate) fn read(
        form: &PostForm,
        employer: EntityId,
        now: Option<Instant>,
    ) -> Result<Self, Vec<String>> {
        let mut r = Reading { problems: Vec::new() };
        let first_day: Option<Day> = r.parse("开工日期", &form.first_day, "2026-11-20");
        let last_day = if form.last_day.trim().is_empty() {
            first_day
        } else {
            r.parse("结束日期", &form.last_day, "2026-11-20")
        };
        let start: Option<Minute> = r.parse("上工时间", &form.start, "08:00");
        let end: Option<Minute> = r.parse("下工时间", &form.end, "17:30");
        let places = r.places(&form.places);
        let pay = r.pay(form);
        let trade = r.required("工种", &form.trade, 16);
        let title = r.required("岗位名称", &form.title, 40);
        let content = r.text("工作内容", &form.content, 500);
        let address = r.text("工作地点", &form.address, 80);
        let requirements = r.text("录用条件", &form.requirements, 200);
        let insurance = r.text("保险和福利", &form.insurance, 200);
        let protection = r.text("劳动保护", &form.protection, 200);
        let bring = r.text("自带物品", &form.bring, 60);
        let contact_name = r.text("联系人", &form.contact_name, 30);
        let contact_phone = r.phone(&form.contact_phone);
        for code in &form.hazards {
            if code.parse::<rules::Hazard>().is_err() && code.parse::<rules::Venue>().is_err() {
                r.problems.push(format!("危险作业“{}”不在名单里，请从名单里选", quoted(code)));
            }
        }
        if start == Some(Minute(1440)) {
            r.problems.push("上工时间“24:00”不对，半夜上工请填 00:00，开工日期填第二天".into());
        }
        if form.days_per_week > 7 {
            r.problems.push("每周天数要在 1 到 7 之间，请改".into());
        }
        r.span(first_day, last_day, start, now);
        if let (Some(start), Some(end)) = (start, end) {
            let shift = if end > start { end.0 - start.0 } else { 1440 - start.0 + end.0 };
            if form.rest_minutes >= shift {
                r.problems.push("休息时间不能比上工时间还长，请改".into());
            }
        }
        let (Some(first_day), Some(last_day), Some(start), Some(end), Some(places), Some(pay), true) =
            (first_day, last_day, start, end, places, pay, r.problems.is_empty())
        else {
            return Err(r.problems);
        };
        let days = first_day.days_until(last_day) + 1;
        let terms = PostTerms {
            employer,
            trade,
            title,
            content,
            address,
            first_day,
            last_day,
            start,
            end,
            rest_minutes: form.rest_minutes,
            days_per_week: if form.days_per_week == 0 { days.min(6) as u8 } else { form.days_per_week },
            pay,
            meals: form.meals.unwrap_or(Meals::None),
            transport: form.transport,
            requirements,
            insurance,
            protection,
            hazards: form.hazards.clone(),
            certificate: Some(form.certificate.trim().to_owned()).filter(|code| !code.is_empty()),
            bring,
            contact_name,
            contact_phone,
            contact_public: form.contact_public,
            urgent: form.urgent,
            probation_days: form.probation_days,
        };
        Ok(Self { terms, places })
    }
}

impl Reading {
    fn places(&mut self, text: &str) -> Option<u16> {
        let trimmed = text.trim().trim_end_matches(['人', '名']).trim();
        if trimmed.is_empty() {
            self.problems.push("没有填招用人数，请补上".into());
            return None;
        }
        let places = trimmed.parse::<u16>().ok().filter(|n| (1..=PLACES_MAX).contains(n));
        if places.is_none() {
            self.problems.push(format!("招用人数“{}”不对，要填 1 到 {PLACES_MAX} 的整数", quoted(trimmed)));
        }
        places
    }

    fn pay(&mut self, form: &PostForm) -> Option<Pay> {
        let amount = yuan(&form.pay);
        match &amount {
            Err(problem) => self.problems.push(problem.clone()),
            Ok(amount) if amount.0 == 0 || *amount > Fen::yuan(PAY_MAX) => {
                self.problems.push(format!("工钱要大于 0、不超过 {PAY_MAX} 元，请核对"));
            }
            Ok(_) => {}
        }
        if form.unit.is_none() {
            self.problems.push("没有选工钱按时、按天、按月还是按全活算，请选一个".into());
        }
        if form.settlement.is_none() {
            self.problems.push("没有选怎么结算（当天结、每周结……），请选一个".into());
        }
        Some(Pay { amount: amount.ok()?, unit: form.unit?, settlement: form.settlement? })
    }

    fn phone(&mut self, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        match Phone::parse(text) {
            Ok(phone) => phone.as_str().to_owned(),
            Err(error) => {
                self.problems.push(format!("联系电话：{error}"));
                String::new()
            }
        }
    }

    fn span(&mut self, first: Option<Day>, last: Option<Day>, start: Option<Minute>, now: Option<Instant>) {
        let (Some(first), Some(last)) = (first, last) else { return };
        if last < first {
            self.problems.push("结束日期早于开工日期，请改".into());
        } else if first.days_until(last) >= DAYS_MAX {
            self.problems.push(format!("一个活最多连干 {DAYS_MAX} 天，更长的请分开发布"));
        }
        let (Some(start), Some(now)) = (start, now) else { return };
        if first.at(start) <= now {
            self.problems.push("开工时间已经过去，请改成以后的时间".into());
        } else if now.day().days_until(first) > AHEAD_MAX {
            self.problems.push(format!("开工日期太远，最多提前 {AHEAD_MAX} 天发布"));
        }
    }
}

/// Yuan as a person types them: `260`, `22.5`, `260元`.
pub(crate) fn yuan(text: &str) -> Result<Fen, String> {
    let trimmed = text.trim().trim_start_matches(['¥', '￥']).trim_end_matches('元').trim();
    if trimmed.is_empty() {
        return Err("没有填工钱数额，请补上".into());
    }
    let wrong = || format!("金额“{}”不对，请只填数字，例如 260 或 22.5", quoted(trimmed));
    let (whole, part) = trimmed.split_once('.').unwrap_or((trimmed, ""));
    if part.len() > 2
        || !part.bytes().all(|b| b.is_ascii_digit())
        || !whole.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(wrong());
    }
    let fen: u32 = if part.is_empty() { 0 } else { format!("{part:0<2}").parse().map_err(|_| wrong())? };
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    whole.checked_mul(100).and_then(|yuan| yuan.checked_add(fen)).map(Fen).ok_or_else(wrong)
}

/// The form that would say what a published post says.
pub(crate) fn form_of(post: &Post) -> PostForm {
    let terms = &post.terms;
    PostForm {
        employer: terms.employer.to_string(),
        trade: terms.trade.clone(),
        title: terms.title.clone(),
        content: terms.content.clone(),
        address: terms.address.clone(),
        first_day: terms.first_day.to_string(),
        last_day: terms.last_day.to_string(),
        start: terms.start.to_string(),
        end: terms.end.to_string(),
        rest_minutes: terms.rest_minutes,
        days_per_week: terms.days_per_week,
        places: post.headcount().to_string(),
        pay: terms.pay.amount.to_string(),
        unit: Some(terms.pay.unit),
        settlement: Some(terms.pay.settlement),
        meals: Some(terms.meals),
        transport: terms.transport,
        requirements: terms.requirements.clone(),
        insurance: terms.insurance.clone(),
        protection: terms.protection.clone(),
        hazards: terms.hazards.clone(),
        certificate: terms.certificate.clone().unwrap_or_default(),
        bring: terms.bring.clone(),
        contact_name: terms.contact_name.clone(),
        contact_phone: terms.contact_phone.clone(),
        contact_public: terms.contact_public,
        urgent: terms.urgent,
        probation_days: terms.probation_days,
    }
}

/// The ten items of the law, read from a form however unfinished, for the check while it is typed.
pub(crate) fn items(form: &PostForm, employer: Option<&Employer>) -> PostText {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    PostText {
        employer: employer.map(|employer| employer.shown_name.clone()),
        title: some(&form.title),
        headcount: some(&form.places),
        content: some(&form.content),
        place: some(&form.address),
        conditions: some(&form.requirements),
        // The rules choose the paper, so the kind of employment is always stated by the hall itself.
        employment_type: Some(employment_type(form.unit, employer.map(|employer| employer.kind)).to_owned()),
        wage: form.unit.and_then(|unit| some(&form.pay).map(|pay| format!("{pay}{}", text::unit(unit)))),
        insurance: some(&form.insurance),
        protection: some(&form.protection),
        text: some(&form.bring),
    }
}

fn employment_type(unit: Option<PayUnit>, kind: Option<EmployerKind>) -> &'static str {
    match (kind, unit) {
        (Some(EmployerKind::Private), _) => "劳务",
        (_, Some(PayUnit::Hour)) => "非全日制或短期用工",
        _ => "以完成一定工作任务为期限的用工",
    }
}

/// What the rules need to know of the job.
pub(crate) fn job_of(terms: &PostTerms) -> rules::Job {
    let shift = if terms.end > terms.start {
        terms.end.0 - terms.start.0
    } else {
        1440 - terms.start.0 + terms.end.0
    };
    let calendar_days = terms.first_day.days_until(terms.last_day) + 1;
    let per_week = i32::from(terms.days_per_week.clamp(1, 7));
    let days = calendar_days / 7 * per_week + (calendar_days % 7).min(per_week);
    rules::Job {
        first_day: terms.first_day,
        days: days.max(1) as u16,
        minutes_per_day: shift.saturating_sub(terms.rest_minutes),
        days_per_week: per_week as u8,
        pay: rules::Pay {
            amount: terms.pay.amount,
            unit: terms.pay.unit,
            cycle_days: Some(cycle_days(terms.pay.settlement, calendar_days)),
        },
        hazards: terms.hazards.iter().filter_map(|code| code.parse().ok()).collect(),
        venue: terms.hazards.iter().find_map(|code| code.parse().ok()),
        probation_days: terms.probation_days,
        certificate_required: terms.certificate.clone(),
    }
}

/// Days between two payments.
fn cycle_days(settlement: Settlement, days: i32) -> u16 {
    match settlement {
        Settlement::Daily => 1,
        Settlement::Weekly => 7,
        Settlement::HalfMonthly => 15,
        Settlement::Monthly => 30,
        Settlement::OnCompletion => days.clamp(1, DAYS_MAX) as u16,
    }
}

pub(crate) fn id(text: &str, what: &str) -> Result<EntityId, AppError> {
    text.parse().map_err(|_| crate::errors::not_found(what))
}

/// Free text that has to be there.
pub(crate) fn filled(text: &str, max: usize) -> Result<String, TextError> {
    match clean_text(text, max)? {
        text if text.is_empty() => Err(TextError::Empty),
        text => Ok(text),
    }
}

/// A value as an error may repeat it: short, and without a number that could be somebody's.
pub(crate) fn quoted(value: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let long = value.chars().filter(|c| is_digit(*c)).count() > DATE_DIGITS;
    let shown = value.chars().take(QUOTED_MAX).map(|c| if long && is_digit(c) { '*' } else { c });
    let mut shown: String = shown.collect();
    if value.chars().nth(QUOTED_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// One error for several wrong fields.
pub(crate) fn problems(problems: &[String]) -> AppError {
    bad_field(problems.join("；"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_are_read_as_people_type_them() {
        for (text, fen) in [("260", 26_000), ("22.5", 2_250), (" ￥260.05元 ", 26_005), ("0", 0), ("0.5", 50)]
        {
            assert_eq!(yuan(text), Ok(Fen(fen)), "{text}");
        }
        for text in ["", "abc", "-5", "2.345", "1e3", "260-300", "99999999999", "二百"] {
            assert!(yuan(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let now: Day = "2026-11-20".parse().unwrap();
        let form = PostForm {
            first_day: "2026-11-19".into(),
            start: "25:00".into(),
            end: "17:00".into(),
            places: "0".into(),
            pay: "-1".into(),
            ..PostForm::default()
        };
        let problems = PostDraft::read(&form, EntityId::new(1, 1, 1), Some(now.at(Minute(300)))).unwrap_err();
        let all = problems.join("\n");
        for expected in
            ["上工时间“25:00”不对", "招用人数“0”不对", "金额“-1”不对", "没有填工种", "没有填岗位名称"]
        {
            assert!(all.contains(expected), "{expected} not in {all}");
        }
    }
}
