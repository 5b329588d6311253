//! A run: consecutive ops of one series, by columns and compressed.
//!
//! Nothing is sent that the receiver can work out: numbers follow each other, links of the chain and digests of
//! payloads that are present are computed, an entity is mostly the op itself or one that came shortly before.
//! What comes out is therefore right only if a seal of the author says so; see [`crate::push`].
//!
//! Frozen. Golden files: `tests/golden/run-*.hex`.

use std::cell::RefCell;
use std::sync::LazyLock;

use hall_core::fact::Scope;
use hall_core::{Hlc, Instant, OpId};
use hall_log::{Chain, Envelope, Op, payload_digest};
use minicbor::{Decode, Decoder, Encode};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::wire::Run;

/// What runs have in common, so that small ones need not say it; `assets/README.md` tells how it was made.
/// Frozen: a run on a stick may be read years later. A better one gets the next number.
const DICTIONARY: &[u8] = include_bytes!("../assets/dictionary-1.zdict");
const DICTIONARY_ID: u8 = 1;

/// Bound of a run before compression: what a receiver will unpack at most, whatever a body claims.
pub const RAW_MAX: usize = 4 << 20;
/// Ops of a run at most: a few hundred bytes could stand for as many empty ones as a count can say.
pub const OPS_MAX: usize = 4_096;
/// About 6 % smaller than zstd's usual 3, and 500 ops are still packed within a millisecond.
const LEVEL: i32 = 6;

/// Names in a run: an op has its entity's and its author's.
const IDS_MAX: usize = OPS_MAX * 2;

/// Reads a list of at most `MAX`. Four megabytes of zeros would otherwise become eight times as many of numbers.
fn at_most<'b, const MAX: usize, C, T: Decode<'b, C>>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
) -> Result<Vec<T>, minicbor::decode::Error> {
    let mut list = Vec::new();
    for item in d.array_iter_with(ctx)? {
        if list.len() == MAX {
            return Err(minicbor::decode::Error::message("a longer list than a run has ops"));
        }
        list.push(item?);
    }
    Ok(list)
}

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
    #[cbor(n(0), decode_with = "at_most::<OPS_MAX, _, _>")]
    milliseconds: Vec<i64>,
    #[cbor(n(1), decode_with = "at_most::<OPS_MAX, _, _>")]
    counters: Vec<u16>,
    /// 2k: the op k before it, 0 for the op itself; 2i + 1: `ids[i]`.
    #[cbor(n(2), decode_with = "at_most::<OPS_MAX, _, _>")]
    entities: Vec<u64>,
    #[cbor(n(3), decode_with = "at_most::<OPS_MAX, _, _>")]
    kinds: Vec<u16>,
    #[cbor(n(4), decode_with = "at_most::<OPS_MAX, _, _>")]
    schemas: Vec<u16>,
    #[cbor(n(5), decode_with = "at_most::<OPS_MAX, _, _>")]
    scopes: Vec<Scope>,
    /// 0: nobody; i + 1: `ids[i]`.
    #[cbor(n(6), decode_with = "at_most::<OPS_MAX, _, _>")]
    by: Vec<u16>,
    /// 0: the payload is not here, its digest is; n + 1: n bytes.
    #[cbor(n(7), decode_with = "at_most::<OPS_MAX, _, _>")]
    lengths: Vec<u32>,
    #[cbor(n(8), decode_with = "at_most::<IDS_MAX, _, _>")]
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

    fn push(&mut self, op: &Op, last: Hlc, payload: Option<&[u8]>) {
        let envelope = &op.envelope;
        let id = envelope.id;
        self.milliseconds.push(envelope.hlc.instant().0 - last.instant().0);
        self.counters.push((envelope.hlc.0 & 0xffff) as u16);
        let entity = envelope.entity;
        let near = entity.holder() == id.holder() && entity.seq > 0;
        let code = match id.seq.checked_sub(entity.seq).filter(|_| near) {
            Some(back) => back * 2,
            None => self.id(entity) as u64 * 2 + 1,
        };
        self.entities.push(code);
        self.kinds.push(envelope.kind);
        self.schemas.push(envelope.schema);
        self.scopes.push(envelope.scope);
        let by = envelope.by.map_or(0, |by| self.id(by) as u16 + 1);
        self.by.push(by);
        if let Some(payload) = payload {
            self.lengths.push(payload.len() as u32 + 1);
        } else {
            self.lengths.push(0);
            self.digests.extend_from_slice(&envelope.payload_digest);
        }
    }

    /// The envelope of the n-th op, which is named `id` and comes after `last`.
    fn envelope(&self, n: usize, id: OpId, last: Hlc, payload_digest: [u8; 16]) -> Option<Envelope> {
        let at = last.instant().0.checked_add(self.milliseconds[n])?;
        if !(0..1 << 48).contains(&at) {
            return None;
        }
        let entity = match self.entities[n] {
            odd if odd % 2 == 1 => *self.ids.get(usize::try_from(odd / 2).ok()?)?,
            even => OpId { seq: id.seq.checked_sub(even / 2).filter(|seq| *seq > 0)?, ..id },
        };
        let by = match self.by[n] {
            0 => None,
            by => Some(*self.ids.get(usize::from(by) - 1)?),
        };
        Some(Envelope {
            id,
            hlc: Hlc::new(Instant(at), self.counters[n]),
            entity,
            kind: self.kinds[n],
            schema: self.schemas[n],
            scope: self.scopes[n],
            by,
            payload_digest,
        })
    }

    /// Whether every op has an entry in every column.
    fn are_of(&self, count: usize) -> bool {
        let lengths = [
            self.milliseconds.len(),
            self.counters.len(),
            self.entities.len(),
            self.kinds.len(),
            self.schemas.len(),
            self.scopes.len(),
            self.by.len(),
            self.lengths.len(),
        ];
        lengths.iter().all(|length| *length == count)
    }

    /// The ops in the order of their payloads: kind by kind, because those of one kind are alike.
    fn by_kind(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.kinds.len()).collect();
        order.sort_by_key(|n| self.kinds[*n]);
        order
    }

    /// The payload of each op, `None` where only its digest is here.
    fn split_payloads(&self) -> Option<Vec<Option<&[u8]>>> {
        let mut payloads = vec![None; self.kinds.len()];
        let mut rest = self.payloads.as_slice();
        for n in self.by_kind() {
            if let Some(length) = self.lengths[n].checked_sub(1) {
                let (payload, after) = rest.split_at_checked(length as usize)?;
                (payloads[n], rest) = (Some(payload), after);
            }
        }
        rest.is_empty().then_some(payloads)
    }
}

