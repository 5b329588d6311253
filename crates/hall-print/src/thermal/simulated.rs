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
    /// Like cheap ones: the queued question (`GS r`) is nothing that it knows.
    pub unordered: bool,
    /// Like some: it also answers what only looks like a question, inside a picture.
    pub hasty: bool,
    /// What it says is garbled on the way.
    pub garbled: bool,
    /// It carries out no more than so many rows or commands each time that it is given something, be it nothing.
    pub slow: Option<usize>,
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
    /// What will be wrong with it, and after how many rows more.
    coming: Option<(usize, Fault)>,
    /// Bytes that it still takes before it drops the line.
    patience: Option<usize>,
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
            coming: None,
            patience: None,
        }
    }

    /// Somebody opens it, or it breaks; what it says then.
    pub fn suffer(&mut self, fault: Fault) -> Vec<u8> {
        self.fault = fault;
        self.work()
    }

    /// What is wrong with it now.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// This will be wrong with it when it has printed so many rows more.
    pub fn suffer_after(&mut self, rows: usize, fault: Fault) {
        self.coming = Some((rows, fault));
    }

    /// It will drop the line when it has taken so many bytes more.
    pub fn hang_up_after(&mut self, bytes: usize) {
        self.patience = Some(bytes);
    }

    /// Whether it drops the line now; it takes the next one.
    pub fn hangs_up(&mut self) -> bool {
        self.patience.take_if(|left| *left == 0).is_some()
    }

    /// Whether it would go on if it were given nothing.
    pub fn is_busy(&self) -> bool {
        self.fault.slow.is_some() && !self.is_stopped() && self.is_whole()
    }

    /// Somebody switches it off and on and tears off what hangs at the knife: it forgets what it was in the middle of.
    pub fn switch_off_and_on(&mut self) {
        self.waiting.clear();
        (self.band, self.tells, self.told) = (None, 0, None);
        self.cut();
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

    /// Takes bytes from the line; what it says. Given nothing, a slow one goes on.
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut said = Vec::new();
        let taken = self.patience.map_or(bytes.len(), |left| left.min(bytes.len()));
        self.patience = self.patience.map(|left| left - taken);
        let bytes = &bytes[..taken];
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

    /// Whether it prints nothing until somebody mends it.
    pub fn is_stopped(&self) -> bool {
        self.fault.cover_open || self.fault.cutter_jammed || self.roll == 0
    }

    /// Questions are answered as they come, also by a printer that is stopped; inside a picture they are
    /// dots.
    fn asked(&mut self) -> Option<u8> {
        let from = self.waiting.len().checked_sub(3)?;
        let mut last = self.waiting.range(from..).copied();
        let (Some(0x10), Some(0x04), Some(n @ 1..=4)) = (last.next(), last.next(), last.next()) else {
            return None;
        };
        match (self.is_in_picture(from), self.fault.hasty) {
            (true, false) => return None,
            (true, true) => {}
            (false, _) => self.waiting.truncate(from),
        }
        let bits = |on: bool, bits: u8| if on { bits } else { 0 };
        let paper = self.paper();
        let answer = 0x12
            | match n {
                1 => bits(self.is_stopped(), 0x08),
                2 => bits(self.fault.cover_open, 0x04) | bits(paper == Paper::Out, 0x20),
                3 => bits(self.fault.cutter_jammed, 0x08),
                _ => bits(paper != Paper::Present, 0x0c) | bits(paper == Paper::Out, 0x60),
            };
        self.voiced(answer)
    }

    /// What is heard of it.
    fn voiced(&self, answer: u8) -> Option<u8> {
        let answer = if self.fault.garbled { !answer } else { answer };
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

    /// Carries out what waits, as far as it can; what it says meanwhile.
    fn work(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        let mut left = self.fault.slow.unwrap_or(usize::MAX);
        said.extend(self.change());
        while left > 0 && !self.is_stopped() && self.is_whole() {
            said.extend(self.step());
            said.extend(self.change());
            left -= 1;
        }
        said
    }

    /// What it says of its own accord when something of itself changed.
    fn change(&mut self) -> Vec<u8> {
        let word = self.word();
        if self.tells == 0 || self.told == Some(word) {
            return Vec::new();
        }
        self.told = Some(word);
        word.into_iter().filter_map(|byte| self.voiced(byte)).collect()
    }

    /// Whether a whole row or command waits.
    fn is_whole(&self) -> bool {
        match self.band {
            Some((_, stride)) => self.waiting.len() >= stride,
            None => length(&self.waiting, 0).is_some_and(|length| length.command <= self.waiting.len()),
        }
    }

    /// One row or one command, which is there; what is answered to it.
    fn step(&mut self) -> Option<u8> {
        if let Some((rows, stride)) = self.band {
            self.row(stride);
            self.band = (rows > 1).then_some((rows - 1, stride));
            return None;
        }
        let length = length(&self.waiting, 0)?;
        let command: Vec<u8> = self.waiting.drain(..length.command).collect();
        match *command {
            [0x1d, b'v', b'0', _, x_low, x_high, y_low, y_high] => {
                let (stride, rows) = (word_of(x_low, x_high), word_of(y_low, y_high));
                self.band = (stride > 0 && rows > 0).then_some((rows, stride));
            }
            [0x1d, b'V', ..] => self.cut(),
            // Whoever asks to be told is told at once.
            [0x1d, b'a', n] => (self.tells, self.told) = (n, None),
            [0x1d, b'r', 1 | b'1'] if !self.fault.unordered => {
                return self.voiced(match self.paper() {
                    Paper::Present => 0x00,
                    Paper::NearEnd => 0x03,
                    Paper::Out => 0x0f,
                });
            }
            _ => {}
        }
        None
    }

    fn row(&mut self, stride: usize) {
        let row: Vec<u8> = self.waiting.drain(..stride).take(self.stride).collect();
        self.hanging.extend(&row);
        self.hanging.resize(self.hanging.len() + self.stride - row.len(), 0);
        self.roll -= 1;
        if let Some((rows, fault)) = self.coming.take() {
            match rows {
                0 | 1 => self.fault = fault,
                _ => self.coming = Some((rows - 1, fault)),
            }
        }
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
        // The beginning of a question is no text.
        0x10 => match byte(1)? {
            0x04 => 3,
            _ => 1,
        },
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
