//! `export` and `import`: carrying the log on a stick.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use hall_core::vocab::DeviceRole;
use serde::Serialize;
use serde_json::json;

use crate::Place;
use crate::open::clock;

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The file to write, `*.lgb`. One that is there is replaced.
    file: PathBuf,
    /// Who is to read it. A file for the county or for a desk holds identity numbers and telephones in the clear, and
    /// an erasure cannot reach it: hand it over in person and delete it afterwards.
    #[arg(long = "for", value_name = "ROLE", default_value = "county", value_parser = role)]
    reader: DeviceRole,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The file to read.
    file: PathBuf,
}

fn role(text: &str) -> anyhow::Result<DeviceRole> {
    serde_json::from_value(json!(text)).context("one of county, desk, kiosk, wall")
}

/// Prints what was written as one JSON object; ends with 0 when everything is in the file.
pub(crate) fn export(place: &Place, args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let exported = place.open(clock(None))?.export(&args.file, args.reader)?;
    said(&exported, &exported.problems)
}

/// Prints what became of the file as one JSON object; ends with 0 when the whole file was good.
pub(crate) fn import(place: &Place, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let imported = place.open(clock(None))?.import(&args.file)?;
    said(&imported, &imported.problems)
}

fn said<T: Serialize>(what: &T, problems: &[String]) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", serde_json::to_string(what)?)?;
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
