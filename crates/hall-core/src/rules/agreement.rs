//! Which paper a worker and an employer sign, or why they may not: the decision of the law in its order.
//!
//! Refusals come first, then the paper, then the findings about hours and pay under that paper. Nothing here
//! is a matter of taste, and nothing is decided from a figure that is not in the book.

mod hours;
mod pay;

use jiff::Span;
use serde::{Deserialize, Serialize};

use super::book::{County, RuleBook};
use super::finding::{Finding, FindingCode};
use super::hazard::{Barred, Hazard, Venue};
use super::retirement::{RetirementCategory, retirement_day};
use crate::money::Fen;
use crate::time::Day;
use crate::vocab::{AgreementType, EmployerKind, PayUnit, PostType, Sex};
use hours::Hours;

/// What the decision needs to know of the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    pub birth_date: Day,
    pub sex: Sex,
    /// Asked of women only, and only when [`Flag::AskPostType`] says that it decides something.
    pub post_type: Option<PostType>,
    /// Draws a basic pension.
    pub pension: bool,
    pub student: bool,
    /// Codes of the special trades whose certificate was seen.
    pub certificates: Vec<String>,
}

/// One amount and what it buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pay {
    pub amount: Fen,
    pub unit: PayUnit,
    /// Days between two payments, when agreed.
    pub cycle_days: Option<u16>,
}

/// What the decision needs to know of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub first_day: Day,
    /// Days worked, at least 1.
    pub days: u16,
    pub minutes_per_day: u16,
    /// 1 to 7.
    pub days_per_week: u8,
    pub pay: Pay,
    pub hazards: Vec<Hazard>,
    pub venue: Option<Venue>,
    pub probation_days: u16,
    /// Code of the special trade whose certificate the job needs.
    pub certificate_required: Option<String>,
}

impl Job {
    /// The last day of the job, counting days of rest between the days worked.
    pub fn last_day(&self) -> Day {
        let (days, per_week) = (i32::from(self.days.max(1)), i32::from(self.days_per_week.clamp(1, 7)));
        let (full_weeks, rest) = ((days - 1) / per_week, (days - 1) % per_week);
        self.first_day.plus_days(full_weeks * 7 + rest)
    }
}

/// Why the two may not sign at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Refusal {
    #[serde(rename = "under_16")]
    Under16,
    #[serde(rename = "minor_forbidden_trade")]
    MinorForbiddenTrade,
    #[serde(rename = "female_forbidden_work")]
    FemaleForbiddenWork,
    #[serde(rename = "over_age_hazard")]
    OverAgeHazard,
}

/// What the desk must know about the worker whatever the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Flag {
    #[serde(rename = "under_16")]
    Under16,
    #[serde(rename = "minor_16_17")]
    Minor16To17,
    #[serde(rename = "student")]
    Student,
    #[serde(rename = "pensioner")]
    Pensioner,
    #[serde(rename = "past_retirement_age")]
    PastRetirementAge,
    #[serde(rename = "ask_post_type")]
    AskPostType,
}

/// The paper, or the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Agreement(AgreementType),
    Refuse(Refusal),
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Decision {
    pub verdict: Verdict,
    pub flags: Vec<Flag>,
    pub findings: Vec<Finding>,
}

impl Decision {
    pub fn refused(&self) -> Option<Refusal> {
        match self.verdict {
            Verdict::Refuse(refusal) => Some(refusal),
            Verdict::Agreement(_) => None,
        }
    }

    pub fn agreement(&self) -> Option<AgreementType> {
        match self.verdict {
            Verdict::Agreement(agreement) => Some(agreement),
            Verdict::Refuse(_) => None,
        }
    }
}

/// The day on which someone turns `years`; 29 February becomes the 28th where it must.
pub fn birthday(birth: Day, years: i16) -> Day {
    Day(birth.0.saturating_add(Span::new().years(years)))
}

/// Everything that is worked out once and asked often.
struct Case<'a> {
    book: &'a RuleBook,
    worker: &'a Worker,
    employer: EmployerKind,
    job: &'a Job,
    county: &'a County,
    hours: Hours,
    last_day: Day,
    minor: bool,
    past_age: bool,
    ask_post_type: bool,
}

