//! The header of a segment. Frozen: journals outlive releases. Golden file: `tests/golden/segment.hex`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Expected, damaged};
use crate::disk;
use crate::error::{IoError, OpenError};

/// Bytes of a header.
pub(crate) const HEADER: usize = 32;
pub(super) const SUFFIX: &str = ".journal";
const MAGIC: [u8; 4] = *b"LGJ1";

/// Whose journal it is and where the segment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub device: u32,
    pub epoch: u16,
    /// Arrival number of the first op, from 1.
    pub first: u64,
    pub fingerprint: [u8; 8],
}

impl Header {
    /// `magic | device u32be | epoch u16be | 0 0 | first u64be | fingerprint | CRC-32C u32le`.
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.device.to_be_bytes());
        bytes[8..10].copy_from_slice(&self.epoch.to_be_bytes());
        bytes[12..20].copy_from_slice(&self.first.to_be_bytes());
        bytes[20..28].copy_from_slice(&self.fingerprint);
        let sum = crc32c::crc32c(&bytes[..28]);
        bytes[28..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        let header = Self {
            device: u32::from_be_bytes(*bytes[4..].first_chunk()?),
            epoch: u16::from_be_bytes(*bytes[8..].first_chunk()?),
            first: u64::from_be_bytes(*bytes[12..].first_chunk()?),
            fingerprint: *bytes[20..].first_chunk()?,
        };
        (header.first > 0 && header.encode() == *bytes).then_some(header)
    }
}

/// Puts an empty segment in place, header and all.
pub(super) fn create(dir: &Path, header: &Header) -> Result<PathBuf, IoError> {
    let path = dir.join(format!("{:020}{SUFFIX}", header.first));
    disk::write_durably(&path, &header.encode())?;
    Ok(path)
}

pub(super) fn read_header(path: &Path) -> Result<Header, OpenError> {
    let mut bytes = Vec::with_capacity(HEADER);
    let file = File::open(path).map_err(IoError::at(path))?;
    file.take(HEADER as u64).read_to_end(&mut bytes).map_err(IoError::at(path))?;
    parse(path, &bytes)
}

pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Header, OpenError> {
    Header::decode(bytes).ok_or_else(|| damaged(path, 0, "the header is damaged"))
}

/// Reads a header and holds it against what it must say.
pub(super) fn check(path: &Path, expected: &Expected, first: u64) -> Result<Header, OpenError> {
    let header = read_header(path)?;
    if header.fingerprint != expected.fingerprint {
        return Err(OpenError::WrongKey);
    }
    let (device, epoch) = expected.identity;
    // What was written in an epoch that the device left stays in its journal.
    let mine = header.device == device && header.epoch <= epoch;
    if mine && header.first == first {
        Ok(header)
    } else {
        Err(damaged(path, 0, "the header is another segment's"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_frozen() {
        let header = Header { device: 3, epoch: 1, first: 40_001, fingerprint: *b"finger!!" };
        let frozen = include_str!("../../tests/golden/segment.hex").trim_end();
        let bytes: Vec<u8> =
            (0..HEADER).map(|n| u8::from_str_radix(&frozen[2 * n..2 * n + 2], 16).unwrap()).collect();
        assert_eq!(frozen.len(), 2 * HEADER);
        assert_eq!(header.encode()[..], bytes);
        assert_eq!(Header::decode(&header.encode()), Some(header));
        for position in 0..HEADER {
            let mut altered = header.encode();
            altered[position] ^= 1;
            assert_eq!(Header::decode(&altered), None, "{position}");
        }
    }
}
