//! PINs of the staff: argon2id hashes, and patience with people who mistype but not with guessing.

use std::collections::BTreeMap;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use hall_core::{EntityId, Instant};

use crate::error::{AppError, Code};

/// Digits of a PIN.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=12;
/// Wrong PINs in a row before a pause.
const TRIES: u32 = 5;
/// The pause after `TRIES` wrong PINs; it doubles with every further one up to an hour.
const PAUSE_MS: i64 = 60_000;
const PAUSE_MS_MAX: i64 = 3_600_000;

/// OWASP's second argon2id profile: 19 MiB, two passes, about 30 ms on a hall's PC.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The PHC string to store.
pub(crate) fn hash(pin: &str, salt: [u8; 16]) -> Result<String, AppError> {
    if !DIGITS.contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AppError::new(Code::BadInput, "密码要 6 到 12 位数字，请重新输入"));
    }
    if pin.bytes().all(|byte| byte == pin.as_bytes()[0]) || "01234567890".contains(pin) {
        return Err(AppError::new(Code::BadInput, "这个密码太好猜，请换一个，不要用相同或连续的数字"));
    }
    let salt = SaltString::encode_b64(&salt).expect("16 bytes make a salt");
    let hash = argon2().hash_password(pin.as_bytes(), &salt).expect("the parameters were checked");
    Ok(hash.to_string())
}

pub(crate) fn matches(pin: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(pin.as_bytes(), &hash).is_ok())
}

/// Who has mistyped how often. Kept in memory: a restart takes longer than a pause.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    wrong: BTreeMap<Door, (u32, Instant)>,
}

/// What a PIN opens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    Staff(EntityId),
    /// The hidden way out of a kiosk.
    KioskExit(String),
}

impl Attempts {
    /// Refuses while a pause runs.
    pub(crate) fn admit(&self, door: &Door, now: Instant) -> Result<(), AppError> {
        let Some((wrong, last)) = self.wrong.get(door) else { return Ok(()) };
        let pause = match wrong.checked_sub(TRIES) {
            None => 0,
            Some(over) => (PAUSE_MS << over.min(6)).min(PAUSE_MS_MAX),
        };
        // A clock that was set back must not lock anybody out for longer than the pause.
        let waited = (now.0 - last.0).abs();
        if waited >= pause {
            return Ok(());
        }
        let seconds = (pause - waited).div_euclid(1000) + 1;
        Err(AppError::new(Code::PinBlocked, format!("密码错得太多，请 {seconds} 秒后再试")).retryable())
    }

    /// Counts the attempt; an error for a wrong one.
    pub(crate) fn settle(&mut self, door: Door, right: bool, now: Instant) -> Result<(), AppError> {
        if right {
            self.wrong.remove(&door);
            return Ok(());
        }
        let (wrong, last) = self.wrong.entry(door).or_insert((0, now));
        *wrong += 1;
        *last = now;
        Err(AppError::new(Code::WrongPin, "密码不对，请再输一遍；忘了请找主管重设").retryable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_digits_and_not_a_pattern() {
        for pin in ["", "12345", "1234567890123", "12345a", "111111", "123456", "234567", "１２３４５６"]
        {
            assert!(hash(pin, [1; 16]).is_err(), "{pin}");
        }
        let stored = hash("280519", [1; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(matches("280519", &stored));
        assert!(!matches("280518", &stored));
        assert!(!matches("280519", "not a hash"));
    }

    #[test]
    fn guessing_is_slowed_down_and_a_right_pin_forgives() {
        let mut attempts = Attempts::default();
        let door = Door::KioskExit("kiosk".into());
        let now = Instant(1_000_000);
        for _ in 0..TRIES {
            attempts.admit(&door, now).unwrap();
            assert_eq!(attempts.settle(door.clone(), false, now).unwrap_err().code, Code::WrongPin);
        }
        assert_eq!(attempts.admit(&door, now.plus_ms(59_000)).unwrap_err().code, Code::PinBlocked);
        attempts.admit(&door, now.plus_ms(60_000)).unwrap();
        attempts.settle(door.clone(), false, now.plus_ms(60_000)).unwrap_err();
        assert!(attempts.admit(&door, now.plus_ms(150_000)).is_err());
        attempts.admit(&door, now.plus_ms(180_000)).unwrap();
        attempts.settle(door.clone(), true, now.plus_ms(180_000)).unwrap();
        attempts.admit(&door, now.plus_ms(180_001)).unwrap();
    }
}
