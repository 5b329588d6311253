//! `sim-printer`: a thermal printer on a TCP port or a pty, for who has none.
//!
//! It speaks to whoever connects as a real one does, and to the operator by lines: what it says on standard output is
//! what came out, and where it lies; what it is told on standard input is what happens to it.

use std::io::{BufRead as _, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, bail};
use hall_app::SlipWidth;
use hall_app::thermal::{Fault, Simulated};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;

/// A slow one goes on so often.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

#[derive(Debug, clap::Args)]
pub(crate) struct SimPrinterArgs {
    /// Where it listens; printers do at 9100.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// A pty instead, whose path it prints; for `usb:PATH` and `serial:PATH`.
    #[arg(long, conflicts_with = "listen")]
    pty: bool,
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
struct Printer {
    simulated: Simulated,
    line: Option<Box<dyn Write + Send>>,
    /// The operator wants the line dropped.
    hangs_up: bool,
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
            ["roll", rows] => self.simulated.load(rows.parse().context("a number of rows")?),
            ["reset", bytes] => {
                self.simulated.hang_up_after(bytes.parse().context("a number of bytes")?);
                return Ok(());
            }
            ["off-and-on"] => {
                self.simulated.switch_off_and_on();
                Vec::new()
            }
            ["hang-up"] => {
                self.hangs_up = self.line.is_some();
                return Ok(());
            }
            ["after", rows, ref what @ ..] => {
                let fault = changed(self.simulated.fault(), what)?;
                self.simulated.suffer_after(rows.parse().context("a number of rows")?, fault);
                return Ok(());
            }
            [] => return Ok(()),
            ref what => {
                let fault = changed(self.simulated.fault(), what)?;
                self.simulated.suffer(fault)
            }
        };
        self.after(&said)
    }
}

/// What is wrong with it when this has happened too.
fn changed(mut fault: Fault, words: &[&str]) -> anyhow::Result<Fault> {
    match *words {
        ["cover", how @ ("open" | "closed")] => fault.cover_open = how == "open",
        ["cutter", how @ ("jammed" | "free")] => fault.cutter_jammed = how == "jammed",
        ["mute", how @ ("on" | "off")] => fault.mute = how == "on",
        ["garbled", how @ ("on" | "off")] => fault.garbled = how == "on",
        ["ordered", how @ ("on" | "off")] => fault.unordered = how == "off",
        ["slow", "off"] => fault.slow = None,
        ["slow", rows] => fault.slow = Some(rows.parse().context("a number of rows")?),
        _ => bail!(
            "cover open|closed, cutter jammed|free, mute on|off, garbled on|off, ordered on|off, slow ROWS|off, each also \
             after ROWS; roll ROWS, reset BYTES, hang-up, off-and-on"
        ),
    }
    Ok(fault)
}

/// Prints until it is ended.
pub(crate) fn run(args: &SimPrinterArgs) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.papers)?;
    if let Some(address) = args.ipp {
        return crate::sim_ipp::run(address, &args.papers);
    }
    let width = if args.wide { SlipWidth::Dots576 } else { SlipWidth::Dots384 };
    let printer = Arc::new(Mutex::new(Printer {
        simulated: Simulated::new(width),
        line: None,
        hangs_up: false,
        papers: args.papers.clone(),
        printed: 0,
    }));
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
    if args.pty {
        #[cfg(unix)]
        return on_ptys(&printer);
        #[cfg(not(unix))]
        bail!("this system has no ptys");
    }
    on_port(&printer, args.listen)
}

fn on_port(printer: &Mutex<Printer>, at: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::bind(at).with_context(|| format!("cannot listen at {at}"))?;
    say(&format!("listens {}", listener.local_addr()?))?;
    // One at a time, as the small ones do: who comes second waits.
    for line in listener.incoming() {
        let line = line?;
        let answers = line.try_clone()?;
        serve(printer, line, Box::new(answers))?;
    }
    Ok(())
}

#[cfg(unix)]
fn on_ptys(printer: &Mutex<Printer>) -> anyhow::Result<()> {
    use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    loop {
        let far = openpt(flags)?;
        grantpt(&far)?;
        unlockpt(&far)?;
        // Held open, so that the line stays when whoever printed has gone.
        let near = ioctl_tiocgptpeer(&far, flags)?;
        let mut how = tcgetattr(&near)?;
        how.make_raw();
        tcsetattr(&near, OptionalActions::Now, &how)?;
        say(&format!("listens {}", ptsname(&far, Vec::new())?.to_string_lossy()))?;
        let line = std::fs::File::from(far);
        let answers = line.try_clone()?;
        serve(printer, line, Box::new(answers))?;
    }
}

/// Until whoever connected has gone, or the line is dropped.
fn serve(
    printer: &Mutex<Printer>,
    mut line: impl Read + AsFd,
    answers: Box<dyn Write + Send>,
) -> anyhow::Result<()> {
    locked(printer).line = Some(answers);
    let mut bytes = [0; 4096];
    loop {
        let mut came = [PollFd::new(&line, PollFlags::IN)];
        let count = match poll(&mut came, Some(&TICK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => 0,
            Ok(_) => match line.read(&mut bytes) {
                Ok(count @ 1..) => count,
                _ => break,
            },
            Err(error) => return Err(error.into()),
        };
        let mut printer = locked(printer);
        if printer.hangs_up {
            break;
        }
        let said = printer.simulated.receive(&bytes[..count]);
        printer.after(&said)?;
        if printer.simulated.hangs_up() {
            break;
        }
    }
    let mut printer = locked(printer);
    (printer.line, printer.hangs_up) = (None, false);
    Ok(())
}

fn locked(printer: &Mutex<Printer>) -> MutexGuard<'_, Printer> {
    printer.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
