//! From the tap to the paper: a hall that prints on a simulated printer over loopback.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant as Clock};

use anyhow::{Context as _, Result, bail, ensure};
use hall_app::api::kiosk::Credential;
use hall_app::api::paper::PrinterForm;
use hall_app::api::shared::PostForm;
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_app::thermal::Simulated;
use hall_app::{Hall, SlipWidth, printing};
use hall_core::vocab::PrinterUse;

use crate::day::memory_mib;
use crate::fill::{DESK, id_number, worker};
use crate::line;
use crate::machines::{self, Machine};
use crate::row::{Row, Times};

const KIOSK: &str = "kiosk";
/// Slips of which the first byte is timed, and slips in a row.
const SLIPS: u64 = 200;
/// Longer than any printer that is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// Until a look at the idle printer has come to its end.
const LET_GO: Duration = Duration::from_secs(3);

/// What happens at the printer.
enum Seen {
    /// The first dots of a paper have come.
    Dots(Clock),
    Paper,
}

pub(crate) fn run(folder: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let hall = std::sync::Arc::new(Machine::new(folder, "prints", &machines::clock()?).open_desk()?);
    let (address, seen) = printer()?;
    assign(&hall, &address)?;
    let one_by_one = publish(&hall)?;
    for n in 0..3 * SLIPS {
        let form = worker(n).context("a worker")?;
        hall.desk(DESK, DeskCommand::RegisterWorker { form, sign_in: false })?;
    }
    runtime.spawn(printing::run(std::sync::Arc::clone(&hall)));

    let mut first = Times::default();
    for n in 0..SLIPS {
        let slip = claimed(&hall, &one_by_one, n)?;
        let tapped = Clock::now();
        hall.kiosk(KIOSK, slip)?;
        let Seen::Dots(at) = seen.recv_timeout(PATIENCE)? else { bail!("a paper before its dots") };
        first.add(at - tapped);
        ensure!(matches!(seen.recv_timeout(PATIENCE)?, Seen::Paper), "a paper");
    }
    // The first two hundred at once bring the process to the size that it needs for so many.
    in_a_row(&hall, SLIPS, &seen)?;
    let before = memory_mib()?;
    let took = in_a_row(&hall, 2 * SLIPS, &seen)?;
    let files = folder.join("prints").join("data").join("files");
    ensure!(!files.exists(), "something of a slip lies in {}", files.display());
    let rows = [
        Row::ms("first dots at the printer after the tap, p50", first.percentile(50), None),
        Row::ms("first dots at the printer after the tap, p99", first.percentile(99), 100.0)
            .with_note(format!("{SLIPS} slips over loopback, each asked first how the printer is")),
        Row::rate("slips in a row", SLIPS as f64 / took.as_secs_f64(), "slips", None)
            .with_note(format!("{SLIPS} claims and slips in {took:.1?}, nothing of them in any file")),
        Row::new("memory grown meanwhile", memory_mib()? - before, "MiB", 2.0)
            .with_note(format!("by the second {SLIPS} in a row")),
    ];
    runtime.shutdown_timeout(LET_GO);
    rows.iter().try_for_each(Row::send)
}

/// As many places as there are slips, taken as fast as it goes, until all slips are out.
fn in_a_row(hall: &Hall, from: u64, seen: &Receiver<Seen>) -> Result<Duration> {
    let post = publish(hall)?;
    let begun = Clock::now();
    for n in from..from + SLIPS {
        hall.kiosk(KIOSK, claimed(hall, &post, n)?)?;
    }
    let mut papers = 0;
    while papers < SLIPS {
        papers += u64::from(matches!(seen.recv_timeout(PATIENCE)?, Seen::Paper));
    }
    Ok(begun.elapsed())
}

/// A printer, and what is seen at it.
fn printer() -> Result<(String, Receiver<Seen>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = format!("tcp://{}", listener.local_addr()?);
    let (sees, seen) = channel();
    std::thread::spawn(move || listener.incoming().try_for_each(|line| serve(line?, &sees)));
    Ok((address, seen))
}

fn serve(mut line: std::net::TcpStream, sees: &Sender<Seen>) -> Result<()> {
    let mut simulated = Simulated::new(SlipWidth::Dots384);
    let mut bytes = [0; 4096];
    let mut dots = false;
    while let Ok(count @ 1..) = line.read(&mut bytes) {
        // Whatever is asked is short; more than that are dots.
        if !dots && count > 64 {
            dots = true;
            sees.send(Seen::Dots(Clock::now()))?;
        }
        let said = simulated.receive(&bytes[..count]);
        line.write_all(&said)?;
        for _ in simulated.take_papers() {
            dots = false;
            sees.send(Seen::Paper)?;
        }
    }
    Ok(())
}

fn assign(hall: &Hall, address: &str) -> Result<()> {
    let DeskReply::Printers(shown) = hall.desk(DESK, DeskCommand::Printers)? else { bail!("no printers") };
    let device = shown.printers.first().context("a machine")?.device;
    let form = PrinterForm {
        device,
        used_for: PrinterUse::Slips,
        address: address.into(),
        dots: 384,
        answers: true,
        duplex: false,
        text: false,
    };
    hall.desk(DESK, DeskCommand::AssignPrinter { form })?;
    Ok(())
}

fn publish(hall: &Hall) -> Result<String> {
    let form = PostForm { places: SLIPS.to_string(), ..line::post(&line::registered(hall)?)? };
    match hall.desk(DESK, DeskCommand::PublishPost { form, overriding: None })? {
        DeskReply::Post(edit) => Ok(edit.card.id),
        other => bail!("a post, not {other:?}"),
    }
}

/// The n-th worker takes a place; what is asked for then.
fn claimed(hall: &Hall, post: &str, n: u64) -> Result<KioskCommand> {
    let credential = Credential::IdNumber { text: id_number(n).context("a number")? };
    hall.kiosk(KIOSK, KioskCommand::SignIn { credential })?;
    match hall.kiosk(KIOSK, KioskCommand::Claim { post: post.into() })? {
        KioskReply::Ticket(ticket) => Ok(KioskCommand::Slip { ticket: ticket.id }),
        other => bail!("a ticket, not {other:?}"),
    }
}
