//! Facts of the hall itself: its name, its staff, its devices.

use minicbor::{Decode, Encode};

use crate::id::EntityId;
use crate::time::Instant;
use crate::vocab::{DeviceRole, Role};

#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct HallSet {
    #[n(0)]
    pub name: Option<String>,
    /// GB/T 2260 code of the county, six digits.
    #[n(1)]
    pub county: Option<String>,
    #[n(2)]
    pub address: Option<String>,
    #[n(3)]
    pub phone: Option<String>,
    /// Where the desk is, as a slip says it: `2 号窗口`.
    #[n(4)]
    pub window: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct TierEntered {
    #[n(0)]
    pub county: String,
    /// 1, 2 or 3.
    #[n(1)]
    pub tier: u8,
    #[n(2)]
    pub document: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ClockAccepted {
    #[n(0)]
    pub at: Instant,
    #[n(1)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct WorkerErased {
    #[n(0)]
    pub worker: EntityId,
    #[n(1)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceEnrolled {
    #[n(0)]
    pub device: u32,
    /// What staff call it: `自助机 2`.
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub role: DeviceRole,
    /// The certificate as it was issued, signed by the county or the hall.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceRevoked {
    #[n(0)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct EpochEnded {
    #[n(0)]
    pub epoch: u16,
    /// The last op of that epoch that was known when it was ended.
    #[n(1)]
    pub last_seq: u64,
    #[n(2)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct StaffAdded {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub role: Role,
    /// PHC string of argon2id.
    #[n(2)]
    pub pin_hash: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct StaffPinSet {
    #[n(0)]
    pub pin_hash: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct StaffRetired {
    #[n(0)]
    pub reason: String,
}
