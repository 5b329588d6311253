//! `sim-scanner`: a scanner on a pseudo terminal, for who has none. Each line that it is told is scanned.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use hall_app::readers::simulated::{Scanner, Way};

#[derive(Debug, clap::Args)]
pub(crate) struct SimScannerArgs {
    /// Also found under this name, which stays the same when it is plugged in anew: what a hall's settings name.
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,
}

/// Scans until standard input ends.
pub(crate) fn run(args: &SimScannerArgs) -> anyhow::Result<()> {
    let mut scanner = Some(plug_in(args)?);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let done = obey(args, &mut scanner, &line);
        match done {
            Ok(()) => say("done")?,
            Err(error) => say(&format!("not done: {error:#}"))?,
        }
    }
    unlink(args)
}

fn obey(args: &SimScannerArgs, scanner: &mut Option<Scanner>, line: &str) -> anyhow::Result<()> {
    let (way, code) = match line.split_once(' ') {
        Some(("split", code)) => (Way::Split, code),
        Some(("half", code)) => (Way::Half, code),
        Some(("full-width", code)) => (Way::FullWidth, code),
        _ => (Way::Whole, line),
    };
    match line {
        "unplug" => {
            *scanner = None;
            unlink(args)
        }
        "plug-in" => {
            *scanner = Some(plug_in(args)?);
            Ok(())
        }
        _ => Ok(scanner.as_mut().context("it is unplugged: plug-in")?.scan(code, way)?),
    }
}

fn plug_in(args: &SimScannerArgs) -> anyhow::Result<Scanner> {
    let scanner = Scanner::plug_in()?;
    unlink(args)?;
    if let Some(link) = &args.link {
        std::os::unix::fs::symlink(scanner.path(), link)
            .with_context(|| format!("cannot be named {}", link.display()))?;
    }
    say(&format!("path {}", scanner.path()))?;
    Ok(scanner)
}

/// Takes the name away, but nothing else that may lie there.
fn unlink(args: &SimScannerArgs) -> anyhow::Result<()> {
    match &args.link {
        Some(link) if link.is_symlink() => Ok(std::fs::remove_file(link)?),
        _ => Ok(()),
    }
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
