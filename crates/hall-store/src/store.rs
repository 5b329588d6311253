//! The store itself: what is shared by its readers and its single writer.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hall_core::fact::{Fact, Holder};
use hall_core::vocab::DeviceRole;
use hall_core::{Hlc, Instant, OpId};
use hall_log::{Certificate, Op, Series};

use crate::certificates::Certificates;
use crate::disk;
use crate::error::{CommitError, IoError, OpenError};
use crate::fold::{Folding, applied};
use crate::guard::Guard;
use crate::journal::Journal;
use crate::read::Identity;
use crate::seal::{Seal, Sealed};
use crate::seals::Seals;
use crate::tables::{Change, Tables, TablesError};
use hall_core::entity::Applied;

/// An open store. One per data folder and process; readers never wait for the writer.
#[derive(Debug)]
pub struct Store {
    pub(crate) tables: Tables,
    pub(crate) seal: Seal,
    pub(crate) identity: Identity,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) data: PathBuf,
    pub(crate) journal_dir: PathBuf,
    pub(crate) free_floor: u64,
    pub(crate) role: DeviceRole,
    /// One erasure at a time.
    pub(crate) erasing: Mutex<()>,
    pub(crate) seals: Mutex<Seals>,
    pub(crate) certificates: Mutex<Certificates>,
    pub(crate) last_boot: Mutex<Instant>,
    pub(crate) closed: AtomicBool,
    /// Held as long as the store is open: a second process must not write.
    pub(crate) _lock: File,
}

/// What only the writer may touch.
#[derive(Debug)]
pub(crate) struct Writer {
    pub journal: Journal,
    /// The device's own series; its clock is also ahead of every op taken over from elsewhere.
    pub series: Series,
    pub guard: Guard,
}

impl Writer {
    /// The last op of the device's own series.
    pub(crate) fn last(&self) -> OpId {
        OpId::new(self.series.device(), self.series.epoch(), self.series.head().seq)
    }
}

impl Store {
    /// A panic while the lock was held left nothing half done that a reader could see: the journal counts
    /// only what was synced, and sled's transaction is all or nothing.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A panic while the lock was held lost at most a seal, which comes again.
    pub(crate) fn seals(&self) -> MutexGuard<'_, Seals> {
        self.seals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest certificate of every device that was met.
    pub fn certificates(&self) -> Vec<Certificate> {
        self.known_certificates().all()
    }

    /// Keeps certificates that an exchange has checked.
    pub fn learn(&self, certificates: &[Certificate]) -> Result<(), IoError> {
        self.known_certificates().learn(certificates)
    }

    /// A panic while the lock was held lost at most a certificate, which comes again.
    fn known_certificates(&self) -> MutexGuard<'_, Certificates> {
        self.certificates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses to write when too little room is left for an act and for what sled does behind it.
    pub(crate) fn check_room(&self) -> Result<(), CommitError> {
        let (free, floor) = (self.free()?, self.free_floor);
        if free < floor { Err(CommitError::DiskFull { free, floor }) } else { Ok(()) }
    }

    /// Bytes left before commits are refused.
    pub fn room(&self) -> Result<u64, IoError> {
        Ok(self.free()?.saturating_sub(self.free_floor))
    }

    fn free(&self) -> Result<u64, IoError> {
        let free = disk::free_bytes(&self.data)?;
        if self.journal_dir.starts_with(&self.data) {
            return Ok(free);
        }
        Ok(free.min(disk::free_bytes(&self.journal_dir)?))
    }

    /// Makes sled durable and closes the store. Dropping a store does the same and cannot say how it went.
    pub fn close(self) -> Result<(), OpenError> {
        self.close_tables()
    }

    fn close_tables(&self) -> Result<(), OpenError> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let guarded = {
            let mut writer = self.writer();
            let last = writer.last();
            writer.guard.write(last)
        };
        if self.tables.is_shut_off() {
            return Err(OpenError::RestartNeeded);
        }
        self.tables.barrier().map_err(|error| OpenError::Sled(error.to_string()))?;
        disk::remove_file(&self.data.join(crate::open::OPEN_MARK))?;
        Ok(guarded?)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // The journal holds everything; a failure here costs the next start a replay.
        if let Err(error) = self.close_tables() {
            tracing::warn!(%error, "the store was not closed cleanly");
        }
    }
}

/// Seals the payloads of ops for the journal and for sled, which hold the same bytes.
pub(crate) fn seal_ops(seal: &Seal, ops: &[Op]) -> Vec<Op> {
    let sealed = |op: &Op| {
        let payload =
            op.payload.as_deref().map(|payload| seal.seal(Sealed::Payload(op.envelope.id), payload));
        Op { envelope: op.envelope.clone(), chain: op.chain, payload }
    };
    ops.iter().map(sealed).collect()
}

/// What the journal and sled hold of a payload that was erased. What is sealed is never empty, and no payload at
/// all says that it never came.
pub(crate) const ERASED: Option<Vec<u8>> = Some(Vec::new());

/// Puts ops into the tables, in one transaction: ops that follow their series' heads, and known ones whose
/// payload comes later. `sealed` are the same ops with sealed payloads.
pub(crate) fn apply_ops(
    tables: &Tables,
    seal: &Seal,
    ops: &[Op],
    sealed: &[Op],
    arrivals: u64,
) -> Result<Vec<Applied>, TablesError> {
    let mut change = Change::default();
    let mut folding = Folding::new(tables, seal);
    let mut ends: BTreeMap<Holder, u64> = BTreeMap::new();
    let mut all = Vec::with_capacity(ops.len());
    for (op, sealed) in ops.iter().zip(sealed) {
        let envelope = &op.envelope;
        let (OpId { device, epoch, seq }, series) = (envelope.id, envelope.id.holder());
        let end = match ends.get(&series) {
            Some(end) => *end,
            None => tables.head(device, epoch)?.seq,
        };
        if seq > end {
            change.put_op(envelope, op.chain, sealed.payload.as_deref());
            change.set_head(device, epoch, &hall_log::Head { seq, chain: op.chain, hlc: envelope.hlc });
        } else if let Some(payload) = &sealed.payload {
            change.put_payload(envelope, payload);
        }
        ends.insert(series, end.max(seq));
        let applied = applied(envelope, op.payload.as_deref());
        if let Fact::WorkerErased(erased) = &applied.fact {
            change.erase_worker(erased.worker);
        }
        folding.add(envelope.entity, applied.clone())?;
        all.push(applied);
    }
    folding.finish(&mut change)?;
    change.set_arrivals(arrivals);
    tables.apply(&change)?;
    Ok(all)
}

/// The clock of a writer: its own last stamp, or the latest one taken over from another device.
pub(crate) fn with_clock(series: Series, clock: Hlc) -> Series {
    let mut head = series.head();
    head.hlc = head.hlc.max(clock);
    Series::resume(series.device(), series.epoch(), head)
}
