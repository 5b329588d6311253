//! Acts: the journal first, then sled, then the answer.

use hall_core::entity::Applied;
use hall_core::fact::Fact;
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Frame, Op, Series, Subject};

use crate::error::{CommitError, IoError, ReadError};
use crate::journal::AppendError;
use crate::store::{ERASED, Store, Writer, apply_ops, seal_ops};
use crate::{PAYLOAD_MAX, PAYLOAD_SOFT};

/// A fact before it has a place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub subject: Subject,
    pub by: Option<EntityId>,
    pub fact: Fact,
}

impl Draft {
    /// Brings a new entity into being, named by the op.
    pub fn new(by: Option<EntityId>, fact: Fact) -> Self {
        Self { subject: Subject::New, by, fact }
    }

    /// Says something about an entity that is there.
    pub fn about(entity: EntityId, by: Option<EntityId>, fact: Fact) -> Self {
        Self { subject: Subject::Entity(entity), by, fact }
    }

    /// Says something about what the n-th draft of the same act (from 0) is about.
    pub fn follow(n: usize, by: Option<EntityId>, fact: Fact) -> Self {
        Self { subject: Subject::Draft(n), by, fact }
    }
}

/// The ids that the drafts of an act will get, known while it is being decided.
#[derive(Clone, Copy, Debug)]
pub struct NextIds {
    series: Series,
}

impl NextIds {
    /// The id of the n-th draft, from 0; also the name of the entity when that draft makes a new one.
    pub fn id(&self, n: usize) -> OpId {
        self.series.next_id(n)
    }
}

/// Why an act did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ActError<E> {
    /// The decision itself said no.
    #[error("refused")]
    Refused(E),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Store {
    /// Makes the drafts durable as one act and returns them with their places in the log.
    pub fn commit(&self, now: Instant, drafts: Vec<Draft>) -> Result<Vec<Applied>, CommitError> {
        self.commit_locked(&mut self.writer(), now, drafts)
    }

    /// Decides and commits with nobody writing in between: what `decide` reads from the store is still so
    /// when its drafts are applied. `decide` must not commit by itself.
    pub fn act<E>(
        &self,
        now: Instant,
        decide: impl FnOnce(NextIds) -> Result<Vec<Draft>, E>,
    ) -> Result<Vec<Applied>, ActError<E>> {
        let mut writer = self.writer();
        let drafts = decide(NextIds { series: writer.series }).map_err(ActError::Refused)?;
        Ok(self.commit_locked(&mut writer, now, drafts)?)
    }

    fn commit_locked(
        &self,
        writer: &mut Writer,
        now: Instant,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Applied>, CommitError> {
        if self.tables.is_shut_off() || writer.journal.is_broken() {
            return Err(CommitError::ReopenNeeded);
        }
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let drafts = encode(drafts, self.role)?;
        self.check_room()?;
        let mut series = writer.series;
        let ops = series.append(now, drafts)?;
        let applied = self.keep(writer, ops)?;
        writer.series = series;
        let last = writer.last();
        if let Err(error) = writer.guard.note(now, last) {
            // The act stands; the guard only knows less of it.
            tracing::warn!(%error, "the guard against roll-backs could not be written");
        }
        Ok(applied)
    }

    /// Writes ops that follow their series' heads, or known ones with the payload that they lacked: journal,
    /// then tables.
    pub(crate) fn keep(&self, writer: &mut Writer, mut ops: Vec<Op>) -> Result<Vec<Applied>, CommitError> {
        let mut sealed = seal_ops(&self.seal, &ops);
        for (op, sealed) in ops.iter_mut().zip(&mut sealed) {
            if self.tables.is_erased(op.envelope.entity).map_err(ReadError::from)? {
                (op.payload, sealed.payload) = (None, ERASED);
            }
        }
        let frame = Frame::encode(&sealed)?;
        writer.journal.append(&frame, ops.len()).map_err(|error| match error {
            AppendError::Undone(error) => CommitError::Io(error),
            AppendError::Broken(error) => uncertain(error),
        })?;
        apply_ops(&self.tables, &self.seal, &ops, &sealed, writer.journal.arrivals()).map_err(|error| {
            self.tables.shut_off(&error);
            CommitError::SavedReopenNeeded { ids: ops.iter().map(|op| op.envelope.id).collect() }
        })
    }
}

fn uncertain(error: IoError) -> CommitError {
    tracing::error!(%error, "the end of the journal is unknown until the store is opened again");
    CommitError::Uncertain(error)
}

fn encode(drafts: Vec<Draft>, author: DeviceRole) -> Result<Vec<hall_log::Draft>, CommitError> {
    let encode = |(n, draft): (usize, Draft)| {
        let payload = draft.fact.encode();
        if payload.len() > PAYLOAD_MAX {
            return Err(CommitError::TooLarge { draft: n, bytes: payload.len() });
        }
        if payload.len() > PAYLOAD_SOFT {
            tracing::warn!(kind = draft.fact.kind(), bytes = payload.len(), "a large payload");
        }
        Ok(hall_log::Draft {
            subject: draft.subject,
            by: draft.by,
            kind: draft.fact.kind(),
            schema: Fact::schema(),
            scope: draft.fact.scope_of(author),
            payload,
        })
    };
    drafts.into_iter().enumerate().map(encode).collect()
}
