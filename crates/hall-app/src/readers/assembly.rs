//! From what a scanner sends to a whole code of ours. Pure: the caller brings the bytes and the time.
//!
//! Scanners send with or without an end, in pieces, in lower case, with marks around it, and in full-width letters when an
//! input method has had its way. A token of ours shows by its own structure whether it is whole, so that half a code
//! is never taken for one; whether it is genuine is asked elsewhere.

use std::time::Duration;

use encoding_rs::GBK;
use hall_core::Instant;
use hall_log::base32;
use hall_log::token::{PREFIX, Token, TokenError};

use crate::api::readers::Seat;

/// Quiet after which a whole code without an end is taken.
const SETTLED: Duration = Duration::from_millis(120);
/// Quiet after which what is not whole will not become so.
const PATIENCE: Duration = Duration::from_millis(800);
/// More than any code of ours, in three bytes for each full-width letter.
const BYTES_MAX: usize = 3 * 1024;
/// As many characters of our alphabet in a row are a code of ours that lost its head, and no other's.
const HEADLESS_MIN: usize = 24;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan {
    Whole(String),
    Flawed(Flaw),
}

/// Why a text is no whole code of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Part of a code of ours.
    Half,
    /// Readable, and somebody else's.
    Foreign,
    /// Nothing that anybody could read.
    Garbled,
}

impl Flaw {
    /// What is wrong with a text that is known to be no whole code.
    pub fn of(text: &str) -> Self {
        let ours = |c| base32::value(c).is_some() || base32::is_separator(c);
        let upper = text.trim().to_ascii_uppercase();
        if upper.contains('\u{fffd}') {
            Self::Garbled
        } else if upper.starts_with(PREFIX)
            || PREFIX.starts_with(&upper)
            || (upper.chars().count() >= HEADLESS_MIN && upper.chars().all(ours))
        {
            Self::Half
        } else {
            Self::Foreign
        }
    }

    /// The fact and the remedy, for whoever scanned.
    pub const fn sentence(self, seat: Seat) -> &'static str {
        match (self, seat) {
            (Self::Half, Seat::Kiosk) => "没扫全，请把码放平，再扫一次",
            (Self::Half, Seat::Desk) => "没扫全，请再扫一次；还不行，请输入小票上的 6 位短码",
            (Self::Foreign, Seat::Kiosk) => "这不是零工卡。请扫零工卡上的二维码，或输入身份证号",
            (Self::Foreign, Seat::Desk) => "这不是零工大厅的码。请扫小票或零工卡上的二维码",
            (Self::Garbled, Seat::Kiosk) => "没看清这个码，请再扫一次；还不行，请输入身份证号，或到窗口",
            (Self::Garbled, Seat::Desk) => {
                "扫码枪传来的是乱码，请再扫一次；总是这样，请核对扫码枪和设置文件里的波特率（baud）"
            }
        }
    }
}

/// What has come of the present code.
#[derive(Debug, Default)]
pub struct Assembly {
    bytes: Vec<u8>,
    /// Came as a piece of its own, with an end, and is not whole yet.
    half: String,
    too_long: bool,
    last: Duration,
}

impl Assembly {
    pub fn push(&mut self, bytes: &[u8], now: Duration) -> Vec<Scan> {
        let mut scans: Vec<Scan> = self.rest(now).into_iter().collect();
        for &byte in bytes {
            if matches!(byte, b'\r' | b'\n' | b'\t') {
                scans.extend(self.end());
            } else if self.bytes.len() < BYTES_MAX {
                self.bytes.push(byte);
            } else {
                self.too_long = true;
            }
        }
        self.last = now;
        scans
    }

    /// Nothing has come until `now`.
    pub fn rest(&mut self, now: Duration) -> Option<Scan> {
        let quiet = now.saturating_sub(self.last);
        if quiet >= SETTLED
            && let Some(code) = self.whole(&folded(&self.bytes))
        {
            *self = Self::default();
            return Some(Scan::Whole(code));
        }
        if quiet >= PATIENCE { self.give_up() } else { None }
    }

    /// No more will come; what lies there is no whole code.
    pub fn give_up(&mut self) -> Option<Scan> {
        let Self { bytes, half, too_long, .. } = std::mem::take(self);
        let text = half + &folded(&bytes);
        if too_long {
            return Some(Scan::Flawed(Flaw::Garbled));
        }
        (!text.is_empty()).then(|| Scan::Flawed(Flaw::of(&text)))
    }

    fn end(&mut self) -> Option<Scan> {
        let piece = folded(&std::mem::take(&mut self.bytes));
        if std::mem::take(&mut self.too_long) {
            self.half.clear();
            return Some(Scan::Flawed(Flaw::Garbled));
        }
        if piece.is_empty() {
            return None;
        }
        if let Some(code) = self.whole(&piece) {
            self.half.clear();
            return Some(Scan::Whole(code));
        }
        let goes_on = !self.half.is_empty() && !piece.starts_with(PREFIX) && is_ours(&piece);
        if piece.starts_with(PREFIX) {
            self.half = piece;
        } else if goes_on && self.half.len() + piece.len() <= BYTES_MAX {
            self.half.push_str(&piece);
        } else {
            self.half.clear();
            return Some(Scan::Flawed(Flaw::of(&piece)));
        }
        None
    }

    /// `piece` alone, or behind the half before it.
    fn whole(&self, piece: &str) -> Option<String> {
        let joined = format!("{}{piece}", self.half);
        [piece.to_owned(), joined].into_iter().find(|text| is_whole(text))
    }
}

/// Whether nothing is missing of a token and nothing is too much; a key that nobody has says no more.
fn is_whole(text: &str) -> bool {
    matches!(Token::verify(text, Instant(0), |_| None), Err(TokenError::UnknownKey(_)))
}

fn is_ours(text: &str) -> bool {
    text.chars().all(|c| base32::value(c).is_some())
}

/// Half-width, in capitals, without what stands between and around the characters of a code.
fn folded(bytes: &[u8]) -> String {
    let gbk = || GBK.decode_without_bom_handling_and_without_replacement(bytes);
    let text = match (std::str::from_utf8(bytes), gbk) {
        (Ok(text), _) => text.into(),
        (Err(_), gbk) => gbk().unwrap_or_else(|| String::from_utf8_lossy(bytes)),
    };
    let half_width = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
        other => other,
    };
    let plain: String = text
        .chars()
        .map(half_width)
        .filter(|c| !c.is_control() && !base32::is_separator(*c))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    // Some scanners name the kind of code first (AIM: `]Q1` for a QR).
    match plain.strip_prefix("]Q").and_then(|rest| rest.get(1..)) {
        Some(rest) => rest.to_owned(),
        None => plain,
    }
}

#[cfg(test)]
mod tests;
