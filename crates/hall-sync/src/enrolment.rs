//! How a machine becomes one of a hall's: what it reads from a console's screen, what it sends, what it gets back.
//!
//! The code is a secret that is good once. Where no public certificate vouches for the other side, the invitation also
//! carries a pin of its key, so that nobody in between can take the code.
//!
//! Frozen: invitations are read out and printed, the rest is sent as JSON. Golden files: `tests/golden/invitation.txt`,
//! `tests/golden/enrolment.jsonl`.

use std::fmt;
use std::str::FromStr;

use hall_core::vocab::DeviceRole;
use hall_log::base32;
use serde::{Deserialize, Serialize};

/// What an invitation in a QR begins with.
pub const PREFIX: &str = "LGE1";
/// Characters of a code, five bits each: nobody guesses sixty bits in a day.
pub const CODE_LEN: usize = 12;
const PIN_LEN: usize = 10;
/// Bound of the text of an invitation, characters.
const TEXT_MAX: usize = 300;
/// Addresses in one invitation.
const ADDRESSES_MAX: usize = 8;

/// A machine that would like to belong to a hall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// As it was read from the console, with or without separators.
    pub code: String,
    /// The device's Ed25519 public key, Base32.
    pub key: String,
    /// The number that it drew for itself and may have written under.
    #[serde(default)]
    pub device: Option<u32>,
}

/// What it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    pub hall: u32,
    pub device: u32,
    pub role: DeviceRole,
    pub name: String,
    /// CBOR in Base32.
    pub certificate: String,
    /// The public keys of those whose certificates count, Base32.
    pub issuers: Vec<String>,
    /// The key with which the hall hashes identity numbers, Base32; only from a desk to a machine of its hall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hall_key: Option<String>,
    /// The desk's own public key, Base32, when it is a desk that enrolled the machine: its hub from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
}

/// Why a machine was not enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotEnrolled {
    #[error("not an application")]
    Malformed,
    /// Not one of ours, used up or too old: all the same to whoever tries codes.
    #[error("no such code")]
    Code,
    #[error("the device was revoked")]
    Revoked,
    #[error("the device belongs to another hall")]
    OtherHall,
    /// Another device has the number that this one drew.
    #[error("the number is taken")]
    Number,
    /// It was a desk, and wrote what no other machine may write: with the same key it is a desk or nothing.
    #[error("a desk becomes nothing else")]
    Role,
    #[error("too many attempts")]
    Busy,
    #[error("not able to store now")]
    Unavailable,
}

/// Draws a code out of random bytes.
pub fn draw_code(random: [u8; CODE_LEN]) -> String {
    random.iter().map(|value| base32::character(*value)).collect()
}

/// The characters of a code; `None` for text that is none.
pub fn read_code(text: &str) -> Option<[u8; CODE_LEN]> {
    let values: Option<Vec<u8>> =
        text.chars().filter(|c| !base32::is_separator(*c)).take(CODE_LEN + 1).map(base32::value).collect();
    values?.try_into().ok()
}

/// Fifty bits that tell a key from any other that somebody could come up with in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin([u8; PIN_LEN]);

impl Pin {
    pub fn of(key: &[u8; 32]) -> Self {
        let hash = blake3::derive_key("linggong enrolment pin 1", key);
        Self(std::array::from_fn(|n| hash[n] & 31))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|value| write!(f, "{}", base32::character(*value)))
    }
}

/// What a console shows and a new machine scans or is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub code: String,
    /// Of whom to trust with the code; without one his name must stand in a certificate of the public kind.
    pub pin: Option<Pin>,
    /// `host:port` of a hub, or an address with `https://`. Without any, the hall's network is asked.
    pub addresses: Vec<String>,
}

/// A text that invites nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an invitation")]
pub struct NotAnInvitation;

impl fmt::Display for Invitation {
    /// For the eye and the keyboard: groups, without the addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pin = self.pin.map(|pin| pin.to_string()).unwrap_or_default();
        let parts = [self.code.as_bytes().chunks(4), pin.as_bytes().chunks(5)];
        let groups: Vec<&str> =
            parts.into_iter().flatten().filter_map(|group| std::str::from_utf8(group).ok()).collect();
        f.write_str(&groups.join("-"))
    }
}

impl Invitation {
    /// The text of the QR.
    pub fn qr(&self) -> String {
        let pin = self.pin.map(|pin| pin.to_string()).unwrap_or_default();
        format!("{PREFIX}{}{pin}@{}", self.code, self.addresses.join(","))
    }
}

impl FromStr for Invitation {
    type Err = NotAnInvitation;

    /// Reads a scanned or typed invitation; addresses stand behind an `@`.
    fn from_str(text: &str) -> Result<Self, NotAnInvitation> {
        if text.chars().count() > TEXT_MAX {
            return Err(NotAnInvitation);
        }
        let (secret, addresses) = text.trim().split_once('@').unwrap_or((text.trim(), ""));
        let secret = secret.strip_prefix(PREFIX).unwrap_or(secret);
        let values: Option<Vec<u8>> =
            secret.chars().filter(|c| !base32::is_separator(*c)).map(base32::value).collect();
        let values = values.ok_or(NotAnInvitation)?;
        let (code, pin) = values.split_first_chunk::<CODE_LEN>().ok_or(NotAnInvitation)?;
        let pin = match pin {
            [] => None,
            pin => Some(Pin(pin.try_into().map_err(|_| NotAnInvitation)?)),
        };
        let addresses: Vec<String> = addresses
            .split(',')
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(str::to_owned)
            .collect();
        if addresses.len() > ADDRESSES_MAX
            || addresses.iter().any(|address| address.contains(char::is_whitespace))
        {
            return Err(NotAnInvitation);
        }
        Ok(Self { code: draw_code(*code), pin, addresses })
    }
}
