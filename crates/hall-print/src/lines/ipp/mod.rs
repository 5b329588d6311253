//! A4 printers and print queues, spoken to by IPP (RFC 8010, RFC 8011).
//!
//! A paper is sent by one Print-Job and never by a second. When the line breaks in the middle of it, the printer's own
//! list of jobs is asked for the paper's name, which no other paper has; when the list does not tell, nobody knows. What
//! a printer answers is a stranger's: it is bounded, looked through before it is read, and never believed to be more than
//! it says. In the clear only: a printer's certificate is one that it made itself, so `ipps` would hide a paper from
//! nobody who can pass for the printer.

mod answer;
mod job;
mod raster;
mod reasons;
pub mod simulated;
mod wire;

use std::time::Duration;

use hall_core::vocab::PaperTrouble;
use ipp::model::Operation;

use self::answer::Answer;
use self::job::Form;
use self::wire::{Miss, Question};
use super::{Health, Manner, Outcome};

pub use self::wire::Line;

/// How long each thing may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Until the line stands.
    pub connect: Duration,
    /// For one question and its answer.
    pub answer: Duration,
    /// For sending a paper, until the printer says that it has it; small printers take it as fast as they print.
    pub send: Duration,
    /// Between two questions.
    pub pause: Duration,
    /// Until the list of jobs must show a paper whose sending broke off.
    pub recovery: Duration,
    /// How long a printer that has the paper may say nothing.
    pub silence: Duration,
    /// Until nobody waits for the paper any more.
    pub patience: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(10),
            send: Duration::from_mins(2),
            pause: Duration::from_secs(1),
            recovery: Duration::from_secs(10),
            silence: Duration::from_mins(2),
            patience: Duration::from_mins(30),
        }
    }
}

/// A printer that was asked, has answered, and can print. Nothing of a paper was sent to it yet.
#[derive(Debug)]
pub struct Ready {
    line: Line,
    form: Form,
    pub health: Health,
}

/// A paper that a printer knows.
#[derive(Debug)]
pub struct Found {
    line: Line,
    job: i32,
}

/// A queue of a print server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub name: String,
    pub uri: String,
    /// What it says it is: the words of whoever set it up, or the maker's.
    pub about: String,
    pub accepts: bool,
}

/// Asks the printer how it is and what it takes.
pub fn open(uri: &str, manner: Manner) -> Result<Ready, PaperTrouble> {
    Line::to(uri, Bounds::default())?.open(manner)
}

/// Whether the printer knows a paper of that name: for a program that ended while it was being sent.
pub fn find(uri: &str, name: &str) -> Result<Option<Found>, PaperTrouble> {
    Line::to(uri, Bounds::default())?.find(name)
}

/// Takes a paper out of the printer's queue, or stops it; whether there was one that could still be stopped. What of it
/// came out is for whoever follows it to say.
pub fn cancel(uri: &str, name: &str) -> Result<bool, PaperTrouble> {
    Line::to(uri, Bounds::default())?.cancel(name)
}

/// Lets a stopped queue go on. A server may allow this to its keepers alone: then the queue is still paused.
pub fn resume(uri: &str) -> Result<(), PaperTrouble> {
    Line::to(uri, Bounds::default())?.resume()
}

/// The queues of a print server, as at `ipp://localhost:631/`.
pub fn queues(server: &str) -> Result<Vec<Queue>, PaperTrouble> {
    Line::to(server, Bounds::default())?.queues()
}

/// What is asked of a printer before a paper is sent.
const ASKED: &[&str] = &[
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "document-format-supported",
    "sides-supported",
    "media-supported",
    "pwg-raster-document-type-supported",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-sheet-back",
];

impl Line {
    /// As [`open`].
    pub fn open(self, manner: Manner) -> Result<Ready, PaperTrouble> {
        let question = self.about_printer(Operation::GetPrinterAttributes).wants(ASKED);
        let answer = self.ask(question).map_err(Miss::trouble)?;
        if let Some(trouble) = answer.refusal() {
            return Err(trouble);
        }
        let state = reasons::State::of(&answer).ok_or(PaperTrouble::NotAPrinter)?;
        if let Some(trouble) = state.trouble() {
            return Err(trouble);
        }
        let form = Form::for_printer(answer.printer(), manner).ok_or(PaperTrouble::Unsupported)?;
        Ok(Ready { line: self, form, health: Health { low: state.is_low(), answered: true } })
    }

