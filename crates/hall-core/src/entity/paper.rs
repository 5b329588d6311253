//! Papers on their way to a hand, and the printers that they come out of.
//!
//! A paper that may have come out is never printed again by itself, whatever is said later: the fold keeps to what a
//! printer may have been sent.

use minicbor::{Decode, Encode};

use super::key;
use crate::fact::{Fact, PaperMoved, PaperOrdered, PrinterAssigned, PrinterTold};
use crate::id::EntityId;
use crate::time::Hlc;
use crate::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Printer {
    #[n(0)]
    pub assigned: PrinterAssigned,
    #[n(1)]
    pub since: Hlc,
    /// How it was said to be, and when.
    #[n(2)]
    pub told: Option<(PrinterTold, Hlc)>,
}

impl Printer {
    pub(super) fn begin(assigned: &PrinterAssigned, at: Hlc) -> Self {
        Self { assigned: assigned.clone(), since: at, told: None }
    }

    pub(super) fn apply(&mut self, fact: &Fact, at: Hlc) {
        match fact {
            Fact::PrinterAssigned(assigned)
                if (assigned.device, assigned.used_for) == (self.assigned.device, self.assigned.used_for) =>
            {
                *self = Self::begin(assigned, at);
            }
            Fact::PrinterTold(told) => self.told = Some((*told, at)),
            _ => {}
        }
    }
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Paper {
    #[n(0)]
    pub kind: PaperKind,
    #[n(1)]
    pub about: Option<EntityId>,
    #[n(2)]
    pub reprint: u16,
    #[n(3)]
    pub ordered: Hlc,
    #[n(4)]
    pub state: PaperState,
    #[n(5)]
    pub why: Option<PaperTrouble>,
    /// When it came to stand there.
    #[n(6)]
    pub since: Hlc,
}

impl Paper {
    pub(super) fn begin(ordered: &PaperOrdered, at: Hlc) -> Self {
        Self {
            kind: ordered.kind,
            about: ordered.about,
            reprint: ordered.reprint,
            ordered: at,
            state: PaperState::Queued,
            why: None,
            since: at,
        }
    }

    pub(super) fn apply(&mut self, fact: &Fact, at: Hlc) {
        let Fact::PaperMoved(PaperMoved { to, why }) = fact else { return };
        if can_follow(self.state, *to) {
            (self.state, self.why, self.since) = (*to, *why, at);
        }
    }

    pub(super) fn keys(&self) -> Vec<Vec<u8>> {
        let mut keys = vec![key::paper_ordered(self.ordered.instant().day(), self.ordered)];
        keys.extend(self.about.map(key::papers_about));
        if self.is_open() || self.state == PaperState::Unconfirmed {
            keys.push(key::papers_unsettled());
        }
        keys
    }

    /// Its machine still has something to do for it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, PaperState::Queued | PaperState::Waiting | PaperState::Sending)
    }

    /// Nothing of it has been sent to any printer.
    pub fn is_unsent(&self) -> bool {
        matches!(self.state, PaperState::Queued | PaperState::Waiting)
    }

    /// For certain nothing came out and nothing will, so another one in its place is the first one. That nothing came
    /// is certain only when the printer says so, and not when a person does.
    pub fn is_surely_lost(&self) -> bool {
        match self.state {
            PaperState::Cancelled => true,
            PaperState::Failed => self.why != Some(PaperTrouble::NothingCame),
            _ => false,
        }
    }

    /// On which of a machine's printers it comes out.
    pub fn printer_use(&self) -> PrinterUse {
        self.kind.printer_use()
    }
}

/// Two machines may say different things of one paper, for staff can call off elsewhere what is being printed here. What
/// was sent stays sent.
pub fn can_follow(before: PaperState, after: PaperState) -> bool {
    use PaperState::{Cancelled, Done, Failed, Queued, Sending, Unconfirmed, Waiting};
    match (before, after) {
        (_, Queued) | (Done | Failed, _) | (Sending, Cancelled | Waiting) => false,
        (Queued | Waiting | Sending, _) => true,
        // Only people can say what became of it.
        (Unconfirmed, after) => matches!(after, Done | Failed),
        // Whoever printed it had not heard yet that it was called off.
        (Cancelled, after) => after == Sending,
    }
}
