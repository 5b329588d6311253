//! A thermal printer without the printer: it takes the bytes that a real one takes, says what a real one says, and
//! shows what lies in the tray. For tests, the demo and the training of staff; nothing of the hall prints on it
//! unless it is told to.

use std::collections::VecDeque;

use super::status::Paper;
use crate::Bitmap;
use crate::slip::SlipWidth;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    pub cover_open: bool,
    pub cutter_jammed: bool,
    /// Like the cheapest ones: it prints, and answers nothing.
    pub mute: bool,
}

/// A printer and its paper.
#[derive(Debug)]
pub struct Simulated {
    /// Bytes across.
    stride: usize,
    fault: Fault,
    /// Rows of dots that are left on the roll.
    roll: usize,
    /// It says that the roll is near its end when fewer rows are left.
    low: usize,
    /// Came and is not carried out yet: a printer that is stopped goes on where it was.
    waiting: VecDeque<u8>,
    /// Rows of the band that is being printed, and bytes in each.
    band: Option<(usize, usize)>,
    /// Rows on the piece of paper that still hangs at the knife.
    hanging: Vec<u8>,
    tray: Vec<Bitmap>,
    /// What of itself it says of its own accord (`GS a`), and what it said last.
    tells: u8,
    told: Option<[u8; 4]>,
}

/// Twenty metres at eight dots a millimetre.
const ROLL: usize = 160_000;
const LOW: usize = 8_000;

impl Simulated {
    /// One with a new roll.
    pub fn new(width: SlipWidth) -> Self {
        Self {
            stride: width.dots().div_ceil(8) as usize,
            fault: Fault::default(),
            roll: ROLL,
            low: LOW,
            waiting: VecDeque::new(),
            band: None,
            hanging: Vec::new(),
            tray: Vec::new(),
            tells: 0,
            told: None,
        }
    }

    /// Somebody opens it, or it breaks; what it says then.
    pub fn suffer(&mut self, fault: Fault) -> Vec<u8> {
        self.fault = fault;
        self.work()
    }

    /// Somebody puts in a roll of so many rows; what it says then.
    pub fn load(&mut self, rows: usize) -> Vec<u8> {
        self.roll = rows;
        self.work()
    }

    /// What came out so far, oldest first; the tray is empty then.
    pub fn take_papers(&mut self) -> Vec<Bitmap> {
        std::mem::take(&mut self.tray)
    }

    /// Takes bytes from the line; what it says.
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut said = Vec::new();
        for byte in bytes {
            self.waiting.push_back(*byte);
            said.extend(self.asked());
        }
        said.extend(self.work());
        said
    }

    fn paper(&self) -> Paper {
        match self.roll {
            0 => Paper::Out,
            left if left < self.low => Paper::NearEnd,
            _ => Paper::Present,
        }
    }

    fn is_stopped(&self) -> bool {
        self.fault.cover_open || self.fault.cutter_jammed || self.roll == 0
    }

    /// Questions are answered as they come, also by a printer that is stopped; but not inside a picture.
    fn asked(&mut self) -> Option<u8> {
        let from = self.waiting.len().checked_sub(3)?;
        let mut last = self.waiting.range(from..).copied();
        let (Some(0x10), Some(0x04), Some(n @ 1..=4)) = (last.next(), last.next(), last.next()) else {
            return None;
        };
        if self.is_in_picture(from) {
            return None;
        }
        self.waiting.truncate(from);
        let bits = |on: bool, bits: u8| if on { bits } else { 0 };
        let paper = self.paper();
        let answer = 0x12
            | match n {
                1 => bits(self.is_stopped(), 0x08),
                2 => bits(self.fault.cover_open, 0x04) | bits(paper == Paper::Out, 0x20),
                3 => bits(self.fault.cutter_jammed, 0x08),
                _ => bits(paper != Paper::Present, 0x0c) | bits(paper == Paper::Out, 0x60),
            };
        (!self.fault.mute).then_some(answer)
    }

    /// Whether the byte at `at` of those that wait belongs to rows of dots.
    fn is_in_picture(&self, at: usize) -> bool {
        let mut here = self.band.map_or(0, |(rows, stride)| rows * stride);
        while here <= at {
            let Some(length) = length(&self.waiting, here) else { return false };
            here += length.command;
            if at < here {
                return false;
            }
            here += length.dots;
        }
        true
    }

    /// Carries out what waits, as far as it can; what it says when something of itself changed.
    fn work(&mut self) -> Vec<u8> {
        while !self.is_stopped() && self.step() {}
        let word = self.word();
        if self.tells == 0 || self.fault.mute || self.told == Some(word) {
            return Vec::new();
        }
        self.told = Some(word);
        word.to_vec()
    }

    /// One row or one command; whether there was a whole one.
    fn step(&mut self) -> bool {
        if let Some((rows, stride)) = self.band {
            if self.waiting.len() < stride {
                return false;
            }
            let row: Vec<u8> = self.waiting.drain(..stride).take(self.stride).collect();
            self.hanging.extend(&row);
            self.hanging.resize(self.hanging.len() + self.stride - row.len(), 0);
            self.roll -= 1;
            self.band = (rows > 1).then_some((rows - 1, stride));
            return true;
        }
        let Some(length) = length(&self.waiting, 0).filter(|length| length.command <= self.waiting.len())
        else {
            return false;
        };
        let command: Vec<u8> = self.waiting.drain(..length.command).collect();
        match *command {
            [0x1d, b'v', b'0', _, x_low, x_high, y_low, y_high] => {
                let (stride, rows) = (word_of(x_low, x_high), word_of(y_low, y_high));
                self.band = (stride > 0 && rows > 0).then_some((rows, stride));
            }
            [0x1d, b'V', ..] => self.cut(),
            [0x1d, b'a', n] => self.tells = n,
            _ => {}
        }
        true
    }

    fn cut(&mut self) {
        if !self.hanging.is_empty() {
            let rows = std::mem::take(&mut self.hanging);
            self.tray.push(Bitmap::of(self.stride as u32 * 8, rows));
        }
    }

    fn word(&self) -> [u8; 4] {
        let bits = |on: bool, bits: u8| if on { bits } else { 0 };
        let paper = self.paper();
        [
            0x10 | bits(self.is_stopped(), 0x08) | bits(self.fault.cover_open, 0x20),
            bits(self.fault.cutter_jammed, 0x08),
            bits(paper != Paper::Present, 0x03) | bits(paper == Paper::Out, 0x0c),
            0x0f,
        ]
    }
}

/// Of a command that waits: its own bytes, and the dots behind them.
struct Length {
    command: usize,
    dots: usize,
}

/// The command at `at`; `None` while too little of it is there. What it does not know it passes over byte by byte, as
/// text that is not printed.
fn length(waiting: &VecDeque<u8>, at: usize) -> Option<Length> {
    let byte = |n: usize| waiting.get(at + n).copied();
    let command = match byte(0)? {
        0x1b => match byte(1)? {
            b'@' => 2,
            _ => 3,
        },
        0x1d => match byte(1)? {
            b'v' => 8,
            // With a feed before the cut, or without.
            b'V' if byte(2)? >= 65 => 4,
            _ => 3,
        },
        _ => 1,
    };
    let dots = match (byte(0)?, byte(1)) {
        (0x1d, Some(b'v')) => word_of(byte(4)?, byte(5)?) * word_of(byte(6)?, byte(7)?),
        _ => 0,
    };
    Some(Length { command, dots })
}

fn word_of(low: u8, high: u8) -> usize {
    usize::from(u16::from_le_bytes([low, high]))
}
