//! How long what waits is: a printer that does not know where a command ends prints its bytes.

use std::collections::VecDeque;

/// Of a command that waits: its own bytes, and the dots behind them.
pub(super) struct Length {
    pub(super) command: usize,
    pub(super) dots: usize,
}

/// The command at `at`; `None` while too little of it is there. A character is a command too. What it does not know it
/// passes over byte by byte.
pub(super) fn length(waiting: &VecDeque<u8>, at: usize) -> Option<Length> {
    let byte = |n: usize| waiting.get(at + n).copied();
    let command = match byte(0)? {
        // The beginning of a question is no text.
        0x10 => match byte(1)? {
            0x04 => 3,
            _ => 1,
        },
        0x1b => match byte(1)? {
            b'@' | b'2' => 2,
            b'$' => 4,
            _ => 3,
        },
        0x1c => match byte(1)? {
            b'&' | b'.' => 2,
            _ => 1,
        },
        0x1d => match byte(1)? {
            b'v' => 8,
            // With a feed before the cut, or without.
            b'V' if byte(2)? >= 65 => 4,
            _ => 3,
        },
        // A Chinese character.
        0xa1..=0xfe if byte(1)? >= 0xa1 => 2,
        _ => 1,
    };
    let dots = match (byte(0)?, byte(1)) {
        (0x1d, Some(b'v')) => word_of(byte(4)?, byte(5)?) * word_of(byte(6)?, byte(7)?),
        _ => 0,
    };
    Some(Length { command, dots })
}

pub(super) fn word_of(low: u8, high: u8) -> usize {
    usize::from(u16::from_le_bytes([low, high]))
}
