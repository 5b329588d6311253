//! Plays the main job of the sample hall through its real windows.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use hall_tests::player::{Programs, play};

/// Leaves pictures, papers and `main-job.json` in a folder. Needs a display.
#[derive(Debug, Parser)]
struct Cli {
    /// The built shell.
    #[arg(long)]
    shell: PathBuf,
    /// The built operator's tool, which loads the sample hall.
    #[arg(long)]
    hallctl: PathBuf,
    /// The built county server.
    #[arg(long)]
    county: PathBuf,
    out: PathBuf,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let job = play(&Programs { shell: cli.shell, hallctl: cli.hallctl, county: cli.county }, &cli.out)?;
    let mut out = std::io::stdout();
    for step in &job.steps {
        writeln!(out, "{:>7} ms  {}", step.milliseconds, step.done)?;
    }
    Ok(())
}
