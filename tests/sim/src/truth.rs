//! What really happened, whoever knows of it: every op in the order in which it became durable at its author.
//!
//! No machine of the world sees this. With it the invariants of histories and of custody are checked at every
//! op, and not only when two machines compare what they know.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hall_core::entity::custody::Custody;
use hall_core::fact::{Fact, Holder, PlaceRight, PlacesBurned, PlacesMinted, PlacesReclaimed, Version};
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Chain, Envelope, Op};

use crate::device::Device;
use crate::world::World;

type Place = (EntityId, u16);

#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    chains: BTreeMap<Holder, Vec<Chain>>,
    /// When each op was written.
    times: BTreeMap<Holder, Vec<Instant>>,
    /// Where an act ends: an act is on a disk whole or not at all.
    ends: BTreeSet<(Holder, u64)>,
    rights: BTreeMap<Place, Right>,
    /// The places that each ticket was promised: one, unless a copied machine wrote another ticket of the same name.
    promised: BTreeMap<EntityId, BTreeSet<Place>>,
    /// Tickets that were given back, some before they were promised a place by a machine that had not heard of it.
    released: BTreeSet<EntityId>,
    /// Series of machines of which there is a copy, or whose disk was put back unnoticed: another may have written
    /// there before. A copy that is told begins a new epoch, and so does the original, perhaps the same one.
    doubtful: BTreeSet<Holder>,
    /// Series of which there are two histories, for a copied or rolled-back machine wrote the other: people must
    /// look.
    pub forked: BTreeSet<Holder>,
    /// Places about which people decided against the protocol, with their eyes open, or which a copied machine
    /// had: two promises may stand there.
    pub at_risk: BTreeSet<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Right {
    version: Version,
    custody: Custody,
    /// Until when its custodian may promise it, unless it published the post.
    not_after: Option<Instant>,
    /// The ticket that stands on it.
    taken: Option<EntityId>,
}

impl World {
    /// An act of `n` is on its disk, whether or not anybody was told.
    pub(crate) fn wrote(&mut self, n: usize, ops: &[Rc<Op>]) {
        let Some(last) = ops.last().map(|op| op.envelope.id) else { return };
        let trusted = !self.is_copied(n);
        if !trusted || self.has_copy(n) {
            self.truth.doubtful.insert(last.holder());
        }
        for op in ops {
            let id = op.envelope.id;
            let chains = self.truth.chains.entry(id.holder()).or_default();
            match chains.get(id.seq as usize - 1) {
                None => {
                    chains.push(op.chain);
                    self.truth.times.entry(id.holder()).or_default().push(self.now);
                }
                Some(chain) if *chain == op.chain => {}
                Some(_) if self.truth.doubtful.contains(&id.holder()) => {
                    self.truth.forked.insert(id.holder());
                }
                Some(_) => return self.fail(format!("I5: {id} was written twice, and differently")),
            }
            let envelope = &op.envelope;
            let Some(Ok(fact)) =
                op.payload.as_ref().map(|it| Fact::decode(envelope.kind, envelope.schema, it))
            else {
                continue;
            };
            // Of a copied machine's tickets the original knows nothing, whatever their names.
            let ticket = self.devices[n].store.ticket(envelope.entity).map(|ticket| ticket.post);
            if let Err(wrong) = self.truth.custody(envelope, &fact, ticket, trusted) {
                self.fail(format!("I3: {id} of {:?}: {wrong}", self.devices[n].holder));
            }
        }
        self.truth.ends.insert((last.holder(), last.seq));
    }

    /// Whether a copy of this machine is about, or its disk was put back unnoticed: what it writes until it is
    /// told is not the protocol's fault.
    pub(crate) fn is_copied(&self, n: usize) -> bool {
        let holder = self.devices[n].holder;
        let same = |(m, other): (usize, &Device)| other.holder == holder && (other.astray || m != n);
        self.devices.iter().enumerate().any(same)
    }

    /// Whether there is another machine with its number.
    fn has_copy(&self, n: usize) -> bool {
        let number = self.devices[n].holder.device;
        self.devices.iter().enumerate().any(|(m, other)| other.holder.device == number && m != n)
    }

    /// Invariant 5: what others have of a series is what its author wrote.
    pub(crate) fn is_true(&mut self, n: usize, ops: &[Rc<Op>]) {
        for op in ops {
            let (id, series) = (op.envelope.id, op.envelope.id.holder());
            let chains = self.truth.chains.get(&series);
            let written = chains.and_then(|chains| chains.get(id.seq as usize - 1));
            if written != Some(&op.chain) && !self.truth.forked.contains(&series) {
                return self.fail(format!("I5: {n} takes {id}, which its author did not write so"));
            }
        }
    }

