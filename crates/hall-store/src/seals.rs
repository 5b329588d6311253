//! The seals of other devices on their series, which whoever gets the ops from here will want to see.
//!
//! They are in memory, and in a file beside the journal: records of one length, appended and synced, the newest
//! of a kind counting. Of a series are kept the last seal and those at every [`STRIDE`], which is where its author
//! lets others cut it; so there are few for each thousand ops, whatever its author sends.
//!
//! A seal is durable before the ops that came with it: ops without one can be passed on to nobody, and their author
//! may be gone for ever. One whose ops then did not come to be here is dropped again.
//!
//! A seal that is lost here comes again or is replaced by a later one: a damaged record is skipped, not repaired.
//!
//! The record is frozen: journals outlive releases. Golden file: `tests/golden/seal.hex`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use hall_core::Hlc;
use hall_core::fact::Holder;
use hall_log::seal::STRIDE;
use hall_log::{Chain, Seal};

use crate::disk;
use crate::error::IoError;

const NAME: &str = "seals";
/// Bytes of a record: `device u32be | epoch u16be | seq u64be | chain | hlc u64be | signature | CRC-32C u32le`.
const RECORD: usize = 106;
/// The file is written anew when it has more than twice the records that count, and this many besides.
const SLACK: usize = 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct Seals {
    path: PathBuf,
    held: BTreeMap<(Holder, u64), Seal>,
    /// The file, open for appending, and how many records it has; `None` when it must be written anew.
    file: Option<(File, usize)>,
}

impl Seals {
    /// Reads the seals that are kept in `dir`, as far as the series go that are here.
    pub(crate) fn open(dir: &Path, heads: &BTreeMap<Holder, u64>) -> Result<Self, IoError> {
        let path = dir.join(NAME);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(IoError::at(&path))?,
        };
        let mut seals = Self { path, held: BTreeMap::new(), file: None };
        let (records, torn) = bytes.as_chunks::<RECORD>();
        let mut whole = torn.is_empty();
        for record in records {
            match decode(record) {
                Some(seal) => seals.hold(seal),
                None => whole = false,
            }
        }
        seals.held.retain(|(series, seq), _| heads.get(series).is_some_and(|head| seq <= head));
        for series in heads.keys() {
            seals.thin(*series);
        }
        if whole && !bytes.is_empty() {
            seals.file = Some((seals.append_to()?, records.len()));
        } else if !bytes.is_empty() {
            tracing::warn!(path = %seals.path.display(), "some seals of other devices could not be read");
        }
        Ok(seals)
    }

    fn append_to(&self) -> Result<File, IoError> {
        OpenOptions::new().append(true).open(&self.path).map_err(IoError::at(&self.path))
    }

    /// Makes the seals durable that say more than those that are held; [`Seals::settle`] has to follow.
    pub(crate) fn take(&mut self, seals: &[Seal]) -> Result<(), IoError> {
        let new: Vec<Seal> = seals.iter().filter(|seal| self.counts(seal)).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = new.iter().flat_map(encode).collect();
        // Whatever goes wrong on the way, the file is then written anew.
        let appended = match self.file.take() {
            Some((mut file, count)) if count <= self.held.len() * 2 + SLACK => {
                file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(IoError::at(&self.path))?;
                Some((file, count + new.len()))
            }
            _ => None,
        };
        if appended.is_none() {
            let held: Vec<u8> = self.held.values().flat_map(encode).chain(bytes).collect();
            disk::write_durably(&self.path, &held)?;
        }
        for seal in new {
            self.hold(seal);
        }
        self.file = match appended {
            None => Some((self.append_to()?, self.held.len())),
            appended => appended,
        };
        Ok(())
    }

    /// Drops those of `taken` that stand on nothing here, and what the others replace.
    pub(crate) fn settle<E>(
        &mut self,
        taken: &[Seal],
        stands: impl Fn(&Seal) -> Result<bool, E>,
    ) -> Result<(), E> {
        for seal in taken {
            let key = (seal.series, seal.seq);
            if self.held.get(&key) == Some(seal) && !stands(seal)? {
                self.held.remove(&key);
            }
        }
        for seal in taken {
            self.thin(seal.series);
        }
        Ok(())
    }

    /// Those on the ops after `after` up to and with `to`.
    pub(crate) fn between(&self, series: Holder, after: u64, to: u64) -> Vec<Seal> {
        let Some(first) = after.checked_add(1).filter(|first| *first <= to) else { return Vec::new() };
        self.held.range((series, first)..=(series, to)).map(|(_, seal)| *seal).collect()
    }

    fn last(&self, series: Holder) -> Option<u64> {
        self.held.range((series, 0)..=(series, u64::MAX)).next_back().map(|((_, seq), _)| *seq)
    }

    /// Whether a seal says more than those that are held.
    fn counts(&self, seal: &Seal) -> bool {
        match self.held.get(&(seal.series, seal.seq)) {
            Some(held) => held.at < seal.at,
            None => {
                seal.seq.is_multiple_of(STRIDE) || self.last(seal.series).is_none_or(|last| last < seal.seq)
            }
        }
    }

    /// Of two on one op the newer is held.
    fn hold(&mut self, seal: Seal) {
        let held = self.held.entry((seal.series, seal.seq)).or_insert(seal);
        if held.at < seal.at {
            *held = seal;
        }
    }

    /// Leaves of a series the last seal and those at every stride.
    fn thin(&mut self, series: Holder) {
        let Some(last) = self.last(series) else { return };
        let between = |seq: &u64| !seq.is_multiple_of(STRIDE) && *seq < last;
        let gone: Vec<u64> =
            self.held.range((series, 0)..(series, last)).map(|((_, seq), _)| *seq).filter(between).collect();
        for seq in gone {
            self.held.remove(&(series, seq));
        }
    }
}

