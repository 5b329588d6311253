//! A run: consecutive ops of one series, by columns and compressed.
//!
//! Nothing is sent that the receiver can work out: numbers follow each other, links of the chain and digests of
//! payloads that are present are computed, an entity is mostly the op itself or one that came shortly before.
//! What comes out is therefore right only if a seal of the author says so; see [`crate::push`].
//!
//! Frozen. Golden file: `tests/golden/run.hex`.

use hall_core::fact::{Holder, Scope};
use hall_core::{Hlc, Instant, OpId};
use hall_log::{Chain, Envelope, Op, payload_digest};
use minicbor::{Decode, Encode};

use crate::wire::Run;

/// Bound of a run before compression: what a receiver will unpack at most, whatever a body claims.
pub const RAW_MAX: usize = 4 << 20;
const LEVEL: i32 = 3;

/// A run that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    #[error("compressed with dictionary {0}, which is not here")]
    Dictionary(u8),
    #[error("does not unpack within bounds")]
    Packed,
    #[error("does not decode")]
    Malformed,
}

#[derive(Debug, Default, Encode, Decode)]
#[cbor(array)]
struct Columns {
    #[n(0)]
    milliseconds: Vec<i64>,
    #[n(1)]
    counters: Vec<u16>,
    /// 0: the op itself; 2k: the op k before it; 2i + 1: `ids[i]`.
    #[n(2)]
    entities: Vec<u64>,
    #[n(3)]
    kinds: Vec<u16>,
    #[n(4)]
    schemas: Vec<u16>,
    #[n(5)]
    scopes: Vec<Scope>,
    /// 0: nobody; i + 1: `ids[i]`.
    #[n(6)]
    by: Vec<u16>,
    /// 0: the payload is not here, its digest is; n + 1: n bytes.
    #[n(7)]
    lengths: Vec<u32>,
    #[n(8)]
    ids: Vec<OpId>,
    #[cbor(n(9), with = "minicbor::bytes")]
    digests: Vec<u8>,
    #[cbor(n(10), with = "minicbor::bytes")]
    payloads: Vec<u8>,
}

impl Columns {
    fn id(&mut self, id: OpId) -> usize {
        self.ids.iter().position(|known| *known == id).unwrap_or_else(|| {
            self.ids.push(id);
            self.ids.len() - 1
        })
    }

    fn push(&mut self, op: &Op, last: Hlc, readable: bool) {
        let envelope = &op.envelope;
        let id = envelope.id;
        self.milliseconds.push(envelope.hlc.instant().0 - last.instant().0);
        self.counters.push((envelope.hlc.0 & 0xffff) as u16);
        let (entity, holder) = (envelope.entity, envelope.entity.holder());
        let code = match id.seq.checked_sub(entity.seq) {
            Some(0) if holder == id.holder() => 0,
            Some(back) if holder == id.holder() => back * 2,
            _ => self.id(entity) as u64 * 2 + 1,
        };
        self.entities.push(code);
        self.kinds.push(envelope.kind);
        self.schemas.push(envelope.schema);
        self.scopes.push(envelope.scope);
        let by = envelope.by.map_or(0, |by| self.id(by) as u16 + 1);
        self.by.push(by);
        // A payload that has gone bad here must not spoil the run: it travels as one that is missing.
        let payload = op.payload.as_deref().filter(|_| readable);
        if let Some(payload) = payload.filter(|payload| payload_digest(payload) == envelope.payload_digest) {
            self.lengths.push(payload.len() as u32 + 1);
            self.payloads.extend_from_slice(payload);
        } else {
            self.lengths.push(0);
            self.digests.extend_from_slice(&envelope.payload_digest);
        }
    }
}