impl<'a> Case<'a> {
    fn new(
        book: &'a RuleBook,
        worker: &'a Worker,
        employer: EmployerKind,
        job: &'a Job,
        county: &'a County,
    ) -> Self {
        let past = |category| retirement_day(book, worker.birth_date, category) <= job.first_day;
        let (past_age, between) = match (worker.sex, worker.post_type) {
            (Sex::Male, _) => (past(RetirementCategory::Man60), false),
            (Sex::Female, Some(post_type)) => (past(RetirementCategory::of(Sex::Female, post_type)), false),
            (Sex::Female, None) => {
                let past_55 = past(RetirementCategory::Woman55);
                (past_55, !past_55 && past(RetirementCategory::Woman50))
            }
        };
        Self {
            book,
            worker,
            employer,
            job,
            county,
            hours: Hours::of(job, &book.limits().hours),
            last_day: job.last_day(),
            minor: birthday(worker.birth_date, book.limits().age.adult_from_years) > job.first_day,
            past_age,
            ask_post_type: between && !worker.pension && employer == EmployerKind::Organisation,
        }
    }

    fn organisation(&self) -> bool {
        self.employer == EmployerKind::Organisation
    }

    /// The protections of workers past retirement age hold on some day of the job.
    fn over_age_rules_hold(&self) -> bool {
        self.last_day >= self.book.limits().over_age_rules_from()
    }

    fn finding(&self, code: FindingCode, message: impl Into<String>) -> Finding {
        Finding::new(self.book, code, message)
    }

    /// Labour law itself speaks about the agreement; otherwise its rules are shown as advice.
    fn is_bound(&self, agreement: AgreementType) -> bool {
        match agreement {
            AgreementType::PartTimeContract | AgreementType::TaskContract => true,
            AgreementType::OverAgeWrittenAgreement => self.over_age_rules_hold(),
            AgreementType::ServiceAgreement => false,
        }
    }

    fn bound_or_advice(&self, agreement: AgreementType, finding: Finding) -> Finding {
        if self.is_bound(agreement) { finding } else { finding.into_advice() }
    }

    /// Steps 1 to 4 of the decision.
    fn refusal(&self) -> Option<(Refusal, Finding)> {
        let work_from = self.book.limits().age.work_from_years;
        let may_work_from = birthday(self.worker.birth_date, work_from);
        if may_work_from > self.job.first_day {
            let message = format!(
                "开工当天不满 {work_from} 周岁，任何用工方都不能招用，也不能介绍。{may_work_from} 起才可以登记接单"
            );
            return Some((Refusal::Under16, self.finding(FindingCode::Under16, message)));
        }
        if self.minor
            && let Some((work, source)) = self.banned_work(Barred::Minor)
        {
            let message = format!("未满 18 周岁不得从事“{work}”，请换一个没有这项危险的活");
            let finding = self.finding(FindingCode::MinorForbiddenTrade, message);
            return Some((Refusal::MinorForbiddenTrade, Finding { source, ..finding }));
        }
        if !self.organisation() {
            return None;
        }
        if self.worker.sex == Sex::Female
            && let Some((work, source)) = self.banned_work(Barred::Woman)
        {
            let message = format!("用人单位不得安排女职工从事“{work}”，请调换岗位或由用工方改变作业内容");
            let finding = self.finding(FindingCode::FemaleForbiddenWork, message);
            return Some((Refusal::FemaleForbiddenWork, Finding { source, ..finding }));
        }
        if (self.past_age || self.worker.pension)
            && self.over_age_rules_hold()
            && let Some((work, source)) = self.banned_work(Barred::OverAge)
        {
            let from = self.book.limits().over_age_rules_from();
            let message =
                format!("{from} 起，超过退休年龄或已领养老金的人不得从事“{work}”，请换一个没有这项危险的活");
            let finding = self.finding(FindingCode::OverAgeHazard, message);
            return Some((Refusal::OverAgeHazard, Finding { source, ..finding }));
        }
        None
    }

