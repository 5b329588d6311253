//! Hours of work: how long a day, a week and a month of the job are, and what the law says to that.

use super::{Case, Job};
use crate::rules::book::{HourLimits, PartTimeLimits};
use crate::rules::finding::{Finding, FindingCode};
use crate::vocab::{AgreementType, PayUnit};

/// Minutes of work and of overtime. A week is the fullest one of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    pub(super) day: u32,
    pub(super) week: u32,
    pub(super) overtime_day: u32,
    pub(super) overtime_week: u32,
    /// In the fullest month of this job.
    pub(super) overtime_month: u32,
    /// In a month in which every week is worked, however long this job is: what a monthly wage buys.
    pub(super) overtime_full_month: u32,
}

/// A year has 365 days and 12 months: a month has 365 ÷ 84 weeks.
const DAYS_IN_YEAR: u32 = 365;
const MONTHS_TIMES_SEVEN: u32 = 12 * 7;

impl Hours {
    pub(super) fn of(job: &Job, limits: &HourLimits) -> Self {
        let day = u32::from(job.minutes_per_day);
        let days = u32::from(job.days.max(1));
        let days_in_week = u32::from(job.days_per_week.clamp(1, 7)).min(days);
        let week = day * days_in_week;
        let overtime_day = day.saturating_sub(limits.day_minutes);
        // Overtime is counted by the day and by the week, never twice: the larger of the two holds.
        let overtime_week = (overtime_day * days_in_week).max(week.saturating_sub(limits.week_minutes));
        let overtime_full_month = overtime_week * DAYS_IN_YEAR / MONTHS_TIMES_SEVEN;
        let overtime_whole_job = overtime_week * days / days_in_week;
        Self {
            day,
            week,
            overtime_day,
            overtime_week,
            overtime_month: overtime_full_month.min(overtime_whole_job),
            overtime_full_month,
        }
    }

    pub(super) fn within_part_time(self, limits: &PartTimeLimits) -> bool {
        self.day <= limits.day_minutes_max && self.week <= limits.week_minutes_max
    }

    fn has_overtime(self) -> bool {
        self.overtime_week > 0
    }

    /// What one unit of pay buys includes hours that count one and a half.
    pub(super) fn has_paid_overtime(self, unit: PayUnit) -> bool {
        match unit {
            PayUnit::Month => self.overtime_full_month > 0,
            PayUnit::Hour | PayUnit::Day | PayUnit::Job => self.overtime_day > 0,
        }
    }
}

/// `90` → `1.5`: hours with at most two decimals.
pub(super) fn in_hours(minutes: u32) -> String {
    let hundredths = minutes * 100 / 60;
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => whole.to_string(),
        (whole, part) if part % 10 == 0 => format!("{whole}.{}", part / 10),
        (whole, part) => format!("{whole}.{part:02}"),
    }
}

pub(super) fn findings(case: &Case<'_>, agreement: AgreementType) -> Vec<Finding> {
    let (hours, limits) = (case.hours, case.book.limits());
    let mut findings = Vec::new();
    let over_age = agreement == AgreementType::OverAgeWrittenAgreement && case.over_age_rules_hold();
    if hours.has_overtime() {
        let (day, week) = (in_hours(hours.day), in_hours(hours.week));
        let (day_max, week_max) = (in_hours(limits.hours.day_minutes), in_hours(limits.hours.week_minutes));
        if over_age {
            let message = format!(
                "每天 {day} 小时、每周 {week} 小时；超过退休年龄或已领养老金的人不得加班，请改为每天不超过 {day_max} 小时、每周不超过 {week_max} 小时"
            );
            findings.push(case.finding(FindingCode::OverAgeOvertime, message));
        } else {
            let message = format!(
                "每天 {day} 小时、每周 {week} 小时，超过每天 {day_max} 小时或每周 {week_max} 小时；请缩短工时，或写明加班并按不低于 1.5 倍付加班工资"
            );
            findings.push(case.bound_or_advice(agreement, case.finding(FindingCode::Overtime, message)));
        }
    }
    if hours.overtime_day > limits.hours.overtime_day_minutes_max
        || hours.overtime_month > limits.hours.overtime_month_minutes_max
    {
        let message = format!(
            "每天加班 {} 小时、一个月加班约 {} 小时，超过每天 {} 小时、每月 {} 小时的上限，请增加人手或缩短工时",
            in_hours(hours.overtime_day),
            in_hours(hours.overtime_month / 60 * 60),
            in_hours(limits.hours.overtime_day_minutes_max),
            in_hours(limits.hours.overtime_month_minutes_max)
        );
        findings.push(case.bound_or_advice(agreement, case.finding(FindingCode::HoursOverLegalMax, message)));
    }
    if case.job.days_per_week >= 7 && case.job.days >= 7 && agreement != AgreementType::PartTimeContract {
        let message = "每周干满 7 天，没有休息日，请每周至少安排休息一天";
        findings.push(case.bound_or_advice(agreement, case.finding(FindingCode::NoWeeklyRest, message)));
    }
    if agreement == AgreementType::TaskContract {
        findings.extend(why_not_part_time(case));
    }
    findings
}

/// The contract could have been a part-time one but for the hours, or but for the unit of pay.
fn why_not_part_time(case: &Case<'_>) -> Option<Finding> {
    let (hours, limits) = (case.hours, &case.book.limits().part_time);
    let (day_max, week_max) = (in_hours(limits.day_minutes_max), in_hours(limits.week_minutes_max));
    match (case.job.pay.unit == PayUnit::Hour, hours.within_part_time(limits)) {
        (true, false) => {
            let message = format!(
                "按小时计酬，但每天 {} 小时、每周 {} 小时，超过非全日制的每天 {day_max} 小时、每周 {week_max} 小时，所以签以完成一定工作任务为期限的劳动合同",
                in_hours(hours.day),
                in_hours(hours.week)
            );
            Some(case.finding(FindingCode::HoursOverPartTimeLimit, message))
        }
        (false, true) => {
            let message = format!(
                "每天不超过 {day_max} 小时、每周不超过 {week_max} 小时，但不是按小时计酬，所以不签非全日制合同；如改为按小时计酬，可以签非全日制劳动合同"
            );
            Some(case.finding(FindingCode::PayNotHourly, message))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::in_hours;

    #[test]
    fn minutes_are_shown_in_hours() {
        for (minutes, text) in
            [(0, "0"), (60, "1"), (90, "1.5"), (480, "8"), (465, "7.75"), (500, "8.33"), (63, "1.05")]
        {
            assert_eq!(in_hours(minutes), text);
        }
    }
}
