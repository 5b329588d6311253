//! The conversation with a thermal printer: how it is, and the way of one paper.
//!
//! **When a paper is out.** The questions that are answered at once say nothing of what still waits in the buffer. So a
//! queued one stands behind the cut, and its answer means that all in front of it was carried out. Whether a printer
//! knows that question is found out before anything of a paper is sent. Of one that does not, a paper counts as out when
//! the printer, asked behind the last byte, has been ready without a break for as long as such a paper takes on the
//! slowest printer. Of one that never answers, nobody knows anything.
//!
//! **In the middle** it is asked between the bands only, for inside a picture a question is dots; what happens within a
//! band it tells of its own accord, if it is one that knows the queued question. Once a picture has begun it is sent
//! to its end, also to a printer that went silent: one that still waits for rows would take the next paper for them.

use std::time::{Duration, Instant};

use hall_core::vocab::PaperTrouble;

use super::talk::Talk;
use super::wire::Wire;
use super::{Address, Bounds, Health, Manner, Outcome, Sheet};
use crate::Strip;
use crate::thermal::{CUT, HUSH, Paper, Query, SENSOR, START, Status, TELL, parts};

/// A printer that is open and has nothing to complain of.
#[derive(Debug)]
pub(super) struct Ready {
    talk: Talk,
    bounds: Bounds,
    /// It knows the queued question.
    orderly: bool,
}

/// Asked and silent is [`PaperTrouble::Mute`], whatever it is: a printer that is to be used without answers is one of
/// which somebody said so.
pub(super) fn open(address: &Address, manner: Manner, bounds: Bounds) -> Result<Ready, PaperTrouble> {
    let talk = Talk::new(Wire::open(address, &bounds)?, manner.answers);
    let mut ready = Ready { talk, bounds, orderly: false };
    if manner.answers {
        // A line that ends while it is asked never was one.
        ready.ask().map_err(|trouble| match trouble {
            PaperTrouble::Interrupted => PaperTrouble::Unreachable,
            trouble => trouble,
        })?;
    }
    Ok(ready)
}

impl Ready {
    fn ask(&mut self) -> Result<(), PaperTrouble> {
        let (talk, bounds) = (&mut self.talk, &self.bounds);
        talk.settle(bounds.quiet)?;
        let mut status = Status::default();
        for query in Query::ALL {
            talk.say(&query.bytes(), bounds.answer)?;
            let answer = talk.answer_to(query, bounds.answer)?;
            if talk.odd {
                return Err(PaperTrouble::NotAPrinter);
            }
            // An earlier paper may have left it telling of itself.
            let silent = || talk.status.trouble().unwrap_or(PaperTrouble::Mute);
            status.learn(query, answer.ok_or_else(silent)?);
        }
        talk.learn(status, false);
        if let Some(trouble) = status.trouble() {
            return Err(trouble);
        }
        talk.say(&SENSOR, bounds.answer)?;
        talk.queued += 1;
        let until = Instant::now() + bounds.ordered;
        while talk.queued > 0 && !talk.odd && Instant::now() < until {
            talk.listen(until.saturating_duration_since(Instant::now()))?;
        }
        self.orderly = talk.queued == 0;
        if talk.odd { Err(PaperTrouble::NotAPrinter) } else { Ok(()) }
    }

    pub(super) fn health(&self) -> Health {
        Health { low: self.talk.status.paper == Paper::NearEnd, answered: self.talk.answers }
    }

    pub(super) fn print(self, sheet: &Sheet, told: &mut dyn FnMut(Option<PaperTrouble>)) -> Outcome {
        let Sheet::Slip(paper) = sheet else { return Outcome::Failed(PaperTrouble::Unsupported) };
        let asks = self.talk.answers;
        let mut job =
            Job { talk: self.talk, bounds: self.bounds, orderly: self.orderly, asks, trouble: None, told };
        match job.print(paper) {
            Ok(outcome) => outcome,
            Err(trouble) if job.talk.begun => Outcome::Unconfirmed(trouble),
            // The line has taken no dot of it.
            Err(trouble) => Outcome::Failed(trouble),
        }
    }
}

/// A paper on its way.
struct Job<'a> {
    talk: Talk,
    bounds: Bounds,
    orderly: bool,
    /// It is asked between the bands, until it gives no answer.
    asks: bool,
    /// What people have to mend, and since when.
    trouble: Option<(PaperTrouble, Instant)>,
    told: &'a mut dyn FnMut(Option<PaperTrouble>),
}