    /// The first hazard or venue of the job that is closed to `who`, by name, with its source.
    fn banned_work(&self, who: Barred) -> Option<(&'a str, String)> {
        let book = self.book;
        let hazard = self.job.hazards.iter().find_map(|&hazard| {
            book.hazard_ban(hazard, who).map(|ban| (book.hazard_name(hazard), ban.source.clone()))
        });
        let venue = || {
            self.job.venue.and_then(|venue| {
                book.venue_ban(venue, who).map(|ban| (book.venue_name(venue), ban.source.clone()))
            })
        };
        hazard.or_else(venue)
    }

    /// Steps 5 to 9.
    fn agreement(&self) -> AgreementType {
        if !self.organisation() {
            AgreementType::ServiceAgreement
        } else if self.worker.pension || self.past_age {
            AgreementType::OverAgeWrittenAgreement
        } else if self.worker.student {
            AgreementType::ServiceAgreement
        } else if self.job.pay.unit == PayUnit::Hour
            && self.hours.within_part_time(&self.book.limits().part_time)
        {
            AgreementType::PartTimeContract
        } else {
            AgreementType::TaskContract
        }
    }

    fn flags(&self, refused: Option<Refusal>) -> Vec<Flag> {
        if refused == Some(Refusal::Under16) {
            return vec![Flag::Under16];
        }
        let minor = self.minor && refused != Some(Refusal::MinorForbiddenTrade);
        [
            (minor, Flag::Minor16To17),
            (self.worker.student, Flag::Student),
            (self.worker.pension, Flag::Pensioner),
            (self.past_age, Flag::PastRetirementAge),
            (self.ask_post_type, Flag::AskPostType),
        ]
        .into_iter()
        .filter_map(|(set, flag)| set.then_some(flag))
        .collect()
    }

    /// A birthday that decides something and falls on the first day of work.
    fn birthday_finding(&self) -> Option<Finding> {
        let age = &self.book.limits().age;
        [age.work_from_years, age.adult_from_years]
            .into_iter()
            .find(|&years| birthday(self.worker.birth_date, years) == self.job.first_day)
            .map(|years| {
                let message = format!(
                    "开工当天正好是 {years} 周岁生日，本系统按已满 {years} 周岁办理；如需稳妥，可把开工推后一天"
                );
                self.finding(FindingCode::BirthdayOnFirstDay, message)
            })
    }

    fn terms_findings(&self, agreement: AgreementType) -> Vec<Finding> {
        let mut findings = Vec::new();
        let fixed_short = matches!(agreement, AgreementType::PartTimeContract | AgreementType::TaskContract);
        if self.job.probation_days > 0 && fixed_short {
            let message = "这种合同不能约定试用期，请把试用期改为 0 天";
            findings.push(self.finding(FindingCode::ProbationForbidden, message));
        }
        if let Some(code) = &self.job.certificate_required
            && !self.worker.certificates.contains(code)
        {
            let name = self.book.special_trade(code).map_or(code.as_str(), |trade| &trade.certificate);
            let message = format!("这个活须持“{name}”上岗，没有登记到这本证，请查验证件并登记，或换一个人");
            findings.push(self.finding(FindingCode::CertificateRequired, message));
        }
        findings
    }
}

/// Decides the paper for one worker and one job, with everything the desk should be shown.
pub fn decide(
    book: &RuleBook,
    worker: &Worker,
    employer: EmployerKind,
    job: &Job,
    county: &County,
) -> Decision {
    let case = Case::new(book, worker, employer, job, county);
    let mut findings = Vec::new();
    if let Some((refusal, finding)) = case.refusal() {
        findings.push(finding);
        findings.extend(case.birthday_finding());
        return Decision { verdict: Verdict::Refuse(refusal), flags: case.flags(Some(refusal)), findings };
    }
    let agreement = case.agreement();
    findings.extend(case.birthday_finding());
    findings.extend(case.terms_findings(agreement));
    findings.extend(hours::findings(&case, agreement));
    findings.extend(pay::findings(&case, agreement));
    findings.sort_by_key(|finding| finding.severity);
    Decision { verdict: Verdict::Agreement(agreement), flags: case.flags(None), findings }
}

#[cfg(test)]
mod tests;
