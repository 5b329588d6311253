//! One question and its answer: IPP in the body of an HTTP request, on a line of its own.

use std::io::ErrorKind;
use std::time::Duration;

use hall_core::vocab::PaperTrouble;
use ipp::attribute::IppAttribute;
use ipp::model::{DelimiterTag, IppVersion, Operation};
use ipp::parser::IppParseError;
use ipp::prelude::Uri;
use ipp::request::IppRequestResponse;
use ipp::value::IppValue;

use super::Bounds;
use super::answer::{Answer, LONGEST};

/// Whose jobs they are, to the printer. Not a person: a queue's list can be read by many.
const USER: &str = "linggong-hall";

/// A printer's address and how long it may take; each question goes over a line of its own, so that none is ever asked
/// on one that died meanwhile.
#[derive(Clone, Debug)]
pub struct Line {
    uri: Uri,
    url: String,
    pub(super) bounds: Bounds,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// No line came about: for certain nothing was sent.
    NoLine,
    /// All or a part of the question was sent.
    Broken(PaperTrouble),
    /// Whatever is there refuses the request as a whole.
    Http(u16),
    /// What came back is no answer.
    Garbled,
}

impl Miss {
    /// What it says about a printer to which nothing of a paper was sent.
    pub(super) fn trouble(self) -> PaperTrouble {
        match self {
            Self::NoLine => PaperTrouble::Unreachable,
            Self::Broken(trouble) => trouble,
            // Who may; only over TLS; not now.
            Self::Http(401 | 403 | 426 | 503) => PaperTrouble::Offline,
            Self::Http(_) | Self::Garbled => PaperTrouble::NotAPrinter,
        }
    }
}

impl From<ureq::Error> for Miss {
    fn from(error: ureq::Error) -> Self {
        use ureq::Timeout;
        match error {
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => Self::NoLine,
            ureq::Error::Io(error) => match error.kind() {
                ErrorKind::ConnectionRefused => Self::NoLine,
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                    Self::Broken(PaperTrouble::Unreachable)
                }
                _ => Self::Broken(PaperTrouble::Offline),
            },
            ureq::Error::Timeout(_) => Self::Broken(PaperTrouble::Offline),
            ureq::Error::StatusCode(status) => Self::Http(status),
            _ => Self::Garbled,
        }
    }
}

/// A question in the making. What cannot be said in IPP, such as a name that is too long, makes it none.
pub(super) struct Question(Result<IppRequestResponse, IppParseError>);

impl Question {
    /// About the printer at `uri`, or without one about the whole server.
    pub(super) fn new(operation: Operation, uri: Option<Uri>) -> Self {
        // The oldest version in use: whatever speaks a newer one has to understand it.
        let question = Self(IppRequestResponse::new(IppVersion::v1_1(), operation, uri));
        question.with("requesting-user-name", IppValue::new_name_without_language(USER))
    }

    pub(super) fn with(self, key: &str, value: Result<IppValue, IppParseError>) -> Self {
        self.put(DelimiterTag::OperationAttributes, key, value)
    }

    /// What is wished for the job itself.
    pub(super) fn with_job(self, key: &str, value: Result<IppValue, IppParseError>) -> Self {
        self.put(DelimiterTag::JobAttributes, key, value)
    }

    pub(super) fn wants(self, keys: &[&str]) -> Self {
        let keys = keys.iter().map(|key| IppValue::new_keyword(*key)).collect::<Result<Vec<_>, _>>();
        self.with("requested-attributes", keys.map(IppValue::Array))
    }

    fn put(self, tag: DelimiterTag, key: &str, value: Result<IppValue, IppParseError>) -> Self {
        Self(self.0.and_then(|mut request| {
            request.attributes_mut().add(tag, IppAttribute::with_name(key, value?)?);
            Ok(request)
        }))
    }
}

impl Line {
    /// A line to `ipp://…`; nothing is connected yet.
    pub fn to(uri: &str, bounds: Bounds) -> Result<Self, PaperTrouble> {
        let uri: Uri = uri.parse().map_err(|_| PaperTrouble::NotAPrinter)?;
        let (Some("ipp"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            // Among them `ipps`: no line of that kind can come about.
            return Err(PaperTrouble::Unreachable);
        };
        let place = match authority.port_u16() {
            Some(port) => format!("{}:{port}", authority.host()),
            None => format!("{}:631", authority.host()),
        };
        let url = format!("http://{place}{}", uri.path());
        Ok(Self { uri, url, bounds })
    }

    pub(super) fn about_printer(&self, operation: Operation) -> Question {
        Question::new(operation, Some(self.uri.clone()))
    }

    pub(super) fn about_job(&self, operation: Operation, job: i32) -> Question {
        self.about_printer(operation).with("job-id", Ok(IppValue::Integer(job)))
    }

    pub(super) fn about_jobs(&self, which: &str) -> Question {
        let question = self.about_printer(Operation::GetJobs);
        question.with("which-jobs", IppValue::new_keyword(which)).wants(&["job-id", "job-name"])
    }

    /// Where a queue is that calls itself by a name of the server that may be known to nobody else.
    pub(super) fn beside(&self, uri: &str) -> Option<String> {
        let path = uri.parse::<Uri>().ok()?.path().to_owned();
        Some(format!("ipp://{}{path}", self.uri.authority()?))
    }

    pub(super) fn ask(&self, question: Question) -> Result<Answer, Miss> {
        self.send(question, &[], self.bounds.answer)
    }

    /// Sends a question, with a document behind it, once.
    pub(super) fn send(&self, question: Question, document: &[u8], within: Duration) -> Result<Answer, Miss> {
        // What cannot be written was not sent.
        let question = question.0.map_err(|_| Miss::NoLine)?;
        let body = [&question.to_bytes()[..], document].concat();
        let agent = ureq::Agent::config_builder()
            .timeout_resolve(Some(self.bounds.connect))
            .timeout_connect(Some(self.bounds.connect))
            .timeout_global(Some(within))
            // A printer is in the hall's own network.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .user_agent("LinggongHall")
            .build()
            .new_agent();
        let request = agent.post(&self.url).header("content-type", "application/ipp");
        let mut response = request.header("connection", "close").send(&body[..])?;
        if response.status().as_u16() != 200 {
            return Err(Miss::Http(response.status().as_u16()));
        }
        let body = response.body_mut().with_config().limit(LONGEST).read_to_vec()?;
        Answer::read(body).ok_or(Miss::Garbled)
    }
}
