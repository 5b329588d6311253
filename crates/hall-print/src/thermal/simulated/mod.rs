//! A thermal printer without the printer: it takes the bytes that a real one takes, says what a real one says, and
//! shows what lies in the tray. For tests, the demo and the training of staff; nothing of the hall prints on it
//! unless it is told to.

mod command;
mod letters;

use std::collections::VecDeque;

use self::command::{length, word_of};
use self::letters::Letters;
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
    letters: Letters,
    /// Rows of a line of text, or blank ones, that are printed before anything else.
    due: VecDeque<Vec<u8>>,
    /// What is written on the piece of paper that still hangs at the knife, and on the last one that was cut off.
    writing: Vec<String>,
    texts: Vec<String>,
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
            letters: Letters::new(),
            due: VecDeque::new(),
            writing: Vec::new(),
            texts: Vec::new(),
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
        self.due.clear();
        self.letters = Letters::new();
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

    /// What it set in letters of its own on the last paper, as against dots: the texts in their order, line by line.
    pub fn texts(&self) -> &[String] {
        &self.texts
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
            _ if !self.due.is_empty() => true,
            Some((_, stride)) => self.waiting.len() >= stride,
            None => length(&self.waiting, 0).is_some_and(|length| length.command <= self.waiting.len()),
        }
    }

    /// One row or one command, which is there; what is answered to it.
    fn step(&mut self) -> Option<u8> {
        if let Some(row) = self.due.pop_front() {
            self.row(row);
            return None;
        }
        if let Some((rows, stride)) = self.band {
            let row = self.waiting.drain(..stride).collect();
            self.row(row);
            self.band = (rows > 1).then_some((rows - 1, stride));
            return None;
        }
        let length = length(&self.waiting, 0)?;
        let command: Vec<u8> = self.waiting.drain(..length.command).collect();
        match *command {
            [0x1d, b'v', b'0', _, x_low, x_high, y_low, y_high] => {
                let (stride, rows) = (word_of(x_low, x_high), word_of(y_low, y_high));
                self.band = (stride > 0 && rows > 0).then_some((rows, stride));
                if !self.letters.is_empty() {
                    self.print_line(None);
                }
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
            _ => self.write(&command),
        }
        None
    }

    /// What belongs to text. One that was not told to print Chinese prints none at all.
    fn write(&mut self, command: &[u8]) {
        match *command {
            [0x1b, b'@'] => self.letters = Letters::new(),
            [0x1c, sign @ (b'&' | b'.')] => self.letters.chinese = sign == b'&',
            _ if !self.letters.chinese => {}
            [0x1b, b'2'] => self.letters.space(None),
            [0x1b, b'3', rows] => self.letters.space(Some(rows)),
            [0x1b, b'$', low, high] => self.letters.go_to(word_of(low, high)),
            [0x1b, b'J', rows] => self.print_line(Some(rows)),
            [0x1d, b'!', n] => self.letters.enlarge(n),
            [b'\n'] => self.print_line(None),
            _ => {
                if !self.letters.has_room(command, self.stride * 8) {
                    self.print_line(None);
                }
                self.letters.take(command);
            }
        }
    }

    fn print_line(&mut self, fed: Option<u8>) {
        let (rows, texts) = self.letters.print(fed, self.stride);
        self.due.extend(rows);
        self.writing.extend(texts);
    }

    fn row(&mut self, mut row: Vec<u8>) {
        row.resize(self.stride, 0);
        self.hanging.extend(row);
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
            self.texts = std::mem::take(&mut self.writing);
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
