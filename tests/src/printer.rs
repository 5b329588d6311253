//! A thermal printer for a hall under test or on show: the simulated one on a socket of its own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use hall_app::api::paper::PrinterForm;
use hall_app::api::{DeskCommand, DeskReply};
use hall_app::{Hall, SlipWidth};
use hall_core::vocab::PrinterUse;
use hall_print::Bitmap;
use hall_print::thermal::Simulated;

/// How long a paper is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A printer that is well, on loopback.
#[derive(Debug)]
pub struct Printer {
    pub address: String,
    papers: Receiver<Bitmap>,
}

impl Printer {
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = format!("tcp://{}", listener.local_addr()?);
        let (out, papers) = channel();
        // Ends with the process; a line that breaks is followed by the next.
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let _broken = serve(line, &out);
            }
        });
        Ok(Self { address, papers })
    }

    /// The next paper that comes out.
    pub fn paper(&self) -> Result<Bitmap> {
        self.papers.recv_timeout(PATIENCE).context("no paper came out")
    }
}

fn serve(mut line: TcpStream, out: &Sender<Bitmap>) -> Result<()> {
    let mut simulated = Simulated::new(SlipWidth::Dots384);
    let mut bytes = [0; 4096];
    loop {
        let count = line.read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        line.write_all(&simulated.receive(&bytes[..count]))?;
        for paper in simulated.take_papers() {
            out.send(paper)?;
        }
    }
}

/// Has the hall's own machine print there, as whoever is logged in at `desk`.
pub fn assign(hall: &Hall, desk: &str, used_for: PrinterUse, address: &str) -> Result<()> {
    let DeskReply::Printers(shown) = hall.desk(desk, DeskCommand::Printers)? else { bail!("no printers") };
    let device = shown.printers.first().context("a machine")?.device;
    let form = PrinterForm {
        device,
        used_for,
        address: address.to_owned(),
        dots: SlipWidth::Dots384.dots() as u16,
        answers: true,
        duplex: false,
        text: false,
    };
    hall.desk(desk, DeskCommand::AssignPrinter { form })?;
    Ok(())
}
