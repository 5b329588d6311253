//! What the exchange of ops asks of whatever holds them. Two real ones answer: the sled store of a device or
//! hub, and what a request needs of the county's database, read beforehand.

use crate::envelope::{Chain, Op};
use crate::seal::Seal;
use crate::series::Head;
use hall_core::OpId;
use hall_core::fact::Holder;

/// Reads of a node's log. Everything it returns is durable.
pub trait Ledger {
    type Error: std::error::Error;

    /// The end of every series here, in the order of the series.
    fn heads(&self) -> Result<Vec<(Holder, Head)>, Self::Error>;

    /// The end of one series; its origin when nothing of it is here.
    fn head(&self, series: Holder) -> Result<Head, Self::Error>;

    /// The link at op `seq` of a series; `None` when it is not here.
    fn chain_at(&self, series: Holder, seq: u64) -> Result<Option<Chain>, Self::Error>;

    /// Up to `limit` ops after `seq`, in order, with payloads as far as they are here.
    fn ops_after(&self, series: Holder, seq: u64, limit: usize) -> Result<Vec<Op>, Self::Error>;

    /// The seals on the ops after `after` up to and with `to`, in order; of two on one op the later.
    fn seals(&self, series: Holder, after: u64, to: u64) -> Result<Vec<Seal>, Self::Error>;

    /// The last op that was known of a series when its epoch was ended: its device opens no exchange in it any
    /// more. What it wrote and somebody passes on is history all the same.
    fn ended(&self, series: Holder) -> Result<Option<u64>, Self::Error>;

    /// Up to `limit` ops whose payload this node may read and lacks, and which were not erased.
    fn missing(&self, limit: usize) -> Result<Vec<OpId>, Self::Error>;

    /// One op.
    fn op(&self, id: OpId) -> Result<Option<Op>, Self::Error>;
}
