//! Who stands at which screen. Kept in memory only: a restart signs everybody out.

use std::collections::VecDeque;

use hall_core::vocab::Role;
use hall_core::{EntityId, Instant};

/// A desk without a key press locks itself, milliseconds.
pub(crate) const DESK_IDLE_MS: i64 = 5 * 60_000;
/// The kiosk forgets who was signed in, whatever its screen does, milliseconds.
pub(crate) const KIOSK_IDLE_MS: i64 = 90_000;
/// Nobody stays signed in at a kiosk for longer, milliseconds.
pub(crate) const KIOSK_MAX_MS: i64 = 10 * 60_000;

#[derive(Clone, Copy, Debug)]
pub(crate) struct DeskSession {
    pub staff: EntityId,
    pub role: Role,
    pub last: Instant,
}

impl DeskSession {
    pub(crate) fn is_alive(&self, now: Instant) -> bool {
        (now.0 - self.last.0).abs() < DESK_IDLE_MS
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct KioskSession {
    pub worker: EntityId,
    pub since: Instant,
    pub last: Instant,
}

impl KioskSession {
    pub(crate) fn is_alive(&self, now: Instant) -> bool {
        (now.0 - self.last.0).abs() < KIOSK_IDLE_MS && (now.0 - self.since.0).abs() < KIOSK_MAX_MS
    }
}

/// A worker at a kiosk who rang for help.
#[derive(Clone, Debug)]
pub(crate) struct HelpCall {
    pub id: u32,
    pub kiosk: String,
    pub at: Instant,
}

/// Open calls for help, one a kiosk.
#[derive(Debug, Default)]
pub(crate) struct HelpCalls {
    next: u32,
    calls: VecDeque<HelpCall>,
}

impl HelpCalls {
    /// Rings; a kiosk that rings again is still one call.
    pub(crate) fn ring(&mut self, kiosk: &str, at: Instant) {
        if self.calls.iter().any(|call| call.kiosk == kiosk) {
            return;
        }
        self.next += 1;
        self.calls.push_back(HelpCall { id: self.next, kiosk: kiosk.to_owned(), at });
    }

    pub(crate) fn answer(&mut self, id: u32) {
        self.calls.retain(|call| call.id != id);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &HelpCall> {
        self.calls.iter()
    }
}
