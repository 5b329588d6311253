//! An A4 printer without the printer: it takes what a real one takes over a real line, says what a real one says, and
//! keeps the papers. For tests, the demo and the training of staff; nothing of the hall prints on it unless it is told
//! to.
//!
//! It has no clock. A paper moves on by one step whenever somebody asks after it, so whoever follows one sees every step.

mod http;

use ipp::parser::{IppParseError, IppParser};
use ipp::prelude::*;
use ipp::reader::IppReader;

pub use self::http::serve;

/// How it is and what it is about to do.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Its own words for what is wrong, such as `media-empty-error`.
    pub reasons: Vec<String>,
    pub stopped: bool,
    pub accepts: bool,
    /// The kinds of documents that it takes.
    pub formats: Vec<String>,
    pub duplex: bool,
    /// Kinds of pictures, and how the back of a sheet lies.
    pub raster: Vec<String>,
    pub back: String,
    /// What becomes of the next papers.
    pub fate: Fate,
    /// When the line of the next paper breaks.
    pub cut: Option<Cut>,
    /// What stops it as soon as it has begun the next paper.
    pub stops: Option<String>,
    /// It can say which papers it has and had in one answer.
    pub lists_all: bool,
}

/// What becomes of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Completes,
    /// It gives up after so many sides; `None` for one that does not count.
    Aborts(Option<i32>),
    /// It is switched off and on, and knows nothing of it any more.
    Forgets,
}

/// When the line breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// In the middle of the paper, which is lost.
    Before,
    /// It has the paper, but nobody hears so.
    After,
}

impl Default for Condition {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            reasons: Vec::new(),
            stopped: false,
            accepts: true,
            formats: words(&["application/pdf", "image/pwg-raster"]),
            duplex: true,
            raster: words(&["black_1", "sgray_8"]),
            back: "normal".into(),
            fate: Fate::Completes,
            cut: None,
            stops: None,
            lists_all: true,
        }
    }
}

/// A paper that it took, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    pub name: String,
    pub format: String,
    pub sides: String,
    pub document: Vec<u8>,
}

#[derive(Debug)]
struct Job {
    paper: Paper,
    fate: Fate,
    state: i32,
    impressions: Option<i32>,
}

const PENDING: i32 = 3;
const PROCESSING: i32 = 5;
const STOPPED: i32 = 6;
const CANCELED: i32 = 7;
const ABORTED: i32 = 8;
const COMPLETED: i32 = 9;

/// A printer, its papers and its tray.
#[derive(Debug, Default)]
pub struct Simulated {
    pub condition: Condition,
    /// A job's number is its place here, from one.
    jobs: Vec<Job>,
    tray: Vec<Paper>,
}

impl Simulated {
    pub fn new(condition: Condition) -> Self {
        Self { condition, ..Self::default() }
    }

    /// What came out so far, oldest first; the tray is empty then.
    pub fn take_papers(&mut self) -> Vec<Paper> {
        std::mem::take(&mut self.tray)
    }

    /// How many papers were sent to it, whatever became of them.
    pub fn taken(&self) -> usize {
        self.jobs.len()
    }

    /// Whether the line of this request is about to break, and when; only a paper's does, and once.
    fn cut(&mut self, request: &[u8]) -> Option<Cut> {
        let is_paper = request.get(2..4) == Some(&(Operation::PrintJob as u16).to_be_bytes());
        if is_paper { self.condition.cut.take() } else { None }
    }

    /// Answers one request; `None` for what is none.
    fn answer(&mut self, request: Vec<u8>) -> Option<Vec<u8>> {
        let reader = IppReader::new(std::io::Cursor::new(request));
        let (header, asked, rest) = IppParser::new(reader).parse_parts().ok()?;
        let document = rest.into_inner();
        let from = document.position() as usize;
        let document = document.get_ref()[from..].to_vec();
        let (status, groups) = match Operation::from_i16(header.operation_or_status) {
            Some(Operation::GetPrinterAttributes | Operation::CupsGetPrinters) => {
                (StatusCode::SuccessfulOk, vec![self.about()])
            }
            Some(Operation::PrintJob) => self.take(&asked, document),
            Some(Operation::GetJobAttributes) => self.look(&asked),
            Some(Operation::GetJobs) => self.list(&asked),
            Some(Operation::CancelJob) => self.cancel(&asked),
            Some(Operation::ResumePrinter) => {
                self.condition.stopped = false;
                self.condition.reasons.retain(|reason| reason != "paused");
                (StatusCode::SuccessfulOk, Vec::new())
            }
            _ => (StatusCode::ServerErrorOperationNotSupported, Vec::new()),
        };
        let mut answer =
            IppRequestResponse::new_response(IppVersion::v1_1(), status, header.request_id).ok()?;
        for group in groups {
            let mut whole = IppAttributeGroup::new(group.0);
            for (key, value) in group.1 {
                whole.attributes_mut().push(IppAttribute::with_name(key, value.ok()?).ok()?);
            }
            answer.attributes_mut().groups_mut().push(whole);
        }
        Some(answer.to_bytes().to_vec())
    }

