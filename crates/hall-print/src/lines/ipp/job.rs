//! A paper on its way: sent once, then followed until the printer says what became of it.

use std::borrow::Cow;
use std::thread::sleep;
use std::time::Instant;

use hall_core::vocab::PaperTrouble;
use ipp::model::Operation;
use ipp::value::IppValue;

use super::answer::{Answer, Group, NOT_FOUND};
use super::raster::{self, Raster};
use super::reasons::State;
use super::wire::{Line, Miss};
use super::{Manner, Outcome};

const A4: &str = "iso_a4_210x297mm";

/// What a printer is sent, and with which wishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// `None`: the PDF file as it is.
    raster: Option<Raster>,
    /// What is said about the sides; `None` for one that has no choice.
    sides: Option<&'static str>,
    /// It knows A4 by its name.
    a4: bool,
}

impl Form {
    /// `None` for a printer that takes nothing of what can be made here.
    pub(super) fn for_printer(printer: Group<'_>, manner: Manner) -> Option<Self> {
        let knows = |sides: &'static str| printer.says("sides-supported", sides).then_some(sides);
        let both = manner.duplex.then(|| knows("two-sided-long-edge")).flatten();
        let raster = if printer.says("document-format-supported", "application/pdf") {
            None
        } else if printer.says("document-format-supported", raster::TYPE) {
            Some(Raster::for_printer(printer, both.is_some())?)
        } else {
            return None;
        };
        // Said also for one side: a printer may have been set to two.
        let sides = both.or_else(|| knows("one-sided"));
        Some(Self { raster, sides, a4: printer.says("media-supported", A4) })
    }
}

/// What the printer said to a paper.
enum Said {
    Taken(i32),
    /// For certain it did not take it.
    Refused(PaperTrouble),
    /// It may have it.
    Unclear(PaperTrouble),
}

impl Line {
    pub(super) fn print(
        &self,
        form: &Form,
        pdf: &[u8],
        name: &str,
        told: &mut dyn FnMut(Option<PaperTrouble>),
    ) -> Outcome {
        let (format, document) = match &form.raster {
            None => ("application/pdf", Cow::Borrowed(pdf)),
            Some(raster) => match raster.pages(pdf) {
                Some(pages) => (raster::TYPE, Cow::Owned(pages)),
                None => return Outcome::Failed(PaperTrouble::Unsupported),
            },
        };
        match self.print_job(form, format, &document, name) {
            Said::Taken(job) => self.follow(job, told),
            Said::Refused(trouble) => Outcome::Failed(trouble),
            Said::Unclear(trouble) => match self.taken_after_all(name) {
                Some(job) => self.follow(job, told),
                None => Outcome::Unconfirmed(trouble),
            },
        }
    }

    /// The one place that sends a paper.
    fn print_job(&self, form: &Form, format: &str, document: &[u8], name: &str) -> Said {
        let mut question = self
            .about_printer(Operation::PrintJob)
            .with("job-name", IppValue::new_name_without_language(name))
            .with("document-format", IppValue::new_mime_media_type(format))
            .with_job("copies", Ok(IppValue::Integer(1)));
        if let Some(sides) = form.sides {
            question = question.with_job("sides", IppValue::new_keyword(sides));
        }
        if form.a4 {
            question = question.with_job("media", IppValue::new_keyword(A4));
        }
        match self.send(question, document, self.bounds.send) {
            Ok(answer) => said(&answer),
            Err(Miss::NoLine) => Said::Refused(PaperTrouble::Unreachable),
            // Refused before it was read; but 408 says that some of it was.
            Err(Miss::Http(status @ 400..=499)) if status != 408 => {
                Said::Refused(Miss::Http(status).trouble())
            }
            Err(Miss::Http(_) | Miss::Broken(_) | Miss::Garbled) => Said::Unclear(PaperTrouble::Interrupted),
        }
    }

