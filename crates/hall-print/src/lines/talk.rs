//! What is said to a thermal printer and heard from it, and whether that can be believed.

use std::time::{Duration, Instant};

use hall_core::vocab::PaperTrouble;

use super::wire::Wire;
use crate::thermal::{Heard, Listener, Paper, Query, Status};

/// No printer has so much to say before it is asked.
const FAR_TOO_MUCH: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Talk {
    wire: Wire,
    listener: Listener,
    /// It is a printer that answers. Of one that does not, nothing is heard.
    pub(super) answers: bool,
    /// It said what no printer says, or what nobody had asked: from there on nothing of it is believed.
    pub(super) odd: bool,
    /// How it is, and whether it said so of its own accord.
    pub(super) status: Status,
    pub(super) told_itself: bool,
    /// Words of its own accord so far.
    pub(super) unasked: u32,
    /// A question that is answered at once, and the answer when it is there.
    asked: Option<Query>,
    answer: Option<u8>,
    /// Queued questions without an answer.
    pub(super) queued: u32,
    /// One of them stands behind the paper.
    pub(super) marked: bool,
    /// It is answered: the paper is out.
    pub(super) printed: bool,
    /// Something of a picture was sent.
    pub(super) begun: bool,
    /// The roll ended after that and before the paper was out.
    pub(super) torn: bool,
}

impl Talk {
    pub(super) fn new(wire: Wire, answers: bool) -> Self {
        Self {
            wire,
            listener: Listener::default(),
            answers,
            odd: false,
            status: Status::default(),
            told_itself: false,
            unasked: 0,
            asked: None,
            answer: None,
            queued: 0,
            marked: false,
            printed: false,
            begun: false,
            torn: false,
        }
    }

    /// Passes over what an earlier conversation left behind.
    pub(super) fn settle(&mut self, quiet: Duration) -> Result<(), PaperTrouble> {
        let mut bytes = [0; 1024];
        let mut heard = 0;
        loop {
            match self.hear(&mut bytes, quiet)? {
                0 => return Ok(()),
                count => heard += count,
            }
            if heard > FAR_TOO_MUCH {
                return Err(PaperTrouble::NotAPrinter);
            }
        }
    }

    /// Takes in what comes within `wait`; returns with the first of it.
    pub(super) fn listen(&mut self, wait: Duration) -> Result<(), PaperTrouble> {
        let mut bytes = [0; 1024];
        let count = self.hear(&mut bytes, wait)?;
        for byte in &bytes[..count] {
            if self.answers && !self.odd {
                self.take(*byte);
            }
        }
        Ok(())
    }

    fn take(&mut self, byte: u8) {
        match self.listener.hear(byte) {
            None => {}
            Some(Heard::Answer(answer)) if self.asked.is_some() && self.answer.is_none() => {
                self.answer = Some(answer);
            }
            // A picture may hold what looks like a question, and some printers answer it.
            Some(Heard::Answer(_)) if self.begun => {}
            Some(Heard::Sensor(_)) if self.queued > 0 => {
                self.queued -= 1;
                self.printed = self.marked;
            }
            Some(Heard::Unasked(status)) => {
                self.unasked += 1;
                self.learn(status, true);
            }
            Some(Heard::Answer(_) | Heard::Sensor(_) | Heard::Odd(_)) => self.odd = true,
        }
    }

    pub(super) fn learn(&mut self, status: Status, told_itself: bool) {
        (self.status, self.told_itself) = (status, told_itself);
        self.torn |= status.paper == Paper::Out && self.begun && !self.printed;
    }

    /// How many bytes the line took within `wait`.
    pub(super) fn send(&mut self, bytes: &[u8], wait: Duration) -> Result<usize, PaperTrouble> {
        self.wire.send(bytes, wait).map_err(|_| PaperTrouble::Interrupted)
    }

    /// Sends a question, which is short: a line that does not take it takes nothing.
    pub(super) fn say(&mut self, question: &[u8], wait: Duration) -> Result<(), PaperTrouble> {
        let until = Instant::now() + wait;
        let mut sent = 0;
        while sent < question.len() {
            let left = until.saturating_duration_since(Instant::now());
            sent += self.send(&question[sent..], left)?;
            if sent < question.len() && left.is_zero() {
                return Err(PaperTrouble::Interrupted);
            }
        }
        Ok(())
    }

    /// Whether all that was sent has left this machine.
    pub(super) fn is_through(&self, wait: Duration) -> Result<bool, PaperTrouble> {
        self.wire.is_through(wait).map_err(|_| PaperTrouble::Interrupted)
    }

    /// The question that has no answer yet.
    pub(super) fn asked(&self) -> Option<Query> {
        self.asked
    }

    /// Waits for the answer to a question that was sent. `None` when none came; the next one is its answer then, and no
    /// other question may be asked before. A printer that tells of a trouble meanwhile may have to be mended first: one
    /// that stands still with a full buffer hears nothing.
    pub(super) fn answer_to(&mut self, query: Query, wait: Duration) -> Result<Option<u8>, PaperTrouble> {
        let until = Instant::now() + wait;
        let before = self.unasked;
        self.asked = Some(query);
        loop {
            if let Some(answer) = self.answer.take() {
                self.asked = None;
                return Ok(Some(answer));
            }
            let left = until.saturating_duration_since(Instant::now());
            let stands_still = self.unasked > before && self.status.trouble().is_some();
            if self.odd || stands_still || left.is_zero() {
                return Ok(None);
            }
            self.listen(left)?;
        }
    }

    fn hear(&mut self, into: &mut [u8], wait: Duration) -> Result<usize, PaperTrouble> {
        self.wire.hear(into, wait).map_err(|_| PaperTrouble::Interrupted)
    }
}
