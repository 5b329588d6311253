//! Names of ops and of the entities that ops are about.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fact::Holder;

/// Names one op for ever: the device that wrote it, that device's epoch (a new one begins after disk loss
/// or roll-back) and the op's place in that series, dense from 1. Frozen: stored and on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct OpId {
    #[n(0)]
    pub device: u32,
    #[n(1)]
    pub epoch: u16,
    #[n(2)]
    pub seq: u64,
}

impl OpId {
    /// Bytes of [`OpId::to_bytes`].
    pub const LEN: usize = 14;

    pub const fn new(device: u32, epoch: u16, seq: u64) -> Self {
        Self { device, epoch, seq }
    }

    /// The device and epoch that wrote the op.
    pub const fn holder(self) -> Holder {
        Holder { device: self.device, epoch: self.epoch }
    }

    /// Big-endian, so that byte order is series order in the store.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&self.device.to_be_bytes());
        bytes[4..6].copy_from_slice(&self.epoch.to_be_bytes());
        bytes[6..].copy_from_slice(&self.seq.to_be_bytes());
        bytes
    }

    /// The inverse of [`OpId::to_bytes`]; `None` when the length is not [`OpId::LEN`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().ok()?;
        let [d0, d1, d2, d3, e0, e1, s @ ..] = *bytes;
        Some(Self::new(
            u32::from_be_bytes([d0, d1, d2, d3]),
            u16::from_be_bytes([e0, e1]),
            u64::from_be_bytes(s),
        ))
    }
}

/// The number of the county itself among the devices; halls' machines have others.
pub const COUNTY: u32 = 0;

/// An entity is named by the op that brought it into being, so no id is ever drawn at random or counted
/// twice: uniqueness follows from the series.
pub type EntityId = OpId;

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.device, self.epoch, self.seq)
    }
}

/// The text was not `device.epoch.seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form device.epoch.seq")]
pub struct ParseIdError;

impl FromStr for OpId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let (Some(device), Some(epoch), Some(seq), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ParseIdError);
        };
        Ok(Self::new(
            device.parse().map_err(|_| ParseIdError)?,
            epoch.parse().map_err(|_| ParseIdError)?,
            seq.parse().map_err(|_| ParseIdError)?,
        ))
    }
}

/// Text on every outer boundary: JavaScript cannot hold a 64-bit integer.
impl Serialize for OpId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OpId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