    /// Looks for a paper of which nobody knows whether it arrived: a printer may list it a moment later.
    fn taken_after_all(&self, name: &str) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Ok(Some(job)) = self.job_named(name) {
                return Some(job);
            }
            if begun.elapsed() >= self.bounds.recovery {
                return None;
            }
            sleep(self.bounds.pause);
        }
    }

    /// Asks after a paper until the printer says what became of it, or nobody waits any more.
    pub(super) fn follow(&self, job: i32, told: &mut dyn FnMut(Option<PaperTrouble>)) -> Outcome {
        let begun = Instant::now();
        let mut heard = begun;
        let mut present = None;
        loop {
            let trouble = match self.job_now(job) {
                Ok(Now::Over(outcome)) => {
                    if present.is_some() {
                        told(None);
                    }
                    return outcome;
                }
                Ok(Now::Going(trouble)) => {
                    heard = Instant::now();
                    trouble
                }
                // Switched off and on, or it forgets at once what is over.
                Ok(Now::Forgotten) => return Outcome::Unconfirmed(PaperTrouble::Interrupted),
                Err(_) if heard.elapsed() >= self.bounds.silence => {
                    return Outcome::Unconfirmed(PaperTrouble::Interrupted);
                }
                Err(miss) => {
                    Some(if miss == Miss::NoLine { PaperTrouble::Unreachable } else { PaperTrouble::Offline })
                }
            };
            if trouble != present {
                told(trouble);
                present = trouble;
            }
            if begun.elapsed() >= self.bounds.patience {
                return Outcome::Unconfirmed(PaperTrouble::TooLate);
            }
            sleep(self.bounds.pause);
        }
    }

    fn job_now(&self, job: i32) -> Result<Now, Miss> {
        let question = self.about_job(Operation::GetJobAttributes, job);
        let answer = self.ask(question.wants(&[
            "job-state",
            "job-state-reasons",
            "job-impressions-completed",
            "job-media-sheets-completed",
        ]))?;
        match answer.status() {
            // Not found; gone.
            NOT_FOUND | 0x0407 => return Ok(Now::Forgotten),
            _ if answer.refusal().is_some() => return Err(Miss::Garbled),
            _ => {}
        }
        let known = answer.job();
        match known.number("job-state").ok_or(Miss::Garbled)? {
            state @ (CANCELED | ABORTED | COMPLETED) => Ok(Now::Over(outcome(state, known))),
            state => Ok(Now::Going(self.waits_for(state, known)?)),
        }
    }

    /// What a job that is not over waits for; `None` while it goes on.
    fn waits_for(&self, state: i32, job: Group<'_>) -> Result<Option<PaperTrouble>, Miss> {
        let question = self.about_printer(Operation::GetPrinterAttributes);
        let answer = self.ask(question.wants(&["printer-state", "printer-state-reasons"]))?;
        let trouble = State::of(&answer).ok_or(Miss::Garbled)?.trouble_with_paper();
        Ok(trouble.or(match state {
            HELD => Some(PaperTrouble::Paused),
            STOPPED => Some(PaperTrouble::Offline),
            _ if job.says("job-state-reasons", "printer-stopped") => Some(PaperTrouble::Paused),
            _ => None,
        }))
    }
}

const HELD: i32 = 4;
const STOPPED: i32 = 6;
const CANCELED: i32 = 7;
const ABORTED: i32 = 8;
const COMPLETED: i32 = 9;

/// What a printer says of a paper that it has.
enum Now {
    Going(Option<PaperTrouble>),
    Over(Outcome),
    Forgotten,
}

fn outcome(state: i32, job: Group<'_>) -> Outcome {
    if state == COMPLETED && !job.says("job-state-reasons", "job-completed-with-errors") {
        return Outcome::Done;
    }
    // Only a printer that counts, and has counted nothing, is believed.
    let none_came = state != COMPLETED
        && job.number("job-impressions-completed") == Some(0)
        && job.number("job-media-sheets-completed").is_none_or(|sheets| sheets == 0);
    if none_came {
        Outcome::Failed(PaperTrouble::Aborted)
    } else {
        Outcome::Unconfirmed(PaperTrouble::Aborted)
    }
}

fn said(answer: &Answer) -> Said {
    match (answer.refusal(), answer.status()) {
        (None, _) => match answer.job().number("job-id") {
            Some(job) => Said::Taken(job),
            None => Said::Unclear(PaperTrouble::Interrupted),
        },
        // It failed at it, or gave up a job that it had begun.
        (Some(trouble), 0x0500 | 0x0504 | 0x0505) => Said::Unclear(trouble),
        (Some(_), 0x0508) => Said::Unclear(PaperTrouble::Aborted),
        (Some(trouble), _) => Said::Refused(trouble),
    }
}
