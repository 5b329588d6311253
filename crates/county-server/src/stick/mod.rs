//! Sticks: the exchange with a hall that has no line, carried by hand (see [`hall_sync::stick`]).
//!
//! What a desk wrote for the county is judged run by run as if it had been sent, in the same visits of the archive;
//! what the county writes for a desk is what it would send to one that has nothing. Must never take what a line would
//! not bring, nor give a hall what another wrote.

mod export;
mod import;
pub mod words;

use std::path::PathBuf;

use hall_core::fact::Holder;
use hall_log::Certificate;
use hall_sync::wire::{LIMITS, Request, VERSION};

pub use export::{ExportError, Exported, export};
pub use import::{Imported, import};

#[derive(Clone, Debug, clap::Subcommand)]
pub enum Carry {
    /// Takes what is good of the files that halls' desks exported, and prints one JSON object a file; ends with 0 when
    /// all was good. Twice or in any order makes no difference.
    Import {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Writes everything that a hall's desk may have to a file, and prints one JSON object. It holds identity numbers and
    /// telephones in the clear, and an erasure cannot reach it: hand it over in person and delete it afterwards.
    Export {
        #[arg(long)]
        hall: u32,
        /// The file to write, `*.lgb`. One that is there is replaced.
        file: PathBuf,
    },
}

/// What an archive prepares a visit by: a request that brings nothing yet and wishes for nothing.
fn request(from: Holder, certificate: &Certificate) -> Request {
    Request {
        version: VERSION,
        from,
        certificate: certificate.clone(),
        have: Vec::new(),
        push: Vec::new(),
        seals: Vec::new(),
        certificates: Vec::new(),
        asks: Vec::new(),
        wants: Vec::new(),
        payloads: Vec::new(),
        wait_ms: 0,
        limits: LIMITS,
    }
}
