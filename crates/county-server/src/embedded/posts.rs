//! The county's own posts in the embedded archive, one act after the other.

use std::convert::Infallible;

use hall_core::entity::{Applied, Entity, Post, key};
use hall_core::fact::Holder;
use hall_core::vocab::DeviceRole;
use hall_core::{COUNTY, EntityId, Instant, OpId};
use hall_log::Ledger;
use hall_store::{ActError, Draft, ReadError, Store};
use tokio::sync::MutexGuard;
use tokio::task::block_in_place;

use super::Embedded;
use super::devices::Row;
use crate::archive::ArchiveError;
use crate::steward::{self, Counterpart, Heard, Posts, Said};

/// Days after which nothing is said of a post any more.
const OVER_DAYS: i32 = 2;

pub(super) struct Locked<'a> {
    archive: &'a Embedded,
    now: Instant,
    _alone: MutexGuard<'a, ()>,
}

impl<'a> Locked<'a> {
    pub(super) async fn new(archive: &'a Embedded, now: Instant) -> Self {
        Self { archive, now, _alone: archive.acting.lock().await }
    }

    /// Posts that are not over, of all halls and of the county.
    fn lasting_of(store: &Store, now: Instant) -> Result<Vec<(EntityId, Post)>, ReadError> {
        let from = key::post_until(now.day().plus_days(-OVER_DAYS));
        let rows = store.scan(&from, &key::end_of(b"P"), usize::MAX)?;
        let mut posts = Vec::new();
        for (_, id) in rows {
            posts.extend(store.entity(id)?.and_then(Entity::post).map(|post| (id, *post)));
        }
        Ok(posts)
    }
}

impl Embedded {
    /// Answers what halls wrote in these ops.
    pub(super) async fn attend(&self, ops: &[OpId], now: Instant) -> Result<(), ArchiveError> {
        let mut heard = Vec::new();
        for id in ops {
            let Some(op) = Ledger::op(&*self.store, *id)?.filter(steward::concerns) else { continue };
            let envelope = &op.envelope;
            let by_its_desk = {
                let kept = self.kept();
                let ours =
                    |hall: u32| kept.devices.numbered(envelope.entity.device).any(|(its, _)| its == hall);
                let desk = |(hall, row): (u32, &Row)| row.role() == DeviceRole::Desk && ours(hall);
                kept.devices.numbered(id.device).any(desk)
            };
            heard.push(Heard { id: *id, entity: envelope.entity, fact: op.fact(), by_its_desk });
        }
        if heard.is_empty() {
            return Ok(());
        }
        steward::attend(&mut Locked::new(self, now).await, &heard, now).await
    }

    /// Answers what was taken before a sudden end and not answered any more.
    pub async fn catch_up(&self, now: Instant) -> Result<(), ArchiveError> {
        let lasting = block_in_place(|| Locked::lasting_of(&self.store, now))?;
        for (id, _) in lasting.into_iter().filter(|(id, post)| id.device != COUNTY && post.offered > 0) {
            let ops: Vec<OpId> = self.store.ops_of(id)?.into_iter().map(|op| op.id).collect();
            self.attend(&ops, now).await?;
        }
        Ok(())
    }
}

impl Posts for Locked<'_> {
    fn me(&self) -> Holder {
        self.archive.county.me()
    }

    async fn ops(&mut self, post: EntityId) -> Result<Vec<Applied>, ArchiveError> {
        Ok(self.archive.store.ops_of(post)?)
    }

    async fn counterparts(&mut self, of: EntityId) -> Result<Vec<Counterpart>, ArchiveError> {
        let counterpart = |(post, state): (EntityId, Post)| {
            let (from, offer) = state.taken_over.filter(|_| post.device == COUNTY)?;
            (from == of).then_some(Counterpart { post, offer })
        };
        Ok(block_in_place(|| Self::lasting_of(&self.archive.store, self.now))?
            .into_iter()
            .filter_map(counterpart)
            .collect())
    }

    async fn desks(&mut self) -> Result<Vec<Holder>, ArchiveError> {
        let heads = self.archive.store.heads()?;
        let epoch = |device: u32| {
            heads.iter().filter(|(number, ..)| *number == device).map(|(_, epoch, _)| *epoch).max()
        };
        let kept = self.archive.kept();
        let mut desks: Vec<(u32, Holder)> = Vec::new();
        for ((hall, number), row) in kept.devices.all() {
            let first = desks.last().is_none_or(|(known, _)| known != hall);
            let desk = row.device.certificate.bearer.role == DeviceRole::Desk && !row.device.revoked;
            let Some(epoch) = epoch(*number).filter(|epoch| first && desk && !row.ended.contains_key(epoch))
            else {
                continue;
            };
            desks.push((*hall, Holder { device: *number, epoch }));
        }
        Ok(desks.into_iter().map(|(_, desk)| desk).collect())
    }

    async fn write(&mut self, act: impl FnOnce(OpId) -> Vec<Said> + Send) -> Result<OpId, ArchiveError> {
        let mut first = None;
        let drafts = |next: hall_store::NextIds| -> Result<Vec<Draft>, Infallible> {
            let id = *first.insert(next.id(0));
            Ok(act(id).into_iter().map(|(subject, fact)| Draft { subject, by: None, fact }).collect())
        };
        block_in_place(|| self.archive.store.act(self.now, drafts)).map_err(|error| match error {
            ActError::Refused(never) => match never {},
            ActError::Commit(error) => ArchiveError::from(error),
        })?;
        first.ok_or(ArchiveError::Row("ops"))
    }
}
