//! A series: the ops of one device in one epoch, numbered from 1 without a hole and chained.
//!
//! Must never skip a number, use one twice or let its clock run back.

use hall_core::fact::Scope;
use hall_core::{EntityId, Hlc, Instant, OpId};

use crate::envelope::{Chain, Envelope, Op, payload_digest};

/// The end of a series as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of the last op; 0 before the first.
    pub seq: u64,
    pub chain: Chain,
    pub hlc: Hlc,
}

impl Head {
    /// Before the first op.
    pub fn origin(device: u32, epoch: u16) -> Self {
        Self { seq: 0, chain: Chain::origin(device, epoch), hlc: Hlc::default() }
    }
}

/// What an op is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A new entity, named by the op itself.
    New,
    /// The entity that the n-th draft of the same append is about, counted from 0; it must come earlier.
    Draft(usize),
    Entity(EntityId),
}

/// An op before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub subject: Subject,
    pub by: Option<EntityId>,
    pub kind: u16,
    pub schema: u16,
    pub scope: Scope,
    pub payload: Vec<u8>,
}

/// A draft that refers to a draft that does not come before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("draft {draft} refers to draft {target}, which does not come before it")]
pub struct DanglingDraft {
    pub draft: usize,
    pub target: usize,
}

/// The series a device writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    device: u32,
    epoch: u16,
    head: Head,
}

impl Series {
    pub fn new(device: u32, epoch: u16) -> Self {
        Self { device, epoch, head: Head::origin(device, epoch) }
    }

    /// Goes on after `head`.
    pub fn resume(device: u32, epoch: u16, head: Head) -> Self {
        Self { device, epoch, head }
    }

    pub fn head(&self) -> Head {
        self.head
    }

    pub fn device(&self) -> u32 {
        self.device
    }

    pub fn epoch(&self) -> u16 {
        self.epoch
    }

    /// The id of the n-th op (from 0) that the next append will write.
    pub fn next_id(&self, n: usize) -> OpId {
        OpId::new(self.device, self.epoch, self.head.seq + 1 + n as u64)
    }

    /// Numbers, stamps and chains `drafts`. The series is unchanged when a draft is refused; a caller that
    /// cannot make the result durable goes back to the copy it kept.
    pub fn append(&mut self, now: Instant, drafts: Vec<Draft>) -> Result<Vec<Op>, DanglingDraft> {
        let mut head = self.head;
        let mut ops: Vec<Op> = Vec::with_capacity(drafts.len());
        for (n, draft) in drafts.into_iter().enumerate() {
            let id = self.next_id(n);
            let entity = match draft.subject {
                Subject::New => id,
                Subject::Entity(entity) => entity,
                Subject::Draft(target) => {
                    ops.get(target).map(|op| op.envelope.entity).ok_or(DanglingDraft { draft: n, target })?
                }
            };
            let envelope = Envelope {
                id,
                hlc: head.hlc.next(now),
                entity,
                kind: draft.kind,
                schema: draft.schema,
                scope: draft.scope,
                by: draft.by,
                payload_digest: payload_digest(&draft.payload),
            };
            head = Head { seq: id.seq, chain: head.chain.link(&envelope.encode()), hlc: envelope.hlc };
            ops.push(Op { envelope, chain: head.chain, payload: Some(draft.payload) });
        }
        self.head = head;
        Ok(ops)
    }
}

/// Why an op cannot follow the head it was held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// Ops between are missing; ask for them from `expected` on.
    #[error("op {found} came where op {expected} was expected")]
    Gap { expected: u64, found: u64 },
    /// The op is not newer than the head and is the same as far as the head can tell.
    #[error("op {seq} is already known")]
    Known { seq: u64 },
    /// The same id with another chain: a copied or rolled-back device.
    #[error("op {id} exists with another history")]
    Fork { id: OpId },
    #[error("op {id} does not link to the op before it")]
    BadChain { id: OpId },
    #[error("the payload of op {id} is not the one its envelope names")]
    PayloadMismatch { id: OpId },
}

/// Holds `op` against the head of its series; the new head when it follows.
///
/// An op older than the head is `Known` here; only who keeps the older links can see a fork in it
/// (see [`CheckError::Fork`]).
pub fn check(prev: &Head, op: &Op) -> Result<Head, CheckError> {
    let id = op.envelope.id;
    if id.seq > prev.seq + 1 {
        return Err(CheckError::Gap { expected: prev.seq + 1, found: id.seq });
    }
    if id.seq <= prev.seq {
        let fork = id.seq == prev.seq && op.chain != prev.chain;
        return Err(if fork { CheckError::Fork { id } } else { CheckError::Known { seq: id.seq } });
    }
    let chain = prev.chain.link(&op.envelope.encode());
    if chain != op.chain {
        return Err(CheckError::BadChain { id });
    }
    if op.payload.as_ref().is_some_and(|payload| payload_digest(payload) != op.envelope.payload_digest) {
        return Err(CheckError::PayloadMismatch { id });
    }
    Ok(Head { seq: id.seq, chain, hlc: op.envelope.hlc })
}
