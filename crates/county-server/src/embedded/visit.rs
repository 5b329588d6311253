//! One exchange on the embedded archive.

use std::collections::BTreeSet;

use hall_core::fact::{Fact, Kind};
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Certificate, Ledger as _, Op};
use hall_store::{ImportReport, Received};
use hall_sync::push::Judged;
use hall_sync::wire::{Ask, Payload};
use tokio::task::block_in_place;

use super::log::HallLog;
use super::{Embedded, posts};
use crate::archive::{self, ArchiveError, Device};
use crate::steward;

/// See the module.
#[derive(Debug)]
pub struct Visit {
    pub(super) archive: Embedded,
    pub(super) hall: u32,
    pub(super) now: Instant,
    pub(super) devices: Vec<Device>,
    pub(super) log: HallLog,
}

impl Visit {
    /// Hands what came to the store, which holds it against what is there once more, and takes over what it says of
    /// devices. A word of an erasure by somebody who may not erase is left out: the store carries out what it reads.
    fn receive(&self, mut judged: Judged, payloads: Vec<Payload>) -> Result<ImportReport, ArchiveError> {
        for op in &mut judged.ops {
            if !self.may_say(op) {
                op.payload = None;
            }
        }
        let mut late: Vec<(OpId, Vec<u8>)> = Vec::new();
        for Payload { op: id, bytes } in payloads {
            let here = self.log.op(id)?.filter(|_| self.log.devices.contains(&id.device));
            let whole = here.map(|op| Op { payload: Some(bytes), ..op }).filter(|op| self.may_say(op));
            late.extend(whole.and_then(|op| op.payload).map(|bytes| (id, bytes)));
        }
        let Judged { ops, seals, evidence, .. } = judged;
        let report =
            self.archive.store.receive(self.now, Received { ops, seals, evidence, payloads: late })?;
        self.heed(&report)?;
        Ok(report)
    }

    /// Whether the store may read what `op` says. A desk of the hall erases the hall's workers, and nobody else does.
    fn may_say(&self, op: &Op) -> bool {
        if op.envelope.kind != Kind::WorkerErased as u16 {
            return true;
        }
        let of_this_hall = |worker: EntityId| self.log.devices.contains(&worker.device);
        let may = self.log.desks.contains(&op.envelope.id.device)
            && matches!(op.fact(), Fact::WorkerErased(erased) if of_this_hall(erased.worker));
        if !may {
            self.log.left_out.add(op.envelope.id);
        }
        may
    }

    /// Takes over what new ops say of devices.
    fn heed(&self, report: &ImportReport) -> Result<(), ArchiveError> {
        let mut entities = BTreeSet::new();
        for op in report.applied.iter().chain(&report.completed) {
            let of_a_device =
                matches!(op.fact, Fact::DeviceEnrolled(_) | Fact::DeviceRevoked(_) | Fact::EpochEnded(_));
            if of_a_device {
                entities.extend(self.archive.store.entity_of(op.id)?);
            }
        }
        let mut kept = self.archive.kept();
        for entity in entities {
            let vouched = kept.devices.refresh(&self.archive.store, &self.archive.county, entity)?;
            kept.write_down(&vouched)?;
        }
        Ok(())
    }
}

impl archive::Visit for Visit {
    type Ledger = HallLog;

    fn devices(&self) -> &[Device] {
        &self.devices
    }

    fn ledger(&self) -> &HallLog {
        &self.log
    }

    async fn keep(&mut self, certificates: &[Certificate]) -> Result<(), ArchiveError> {
        block_in_place(|| self.archive.kept().keep(certificates))
    }

    async fn import(&mut self, judged: Judged, payloads: Vec<Payload>) -> Result<usize, ArchiveError> {
        let report = block_in_place(|| self.receive(judged, payloads))?;
        let news: Vec<OpId> = report.applied.iter().chain(&report.completed).map(|op| op.id).collect();
        self.archive.attend(&news, self.now).await?;
        block_in_place(|| self.archive.tell(self.hall, self.now))?;
        Ok(report.completed.len())
    }

    async fn serve(&mut self, asks: &[Ask]) -> Result<(), ArchiveError> {
        steward::serve(&mut posts::Locked::new(&self.archive, self.now).await, asks, self.now).await
    }

    async fn finish(self) -> Result<(), ArchiveError> {
        Ok(())
    }
}
