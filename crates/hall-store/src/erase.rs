//! Erasing payloads: gone from sled and from the journal, while the log still verifies.
//!
//! The wish is written down first, and every step may be done twice, so that an erasure that was cut short
//! is finished at the next start. What it cannot reach is said in the report: sled gives freed pages back
//! only when it needs them, so until then the sealed bytes can still lie in its file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError};

use hall_core::OpId;
use hall_log::{Frame, Op};

use crate::disk;
use crate::error::{IoError, OpenError};
use crate::fold::{Folding, applied};
use crate::journal::{self, AppendError};
use crate::store::{ERASED, Store};
use crate::tables::{Change, Table, TablesError};

const INTENT: &str = "erase.todo";
/// Ops in one transaction.
const CHUNK: usize = 512;

/// What an erasure did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EraseReport {
    /// Payloads that were there and are gone.
    pub erased: usize,
    /// Copies that were kept after a repair and were removed now, because they could hold the payloads.
    pub copies_removed: usize,
    /// Copies that may hold the payloads and may be the only evidence of something else: somebody must
    /// decide.
    pub copies_kept: Vec<PathBuf>,
}

/// Why an erasure did not come to its end; the next start finishes it.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error("the journal cannot be rewritten")]
    Journal(#[from] OpenError),
    #[error(transparent)]
    Io(#[from] IoError),
    #[error("the store must be opened again")]
    ReopenNeeded,
}

impl Store {
    /// Erases the payloads of `ops` from this device. Envelopes, and who acted, stay. Returns when nothing
    /// can bring them back into use, not even a power cut.
    pub fn erase(&self, ops: &[OpId]) -> Result<EraseReport, EraseError> {
        if self.tables.is_shut_off() {
            return Err(EraseError::ReopenNeeded);
        }
        let _one = self.erasing();
        let targets: BTreeSet<OpId> = ops.iter().copied().collect();
        let lines: Vec<String> = targets.iter().map(OpId::to_string).collect();
        disk::write_durably(&self.data.join(INTENT), lines.join("\n").as_bytes())?;
        self.erase_targets(&targets)
    }

    /// Erases what the log says: the payloads of all ops about every worker whose erasure was committed here or
    /// received. Until that is done, every opening of the store does it.
    pub fn carry_out_erasures(&self) -> Result<EraseReport, EraseError> {
        let _one = self.erasing();
        let workers = self.read(self.tables.to_erase())?;
        let mut targets = BTreeSet::new();
        for worker in &workers {
            for id in self.read(self.tables.op_ids_of(*worker))? {
                let payload = self.read(self.tables.get(Table::Payloads, &id.to_bytes()))?;
                if payload.is_none_or(|payload| !payload.is_empty()) {
                    targets.insert(id);
                }
            }
        }
        let report = if targets.is_empty() { EraseReport::default() } else { self.erase_targets(&targets)? };
        if !workers.is_empty() {
            let mut change = Change::default();
            for worker in workers {
                change.worker_is_erased(worker);
            }
            self.read(self.tables.apply(&change))?;
        }
        Ok(report)
    }

    /// Waits until nobody erases, and keeps others from it.
    pub(crate) fn erasing(&self) -> MutexGuard<'_, ()> {
        self.erasing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, done: Result<T, TablesError>) -> Result<T, EraseError> {
        done.map_err(|error| {
            self.tables.shut_off(&error);
            EraseError::ReopenNeeded
        })
    }

    /// Finishes what an interrupted run had begun; how many ops that were.
    pub(crate) fn finish_erasures(&self) -> Result<usize, OpenError> {
        let finished = self.finish_erasure().and_then(|finished| {
            let report = self.carry_out_erasures()?;
            Ok(finished + report.erased)
        });
        finished.map_err(|error| match error {
            EraseError::Journal(error) => error,
            EraseError::Io(error) => error.into(),
            EraseError::ReopenNeeded => OpenError::RestartNeeded,
        })
    }

    fn finish_erasure(&self) -> Result<usize, EraseError> {
        let path = self.data.join(INTENT);
        let text = match fs::read(&path) {
            // A line that went bad must not keep the store shut; its op is among those carried out next.
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(IoError::at(&path)(error).into()),
        };
        let targets: BTreeSet<OpId> = text.lines().filter_map(|line| line.parse().ok()).collect();
        self.erase_targets(&targets)?;
        Ok(targets.len())
    }

    fn erase_targets(&self, targets: &BTreeSet<OpId>) -> Result<EraseReport, EraseError> {
        let closed = {
            let mut writer = self.writer();
            writer.journal.close_active()?;
            writer.journal.closed_segments()?
        };
        // No payload of theirs can come into a segment begun after this line, because taking payloads over
        // waits for erasures to end; so the writer may go on.
        for path in closed {
            erase_in_segment(&path, targets)?;
        }
        let mut erased = 0;
        let ids: Vec<OpId> = targets.iter().copied().collect();
        for ids in ids.chunks(CHUNK) {
            erased += self.erase_in_tables(ids)?;
        }
        let mut copies_removed = 0;
        for copy in disk::names_with(&self.data, "corrupt.")? {
            disk::remove_dir(&copy)?;
            copies_removed += 1;
        }
        for copy in disk::names_with(&self.journal_dir, "torn.")? {
            disk::remove_file(&copy)?;
            copies_removed += 1;
        }
        let mut copies_kept = disk::names_with(&self.journal_dir, "lost.")?;
        let forks = self.data.join("forks");
        if forks.is_dir() {
            for id in targets {
                copies_kept.extend(disk::names_with(&forks, &format!("{id}-"))?);
            }
        }
        disk::remove_file(&self.data.join(INTENT))?;
        Ok(EraseReport { erased, copies_removed, copies_kept })
    }

    fn erase_in_tables(&self, ids: &[OpId]) -> Result<usize, EraseError> {
        let mut writer = self.writer();
        if writer.journal.is_broken() {
            return Err(EraseError::ReopenNeeded);
        }
        let mut change = Change::default();
        let mut folding = Folding::new(&self.tables, &self.seal);
        let mut never_came = Vec::new();
        let mut erased = 0;
        for id in ids {
            let Some((chain, envelope)) = self.read(self.tables.op(*id))? else { continue };
            match self.read(self.tables.get(Table::Payloads, &id.to_bytes()))? {
                Some(payload) if payload.is_empty() => continue,
                Some(_) => erased += 1,
                None => never_came.push(Op { envelope: envelope.clone(), chain, payload: ERASED }),
            }
            change.put_payload(&envelope, &[]);
            self.read(folding.add(envelope.entity, applied(&envelope, None)))?;
        }
        self.read(folding.finish(&mut change))?;
        if !never_came.is_empty() {
            // Written down as arrivals, or a journal that is replayed would wait for them again.
            let frame = Frame::encode(&never_came).expect("so few ops without payloads fit into a frame");
            writer.journal.append(&frame, never_came.len()).map_err(AppendError::into_io)?;
            change.set_arrivals(writer.journal.arrivals());
        }
        self.read(self.tables.apply(&change).and_then(|()| self.tables.barrier()))?;
        Ok(erased)
    }
}

fn erase_in_segment(path: &std::path::Path, targets: &BTreeSet<OpId>) -> Result<(), OpenError> {
    let mut frames: Vec<Vec<Op>> = Vec::new();
    let mut changed = false;
    journal::read_segment(path, |mut frame| {
        for op in &mut frame.ops {
            let target = targets.contains(&op.envelope.id);
            if let Some(payload) = op.payload.as_mut().filter(|payload| target && !payload.is_empty()) {
                payload.clear();
                changed = true;
            }
        }
        frames.push(frame.ops);
    })?;
    if changed { journal::rewrite_segment(path, &frames) } else { Ok(()) }
}