fn encode(seal: &Seal) -> [u8; RECORD] {
    let mut bytes = [0; RECORD];
    bytes[..4].copy_from_slice(&seal.series.device.to_be_bytes());
    bytes[4..6].copy_from_slice(&seal.series.epoch.to_be_bytes());
    bytes[6..14].copy_from_slice(&seal.seq.to_be_bytes());
    bytes[14..30].copy_from_slice(&seal.chain.0);
    bytes[30..38].copy_from_slice(&seal.at.0.to_be_bytes());
    bytes[38..102].copy_from_slice(&seal.signature);
    let sum = crc32c::crc32c(&bytes[..102]);
    bytes[102..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8; RECORD]) -> Option<Seal> {
    let seal = Seal {
        series: Holder {
            device: u32::from_be_bytes(*bytes.first_chunk()?),
            epoch: u16::from_be_bytes(*bytes[4..].first_chunk()?),
        },
        seq: u64::from_be_bytes(*bytes[6..].first_chunk()?),
        chain: Chain(*bytes[14..].first_chunk()?),
        at: Hlc(u64::from_be_bytes(*bytes[30..].first_chunk()?)),
        signature: *bytes[38..].first_chunk()?,
    };
    (encode(&seal) == *bytes).then_some(seal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_frozen() {
        let seal = Seal {
            series: Holder { device: 3, epoch: 1 },
            seq: 40_001,
            chain: Chain(*b"sixteen bytes!!!"),
            at: Hlc(0x0123_4567_89ab_cdef),
            signature: [0x5a; 64],
        };
        let frozen = include_str!("../tests/golden/seal.hex").trim_end();
        let bytes = encode(&seal);
        let expected: Vec<u8> =
            (0..RECORD).map(|n| u8::from_str_radix(&frozen[2 * n..2 * n + 2], 16).unwrap()).collect();
        assert_eq!((&bytes[..], 2 * RECORD), (&expected[..], frozen.len()));
        assert_eq!(decode(&bytes), Some(seal));
        for position in 0..RECORD {
            let mut altered = bytes;
            altered[position] ^= 1;
            assert_eq!(decode(&altered), None, "{position}");
        }
    }
}
