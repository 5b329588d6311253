//! The rule book: everything in `assets/rules/`, parsed and checked once.
//!
//! A figure is looked up here by day and county; nothing in the code repeats one. The book says of every row
//! how well it is known, and never fills a gap with a guess.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::finding::FindingCode;
use super::hazard::{Barred, Hazard, Venue};
use super::retirement::{RetirementCategory, RetirementRow};
use super::wording::{PostRules, PostRulesFile};
use crate::money::Fen;
use crate::time::Day;
use crate::vocab::Severity;

/// The files of `assets/rules/`, by name.
const FILES: &[(&str, &str)] = &[
    ("counties.json", include_str!("../../../../assets/rules/counties.json")),
    ("findings.json", include_str!("../../../../assets/rules/findings.json")),
    ("hazards.json", include_str!("../../../../assets/rules/hazards.json")),
    ("limits.json", include_str!("../../../../assets/rules/limits.json")),
    ("minimum_wage.json", include_str!("../../../../assets/rules/minimum_wage.json")),
    ("post.json", include_str!("../../../../assets/rules/post.json")),
    ("retention.json", include_str!("../../../../assets/rules/retention.json")),
    ("retirement.json", include_str!("../../../../assets/rules/retirement.json")),
    ("special_trades.json", include_str!("../../../../assets/rules/special_trades.json")),
];

/// How well a row is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// The text was read.
    Verified,
    /// Read in an earlier notice only; the one in force may have changed it.
    EarlierNotice,
    /// Our reading: advice, not law.
    Inferred,
}

impl Known {
    pub const fn is_inferred(self) -> bool {
        !matches!(self, Self::Verified)
    }
}

/// A minimum-wage tier of a province, 1 being the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tier(pub u8);

/// A tier that the hall's supervisor entered for the county, with the document it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyTier {
    pub tier: Tier,
    pub document: String,
}

/// Where the work is: the GB/T 2260 code, and the tier the hall entered, if it did. An entered tier wins over
/// the book's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct County {
    pub code: String,
    pub entered: Option<CountyTier>,
}

impl County {
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), entered: None }
    }
}

/// One county of the book.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountyRow {
    pub code: String,
    pub name: String,
    pub tier: Tier,
    pub document: String,
    pub status: Known,
}

/// The minimum wage that holds in one county on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WageLine {
    /// The first day it holds.
    pub from: Day,
    pub month: Fen,
    pub hour: Fen,
    /// The document that set the amounts.
    pub document: String,
    /// The amounts were read, but the county's tier is known from another notice.
    pub inferred: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WageRow {
    province: String,
    from: Day,
    tier: Tier,
    month_yuan: u32,
    hour_yuan: u32,
    document: String,
    known: Known,
}

/// Severity and source of one finding code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingRow {
    code: FindingCode,
    pub(super) severity: Severity,
    pub(super) source: String,
    pub(super) known: Known,
}

/// Why one hazard or venue is closed to one group.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ban {
    pub who: Barred,
    pub source: String,
    pub known: Known,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BanRow<C> {
    code: C,
    name: String,
    banned_for: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HazardsFile {
    hazards: Vec<BanRow<Hazard>>,
    venues: Vec<BanRow<Venue>>,
}

/// The part-time form (非全日制).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartTimeLimits {
    pub day_minutes_max: u32,
    pub week_minutes_max: u32,
    pub pay_cycle_days_max: u16,
    source: String,
    known: Known,
}

/// Hours of work.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HourLimits {
    pub day_minutes: u32,
    pub week_minutes: u32,
    pub overtime_day_minutes_max: u32,
    pub overtime_month_minutes_max: u32,
    pub overtime_pay_percent: u32,
    source: String,
    known: Known,
}

/// Pay of contracts that are not part-time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayLimits {
    pub cycle_days_max: u16,
    /// Paid days in a month, in hundredths.
    pub month_days_hundredths: u32,
    source: String,
    known: Known,
}

/// Ages in whole years.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeLimits {
    pub work_from_years: i16,
    pub adult_from_years: i16,
    source: String,
    known: Known,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromDay {
    day: Day,
    source: String,
    known: Known,
}

/// Figures that are not tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    over_age_rules_from: FromDay,
    pub part_time: PartTimeLimits,
    pub hours: HourLimits,
    pub pay: PayLimits,
    pub age: AgeLimits,
}

/// A trade that only the holder of a certificate may do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialTrade {
    pub code: String,
    pub name: String,
    pub certificate: String,
    words: Vec<String>,
    pub source: String,
    pub known: Known,
}

