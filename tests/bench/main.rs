//! Measures a hall with years behind it against the budgets and prints a table.
//!
//! The store is built once and kept; every run works on a copy of it. What is measured in a hall runs in
//! children of this program, so that a child's memory is its own and its death is a real one. Ends with 0 when
//! every budget is kept, with 2 when one is not.

mod county;
mod day;
mod fill;
mod history;
mod line;
mod machines;
mod paper;
mod peers;
mod place;
mod print;
mod row;
mod sync;
mod wire;
mod wording;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand};

use place::Place;
use row::Row;
use sync::Sync;

/// As in the program that is measured.
#[cfg(not(windows))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    #[command(flatten)]
    size: Size,
    #[command(subcommand)]
    part: Option<Part>,
}

/// How large the hall is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Size {
    /// Where the store is built and kept; a real disk, or the figures mean nothing.
    #[arg(long, value_name = "DIR", default_value = "target/bench-data", global = true)]
    data: PathBuf,
    #[arg(long, default_value_t = 1_000_000, global = true)]
    ops: u64,
    #[arg(long, default_value_t = 100_000, global = true)]
    posts: u64,
    /// Workers who come to the kiosk and take a place.
    #[arg(long, default_value_t = 2_000, global = true)]
    claims: u64,
    #[command(flatten)]
    sync: Sync,
}

/// What one child does; only the exchange is a measurement of its own.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Part {
    /// Measures the exchange between machines and nothing else.
    Sync,
    /// A backlog, a new machine and moving places over a hall's lines.
    Line,
    /// Builds the store.
    Fill,
    /// A busy half hour at the kiosk, then a sudden end.
    Day,
    /// From the start of the process to the first view of the wall, then a sudden end.
    Start,
    /// Slips and agreements.
    Paper,
    /// From the tap to the paper.
    Print,
}

fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let place = Place::new(&cli.size);
    match cli.part {
        None => all(&cli.size, &place).map(|rows| told(&rows)),
        Some(Part::Sync) => sync::rows(&cli.size).map(|rows| told(&rows)),
        Some(Part::Fill) => fill::run(&place, &cli.size).map(|()| ExitCode::SUCCESS),
        // A hall that is open does not come back: the child dies as it would in a power cut.
        Some(Part::Day) => day::run(&place, &cli.size).map(|()| std::process::abort()),
        Some(Part::Start) => day::start(&place).map(|()| std::process::abort()),
        Some(Part::Line) => {
            line::run(&sync::folder(&cli.size), &cli.size.sync).map(|()| std::process::abort())
        }
        Some(Part::Paper) => paper::run(&cli.size).map(|()| ExitCode::SUCCESS),
        Some(Part::Print) => {
            std::fs::create_dir_all(&cli.size.data)?;
            let folder = tempfile::tempdir_in(&cli.size.data)?;
            print::run(folder.path()).map(|()| ExitCode::SUCCESS)
        }
    }
}

fn told(rows: &[Row]) -> ExitCode {
    row::print(rows);
    if rows.iter().any(Row::is_over) { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// Starts of which the slowest counts.
const STARTS: usize = 3;

fn all(size: &Size, place: &Place) -> Result<Vec<Row>> {
    if !place.is_complete() {
        place.clear()?;
        child(size, Part::Fill)?;
        place.complete()?;
    }
    let work = place.work_on_a_copy()?;
    let mut rows = child(size, Part::Day)?;
    // Killed in the middle of the morning: sled has what the system had taken over.
    rows.extend(slowest(size, &work, "start after a kill")?);
    // The power went, and with it everything that sled had written since the night.
    work.lose_the_morning(place)?;
    rows.extend(slowest(size, &work, "start after a power cut")?);
    rows.extend(child(size, Part::Paper)?);
    rows.extend(child(size, Part::Print)?);
    rows.extend(wording::rows()?);
    rows.extend(sync::rows(size)?);
    Ok(rows)
}

/// The slowest of some starts; the first one repairs, all read from the disk.
fn slowest(size: &Size, work: &place::Work, what: &str) -> Result<Vec<Row>> {
    let mut slowest: Vec<Row> = Vec::new();
    for _ in 0..STARTS {
        let cold = work.out_of_memory()?;
        for row in child(size, Part::Start)? {
            let name = format!("{what}{}{}", row.what, if cold { "" } else { " (from memory)" });
            let row = Row { what: name, ..row };
            match slowest.iter_mut().find(|known| known.what == row.what) {
                Some(known) if known.value < row.value => *known = row,
                Some(_) => {}
                None => slowest.push(row),
            }
        }
    }
    Ok(slowest)
}

/// Runs a part in a child and reads its rows.
pub(crate) fn child(size: &Size, part: Part) -> Result<Vec<Row>> {
    let name = match part {
        Part::Sync => "sync",
        Part::Line => "line",
        Part::Fill => "fill",
        Part::Day => "day",
        Part::Start => "start",
        Part::Paper => "paper",
        Part::Print => "print",
    };
    let output = Command::new(std::env::current_exe()?)
        .arg(name)
        .arg("--data")
        .arg(&size.data)
        .args(["--ops", &size.ops.to_string(), "--posts", &size.posts.to_string()])
        .args(["--claims", &size.claims.to_string()])
        .args(["--records", &size.sync.records.to_string(), "--transfers", &size.sync.transfers.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .context(name)?;
    let said = String::from_utf8(output.stdout)?;
    let rows: Vec<Row> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let died_on_purpose =
        matches!(part, Part::Day | Part::Start | Part::Line) && output.status.code().is_none();
    if !output.status.success() && !died_on_purpose {
        bail!("{name} failed: {}", output.status);
    }
    Ok(rows)
}