impl Job<'_> {
    fn print(&mut self, paper: &Strip) -> Result<Outcome, PaperTrouble> {
        self.pause()?;
        if self.talk.odd {
            return Err(PaperTrouble::NotAPrinter);
        }
        if self.talk.answers && !self.asks {
            return Err(PaperTrouble::Mute);
        }
        self.send(&START)?;
        if self.orderly {
            self.send(&TELL)?;
        }
        for (part, n) in parts(paper).zip(0..) {
            if n > 0 {
                self.pause()?;
            }
            self.send_part(&part)?;
        }
        self.pause()?;
        self.send(&CUT)?;
        if self.orderly {
            (self.talk.marked, self.talk.queued) = (true, self.talk.queued + 1);
            self.send(&[SENSOR, HUSH].concat())?;
        }
        self.wait_for(paper.picture.height())
    }

    fn send_part(&mut self, part: &[u8]) -> Result<(), PaperTrouble> {
        // From the first byte that the line takes nobody knows any more that nothing comes out.
        let first = self.send_some(part)?;
        self.talk.begun = true;
        self.send(&part[first..])
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), PaperTrouble> {
        while !bytes.is_empty() {
            let sent = self.send_some(bytes)?;
            bytes = &bytes[sent..];
        }
        Ok(())
    }

    /// Sends at least a byte, when no trouble is told; how many.
    fn send_some(&mut self, bytes: &[u8]) -> Result<usize, PaperTrouble> {
        let mut moved = Instant::now();
        loop {
            self.listen(Duration::ZERO)?;
            // What it told by itself it takes back by itself; what it was asked for it is asked again, between bands.
            while self.trouble.is_some() && self.talk.told_itself && !self.talk.odd {
                self.is_worth_waiting()?;
                self.listen(self.bounds.again)?;
                moved = Instant::now();
            }
            match self.talk.send(bytes, self.bounds.again.min(self.bounds.stuck))? {
                0 if moved.elapsed() >= self.bounds.stuck => return Err(PaperTrouble::Interrupted),
                0 => {}
                sent => return Ok(sent),
            }
        }
    }

    /// Between bands: goes on when nothing has to be mended.
    fn pause(&mut self) -> Result<(), PaperTrouble> {
        loop {
            self.ask(false)?;
            if self.trouble.is_none() || self.talk.odd {
                return Ok(());
            }
            self.is_worth_waiting()?;
            self.listen(self.bounds.again)?;
        }
    }

    /// Behind the cut: until the paper is out.
    fn wait_for(&mut self, rows: u32) -> Result<Outcome, PaperTrouble> {
        if !self.talk.answers {
            return Err(self.unknown(PaperTrouble::Mute));
        }
        let printing = self.bounds.for_rows(rows);
        let mut calm = None;
        loop {
            let asked = self.ask(true);
            if self.talk.odd {
                return Err(self.unknown(PaperTrouble::NotAPrinter));
            }
            if self.talk.printed {
                return Ok(self.out());
            }
            asked?;
            if self.trouble.is_some() {
                calm = None;
                self.is_worth_waiting()?;
            } else {
                let calm = calm.get_or_insert_with(Instant::now).elapsed();
                match (self.orderly, self.asks) {
                    (false, false) => return Err(self.unknown(PaperTrouble::Mute)),
                    (false, true) if calm >= printing => return Ok(self.out()),
                    (true, false) if calm >= printing + self.bounds.silent => return Err(PaperTrouble::Mute),
                    // What waited is gone: it was switched off and on.
                    (true, true) if calm >= printing + self.bounds.silent => {
                        return Err(PaperTrouble::Interrupted);
                    }
                    _ => {}
                }
            }
            self.listen(self.bounds.again)?;
        }
    }

    /// Why nobody knows what came out, when all of it has left this machine.
    fn unknown(&self, why: PaperTrouble) -> PaperTrouble {
        match self.talk.is_through(self.bounds.stuck) {
            Ok(true) => why,
            _ => PaperTrouble::Interrupted,
        }
    }

    fn out(&self) -> Outcome {
        if self.talk.torn { Outcome::Unconfirmed(PaperTrouble::Torn) } else { Outcome::Done }
    }

    /// Asks how it is: whether it can print, and if it cannot, or `all` is asked for, what is wrong.
    fn ask(&mut self, all: bool) -> Result<(), PaperTrouble> {
        if self.trouble.is_some() && self.talk.told_itself {
            return Ok(());
        }
        let before = self.talk.unasked;
        let mut status = Status::default();
        for query in Query::ALL {
            let Some(answer) = self.answer_to(query)? else { return Ok(()) };
            status.learn(query, answer);
            if !all && !status.offline && self.trouble.is_none() {
                break;
            }
        }
        // What it told meanwhile is newer than some of the answers.
        if self.talk.unasked == before {
            self.talk.learn(status, false);
            self.notice();
        }
        Ok(())
    }

    fn answer_to(&mut self, query: Query) -> Result<Option<u8>, PaperTrouble> {
        while self.asks && !self.talk.odd {
            let asked = self.talk.asked();
            if asked.is_none() {
                self.send(&query.bytes())?;
            }
            let before = self.talk.unasked;
            let answer = self.talk.answer_to(asked.unwrap_or(query), self.bounds.silent)?;
            self.notice();
            if answer.is_none() && self.talk.unasked == before {
                self.asks = false;
            }
            // The answer to one that was left alone is not the one that is wanted.
            if answer.is_none() || asked.is_none() {
                return Ok(answer);
            }
        }
        Ok(None)
    }

    fn listen(&mut self, wait: Duration) -> Result<(), PaperTrouble> {
        self.talk.listen(wait)?;
        self.notice();
        Ok(())
    }

    /// Tells of a trouble that came or is over.
    fn notice(&mut self) {
        let now = self.talk.status.trouble();
        if now != self.trouble.map(|(trouble, _)| trouble) {
            let since = self.trouble.map_or_else(Instant::now, |(_, since)| since);
            self.trouble = now.map(|trouble| (trouble, since));
            (self.told)(now);
        }
    }

    /// People mend it in time, or it is given up.
    fn is_worth_waiting(&self) -> Result<(), PaperTrouble> {
        match self.trouble {
            Some((trouble, since)) if since.elapsed() >= self.bounds.people => Err(trouble),
            _ => Ok(()),
        }
    }
}
