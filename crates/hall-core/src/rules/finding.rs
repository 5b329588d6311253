//! What a rule has to say: a code, how serious it is, the fact with its remedy, and the source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::book::RuleBook;
use crate::vocab::Severity;

macro_rules! finding_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// The closed list of what rules can say. The text form is stored with overrides and never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub enum FindingCode {
            $($(#[$doc])* #[serde(rename = $text)] $variant),+
        }

        impl FindingCode {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

finding_codes! {
    // Who may do the work.
    Under16 = "under_16",
    MinorForbiddenTrade = "minor_forbidden_trade",
    FemaleForbiddenWork = "female_forbidden_work",
    OverAgeHazard = "over_age_hazard",
    OverAgeOvertime = "over_age_overtime",
    /// The 16th or 18th birthday is the first day of work.
    BirthdayOnFirstDay = "birthday_on_first_day",
    CertificateRequired = "certificate_required",
    // Pay.
    PayBelowHourlyMinimum = "pay_below_hourly_minimum",
    PayBelowMonthlyMinimum = "pay_below_monthly_minimum",
    DayPayBelowHourlyLine = "day_pay_below_hourly_line",
    PayCycleOver15Days = "pay_cycle_over_15_days",
    PayCycleOverMonth = "pay_cycle_over_month",
    PayNotHourly = "pay_not_hourly",
    PayNotCheckable = "pay_not_checkable",
    MinimumWageUnknown = "minimum_wage_unknown",
    // Hours and terms.
    HoursOverPartTimeLimit = "hours_over_part_time_limit",
    Overtime = "overtime",
    HoursOverLegalMax = "hours_over_legal_max",
    NoWeeklyRest = "no_weekly_rest",
    ProbationForbidden = "probation_forbidden",
    // Wording of a post.
    Gender = "gender",
    AgeUpper = "age_upper",
    AgeUnder16 = "age_under16",
    Ethnicity = "ethnicity",
    Region = "region",
    DiseaseHbv = "disease_hbv",
    Appearance = "appearance",
    DepositOrFee = "deposit_or_fee",
    IdCardRetention = "id_card_retention",
    // The ten items of a post.
    EmployerMissing = "employer_missing",
    TitleMissing = "title_missing",
    HeadcountMissing = "headcount_missing",
    ContentMissing = "content_missing",
    PlaceMissing = "place_missing",
    ConditionsMissing = "conditions_missing",
    EmploymentTypeMissing = "employment_type_missing",
    WageMissing = "wage_missing",
    InsuranceMissing = "insurance_missing",
    ProtectionMissing = "protection_missing",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no finding code of this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a finding code")]
pub struct ParseFindingCodeError;

impl FromStr for FindingCode {
    type Err = ParseFindingCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(ParseFindingCodeError)
    }
}

/// One finding, ready for a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Finding {
    pub code: FindingCode,
    pub severity: Severity,
    /// Plain Chinese: the fact, then the remedy.
    pub message: String,
    /// Law and article.
    pub source: String,
    /// The words of the post that gave rise to it.
    pub phrase: Option<String>,
    /// True when the rule, or a figure behind it, is our reading and not a text that was read: advice, not
    /// law.
    pub inferred: bool,
}

impl Finding {
    /// Severity, source and standing come from the book.
    pub(super) fn new(book: &RuleBook, code: FindingCode, message: impl Into<String>) -> Self {
        let row = book.finding_row(code);
        Self {
            code,
            severity: row.severity,
            message: message.into(),
            source: row.source.clone(),
            phrase: None,
            inferred: row.known.is_inferred(),
        }
    }

    #[must_use]
    pub(super) fn with_phrase(mut self, phrase: &str) -> Self {
        self.phrase = Some(phrase.to_owned());
        self
    }

    /// The source of the figure that was compared, beside the source of the rule.
    #[must_use]
    pub(super) fn with_figure_from(mut self, document: &str) -> Self {
        self.source = format!("{}；{document}", self.source);
        self
    }

    /// The rule does not bind this agreement, or the figure is not certain: shown as advice.
    #[must_use]
    pub(super) fn inferred(mut self) -> Self {
        self.inferred = true;
        self
    }

    /// A rule of labour law held against an agreement that it does not bind: a warning, and advice.
    #[must_use]
    pub(super) fn into_advice(mut self) -> Self {
        if self.severity == Severity::Block {
            self.severity = Severity::Warn;
        }
        self.inferred()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_one_text_form() {
        for &code in FindingCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        }
        assert!("nonsense".parse::<FindingCode>().is_err());
    }
}
