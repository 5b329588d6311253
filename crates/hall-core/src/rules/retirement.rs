//! The day on which a person reaches retirement age, under the gradual raise that began on 2025-01-01.

use jiff::Span;
use serde::{Deserialize, Serialize};

use super::book::{Known, RuleBook};
use crate::time::Day;
use crate::vocab::{PostType, Sex};

/// The three original ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RetirementCategory {
    #[serde(rename = "man_60")]
    Man60,
    #[serde(rename = "woman_55")]
    Woman55,
    #[serde(rename = "woman_50")]
    Woman50,
}

impl RetirementCategory {
    pub const ALL: &'static [Self] = &[Self::Man60, Self::Woman55, Self::Woman50];

    /// `post_type` speaks of women only.
    pub const fn of(sex: Sex, post_type: PostType) -> Self {
        match (sex, post_type) {
            (Sex::Male, _) => Self::Man60,
            (Sex::Female, PostType::FiftyFive) => Self::Woman55,
            (Sex::Female, PostType::Fifty) => Self::Woman50,
        }
    }
}

/// One row of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetirementRow {
    pub(super) category: RetirementCategory,
    base_years: i16,
    first_birth_year: i16,
    first_birth_month: i16,
    births_per_step: i32,
    up_to_years: i16,
    pub(super) source: String,
    pub(super) known: Known,
}

/// The age in months at which someone of this category and birth date retires.
pub fn retirement_age_months(book: &RuleBook, birth: Day, category: RetirementCategory) -> i32 {
    let row = book.retirement_row(category);
    let months = |year: i16, month: i16| i32::from(year) * 12 + i32::from(month);
    let since = months(birth.0.year(), i16::from(birth.0.month()))
        - months(row.first_birth_year, row.first_birth_month);
    let moved = if since < 0 { 0 } else { since / row.births_per_step + 1 };
    let most = i32::from(row.up_to_years - row.base_years) * 12;
    i32::from(row.base_years) * 12 + moved.min(most)
}

/// Birth date plus the age in months; a day that the month does not have becomes its last.
pub fn retirement_day(book: &RuleBook, birth: Day, category: RetirementCategory) -> Day {
    Day(birth.0.saturating_add(Span::new().months(retirement_age_months(book, birth, category))))
}

/// The source of the table, and how well it is known.
pub fn retirement_source(book: &RuleBook, category: RetirementCategory) -> (&str, Known) {
    let row = book.retirement_row(category);
    (&row.source, row.known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(category: RetirementCategory, cases: &[(&str, &str)]) {
        let book = RuleBook::builtin();
        for (birth, expected) in cases {
            let day = retirement_day(&book, birth.parse().unwrap(), category);
            assert_eq!(day.to_string(), *expected, "{category:?} born {birth}");
        }
    }

    #[test]
    fn men() {
        check(
            RetirementCategory::Man60,
            &[
                ("1950-06-15", "2010-06-15"),
                ("1964-12-31", "2024-12-31"),
                ("1965-01-01", "2025-02-01"),
                ("1965-01-31", "2025-02-28"),
                ("1965-04-30", "2025-05-30"),
                ("1965-05-01", "2025-07-01"),
                ("1966-09-20", "2027-03-20"),
                ("1976-08-31", "2039-07-31"),
                ("1976-09-01", "2039-09-01"),
                ("1990-02-28", "2053-02-28"),
            ],
        );
    }

    #[test]
    fn women_of_55() {
        check(
            RetirementCategory::Woman55,
            &[
                ("1969-12-31", "2024-12-31"),
                ("1970-01-31", "2025-02-28"),
                ("1970-05-01", "2025-07-01"),
                ("1981-08-31", "2039-07-31"),
                ("1981-09-01", "2039-09-01"),
                ("2000-02-29", "2058-02-28"),
            ],
        );
    }

    #[test]
    fn women_of_50() {
        check(
            RetirementCategory::Woman50,
            &[
                ("1974-12-31", "2024-12-31"),
                ("1975-01-01", "2025-02-01"),
                ("1975-02-28", "2025-03-28"),
                ("1975-03-01", "2025-05-01"),
                ("1984-10-31", "2039-09-30"),
                ("1984-11-01", "2039-11-01"),
                ("1990-01-01", "2045-01-01"),
            ],
        );
    }
}