/// Packs the first [`OPS_MAX`] of `ops`, which follow each other in one series; payloads travel as far as
/// `readable` says. `None` when there is nothing to pack.
pub fn pack(ops: &[Op], readable: impl Fn(Scope) -> bool) -> Option<Run> {
    let ops = &ops[..ops.len().min(OPS_MAX)];
    let first = ops.first()?.envelope.id;
    let payloads: Vec<Option<&[u8]>> =
        ops.iter().map(|op| intact_payload(op).filter(|_| readable(op.envelope.scope))).collect();
    let (mut columns, mut last) = (Columns::default(), Hlc::default());
    for (op, payload) in ops.iter().zip(&payloads) {
        columns.push(op, last, *payload);
        last = op.envelope.hlc;
    }
    columns.payloads = columns.by_kind().into_iter().filter_map(|n| payloads[n]).flatten().copied().collect();
    let body = compress(&crate::wire::encode(&columns));
    let (series, count) = (first.holder(), ops.len() as u16);
    Some(Run { series, first: first.seq, count, dictionary: DICTIONARY_ID, body })
}

/// A payload that has gone bad here must not spoil the run: it travels as one that is missing.
fn intact_payload(op: &Op) -> Option<&[u8]> {
    op.payload.as_deref().filter(|payload| payload_digest(payload) == op.envelope.payload_digest)
}

/// Always with the dictionary: without it a body is a few bytes shorter at best, and the work would be done twice.
fn compress(raw: &[u8]) -> Vec<u8> {
    // A context is a megabyte to set up, and as good as new after each use.
    thread_local! {
        static ZSTD: RefCell<Compressor<'static>> = RefCell::new(context().expect("memory is there"));
    }
    ZSTD.with_borrow_mut(|zstd| zstd.compress(raw).expect("compressing to memory cannot fail"))
}

/// Leaves out what the run says already.
fn context() -> std::io::Result<Compressor<'static>> {
    static PREPARED: LazyLock<EncoderDictionary<'static>> =
        LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
    let mut zstd = Compressor::with_prepared_dictionary(&PREPARED)?;
    zstd.include_dictid(false)?;
    zstd.include_contentsize(false)?;
    Ok(zstd)
}

/// The columns of a run as they were before compression.
pub fn columns(run: &Run) -> Result<Vec<u8>, RunError> {
    static PREPARED: LazyLock<DecoderDictionary<'static>> =
        LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));
    // As above, and as good as new even after a body that does not unpack.
    thread_local! {
        static PLAIN: RefCell<Decompressor<'static>> =
            RefCell::new(Decompressor::new().expect("memory is there"));
        static TAUGHT: RefCell<Decompressor<'static>> =
            RefCell::new(Decompressor::with_prepared_dictionary(&PREPARED).expect("memory is there"));
    }
    let zstd = match run.dictionary {
        0 => &PLAIN,
        DICTIONARY_ID => &TAUGHT,
        other => return Err(RunError::Dictionary(other)),
    };
    zstd.with_borrow_mut(|zstd| zstd.decompress(&run.body, RAW_MAX)).map_err(|_| RunError::Packed)
}

/// Unpacks a run that follows `before`, the link of the op in front of it.
pub fn unpack(run: &Run, before: Chain) -> Result<Vec<Op>, RunError> {
    let count = usize::from(run.count);
    if count > OPS_MAX || run.first == 0 {
        return Err(RunError::Malformed);
    }
    let raw = columns(run)?;
    let columns: Columns = minicbor::decode(&raw).map_err(|_| RunError::Malformed)?;
    if !columns.are_of(count) {
        return Err(RunError::Malformed);
    }
    let payloads = columns.split_payloads().ok_or(RunError::Malformed)?;
    let (digests, torn) = columns.digests.as_chunks();
    let mut digests = digests.iter();
    let (mut ops, mut chain, mut last) = (Vec::with_capacity(count), before, Hlc::default());
    for (n, payload) in payloads.into_iter().enumerate() {
        let seq = run.first.checked_add(n as u64).ok_or(RunError::Malformed)?;
        let digest = match payload {
            Some(payload) => payload_digest(payload),
            None => *digests.next().ok_or(RunError::Malformed)?,
        };
        let id = OpId::new(run.series.device, run.series.epoch, seq);
        let envelope = columns.envelope(n, id, last, digest).ok_or(RunError::Malformed)?;
        (chain, last) = (chain.link(&envelope.encode()), envelope.hlc);
        ops.push(Op { envelope, chain, payload: payload.map(<[u8]>::to_vec) });
    }
    if torn.is_empty() && digests.next().is_none() { Ok(ops) } else { Err(RunError::Malformed) }
}