    fn about(&self) -> Group {
        let now = &self.condition;
        let state = match () {
            () if now.stopped => 5,
            () if self.jobs.iter().any(|job| job.state == PROCESSING) => 4,
            () => 3,
        };
        let reasons = if now.reasons.is_empty() { vec!["none".to_owned()] } else { now.reasons.clone() };
        let sides: &[&str] = if now.duplex {
            &["one-sided", "two-sided-long-edge", "two-sided-short-edge"]
        } else {
            &["one-sided"]
        };
        let operations = [0x02, 0x08, 0x09, 0x0a, 0x0b, 0x11];
        let formats = now.formats.iter().map(IppValue::new_mime_media_type).collect::<Result<Vec<_>, _>>();
        let group = vec![
            ("printer-name", IppValue::new_name_without_language("A4")),
            ("printer-info", IppValue::new_text_without_language("模拟打印机")),
            ("printer-make-and-model", IppValue::new_text_without_language("Simulated")),
            ("printer-uri-supported", IppValue::new_uri("ipp://localhost/printers/A4")),
            ("uri-security-supported", IppValue::new_keyword("none")),
            ("uri-authentication-supported", IppValue::new_keyword("none")),
            ("charset-configured", IppValue::new_charset("utf-8")),
            ("charset-supported", IppValue::new_charset("utf-8")),
            ("natural-language-configured", IppValue::new_natural_language("zh-cn")),
            ("ipp-versions-supported", words(&["1.1", "2.0"])),
            ("operations-supported", Ok(IppValue::Array(operations.map(IppValue::Enum).to_vec()))),
            ("printer-state", Ok(IppValue::Enum(state))),
            ("printer-state-reasons", words(&reasons)),
            ("printer-is-accepting-jobs", Ok(IppValue::Boolean(now.accepts))),
            (
                "queued-job-count",
                Ok(IppValue::Integer(self.jobs.iter().filter(|job| !is_over(job)).count() as i32)),
            ),
            ("document-format-supported", formats.map(IppValue::Array)),
            ("sides-supported", words(sides)),
            (
                "sides-default",
                IppValue::new_keyword(if now.duplex { "two-sided-long-edge" } else { "one-sided" }),
            ),
            ("media-supported", words(&["iso_a4_210x297mm", "na_letter_8.5x11in"])),
            ("media-default", IppValue::new_keyword("iso_a4_210x297mm")),
            ("pwg-raster-document-type-supported", words(&now.raster)),
            ("pwg-raster-document-resolution-supported", Ok(IppValue::new_resolution(300, 300, 3))),
            ("pwg-raster-document-sheet-back", IppValue::new_keyword(now.back.clone())),
        ];
        (DelimiterTag::PrinterAttributes, group)
    }

    fn take(&mut self, asked: &IppAttributes, document: Vec<u8>) -> Said {
        let wish = |tag, key| {
            let found = asked.first_of(tag).and_then(|group| group.get(key));
            found.map(|attribute| attribute.value().to_string()).unwrap_or_default()
        };
        let paper = Paper {
            name: wish(DelimiterTag::OperationAttributes, "job-name"),
            format: wish(DelimiterTag::OperationAttributes, "document-format"),
            sides: wish(DelimiterTag::JobAttributes, "sides"),
            document,
        };
        if !self.condition.accepts {
            return (StatusCode::ServerErrorNotAcceptingJobs, Vec::new());
        }
        if !self.condition.formats.contains(&paper.format) {
            return (StatusCode::ClientErrorDocumentFormatNotSupported, Vec::new());
        }
        let mut state = PENDING;
        if let Some(reason) = self.condition.stops.take() {
            state = PROCESSING;
            self.condition.stopped = true;
            self.condition.reasons.push(reason);
        }
        self.jobs.push(Job { paper, fate: self.condition.fate, state, impressions: Some(0) });
        (StatusCode::SuccessfulOk, self.describe(self.jobs.len()).into_iter().collect())
    }

