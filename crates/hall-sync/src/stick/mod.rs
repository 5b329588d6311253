//! What a hall without a line carries by hand: the runs and seals of a message, in a file of any length.
//!
//! It is also the snapshot of a hall: its whole log as one reader may have it, from which a new machine starts and an old
//! one is completed. Loading it adds and never takes away: what the reader alone has stays, and is sent on as before.
//!
//! `LGB`, the version of the format, then frames (see [`hall_log::frame`]): one header, batches, one end. A batch is
//! one run with its seals, so that whoever reads never holds more than one run. Nothing is believed because of who
//! brought the stick: a batch is judged as if it had been sent, and what the header says decides nothing but
//! whether to look further.
//!
//! Frozen: a file may be read years later. A later release adds keys and kinds of frames, which this one skips.
//! Golden files: `tests/golden/stick-*.hex`.

mod export;
mod import;

use hall_core::Instant;
use hall_core::fact::Holder;
use hall_core::vocab::DeviceRole;
use hall_log::frame::{self, FrameBound, HEADER};
use hall_log::{Certificate, Seal};
use minicbor::{Decode, Encode};

pub use export::{Export, ExportError};
pub use import::{Import, Taken};

use crate::run::OPS_MAX;
use crate::wire::Run;

/// The version that this release writes.
pub const VERSION: u8 = 1;
const MAGIC: [u8; 3] = *b"LGB";
/// Certificates that come with one run: its author's, with room.
const CERTIFICATES_MAX: usize = 16;

const KIND_HEADER: u8 = 0;
const KIND_BATCH: u8 = 1;
const KIND_END: u8 = 2;

/// Who wrote a stick, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// The hall it is about.
    #[n(0)]
    pub hall: u32,
    #[n(1)]
    pub from: Holder,
    /// Of the device that wrote it.
    #[n(2)]
    pub certificate: Certificate,
    /// What the reader is meant to be: payloads that he may not read are left out.
    #[n(3)]
    pub reader: DeviceRole,
    #[n(4)]
    pub at: Instant,
}

/// A run with the seals on it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Batch {
    #[n(0)]
    pub run: Run,
    #[n(1)]
    pub seals: Vec<Seal>,
    /// Of the author, where he comes first.
    #[n(2)]
    pub certificates: Vec<Certificate>,
}

/// Says that nothing is missing in front of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct End {
    #[n(0)]
    pub batches: u64,
    #[n(1)]
    pub ops: u64,
}

/// A frame's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Header(Box<Header>),
    Batch(Box<Batch>),
    End(End),
}

/// Why a stick is not read, or not further. What was read before stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StickError {
    #[error("not a file of this system")]
    NotOurs,
    #[error("version {0}, which is not read here")]
    Version(u8),
    #[error("the file is cut off, or parts of it are gone")]
    CutOff,
    #[error("a frame is damaged")]
    Damaged,
    /// The frame is as it was written and makes no sense.
    #[error("a frame does not decode")]
    Malformed,
    #[error("of hall {found}")]
    OtherHall { found: u32 },
    #[error("nobody who is trusted here vouches for whoever wrote it")]
    Stranger,
}

/// Takes a stick apart, piece by piece: whoever drives it reads as many bytes as it wants and gives them to it.
#[derive(Debug)]
pub struct Parts {
    next: Next,
    headed: bool,
    seen: End,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Magic,
    Frame,
    Body([u8; HEADER]),
    Nothing,
}

impl Default for Parts {
    fn default() -> Self {
        Self { next: Next::Magic, headed: false, seen: End::default() }
    }
}

impl Parts {
    /// How many bytes it must be given next, at most [`frame::BODY_MAX`]; 0 when it needs no more.
    pub fn wants(&self) -> usize {
        match self.next {
            Next::Magic => MAGIC.len() + 1,
            Next::Frame => HEADER,
            Next::Body(header) => frame::body_length(header).unwrap_or(0),
            Next::Nothing => 0,
        }
    }

    /// The part that `bytes` complete, if they do. They are as many as it wants, or all that are left. After an
    /// error it wants no more.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<Part>, StickError> {
        let whole = bytes.len() == self.wants();
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Magic => {
                let version = bytes.strip_prefix(&MAGIC).ok_or(StickError::NotOurs)?;
                match version {
                    [VERSION] => self.next = Next::Frame,
                    [other] => return Err(StickError::Version(*other)),
                    _ => return Err(StickError::CutOff),
                }
                Ok(None)
            }
            _ if !whole => Err(StickError::CutOff),
            Next::Frame => {
                let header = *bytes.first_chunk().ok_or(StickError::CutOff)?;
                frame::body_length(header).ok_or(StickError::Damaged)?;
                self.next = Next::Body(header);
                Ok(None)
            }
            Next::Body(header) if !frame::is_whole(header, bytes) => Err(StickError::Damaged),
            Next::Body(_) => self.part(bytes),
            Next::Nothing => Ok(None),
        }
    }

    fn part(&mut self, body: &[u8]) -> Result<Option<Part>, StickError> {
        let part = decode(body).ok_or(StickError::Malformed)?;
        let headed = std::mem::replace(&mut self.headed, true);
        match &part {
            Some(Part::Header(_)) if headed => return Err(StickError::Malformed),
            Some(Part::Header(_)) => {}
            _ if !headed => return Err(StickError::Malformed),
            Some(Part::Batch(batch)) => self.seen.count(&batch.run),
            Some(Part::End(end)) if *end != self.seen => return Err(StickError::CutOff),
            Some(Part::End(_)) => return Ok(part),
            None => {}
        }
        self.next = Next::Frame;
        Ok(part)
    }
}

impl End {
    fn count(&mut self, run: &Run) {
        self.batches += 1;
        self.ops += u64::from(run.count);
    }
}

fn beginning() -> [u8; 4] {
    let [l, g, b] = MAGIC;
    [l, g, b, VERSION]
}

fn encode<T: Encode<()>>(kind: u8, content: &T) -> Result<Vec<u8>, FrameBound> {
    frame::enclose(&crate::wire::encode(&(kind, content)))
}

/// The content of a frame: outside, `None` when it makes no sense; inside, when only a later release knows it.
#[expect(clippy::option_option, reason = "no content is not bad content")]
fn decode(body: &[u8]) -> Option<Option<Part>> {
    let mut d = minicbor::Decoder::new(body);
    if d.array().ok()? != Some(2) {
        return None;
    }
    let part = match d.u8().ok()? {
        KIND_HEADER => Part::Header(d.decode().ok()?),
        KIND_BATCH => {
            let batch: Batch = d.decode().ok()?;
            if !is_bounded(&batch) {
                return None;
            }
            Part::Batch(Box::new(batch))
        }
        KIND_END => Part::End(d.decode().ok()?),
        _ => return Some(None),
    };
    (d.position() == body.len()).then_some(Some(part))
}

/// Checking a signature costs more than reading it.
fn is_bounded(batch: &Batch) -> bool {
    batch.seals.len() <= OPS_MAX && batch.certificates.len() <= CERTIFICATES_MAX
}
