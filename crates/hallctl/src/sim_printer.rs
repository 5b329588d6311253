//! `sim-printer`: a thermal printer on a TCP port, for who has none.
//!
//! It speaks to whoever connects as a real one does, and to the operator by lines: what it says on standard output is
//! what came out, and where it lies; what it is told on standard input is what happens to it.

use std::io::{BufRead as _, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, bail};
use hall_app::SlipWidth;
use hall_app::thermal::{Fault, Simulated};

#[derive(Debug, clap::Args)]
pub(crate) struct SimPrinterArgs {
    /// Where it listens; printers do at 9100.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// A roll of 80 mm instead of 58 mm.
    #[arg(long)]
    wide: bool,
    /// An A4 printer at this address instead, which speaks IPP; its papers are PDF files or PWG rasters.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["listen", "wide"])]
    ipp: Option<SocketAddr>,
    /// Where the papers are put, as PNG files.
    #[arg(long, value_name = "DIR")]
    papers: PathBuf,
}

/// The printer and whom it speaks to.
#[derive(Debug)]
struct Printer {
    simulated: Simulated,
    fault: Fault,
    line: Option<TcpStream>,
    papers: PathBuf,
    printed: u32,
}

impl Printer {
    /// Sends what the printer said, and puts down what came out.
    fn after(&mut self, said: &[u8]) -> anyhow::Result<()> {
        if let Some(line) = self.line.as_mut().filter(|_| !said.is_empty())
            && let Err(error) = line.write_all(said)
        {
            say(&format!("nobody hears it: {error}"))?;
        }
        for paper in self.simulated.take_papers() {
            self.printed += 1;
            let path = self.papers.join(format!("{:04}.png", self.printed));
            std::fs::write(&path, paper.to_png()?)?;
            say(&format!("printed {}", path.display()))?;
        }
        Ok(())
    }

    /// Does what one line of the operator says.
    fn obey(&mut self, line: &str) -> anyhow::Result<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let said = match *words {
            ["cover", how @ ("open" | "closed")] => {
                self.fault.cover_open = how == "open";
                self.simulated.suffer(self.fault)
            }
            ["cutter", how @ ("jammed" | "free")] => {
                self.fault.cutter_jammed = how == "jammed";
                self.simulated.suffer(self.fault)
            }
            ["mute", how @ ("on" | "off")] => {
                self.fault.mute = how == "on";
                self.simulated.suffer(self.fault)
            }
            ["roll", rows] => self.simulated.load(rows.parse().context("a number of rows")?),
            ["hang-up"] => {
                if let Some(line) = self.line.take() {
                    line.shutdown(std::net::Shutdown::Both)?;
                }
                return Ok(());
            }
            [] => return Ok(()),
            _ => bail!("cover open|closed, cutter jammed|free, mute on|off, roll ROWS, hang-up"),
        };
        self.after(&said)
    }
}

/// Prints until it is ended.
pub(crate) fn run(args: &SimPrinterArgs) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.papers)?;
    if let Some(address) = args.ipp {
        return crate::sim_ipp::run(address, &args.papers);
    }
    let listener =
        TcpListener::bind(args.listen).with_context(|| format!("cannot listen at {}", args.listen))?;
    let width = if args.wide { SlipWidth::Dots576 } else { SlipWidth::Dots384 };
    let printer = Arc::new(Mutex::new(Printer {
        simulated: Simulated::new(width),
        fault: Fault::default(),
        line: None,
        papers: args.papers.clone(),
        printed: 0,
    }));
    say(&format!("listens {}", listener.local_addr()?))?;
    let told = Arc::clone(&printer);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let done = locked(&told).obey(&line);
            // A harness waits for the word that it is done; without one who reads there is nobody to tell.
            let _nobody_reads = match done {
                Ok(()) => say(&format!("done {line}")),
                Err(error) => say(&format!("not done: {error}")),
            };
        }
    });
    // One at a time, as the small ones do: who comes second waits.
    for line in listener.incoming() {
        let mut line = line?;
        locked(&printer).line = Some(line.try_clone()?);
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = line.read(&mut bytes) {
            let mut printer = locked(&printer);
            let said = printer.simulated.receive(&bytes[..count]);
            printer.after(&said)?;
        }
        locked(&printer).line = None;
    }
    Ok(())
}

fn locked(printer: &Mutex<Printer>) -> MutexGuard<'_, Printer> {
    printer.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