    fn look(&mut self, asked: &IppAttributes) -> Said {
        let number = number(asked);
        self.step(number);
        if self.job(number).is_none() {
            return (StatusCode::ClientErrorNotFound, Vec::new());
        }
        (StatusCode::SuccessfulOk, self.describe(number).into_iter().collect())
    }

    fn list(&self, asked: &IppAttributes) -> Said {
        let which =
            asked.first_of(DelimiterTag::OperationAttributes).and_then(|group| group.get("which-jobs"));
        let which = which.map_or("not-completed".into(), |which| which.value().to_string());
        let wanted = |job: &Job| {
            job.fate != Fate::Forgets && (which == "all" || is_over(job) == (which == "completed"))
        };
        if which == "all" && !self.condition.lists_all {
            return (StatusCode::ClientErrorAttributesOrValuesNotSupported, Vec::new());
        }
        let jobs = self.jobs.iter().enumerate().filter(|(_, job)| wanted(job));
        (StatusCode::SuccessfulOk, jobs.filter_map(|(n, _)| self.describe(n + 1)).collect())
    }

    fn cancel(&mut self, asked: &IppAttributes) -> Said {
        match self.job(number(asked)) {
            None => (StatusCode::ClientErrorNotFound, Vec::new()),
            Some(job) if is_over(job) => (StatusCode::ClientErrorNotPossible, Vec::new()),
            Some(job) => {
                job.state = CANCELED;
                (StatusCode::SuccessfulOk, Vec::new())
            }
        }
    }

    fn job(&mut self, number: usize) -> Option<&mut Job> {
        let job = self.jobs.get_mut(number.checked_sub(1)?)?;
        (job.fate != Fate::Forgets).then_some(job)
    }

    /// Moves a paper on, if the printer can.
    fn step(&mut self, number: usize) {
        let stands = self.condition.stopped;
        let Some(job) = self.job(number).filter(|job| !is_over(job)) else { return };
        job.state = match job.state {
            state if stands => {
                if state == PENDING {
                    PENDING
                } else {
                    STOPPED
                }
            }
            PENDING | STOPPED => PROCESSING,
            _ => {
                let aborts = if let Fate::Aborts(impressions) = job.fate { Some(impressions) } else { None };
                job.impressions = aborts.unwrap_or(Some(1));
                if aborts.is_some() { ABORTED } else { COMPLETED }
            }
        };
        if job.state == COMPLETED {
            let paper = job.paper.clone();
            self.tray.push(paper);
        }
    }

    fn describe(&self, number: usize) -> Option<Group> {
        let job = self.jobs.get(number.checked_sub(1)?)?;
        let reason = match job.state {
            COMPLETED => "job-completed-successfully",
            CANCELED => "job-canceled-by-user",
            ABORTED => "aborted-by-system",
            _ if self.condition.stopped => "printer-stopped",
            _ => "none",
        };
        let mut group = vec![
            ("job-id", Ok(IppValue::Integer(number as i32))),
            ("job-uri", IppValue::new_uri(format!("ipp://localhost/jobs/{number}"))),
            ("job-name", IppValue::new_name_without_language(job.paper.name.clone())),
            ("job-state", Ok(IppValue::Enum(job.state))),
            ("job-state-reasons", IppValue::new_keyword(reason)),
        ];
        if let Some(impressions) = job.impressions {
            group.push(("job-impressions-completed", Ok(IppValue::Integer(impressions))));
        }
        Some((DelimiterTag::JobAttributes, group))
    }
}

type Group = (DelimiterTag, Vec<(&'static str, Result<IppValue, IppParseError>)>);
type Said = (StatusCode, Vec<Group>);

fn is_over(job: &Job) -> bool {
    matches!(job.state, CANCELED | ABORTED | COMPLETED)
}

fn number(asked: &IppAttributes) -> usize {
    let id = asked.first_of(DelimiterTag::OperationAttributes).and_then(|group| group.get("job-id"));
    let number = id.and_then(|id| id.value().as_integer().copied());
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

fn words<T: AsRef<str>>(words: &[T]) -> Result<IppValue, IppParseError> {
    let words = words.iter().map(|word| IppValue::new_keyword(word.as_ref()));
    words.collect::<Result<Vec<_>, _>>().map(IppValue::Array)
}
