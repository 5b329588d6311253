//! Erasing payloads: gone from sled and from the journal, while the log still verifies.
//!
//! The wish is written down first, and every step may be done twice, so that an erasure that was cut short
//! is finished at the next start. What it cannot reach is said in the report: sled gives freed pages back
//! only when it needs them, so until then the sealed bytes can still lie in its file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hall_core::{EntityId, OpId};
use hall_log::Op;

use crate::disk;
use crate::error::{IoError, OpenError};
use crate::fold::Folding;
use crate::journal;
use crate::store::Store;
use crate::tables::{Change, Table, TablesError};

const INTENT: &str = "erase.todo";

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
        let _one = self.erasing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let targets: BTreeSet<OpId> = ops.iter().copied().collect();
        let lines: Vec<String> = targets.iter().map(OpId::to_string).collect();
        disk::write_durably(&self.data.join(INTENT), lines.join("\n").as_bytes())?;
        self.erase_targets(&targets)
    }

    /// Finishes what an interrupted run had begun; how many ops that were.
    pub(crate) fn finish_erasure(&self) -> Result<usize, OpenError> {
        let path = self.data.join(INTENT);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(IoError::at(&path)(error).into()),
        };
        let targets: BTreeSet<OpId> = text.lines().filter_map(|line| line.parse().ok()).collect();
        match self.erase_targets(&targets) {
            Ok(_) => Ok(targets.len()),
            Err(EraseError::Journal(error)) => Err(error),
            Err(EraseError::Io(error)) => Err(error.into()),
            Err(EraseError::ReopenNeeded) => Err(OpenError::RestartNeeded),
        }
    }

    fn erase_targets(&self, targets: &BTreeSet<OpId>) -> Result<EraseReport, EraseError> {
        let closed = {
            let mut writer = self.writer();
            writer.journal.close_active()?;
            writer.journal.closed_segments()?
        };
        // No op that is here already can come into a segment begun after this line, so the writer may go on.
        for path in closed {
            erase_in_segment(&path, targets)?;
        }
        let erased = self.erase_in_tables(targets).map_err(|error| {
            self.tables.shut_off(&error);
            EraseError::ReopenNeeded
        })?;
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

    fn erase_in_tables(&self, targets: &BTreeSet<OpId>) -> Result<usize, TablesError> {
        let _writer = self.writer();
        let ids: Vec<OpId> = targets.iter().copied().collect();
        let mut change = Change::default();
        let mut entities: BTreeSet<EntityId> = BTreeSet::new();
        let mut erased = 0;
        for id in &ids {
            if let Some((_, envelope)) = self.tables.op(*id)? {
                erased += usize::from(self.tables.get(Table::Payloads, &id.to_bytes())?.is_some());
                change.remove(Table::Payloads, &id.to_bytes());
                entities.insert(envelope.entity);
            }
        }
        let mut folding = Folding::new(&self.tables, &self.seal);
        for entity in entities {
            folding.again(entity, &ids)?;
        }
        folding.finish(&mut change);
        self.tables.apply(&change)?;
        self.tables.barrier()?;
        Ok(erased)
    }
}

fn erase_in_segment(path: &std::path::Path, targets: &BTreeSet<OpId>) -> Result<(), OpenError> {
    let mut frames: Vec<Vec<Op>> = Vec::new();
    let mut changed = false;
    journal::read_segment(path, |mut frame| {
        for op in &mut frame.ops {
            if op.payload.is_some() && targets.contains(&op.envelope.id) {
                op.payload = None;
                changed = true;
            }
        }
        frames.push(frame.ops);
    })?;
    if changed { journal::rewrite_segment(path, &frames) } else { Ok(()) }
}