/// How long one kind of record is kept, and what happens then.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub record: String,
    pub name: String,
    pub keep_months: u16,
    pub after: String,
    pub source: String,
    pub known: Known,
}

/// Rule data that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleBookError {
    #[error("rule file {file} is missing")]
    Missing { file: String },
    #[error("rule file {file} does not parse")]
    Parse {
        file: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("rule file {file}: {what}")]
    Content { file: &'static str, what: String },
    #[error("pattern {pattern} of post.json does not compile")]
    Pattern {
        pattern: String,
        #[source]
        source: Box<regex::Error>,
    },
}

/// All rule data. Parse once and keep: patterns are compiled here.
#[derive(Debug)]
pub struct RuleBook {
    counties: BTreeMap<String, CountyRow>,
    wages: Vec<WageRow>,
    findings: BTreeMap<FindingCode, FindingRow>,
    hazards: BTreeMap<Hazard, BanRow<Hazard>>,
    venues: BTreeMap<Venue, BanRow<Venue>>,
    retirement: BTreeMap<RetirementCategory, RetirementRow>,
    trades: Vec<SpecialTrade>,
    retention: Vec<Retention>,
    limits: Limits,
    post: PostRules,
}

fn content(file: &'static str, what: impl Into<String>) -> RuleBookError {
    RuleBookError::Content { file, what: what.into() }
}

fn indexed<K: Ord + Copy + std::fmt::Debug, R>(
    file: &'static str,
    all: &[K],
    rows: Vec<R>,
    key: impl Fn(&R) -> K,
) -> Result<BTreeMap<K, R>, RuleBookError> {
    let mut map = BTreeMap::new();
    for row in rows {
        let code = key(&row);
        if map.insert(code, row).is_some() {
            return Err(content(file, format!("two rows for {code:?}")));
        }
    }
    match all.iter().find(|code| !map.contains_key(code)) {
        Some(code) => Err(content(file, format!("no row for {code:?}"))),
        None => Ok(map),
    }
}

impl RuleBook {
    /// The book this release was built with.
    pub fn builtin() -> Self {
        let file =
            |name: &str| FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        Self::parse(file).expect("the built-in rule files parse: a test builds this book")
    }

    /// A book from files that `file` returns by name (`minimum_wage.json`, …), the names of `assets/rules/`.
    pub fn parse(file: impl Fn(&str) -> Option<String>) -> Result<Self, RuleBookError> {
        fn read<T: DeserializeOwned>(
            file: &impl Fn(&str) -> Option<String>,
            name: &str,
        ) -> Result<T, RuleBookError> {
            let text = file(name).ok_or_else(|| RuleBookError::Missing { file: name.to_owned() })?;
            serde_json::from_str(&text)
                .map_err(|source| RuleBookError::Parse { file: name.to_owned(), source })
        }

        let mut wages: Vec<WageRow> = read(&file, "minimum_wage.json")?;
        wages.sort_by_key(|row| row.from);
        let mut counties = BTreeMap::new();
        for row in read::<Vec<CountyRow>>(&file, "counties.json")? {
            if row.code.len() != 6 || !row.code.bytes().all(|b| b.is_ascii_digit()) {
                return Err(content("counties.json", format!("{} is not a county code", row.code)));
            }
            if let Some(twin) = counties.insert(row.code.clone(), row) {
                return Err(content("counties.json", format!("two rows for {}", twin.code)));
            }
        }
        let HazardsFile { hazards, venues } = read(&file, "hazards.json")?;
        Ok(Self {
            counties,
            wages,
            findings: indexed(
                "findings.json",
                FindingCode::ALL,
                read(&file, "findings.json")?,
                |row: &FindingRow| row.code,
            )?,
            hazards: indexed("hazards.json", Hazard::ALL, hazards, |row| row.code)?,
            venues: indexed("hazards.json", Venue::ALL, venues, |row| row.code)?,
            retirement: indexed(
                "retirement.json",
                RetirementCategory::ALL,
                read(&file, "retirement.json")?,
                |row: &RetirementRow| row.category,
            )?,
            trades: read(&file, "special_trades.json")?,
            retention: read(&file, "retention.json")?,
            limits: read(&file, "limits.json")?,
            post: PostRules::compile(read::<PostRulesFile>(&file, "post.json")?)?,
        })
    }

    pub fn county(&self, code: &str) -> Option<&CountyRow> {
        self.counties.get(code)
    }

    /// All counties whose tier the book knows, in code order.
    pub fn counties(&self) -> impl Iterator<Item = &CountyRow> {
        self.counties.values()
    }