    /// As [`find`].
    pub fn find(self, name: &str) -> Result<Option<Found>, PaperTrouble> {
        let job = self.job_named(name).map_err(Miss::trouble)?;
        Ok(job.map(|job| Found { line: self, job }))
    }

    /// As [`cancel`].
    pub fn cancel(self, name: &str) -> Result<bool, PaperTrouble> {
        let Some(job) = self.job_named(name).map_err(Miss::trouble)? else { return Ok(false) };
        let answer = self.ask(self.about_job(Operation::CancelJob, job)).map_err(Miss::trouble)?;
        match answer.status() {
            answer::NOT_POSSIBLE | answer::NOT_FOUND => Ok(false),
            _ => answer.refusal().map_or(Ok(true), Err),
        }
    }

    /// As [`resume`].
    pub fn resume(self) -> Result<(), PaperTrouble> {
        match self.ask(self.about_printer(Operation::ResumePrinter)) {
            Ok(answer) if answer.refusal().is_none() => Ok(()),
            Ok(answer) if answer.status() == answer::NOT_FOUND => Err(PaperTrouble::NotAPrinter),
            Ok(_) | Err(Miss::Http(401 | 403)) => Err(PaperTrouble::Paused),
            Err(miss) => Err(miss.trouble()),
        }
    }

    /// As [`queues`].
    pub fn queues(self) -> Result<Vec<Queue>, PaperTrouble> {
        let wanted = [
            "printer-name",
            "printer-uri-supported",
            "printer-info",
            "printer-make-and-model",
            "printer-is-accepting-jobs",
        ];
        let question = Question::new(Operation::CupsGetPrinters, None).wants(&wanted);
        let answer = self.ask(question).map_err(Miss::trouble)?;
        match answer.status() {
            // A server without a queue says that it found none.
            answer::NOT_FOUND => return Ok(Vec::new()),
            _ => answer.refusal().map_or(Ok(()), Err)?,
        }
        Ok(answer.printers().filter_map(|printer| self.queue(printer)).collect())
    }

    fn queue(&self, printer: answer::Group<'_>) -> Option<Queue> {
        let name = printer.text("printer-name")?;
        let uri = self.beside(&printer.text("printer-uri-supported")?)?;
        let about = ["printer-info", "printer-make-and-model"].into_iter();
        let about = about.filter_map(|key| printer.text(key)).find(|text| !text.is_empty());
        let accepts = printer.flag("printer-is-accepting-jobs").unwrap_or(true);
        Some(Queue { about: about.unwrap_or_else(|| name.clone()), name, uri, accepts })
    }

    /// The number of the youngest job of that name.
    fn job_named(&self, name: &str) -> Result<Option<i32>, Miss> {
        let youngest = |answer: Answer| {
            let named = answer.jobs().filter(|job| job.text("job-name").as_deref() == Some(name));
            named.filter_map(|job| job.number("job-id")).max()
        };
        let asked = |which: &str| {
            let answer = self.ask(self.about_jobs(which))?;
            if answer.refusal().is_some() { Err(Miss::Garbled) } else { Ok(answer) }
        };
        match asked("all") {
            Ok(answer) => Ok(youngest(answer)),
            // Not every printer knows the word.
            Err(Miss::Garbled) => {
                let waiting = youngest(asked("not-completed")?);
                Ok(waiting.max(youngest(asked("completed")?)))
            }
            Err(miss) => Err(miss),
        }
    }
}

impl Ready {
    /// Sends the paper, once, and follows it until it is out or lost. `told` hears what the printer waits for, and
    /// `None` when it goes on. The file holds all copies.
    pub fn print(self, pdf: &[u8], name: &str, told: &mut dyn FnMut(Option<PaperTrouble>)) -> Outcome {
        self.line.print(&self.form, pdf, name, told)
    }
}

impl Found {
    /// Follows the paper until it is out or lost.
    pub fn follow(self, told: &mut dyn FnMut(Option<PaperTrouble>)) -> Outcome {
        self.line.follow(self.job, told)
    }
}
