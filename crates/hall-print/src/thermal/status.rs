//! What a printer says of itself: one byte for each question, or four of its own accord.
//!
//! An answer does not name its question, so one is asked at a time.

use hall_core::vocab::PaperTrouble;

/// A question: `DLE EOT n`. It is answered at once, also by a printer that is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Query {
    Printer = 1,
    WhyOffline = 2,
    Errors = 3,
    Roll = 4,
}

impl Query {
    pub const ALL: [Self; 4] = [Self::Printer, Self::WhyOffline, Self::Errors, Self::Roll];

    pub const fn bytes(self) -> [u8; 3] {
        [0x10, 0x04, self as u8]
    }
}

/// The roll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Paper {
    #[default]
    Present,
    /// It is enough for some slips more.
    NearEnd,
    Out,
}

/// What a printer said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub offline: bool,
    pub cover_open: bool,
    pub paper: Paper,
    /// Somebody holds the feed button.
    pub feeding: bool,
    pub cutter: bool,
    /// It has to be switched off and on, or repaired.
    pub broken: bool,
    /// It is too hot, or the like, and goes on by itself.
    pub resting: bool,
}

impl Status {
    /// Takes in the answer to a question.
    pub fn learn(&mut self, query: Query, answer: u8) {
        let bit = |n: u8| answer & (1 << n) != 0;
        match query {
            Query::Printer => self.offline = bit(3),
            Query::WhyOffline => {
                (self.cover_open, self.feeding) = (bit(2), bit(3));
                if bit(5) {
                    self.paper = Paper::Out;
                }
            }
            Query::Errors => (self.cutter, self.broken, self.resting) = (bit(3), bit(5), bit(6)),
            // Two bits each, which go together.
            Query::Roll if bit(5) || bit(6) => self.paper = Paper::Out,
            Query::Roll => self.paper = if bit(2) || bit(3) { Paper::NearEnd } else { Paper::Present },
        }
    }

    /// What a printer says of its own accord whenever something changes (`GS a`).
    fn unasked([printer, errors, roll, _]: [u8; 4]) -> Self {
        let bit = |byte: u8, n: u8| byte & (1 << n) != 0;
        let paper = if bit(roll, 2) || bit(roll, 3) {
            Paper::Out
        } else if bit(roll, 0) || bit(roll, 1) {
            Paper::NearEnd
        } else {
            Paper::Present
        };
        Self {
            offline: bit(printer, 3),
            cover_open: bit(printer, 5),
            feeding: bit(printer, 6),
            cutter: bit(errors, 3),
            broken: bit(errors, 5),
            resting: bit(errors, 6),
            paper,
        }
    }

    /// What keeps it from printing, the first thing to be mended first; `None` for a printer that is ready, perhaps with little paper left.
    pub fn trouble(&self) -> Option<PaperTrouble> {
        let troubles = [
            (self.cover_open, PaperTrouble::CoverOpen),
            (self.paper == Paper::Out, PaperTrouble::PaperOut),
            (self.cutter, PaperTrouble::Cutter),
            (self.broken, PaperTrouble::Broken),
            (self.resting, PaperTrouble::Resting),
            (self.offline || self.feeding, PaperTrouble::Offline),
        ];
        troubles.into_iter().find_map(|(is_so, trouble)| is_so.then_some(trouble))
    }
}

/// Something that a printer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// To whatever was asked last.
    Answer(u8),
    /// To the queued question ([`super::SENSOR`]): everything in front of it is carried out.
    Sensor(Paper),
    Unasked(Status),
    /// No printer says that.
    Odd(u8),
}

/// Makes words of the bytes that a printer sends. An answer is a single byte, so one byte in sixteen of any noise looks
/// like one: whoever is no printer is found out by answering too little, too much or oddly.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    /// The beginning of an unasked word.
    begun: Vec<u8>,
}

impl Listener {
    /// What became a word with this byte; `None` for one that is not at its end, and for what only steers a line.
    pub fn hear(&mut self, byte: u8) -> Option<Heard> {
        if self.begun.is_empty() {
            return match byte {
                // XON and XOFF, from a line that does not take them out.
                0x11 | 0x13 => None,
                // The fixed bits tell the rest apart.
                _ if byte & 0x93 == 0x12 => Some(Heard::Answer(byte)),
                _ if byte & 0x93 == 0x10 => {
                    self.begun.push(byte);
                    None
                }
                _ => Some(sensor(byte).map_or(Heard::Odd(byte), Heard::Sensor)),
            };
        }
        if byte & 0x90 != 0 {
            self.begun.clear();
            return self.hear(byte);
        }
        self.begun.push(byte);
        let word = *self.begun.as_array()?;
        self.begun.clear();
        Some(Heard::Unasked(Status::unasked(word)))
    }
}

/// Two bits for each sensor, which go together.
fn sensor(byte: u8) -> Option<Paper> {
    match (byte & 0x90, byte & 0x03, byte & 0x0c) {
        (0, 0 | 0x03, 0x0c) => Some(Paper::Out),
        (0, 0x03, 0) => Some(Paper::NearEnd),
        (0, 0, 0) => Some(Paper::Present),
        _ => None,
    }
}