    /// The minimum wage of a county on a day; `None` when the county's tier or the amounts are not known.
    pub fn minimum_wage(&self, county: &County, day: Day) -> Option<WageLine> {
        self.minimum_wages(county, day, day).pop()
    }

    /// Every line that holds in the county on some day from `first` to `last`, oldest first. Empty when the
    /// tier is not known, or when the first day is older than the table.
    pub fn minimum_wages(&self, county: &County, first: Day, last: Day) -> Vec<WageLine> {
        let (tier, tier_document, entered) = match (&county.entered, self.counties.get(&county.code)) {
            (Some(entered), _) => (entered.tier, None, true),
            (None, Some(row)) => (row.tier, Some(&row.document), false),
            (None, None) => return Vec::new(),
        };
        let rows: Vec<&WageRow> = self
            .wages
            .iter()
            .filter(|row| row.tier == tier && county.code.starts_with(&row.province) && row.from <= last)
            .collect();
        let Some(start) = rows.iter().rposition(|row| row.from <= first) else {
            return Vec::new();
        };
        rows[start..]
            .iter()
            .map(|row| WageLine {
                from: row.from,
                month: Fen::yuan(row.month_yuan),
                hour: Fen::yuan(row.hour_yuan),
                document: row.document.clone(),
                inferred: row.known.is_inferred() || (!entered && tier_document != Some(&row.document)),
            })
            .collect()
    }

    /// The lowest line of the county's province on a day, whatever the tier.
    pub(super) fn lowest_wage_of_province(&self, county: &County, day: Day) -> Option<(Fen, Fen)> {
        let in_force: Vec<&WageRow> = self
            .wages
            .iter()
            .filter(|row| county.code.starts_with(&row.province) && row.from <= day)
            .collect();
        let newest = in_force.last()?.from;
        let lowest =
            in_force.into_iter().filter(|row| row.from == newest).min_by_key(|row| row.month_yuan)?;
        Some((Fen::yuan(lowest.month_yuan), Fen::yuan(lowest.hour_yuan)))
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The name of a hazard in plain Chinese.
    pub fn hazard_name(&self, hazard: Hazard) -> &str {
        self.hazards.get(&hazard).map_or(hazard.as_str(), |row| &row.name)
    }

    pub fn venue_name(&self, venue: Venue) -> &str {
        self.venues.get(&venue).map_or(venue.as_str(), |row| &row.name)
    }

    /// The text that bars one group from a hazard, if any.
    pub fn hazard_ban(&self, hazard: Hazard, who: Barred) -> Option<&Ban> {
        self.hazards.get(&hazard)?.banned_for.iter().find(|ban| ban.who == who)
    }

    pub fn venue_ban(&self, venue: Venue, who: Barred) -> Option<&Ban> {
        self.venues.get(&venue)?.banned_for.iter().find(|ban| ban.who == who)
    }

    pub fn special_trades(&self) -> &[SpecialTrade] {
        &self.trades
    }

    pub fn special_trade(&self, code: &str) -> Option<&SpecialTrade> {
        self.trades.iter().find(|trade| trade.code == code)
    }

    /// The special trade that the name of a trade or the content of a job speaks of.
    pub fn special_trade_in(&self, text: &str) -> Option<&SpecialTrade> {
        self.trades.iter().find(|trade| trade.words.iter().any(|word| text.contains(word.as_str())))
    }

    pub fn retention(&self) -> &[Retention] {
        &self.retention
    }

    pub(super) fn retirement_row(&self, category: RetirementCategory) -> &RetirementRow {
        self.retirement.get(&category).expect("parse demands a row for every category")
    }

    pub(super) fn finding_row(&self, code: FindingCode) -> &FindingRow {
        self.findings.get(&code).expect("parse demands a row for every code")
    }

    pub(super) fn post_rules(&self) -> &PostRules {
        &self.post
    }
}

impl Limits {
    /// The day from which the protections of workers past retirement age hold.
    pub fn over_age_rules_from(&self) -> Day {
        self.over_age_rules_from.day
    }

    /// Name, source and standing of every group of figures.
    pub fn sources(&self) -> [(&'static str, &str, Known); 5] {
        [
            ("over_age_rules_from", &self.over_age_rules_from.source, self.over_age_rules_from.known),
            ("part_time", &self.part_time.source, self.part_time.known),
            ("hours", &self.hours.source, self.hours.known),
            ("pay", &self.pay.source, self.pay.known),
            ("age", &self.age.source, self.age.known),
        ]
    }
}

#[cfg(test)]
mod tests;
