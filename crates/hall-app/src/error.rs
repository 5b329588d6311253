//! The one error that leaves the façade: a code for the program, a sentence with the remedy for the person.

use serde::Serialize;
use ts_rs::TS;

/// Codes that a screen or a tool acts upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The command itself could not be read.
    BadCommand,
    /// A field is wrong; the message says which and how to put it right.
    BadInput,
    NotSetUp,
    AlreadySetUp,
    /// Nobody is logged in at the desk.
    Locked,
    /// The act needs a supervisor.
    NotAllowed,
    WrongPin,
    /// Too many wrong PINs; wait.
    PinBlocked,
    NotFound,
    /// This worker is not registered here.
    WorkerUnknown,
    /// Nobody is signed in at the kiosk.
    NotSignedIn,
    BadCard,
    CardExpired,
    /// A rule of the law refuses.
    Refused,
    /// Findings block; a supervisor may override with a reason.
    Blocked,
    Overlap,
    AlreadyHolds,
    PostClosed,
    TooLate,
    /// Not a slip of this hall at all.
    QrUnknown,
    QrForged,
    QrExpired,
    CodeMistyped,
    SheetUnreadable,
    DiskFull,
    /// The store could not write; nothing was done.
    Storage,
    Internal,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    pub code: Code,
    /// Plain Chinese: the fact, then the remedy.
    pub message: String,
    /// Trying the same again may succeed.
    pub retryable: bool,
    /// Findings behind `refused` and `blocked`.
    pub findings: Vec<crate::api::shared::FindingView>,
}

impl AppError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: false, findings: Vec::new() }
    }

    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    #[must_use]
    pub fn with_findings(mut self, findings: Vec<crate::api::shared::FindingView>) -> Self {
        self.findings = findings;
        self
    }
}