    /// Invariant 4: after a start the own series ends where an act ends.
    pub(crate) fn acts_are_whole(&mut self, n: usize) {
        let series = self.devices[n].holder;
        let end = self.devices[n].store.head_of(series).seq;
        if end > 0 && !self.truth.ends.contains(&(series, end)) && !self.truth.forked.contains(&series) {
            self.fail(format!("I4: {n} starts with half an act at the end of {series:?}, op {end}"));
        }
    }
}

impl Truth {
    /// How many of the first `head` ops of a series were written before `then`.
    pub(crate) fn written_before(&self, series: Holder, head: u64, then: Instant) -> u64 {
        let times = self.times.get(&series).map_or(&[][..], Vec::as_slice);
        head.min(times.partition_point(|time| *time < then) as u64)
    }

    /// Whether an op is, or was, on its author's disk.
    pub(crate) fn holds(&self, id: OpId) -> bool {
        self.chains.get(&id.holder()).is_some_and(|chains| id.seq <= chains.len() as u64)
    }

    /// Invariants 1, 2 and 3: only the custodian of a place writes its next version, a place is promised to one,
    /// and only places that were made are promised at all. `of` is the post of the ticket that the op is about;
    /// `trusted` is not asked of a copied machine.
    fn custody(
        &mut self,
        op: &Envelope,
        fact: &Fact,
        of: Option<EntityId>,
        trusted: bool,
    ) -> Result<(), String> {
        let (id, entity) = (op.id, op.entity);
        match fact {
            Fact::TicketOpened(opened) => {
                let place = opened.place.map(|right| self.promise(op, opened.post, right));
                return self.judged(trusted, (opened.post, opened.place), place.unwrap_or(Ok(())));
            }
            Fact::TicketConfirmed(confirmed) => {
                let Some(post) = of else { return Err(format!("{entity} is confirmed and is no ticket")) };
                let promised = self.promise(op, post, confirmed.place);
                return self.judged(trusted, (post, Some(confirmed.place)), promised);
            }
            Fact::TicketReleased(_) => self.release(entity),
            Fact::PlacesMinted(minted) => return self.mint(entity, minted, trusted),
            Fact::PlacesBurned(burned) => return self.burn(id, entity, burned, trusted),
            Fact::PlacesReclaimed(reclaimed) => return self.reclaim(entity, reclaimed, trusted),
            Fact::PlacesGiven(given) => {
                let to = (Custody::Given { to: given.to, gift: id }, given.not_after);
                return self.hand_on(entity, &given.places, Custody::Held(id.holder()), to, trusted);
            }
            Fact::PlacesAccepted(taken) | Fact::PlacesRefused(taken) => {
                let from = Custody::Given { to: id.holder(), gift: taken.gift };
                let refused = matches!(fact, Fact::PlacesRefused(_));
                let holder = if refused { taken.gift.holder() } else { id.holder() };
                let to = (Custody::Held(holder), taken.not_after);
                return self.hand_on(entity, &taken.places, from, to, trusted);
            }
            _ => {}
        }
        Ok(())
    }

    /// A wrong that a copied machine did, or that concerns a place at risk, counts for nothing; from then on the
    /// place is at risk.
    fn judged(
        &mut self,
        trusted: bool,
        (post, right): (EntityId, Option<PlaceRight>),
        verdict: Result<(), String>,
    ) -> Result<(), String> {
        let Some(right) = right else { return verdict };
        if !trusted {
            self.at_risk.insert((post, right.index));
        }
        if self.at_risk.contains(&(post, right.index)) { Ok(()) } else { verdict }
    }

    fn promise(&mut self, op: &Envelope, post: EntityId, right: PlaceRight) -> Result<(), String> {
        let (id, ticket) = (op.id, op.entity);
        self.promised.entry(ticket).or_default().insert((post, right.index));
        let Some(place) = self.rights.get_mut(&(post, right.index)) else {
            return Err(format!("place {} of {post} was never made", right.index));
        };
        let before = *place;
        place.version = before.version.max(right.version());
        place.taken = Some(ticket).filter(|ticket| !self.released.contains(ticket));
        if let Some(other) = before.taken {
            return Err(format!("place {} of {post} is promised to {ticket} and to {other}", right.index));
        }
        if before.custody != Custody::Held(id.holder()) || right.version() <= before.version {
            return Err(format!(
                "place {} of {post} is promised with {right:?}, but is {before:?}",
                right.index
            ));
        }
        // What others may take for free once they know of later ops.
        let late = before.not_after.is_some_and(|bound| op.hlc.instant() >= bound);
        if late && post.holder() != id.holder() {
            return Err(format!(
                "place {} of {post} is promised at {:?}, but is {before:?}",
                right.index, op.hlc
            ));
        }
        Ok(())
    }

