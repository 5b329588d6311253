//! `sim-printer --ipp`: an A4 printer on a TCP port, for who has none. To the operator it speaks as the thermal one does.

use std::io::BufRead as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail};
use hall_app::simulated_a4::{Condition, Cut, Fate, Simulated, serve};

use crate::sim_printer::say;

const PDF: &str = "application/pdf";
const PWG: &str = "image/pwg-raster";

/// Prints until it is ended.
pub(crate) fn run(address: SocketAddr, papers: &Path) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen at {address}"))?;
    let printer = Arc::new(Mutex::new(Simulated::new(Condition::default())));
    say(&format!("listens ipp://{}/ipp/print", listener.local_addr()?))?;
    let told = Arc::clone(&printer);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let done = obey(&mut told.lock().unwrap_or_else(PoisonError::into_inner).condition, &line);
            // A harness waits for the word that it is done; without one who reads there is nobody to tell.
            let _nobody_reads = match done {
                Ok(()) => say(&format!("done {line}")),
                Err(error) => say(&format!("not done: {error}")),
            };
        }
    });
    let mut printed = 0;
    serve(&listener, &printer, &mut |printer| {
        if let Err(error) = put_down(printer, papers, &mut printed) {
            let _nobody_reads = say(&format!("lost: {error}"));
        }
    })?;
    Ok(())
}

/// Puts what came out into the folder.
fn put_down(printer: &mut Simulated, papers: &Path, printed: &mut u32) -> anyhow::Result<()> {
    for paper in printer.take_papers() {
        *printed += 1;
        let ending = if paper.format == PDF { "pdf" } else { "pwg" };
        let path = papers.join(format!("{printed:04}.{ending}"));
        std::fs::write(&path, &paper.document)?;
        say(&format!("printed {}", path.display()))?;
    }
    Ok(())
}

/// Does what one line of the operator says.
fn obey(now: &mut Condition, line: &str) -> anyhow::Result<()> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match &words[..] {
        ["stopped", reasons @ ..] => {
            now.stopped = true;
            now.reasons = reasons.iter().map(|word| (*word).to_owned()).collect();
        }
        ["going", reasons @ ..] => {
            now.stopped = false;
            now.reasons = reasons.iter().map(|word| (*word).to_owned()).collect();
        }
        ["then", "stopped", reason] => now.stops = Some((*reason).to_owned()),
        ["accepts"] => now.accepts = true,
        ["refuses"] => now.accepts = false,
        ["takes", "pdf"] => now.formats = vec![PDF.into(), PWG.into()],
        ["takes", "pwg"] => now.formats = vec![PWG.into()],
        ["completes"] => now.fate = Fate::Completes,
        ["aborts"] => now.fate = Fate::Aborts(None),
        ["aborts", sides] => now.fate = Fate::Aborts(Some(sides.parse().context("a number of sides")?)),
        ["forgets"] => now.fate = Fate::Forgets,
        ["cut", "before"] => now.cut = Some(Cut::Before),
        ["cut", "after"] => now.cut = Some(Cut::After),
        [] => {}
        _ => bail!(
            "stopped|going REASON…, then stopped REASON, accepts, refuses, takes pdf|pwg, completes, aborts [SIDES], forgets, cut before|after"
        ),
    }
    Ok(())
}
