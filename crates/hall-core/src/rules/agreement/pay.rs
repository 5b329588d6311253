//! Pay against the dated minimum wage of the county, and how often it is paid.
//!
//! The hourly minimum binds part-time contracts; day and month pay are held against the month. Arithmetic is
//! in whole fen and minutes, so a line that is met exactly is met.

use super::Case;
use super::hours::in_hours;
use crate::money::Fen;
use crate::rules::book::WageLine;
use crate::rules::finding::{Finding, FindingCode};
use crate::vocab::{AgreementType, PayUnit};

pub(super) fn findings(case: &Case<'_>, agreement: AgreementType) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(cycle(case, agreement));
    if case.job.pay.unit == PayUnit::Job || case.hours.day == 0 {
        let message =
            "按件或按整活计酬，算不出每小时多少钱，没有和最低工资比较，请双方写明大约多少小时、多少钱";
        findings.push(case.finding(FindingCode::PayNotCheckable, message));
    }
    let lines = case.book.minimum_wages(case.county, case.job.first_day, case.last_day);
    // The strictest line of the job: a job across a change must meet the new one.
    let Some(line) = lines.iter().max_by_key(|line| (line.hour, line.month)) else {
        findings.push(unknown(case));
        return findings;
    };
    if case.job.pay.unit == PayUnit::Job || case.hours.day == 0 {
        return findings;
    }
    let hourly_binds = match agreement {
        AgreementType::PartTimeContract => true,
        AgreementType::OverAgeWrittenAgreement => {
            case.job.pay.unit == PayUnit::Hour && case.hours.within_part_time(&case.book.limits().part_time)
        }
        AgreementType::TaskContract | AgreementType::ServiceAgreement => false,
    };
    if hourly_binds {
        findings.extend(below_hourly(case, agreement, line));
    } else {
        findings.extend(below_monthly(case, agreement, line));
        findings.extend(below_hourly_line(case, line));
    }
    findings
}

fn cycle(case: &Case<'_>, agreement: AgreementType) -> Option<Finding> {
    let days = case.job.pay.cycle_days?;
    let limits = case.book.limits();
    if agreement == AgreementType::PartTimeContract {
        let most = limits.part_time.pay_cycle_days_max;
        return (days > most).then(|| {
            let message =
                format!("非全日制每 {most} 天至少结一次工资，现在是 {days} 天，请改为 {most} 天以内");
            case.finding(FindingCode::PayCycleOver15Days, message)
        });
    }
    (days > limits.pay.cycle_days_max && case.is_bound(agreement)).then(|| {
        let message = format!("工资至少每月付一次，现在是 {days} 天一次，请改为每月或更短");
        case.finding(FindingCode::PayCycleOverMonth, message)
    })
}

fn unknown(case: &Case<'_>) -> Finding {
    let code = &case.county.code;
    let lowest = case.book.lowest_wage_of_province(case.county, case.last_day);
    let lowest = lowest.map_or_else(String::new, |(month, hour)| {
        format!("；全省最低一档是每月 {month} 元、每小时 {hour} 元")
    });
    let county = if code.is_empty() {
        "没有给出县（市、区）代码".to_owned()
    } else {
        format!("没有 {code} 在开工当天的最低工资档次")
    };
    let message = format!("{county}，没有比较工资，请主管在设置里录入本县的档次和文件号{lowest}");
    case.finding(FindingCode::MinimumWageUnknown, message)
}

/// Names the county and says how sure the line is.
fn against(case: &Case<'_>, line: &WageLine, finding: Finding) -> Finding {
    let finding = finding.with_figure_from(&line.document);
    if !line.inferred {
        return finding;
    }
    let mut finding = finding.inferred();
    finding.message.push_str("（本县档次取自另一份通知，请主管核对后录入）");
    if let Some(row) = case.book.county(&case.county.code) {
        finding.source = format!("{}；档次见{}", finding.source, row.document);
    }
    finding
}

fn county_name<'a>(case: &'a Case<'_>) -> &'a str {
    case.book.county(&case.county.code).map_or(case.county.code.as_str(), |row| row.name.as_str())
}

