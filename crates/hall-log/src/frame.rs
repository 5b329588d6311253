//! Frames: `length u32le | CRC-32C u32le | body`. The journal is a sequence of them, one for all ops of one act, so
//! that an act is on the disk whole or not at all; a stick is another, with bodies of its own.
//!
//! The checksum covers the length too. The reader must never reserve memory on the word of a length it has
//! not checked. Frozen. Golden file: `tests/golden/frame.hex`.

use minicbor::{Decoder, Encoder};

use crate::envelope::{Chain, Envelope, EnvelopeError, Op};

/// Length and checksum.
pub const HEADER: usize = 8;
/// Bound of a body.
pub const BODY_MAX: usize = 4 << 20;
/// Bound of the ops in one act.
pub const OPS_MAX: usize = 4096;
/// How many bytes the search for a whole frame behind a broken one may check before it gives up.
const SEARCH_BUDGET: usize = 64 << 20;

/// The ops of one act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub ops: Vec<Op>,
}

/// What no frame can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameBound {
    #[error("{0} ops in one act; at most 4096 fit")]
    Ops(usize),
    #[error("{0} bytes in one frame; at most 4 MiB fit")]
    Bytes(usize),
}

/// What stopped the reader, and the offset of the frame where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The bytes end within a frame and no whole frame follows: the writer was interrupted.
    #[error("the last frame, at byte {offset}, is incomplete")]
    Torn { offset: usize },
    /// Whole frames follow, or the bytes are whole and make no sense: not an interrupted writer.
    #[error("the frame at byte {offset} is corrupt")]
    Corrupt { offset: usize },
    /// The checksum is right but the body is not one that this release can read.
    #[error("the frame at byte {offset} does not decode")]
    Body { offset: usize, source: BodyError },
}

/// A body with a right checksum that does not decode.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("malformed body")]
    Cbor(#[from] minicbor::decode::Error),
    #[error("malformed envelope")]
    Envelope(#[from] EnvelopeError),
    #[error("{0} ops")]
    Ops(u64),
    #[error("bytes follow the last op")]
    Trailing,
}

impl Frame {
    /// The bytes of the frame, header included.
    pub fn encode(ops: &[Op]) -> Result<Vec<u8>, FrameBound> {
        if ops.len() > OPS_MAX {
            return Err(FrameBound::Ops(ops.len()));
        }
        let mut e = Encoder::new(vec![0; HEADER]);
        e.array(ops.len() as u64).expect(MEMORY);
        for op in ops {
            e.array(3).and_then(|e| e.bytes(&op.envelope.encode())).expect(MEMORY);
            e.bytes(&op.chain.0).expect(MEMORY);
            match &op.payload {
                Some(payload) => e.bytes(payload).expect(MEMORY),
                None => e.null().expect(MEMORY),
            };
        }
        close(e.into_writer())
    }

    fn decode_body(body: &[u8]) -> Result<Self, BodyError> {
        let mut d = Decoder::new(body);
        let count = d.array()?.unwrap_or(u64::MAX);
        if count > OPS_MAX as u64 {
            return Err(BodyError::Ops(count));
        }
        let mut ops = Vec::new();
        for _ in 0..count {
            if d.array()? != Some(3) {
                return Err(minicbor::decode::Error::message("an op has three parts").into());
            }
            let envelope = Envelope::decode(d.bytes()?)?;
            let chain = d
                .bytes()?
                .try_into()
                .map_err(|_| minicbor::decode::Error::message("a chain has 16 bytes"))?;
            let payload = if d.datatype()? == minicbor::data::Type::Null {
                d.null()?;
                None
            } else {
                Some(d.bytes()?.to_vec())
            };
            ops.push(Op { envelope, chain: Chain(chain), payload });
        }
        if d.position() == body.len() { Ok(Self { ops }) } else { Err(BodyError::Trailing) }
    }
}

const MEMORY: &str = "writing to memory cannot fail";

/// The frame around `body`.
pub fn enclose(body: &[u8]) -> Result<Vec<u8>, FrameBound> {
    close([&[0; HEADER], body].concat())
}

/// Fills in the header of a frame for which room was left in front of the body.
fn close(mut bytes: Vec<u8>) -> Result<Vec<u8>, FrameBound> {
    let body = bytes.len() - HEADER;
    if body > BODY_MAX {
        return Err(FrameBound::Bytes(body));
    }
    let length = (body as u32).to_le_bytes();
    let sum = checksum(length, &bytes[HEADER..]);
    bytes[..4].copy_from_slice(&length);
    bytes[4..HEADER].copy_from_slice(&sum.to_le_bytes());
    Ok(bytes)
}

/// Bytes of the body that belongs to a header; `None` when no writer wrote it. An empty body is nothing that
/// happened; refusing it keeps a run of zeros from reading as frames.
pub fn body_length(header: [u8; HEADER]) -> Option<usize> {
    let [l0, l1, l2, l3, ..] = header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    (1..=BODY_MAX).contains(&length).then_some(length)
}

/// Whether `body` is the one that was written behind `header`.
pub fn is_whole(header: [u8; HEADER], body: &[u8]) -> bool {
    let [l0, l1, l2, l3, sum @ ..] = header;
    body_length(header) == Some(body.len()) && checksum([l0, l1, l2, l3], body) == u32::from_le_bytes(sum)
}

fn checksum(length: [u8; 4], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), body)
}

/// Reads frames one after another; ends for good at the first error.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    offset: usize,
    failed: bool,
}

impl<'a> Frames<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0, failed: false }
    }

    /// Where the next frame begins, or, after an error, where the whole frames end.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.offset == self.bytes.len() {
            return None;
        }
        let offset = self.offset;
        let Some(body) = whole_frame(&self.bytes[offset..]) else {
            self.failed = true;
            let torn = !any_whole_frame(&self.bytes[offset + 1..]);
            return Some(Err(if torn {
                FrameError::Torn { offset }
            } else {
                FrameError::Corrupt { offset }
            }));
        };
        Some(match Frame::decode_body(body) {
            Ok(frame) => {
                self.offset += HEADER + body.len();
                Ok(frame)
            }
            Err(source) => {
                self.failed = true;
                Err(FrameError::Body { offset, source })
            }
        })
    }
}

/// The body of the frame at the start of `bytes`, if one is there whole.
fn whole_frame(bytes: &[u8]) -> Option<&[u8]> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
    let body = rest.get(..body_length(*header)?)?;
    is_whole(*header, body).then_some(body)
}

/// Whether a whole frame begins anywhere in `bytes`. When the search would cost too much the answer is yes:
/// the caller then calls it corruption, which discards nothing.
fn any_whole_frame(bytes: &[u8]) -> bool {
    let mut budget = SEARCH_BUDGET;
    for start in 0..bytes.len().saturating_sub(HEADER) {
        let rest = &bytes[start..];
        let size = rest.first_chunk().and_then(|header| body_length(*header));
        let Some(size) = size.filter(|size| HEADER + size <= rest.len()) else { continue };
        if whole_frame(rest).is_some() {
            return true;
        }
        budget = budget.saturating_sub(size);
        if budget == 0 {
            return true;
        }
    }
    false
}
