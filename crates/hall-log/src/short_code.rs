//! The code of a ticket that a worker can say aloud: five characters and a check character, `7K4M-2Q`.
//!
//! The five characters are a scramble of the op's number, one to one for a device and epoch up to 2^25 ops,
//! so that neighbours in the queue do not hold look-alike codes and nobody can count the day's tickets from
//! two of them. The check character catches every single wrong character and every swap of two neighbours.
//! It is not a secret and proves nothing: a code finds a ticket, the desk decides.
//!
//! Frozen: codes are on paper. Golden file: `tests/golden/short_code.txt`.

use std::fmt;
use std::str::FromStr;

use hall_core::OpId;

use crate::base32;

const BITS: u32 = 25;
const MASK: u32 = (1 << BITS) - 1;
/// Odd, so that multiplying is one to one modulo 2^25.
const STIR: [u32; 2] = [0x0153_5eb5, 0x00ca_6b47];

/// A ticket's code without its check character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortCode(u32);

/// Why a text is no ticket code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShortCodeError {
    #[error("a ticket code has 6 characters, not {found}")]
    Length { found: usize },
    #[error("{0:?} does not occur in ticket codes")]
    Character(char),
    /// One character is wrong or two are swapped.
    #[error("the check character does not fit")]
    Check,
}

impl ShortCode {
    pub fn of(id: OpId) -> Self {
        Self(scramble(id.seq as u32 & MASK, whitening(id.device, id.epoch)))
    }

    /// The number of the newest op with this code in a series of `head` ops; `None` when the series has none.
    pub fn seq_in(self, device: u32, epoch: u16, head: u64) -> Option<u64> {
        let low = u64::from(unscramble(self.0, whitening(device, epoch)));
        let span = u64::from(MASK) + 1;
        let newest = (head & !u64::from(MASK)) | low;
        let newest = if newest > head { newest.checked_sub(span)? } else { newest };
        (newest > 0).then_some(newest)
    }

    fn characters(self) -> [u8; 5] {
        std::array::from_fn(|n| (self.0 >> (20 - 5 * n)) as u8 & 31)
    }
}

fn whitening(device: u32, epoch: u16) -> u32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"linggong hall short code 1");
    hasher.update(&device.to_be_bytes());
    hasher.update(&epoch.to_be_bytes());
    let hash = hasher.finalize();
    u32::from_be_bytes(*hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes")) & MASK
}

/// Each step is one to one on 25 bits.
fn scramble(value: u32, whitening: u32) -> u32 {
    STIR.iter().fold(value ^ whitening, |x, odd| {
        let x = x.wrapping_mul(*odd) & MASK;
        x ^ x >> 13
    })
}

fn unscramble(value: u32, whitening: u32) -> u32 {
    STIR.iter().rev().fold(value, |x, odd| {
        // Shifting by 13 of 25 bits is undone by doing it once more.
        let x = x ^ x >> 13;
        x.wrapping_mul(inverse(*odd)) & MASK
    }) ^ whitening
}

/// Inverse of an odd number modulo 2^32, by Newton's iteration: each round doubles the correct bits from 5.
fn inverse(odd: u32) -> u32 {
    (0..4).fold(odd.wrapping_mul(3) ^ 2, |x, _| x.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(x))))
}

/// Horner's rule at x = 2 over GF(32) with polynomial x^5 + x^2 + 1: weights 2, 4, 8, 16, 5 are all
/// different and none is zero.
fn check_value(characters: [u8; 5]) -> u8 {
    characters.iter().rev().fold(0, |sum, c| double(sum ^ c))
}

fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { (shifted ^ 0b10_0101) & 31 }
}

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.characters();
        for (n, c) in characters.into_iter().chain([check_value(characters)]).enumerate() {
            if n == 4 {
                f.write_str("-")?;
            }
            write!(f, "{}", base32::character(c))?;
        }
        Ok(())
    }
}

impl FromStr for ShortCode {
    type Err = ShortCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut values = [0; 6];
        let mut found = 0;
        for c in text.chars().filter(|c| !base32::is_separator(*c)) {
            let value = base32::value(c).ok_or(ShortCodeError::Character(c))?;
            if let Some(slot) = values.get_mut(found) {
                *slot = value;
            }
            found += 1;
        }
        if found != values.len() {
            return Err(ShortCodeError::Length { found });
        }
        let [characters @ .., check] = values;
        if check_value(characters) != check {
            return Err(ShortCodeError::Check);
        }
        Ok(Self(characters.iter().fold(0, |code, c| code << 5 | u32::from(*c))))
    }
}