/// Packs `ops`, which follow each other in one series; payloads travel as far as `readable` says.
/// `None` when there is nothing to pack.
pub fn pack(ops: &[Op], readable: impl Fn(Scope) -> bool) -> Option<Run> {
    let first = ops.first()?.envelope.id;
    let mut columns = Columns::default();
    let mut last = Hlc::default();
    for op in ops {
        columns.push(op, last, readable(op.envelope.scope));
        last = op.envelope.hlc;
    }
    let raw = crate::wire::encode(&columns);
    let body = zstd::bulk::compress(&raw, LEVEL).expect("compressing to memory cannot fail");
    Some(Run { series: first.holder(), first: first.seq, count: ops.len() as u16, dictionary: 0, body })
}

/// Unpacks a run that follows `before`, the link of the op in front of it.
pub fn unpack(run: &Run, before: Chain) -> Result<Vec<Op>, RunError> {
    if run.dictionary != 0 {
        return Err(RunError::Dictionary(run.dictionary));
    }
    let raw = zstd::bulk::decompress(&run.body, RAW_MAX).map_err(|_| RunError::Packed)?;
    let columns: Columns = minicbor::decode(&raw).map_err(|_| RunError::Malformed)?;
    let count = usize::from(run.count);
    let lengths = [
        columns.milliseconds.len(),
        columns.counters.len(),
        columns.entities.len(),
        columns.kinds.len(),
        columns.schemas.len(),
        columns.scopes.len(),
        columns.by.len(),
        columns.lengths.len(),
    ];
    if lengths.iter().any(|length| *length != count) || run.first == 0 {
        return Err(RunError::Malformed);
    }
    let mut reader = Reader { columns: &columns, digests: &columns.digests, payloads: &columns.payloads };
    let (mut ops, mut chain, mut last) = (Vec::with_capacity(count), before, Hlc::default());
    for n in 0..count {
        let seq = run.first.checked_add(n as u64).ok_or(RunError::Malformed)?;
        let op = reader.op(n, run.series, seq, last, chain).ok_or(RunError::Malformed)?;
        (chain, last) = (op.chain, op.envelope.hlc);
        ops.push(op);
    }
    let rest = reader.digests.is_empty() && reader.payloads.is_empty();
    if rest { Ok(ops) } else { Err(RunError::Malformed) }
}

struct Reader<'a> {
    columns: &'a Columns,
    digests: &'a [u8],
    payloads: &'a [u8],
}

impl Reader<'_> {
    fn op(&mut self, n: usize, series: Holder, seq: u64, last: Hlc, before: Chain) -> Option<Op> {
        let columns = self.columns;
        let id = OpId::new(series.device, series.epoch, seq);
        let at = last.instant().0.checked_add(columns.milliseconds[n])?;
        if !(0..1 << 47).contains(&at) {
            return None;
        }
        let entity = match columns.entities[n] {
            odd if odd % 2 == 1 => *columns.ids.get(usize::try_from(odd / 2).ok()?)?,
            even => OpId { seq: seq.checked_sub(even / 2).filter(|seq| *seq > 0)?, ..id },
        };
        let by = match columns.by[n] {
            0 => None,
            by => Some(*columns.ids.get(usize::from(by) - 1)?),
        };
        let (payload, digest) = self.payload(columns.lengths[n])?;
        let envelope = Envelope {
            id,
            hlc: Hlc::new(Instant(at), columns.counters[n]),
            entity,
            kind: columns.kinds[n],
            schema: columns.schemas[n],
            scope: columns.scopes[n],
            by,
            payload_digest: digest,
        };
        let chain = before.link(&envelope.encode());
        Some(Op { envelope, chain, payload })
    }

    fn payload(&mut self, length: u32) -> Option<(Option<Vec<u8>>, [u8; 16])> {
        let Some(length) = length.checked_sub(1) else {
            let (digest, rest) = self.digests.split_first_chunk()?;
            self.digests = rest;
            return Some((None, *digest));
        };
        let (payload, rest) = self.payloads.split_at_checked(length as usize)?;
        self.payloads = rest;
        Some((Some(payload.to_vec()), payload_digest(payload)))
    }
}
