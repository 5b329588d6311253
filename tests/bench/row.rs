//! A figure with its budget, and the table of all.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub what: String,
    pub value: f64,
    pub unit: String,
    /// None where the figure only explains others.
    pub budget: Option<f64>,
    /// The budget is the least, not the most, that is good enough.
    #[serde(default)]
    pub at_least: bool,
    #[serde(default)]
    pub note: String,
}

impl Row {
    pub(crate) fn new(what: &str, value: f64, unit: &str, budget: impl Into<Option<f64>>) -> Self {
        Self {
            what: what.into(),
            value,
            unit: unit.into(),
            budget: budget.into(),
            at_least: false,
            note: String::new(),
        }
    }

    /// So many of something a second; the more the better.
    pub(crate) fn rate(what: &str, per_second: f64, of: &str, budget: impl Into<Option<f64>>) -> Self {
        Self { at_least: true, ..Self::new(what, per_second, &format!("{of}/s"), budget) }
    }

    /// A figure that could not be had here, and why.
    pub(crate) fn not_measured(what: &str, why: &anyhow::Error) -> Self {
        Self::new(what, f64::NAN, "", None).with_note(format!("not measured: {why:#}"))
    }

    pub(crate) fn ms(what: &str, took: Duration, budget: impl Into<Option<f64>>) -> Self {
        Self::new(what, took.as_secs_f64() * 1e3, "ms", budget)
    }

    #[must_use]
    pub(crate) fn with_note(self, note: String) -> Self {
        Self { note, ..self }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.budget
            .is_some_and(|budget| if self.at_least { self.value < budget } else { self.value > budget })
    }

    /// Hands the row to the parent.
    pub(crate) fn send(&self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, self)?;
        writeln!(out)?;
        Ok(out.flush()?)
    }
}

/// Many measurements of one act.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn measure<T>(&mut self, act: impl FnOnce() -> T) -> T {
        let begun = std::time::Instant::now();
        let done = act();
        self.add(begun.elapsed());
        done
    }

    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that this many of a hundred measurements keep; zero when nothing was measured.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted
            .get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

pub(crate) fn print(rows: &[Row]) {
    // A wide character takes two columns; none of our names has one.
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let mut lines = vec![format!("{:<width$}  {:>14}  {:>14}  {:<4}", "what", "measured", "budget", "")];
    for row in rows {
        let measured = format!("{} {}", figure(row.value), row.unit);
        let bound = if row.at_least { "≥ " } else { "" };
        let budget = row
            .budget
            .map_or_else(|| "-".to_owned(), |budget| format!("{bound}{} {}", figure(budget), row.unit));
        let verdict = match row.budget {
            None => "",
            Some(_) if row.is_over() => "OVER",
            Some(_) => "ok",
        };
        let line = format!("{:<width$}  {measured:>14}  {budget:>14}  {verdict:<4}  {}", row.what, row.note);
        lines.push(line.trim_end().to_owned());
    }
    let over = rows.iter().filter(|row| row.is_over()).count();
    lines.push(format!("{over} over budget"));
    // Whoever closed our output does not want to hear it.
    let _nobody_listens = writeln!(std::io::stdout(), "{}", lines.join("\n"));
}

fn figure(value: f64) -> String {
    match value {
        value if value.is_nan() => "-".to_owned(),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// A line for whoever watches; standard output belongs to the rows.
pub(crate) fn say(line: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "{line}");
}