    /// A release frees the place. The version that it notes is no act of custody: of two that release one ticket, each
    /// notes what it knew, and only the first counts.
    fn release(&mut self, ticket: EntityId) {
        self.released.insert(ticket);
        for place in self.promised.get(&ticket).into_iter().flatten() {
            if let Some(place) = self.rights.get_mut(place).filter(|place| place.taken == Some(ticket)) {
                place.taken = None;
            }
        }
    }

    pub(crate) fn is_released(&self, ticket: EntityId) -> bool {
        self.released.contains(&ticket)
    }

    fn mint(&mut self, post: EntityId, minted: &PlacesMinted, trusted: bool) -> Result<(), String> {
        for index in minted.first..minted.first + minted.count {
            let (gver, cver) = (minted.gver, minted.cver.unwrap_or(0));
            let version = Version { gver, cver };
            let custody = Custody::Held(minted.holder);
            let right = Right { version, custody, not_after: None, taken: None };
            let verdict = match self.rights.insert((post, index), right) {
                Some(before) if before.custody != Custody::Gone || version <= before.version => {
                    Err(format!("place {index} of {post} is made with {version:?}, but is {before:?}"))
                }
                _ => Ok(()),
            };
            self.judged(trusted, (post, Some(PlaceRight { index, gver, cver })), verdict)?;
        }
        Ok(())
    }

    fn burn(&mut self, id: OpId, post: EntityId, burned: &PlacesBurned, trusted: bool) -> Result<(), String> {
        let versions = burned.versions.iter().flatten();
        let right = |(index, version): (&u16, &Version)| PlaceRight {
            index: *index,
            gver: version.gver,
            cver: version.cver,
        };
        let rights: Vec<PlaceRight> = burned.indices.iter().zip(versions).map(right).collect();
        self.hand_on(post, &rights, Custody::Held(id.holder()), (Custody::Gone, None), trusted)
    }

    /// The right to places goes on from `from` to `to`, with its bound.
    fn hand_on(
        &mut self,
        post: EntityId,
        rights: &[PlaceRight],
        from: Custody,
        to: (Custody, Option<Instant>),
        trusted: bool,
    ) -> Result<(), String> {
        for right in rights {
            let Some(place) = self.rights.get_mut(&(post, right.index)) else {
                return Err(format!("place {} of {post} was never made", right.index));
            };
            // It was granted anew meanwhile, on the silent device's own word that it had come too late.
            if right.gver < place.version.gver {
                continue;
            }
            let before = *place;
            let fits = before.custody == from && before.taken.is_none() && right.version() > before.version;
            if right.version() >= before.version {
                (place.version, (place.custody, place.not_after)) = (right.version(), to);
            }
            let verdict = if fits {
                Ok(())
            } else {
                Err(format!(
                    "place {} of {post} goes on to {:?} with {right:?}, but is {before:?}",
                    right.index, to.0
                ))
            };
            self.judged(trusted, (post, Some(*right)), verdict)?;
        }
        Ok(())
    }

    fn reclaim(&mut self, post: EntityId, reclaimed: &PlacesReclaimed, trusted: bool) -> Result<(), String> {
        for right in &reclaimed.places {
            let key = (post, right.index);
            if reclaimed.at_risk > 0 {
                self.at_risk.insert(key);
            }
            let Some(place) = self.rights.get_mut(&key) else {
                return Err(format!("place {} of {post} was never made", right.index));
            };
            let before = *place;
            let custody = Custody::Held(reclaimed.to);
            *place =
                Right { version: before.version.max(right.version()), custody, not_after: None, ..before };
            let verdict = match before.taken {
                Some(ticket) => {
                    Err(format!("place {} of {post} is granted anew, but {ticket} has it", right.index))
                }
                None if right.version() <= before.version => Err(format!(
                    "place {} of {post} is granted anew with {right:?}, but is {before:?}",
                    right.index
                )),
                None => Ok(()),
            };
            self.judged(trusted, (post, Some(*right)), verdict)?;
        }
        Ok(())
    }
}