fn below_hourly(case: &Case<'_>, agreement: AgreementType, line: &WageLine) -> Option<Finding> {
    let pay = case.job.pay.amount;
    (pay < line.hour).then(|| {
        let message = format!(
            "每小时 {pay} 元，低于{}自 {} 起的小时最低工资 {} 元，请提高到每小时 {} 元以上",
            county_name(case),
            line.from,
            line.hour,
            line.hour
        );
        let finding = against(case, line, case.finding(FindingCode::PayBelowHourlyMinimum, message));
        case.bound_or_advice(agreement, finding)
    })
}

/// The least pay, in its own unit, that meets the monthly line; overtime hours count one and a half.
fn least_for_month(case: &Case<'_>, month: Fen) -> Fen {
    let limits = case.book.limits();
    let (base, percent) = (u64::from(limits.hours.day_minutes), u64::from(limits.hours.overtime_pay_percent));
    let (day, overtime_day) = (u64::from(case.hours.day), u64::from(case.hours.overtime_day));
    let month_days = u64::from(limits.pay.month_days_hundredths);
    let month = u64::from(month.0);
    // One ordinary day costs month ÷ 21.75; a day with overtime costs that times `weighted` ÷ `base`.
    let weighted = |overtime: u64, base: u64| base * 100 + overtime * percent;
    let (numerator, denominator) = match case.job.pay.unit {
        PayUnit::Day => (month * 100 * weighted(overtime_day, base), month_days * base * 100),
        PayUnit::Hour => {
            (month * 100 * weighted(overtime_day, base) * 60, month_days * base * 100 * day.max(base))
        }
        PayUnit::Month => {
            let base = month_days * base / 100;
            (month * weighted(u64::from(case.hours.overtime_full_month), base), base * 100)
        }
        PayUnit::Job => return Fen(0),
    };
    Fen(u32::try_from(numerator.div_ceil(denominator)).unwrap_or(u32::MAX))
}

fn unit_name(unit: PayUnit) -> &'static str {
    match unit {
        PayUnit::Hour => "每小时",
        PayUnit::Day => "每天",
        PayUnit::Month => "每月",
        PayUnit::Job => "整活",
    }
}

fn below_monthly(case: &Case<'_>, agreement: AgreementType, line: &WageLine) -> Option<Finding> {
    let (pay, unit) = (case.job.pay.amount, unit_name(case.job.pay.unit));
    let least = least_for_month(case, line.month);
    (pay < least).then(|| {
        let overtime = if case.hours.has_paid_overtime(case.job.pay.unit) { "，加班按 1.5 倍计" } else { "" };
        let message = format!(
            "{unit} {pay} 元，折成整月低于{}自 {} 起的月最低工资 {} 元（每月 21.75 天{overtime}），请提高到{unit} {least} 元以上",
            county_name(case),
            line.from,
            line.month
        );
        let finding = against(case, line, case.finding(FindingCode::PayBelowMonthlyMinimum, message));
        case.bound_or_advice(agreement, finding)
    })
}

/// Day and hour pay below the hourly line where that line does not bind: a warning.
fn below_hourly_line(case: &Case<'_>, line: &WageLine) -> Option<Finding> {
    let pay = case.job.pay;
    let minutes = match pay.unit {
        PayUnit::Day => case.hours.day,
        PayUnit::Hour => 60,
        PayUnit::Month | PayUnit::Job => return None,
    };
    let hour_fen = u64::from(pay.amount.0) * 60 / u64::from(minutes);
    (u64::from(pay.amount.0) * 60 < u64::from(line.hour.0) * u64::from(minutes)).then(|| {
        let message = format!(
            "{} {} 元、每天 {} 小时，合每小时约 {} 元，低于{}的小时标准 {} 元；不一定违法，请和用工方商量提高",
            unit_name(pay.unit),
            pay.amount,
            in_hours(case.hours.day),
            Fen(u32::try_from(hour_fen).unwrap_or(u32::MAX)),
            county_name(case),
            line.hour
        );
        against(case, line, case.finding(FindingCode::DayPayBelowHourlyLine, message))
    })
}
