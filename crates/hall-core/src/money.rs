//! Money in fen (1/100 yuan), never in floating point.

use std::fmt;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// An amount in fen. `u32` holds 42 million yuan, far above any pay a hall records, and fits a JavaScript
/// number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Fen(#[n(0)] pub u32);

impl Fen {
    pub const fn yuan(yuan: u32) -> Self {
        Self(yuan * 100)
    }
}

/// Yuan without trailing zeros: `260`, `22.5`, `0.05`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (yuan, fen) = (self.0 / 100, self.0 % 100);
        match fen {
            0 => write!(f, "{yuan}"),
            _ if fen % 10 == 0 => write!(f, "{yuan}.{}", fen / 10),
            _ => write!(f, "{yuan}.{fen:02}"),
        }
    }
}
