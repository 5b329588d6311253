//! Random mornings on one post: whatever people do, in whatever order, no place is promised twice.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::entity::key::{self, Spent};
use hall_core::entity::{Applied, Entity, Post, Ticket};
use hall_core::fact::{Fact, PlaceRight, TicketConfirmed};
use hall_core::places::{self, Change, Places, PlacesError};
use hall_core::ticketing::{self, Claim, Held};
use hall_core::vocab::{Outcome, ReleaseReason};
use hall_core::{EntityId, Hlc, Instant};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::sample::{ME, at, id, terms};

#[derive(Clone, Debug)]
enum Act {
    Claim {
        worker: u64,
    },
    Release {
        ticket: Index,
        reason: ReleaseReason,
    },
    NoShow {
        ticket: Index,
    },
    SetPlaces {
        places: u16,
    },
    /// The clock is right, or is not.
    Trust {
        trusted: bool,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let reason = prop::sample::select(ReleaseReason::ALL);
    prop_oneof![
        6 => (0..12_u64).prop_map(|worker| Act::Claim { worker: 100 + worker }),
        3 => (any::<Index>(), reason).prop_map(|(ticket, reason)| Act::Release { ticket, reason }),
        1 => any::<Index>().prop_map(|ticket| Act::NoShow { ticket }),
        2 => (0..9_u16).prop_map(|places| Act::SetPlaces { places }),
        1 => any::<bool>().prop_map(|trusted| Act::Trust { trusted }),
    ]
}

/// One post and its tickets, kept the way a store keeps them: as ops, and folded.
struct Market {
    seq: u64,
    now: Instant,
    trusted: bool,
    ops: BTreeMap<EntityId, Vec<Applied>>,
    tickets: Vec<EntityId>,
}

const POST: u64 = 1;

impl Market {
    fn new(places: u16) -> Self {
        let mut market = Self {
            seq: 0,
            now: at("2026-11-20 05:00"),
            trusted: true,
            ops: BTreeMap::new(),
            tickets: Vec::new(),
        };
        market.write(None, Fact::PostPublished(terms()));
        market.write(Some(id(POST)), Fact::PlacesMinted(places::mint(ME, places).unwrap()));
        market
    }

    fn write(&mut self, about: Option<EntityId>, fact: Fact) -> EntityId {
        self.seq += 1;
        self.now = self.now.plus_ms(1_000);
        let op = Applied { id: id(self.seq), hlc: Hlc::new(self.now, 0), by: None, fact };
        let entity = about.unwrap_or(op.id);
        self.ops.entry(entity).or_default().push(op);
        entity
    }

    fn fold(&self, entity: EntityId) -> Entity {
        Entity::fold_all(entity, self.ops[&entity].clone()).unwrap()
    }

    fn post(&self) -> Post {
        *self.fold(id(POST)).post().unwrap()
    }

    fn ticket(&self, entity: EntityId) -> Ticket {
        self.fold(entity).ticket().unwrap()
    }

    /// From the index keys alone, as the façade counts.
    fn places(&self) -> Places {
        let prefix = key::places_of_post(id(POST));
        let keys = self.tickets.iter().flat_map(|ticket| self.fold(*ticket).keys());
        Places::of(keys.filter(|key| key.starts_with(&prefix)).filter_map(|key| Spent::of_key(&key)))
    }

    fn free(&self) -> Vec<PlaceRight> {
        self.places().free(&self.post(), ME)
    }

    /// Who waits, in the order of the index.
    fn standbys(&self) -> Vec<EntityId> {
        let prefix = key::standbys_of_post(id(POST));
        let rows = self
            .tickets
            .iter()
            .flat_map(|ticket| self.fold(*ticket).keys().into_iter().map(move |key| (key, *ticket)));
        let rows: BTreeSet<_> = rows.filter(|(key, _)| key.starts_with(&prefix)).collect();
        rows.into_iter().map(|(_, ticket)| ticket).collect()
    }

    fn promote(&mut self) {
        if !self.trusted {
            return;
        }
        for (ticket, place) in places::promote(&self.free(), &self.standbys()) {
            self.write(Some(ticket), Fact::TicketConfirmed(TicketConfirmed { place }));
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Claim { worker } => self.claim(id(*worker)),
            Act::Release { ticket, reason } => self.give_back(*ticket, *reason),
            Act::NoShow { ticket } => self.no_show(*ticket),
            Act::SetPlaces { places } => self.set_places(*places),
            Act::Trust { trusted } => {
                self.trusted = *trusted;
                self.promote();
            }
        }
    }

    fn claim(&mut self, worker: EntityId) {
        let post = self.post();
        let live =
            |ticket: &&EntityId| self.ticket(**ticket).worker == worker && self.ticket(**ticket).is_live();
        let held: Vec<Held> = self
            .tickets
            .iter()
            .filter(live)
            .map(|ticket| Held { ticket: *ticket, post: id(POST), span: post.span() })
            .collect();
        let decided = Claim {
            now: self.now,
            clock_trusted: self.trusted,
            worker,
            post_id: id(POST),
            post: &post,
            free: &self.free(),
            standbys: self.standbys().len(),
            elsewhere: 0,
            held: &held,
            number: self.tickets.len() as u16 + 1,
        }
        .decide();
        assert_eq!(decided.is_ok(), held.is_empty(), "a worker has at most one ticket of a post");
        if let Ok(opened) = decided {
            let ticket = self.write(None, Fact::TicketOpened(opened));
            self.tickets.push(ticket);
        }
    }

    fn pick(&self, pick: Index) -> Option<EntityId> {
        (!self.tickets.is_empty()).then(|| *pick.get(&self.tickets))
    }

    fn give_back(&mut self, pick: Index, reason: ReleaseReason) {
        let Some(id) = self.pick(pick) else { return };
        if let Ok(fact) = ticketing::release(&self.ticket(id), self.post().span(), self.now, reason, "") {
            self.write(Some(id), Fact::TicketReleased(fact));
            self.promote();
        }
    }

    fn no_show(&mut self, pick: Index) {
        let Some(id) = self.pick(pick) else { return };
        let span = self.post().span();
        let late = span.begins().plus_ms(60_000);
        let recorded = ticketing::record(&self.ticket(id), span, late, Outcome::NoShow, None, "");
        if let Ok((outcome, freed)) = recorded {
            self.write(Some(id), Fact::OutcomeRecorded(outcome));
            self.write(Some(id), Fact::TicketReleased(freed.unwrap()));
            self.promote();
        }
    }

    fn set_places(&mut self, wanted: u16) {
        let (post, places) = (self.post(), self.places());
        match places::change(id(POST), &post, &places, ME, wanted) {
            Ok(Change::None) => assert_eq!(post.headcount(), usize::from(wanted)),
            Ok(Change::Mint(runs)) => {
                for minted in runs {
                    self.write(Some(id(POST)), Fact::PlacesMinted(minted));
                }
            }
            Ok(Change::Burn(burned)) => {
                self.write(Some(id(POST)), Fact::PlacesBurned(burned));
            }
            Err(PlacesError::OutOfRange) => assert_eq!(wanted, 0),
            Err(PlacesError::Taken { taken }) => {
                assert!(wanted < taken, "{wanted} places for {taken} people");
            }
            Err(error) => panic!("one device holds all places: {error}"),
        }
        if wanted > 0 && wanted >= places.taken() {
            assert_eq!(self.post().headcount(), usize::from(wanted));
        }
        self.promote();
    }

    /// What must hold at every moment.
    fn check(&self, versions: &mut BTreeMap<u16, u32>) {
        let post = self.post();
        let tickets: Vec<(EntityId, Ticket)> =
            self.tickets.iter().map(|id| (*id, self.ticket(*id))).collect();
        let mut standing = BTreeMap::new();
        for (id, ticket) in tickets.iter().filter(|(_, ticket)| ticket.holds_place()) {
            let place = ticket.place.unwrap();
            assert_eq!(standing.insert(place.index, *id), None, "place {} was given twice", place.index);
            assert!(
                post.places.iter().any(|(index, _)| index == place.index),
                "place {} is gone",
                place.index
            );
        }
        let (places, free) = (self.places(), self.free());
        assert_eq!(usize::from(places.taken()), standing.len());
        assert_eq!(free.len() + standing.len(), post.headcount());
        for right in &free {
            let seen = versions.entry(right.index).or_insert(right.cver);
            assert!(right.cver >= *seen, "custody of place {} went back", right.index);
            *seen = right.cver;
        }
        if self.trusted {
            let waiting = tickets.iter().any(|(_, ticket)| ticket.is_live() && ticket.place.is_none());
            assert!(!waiting || free.is_empty(), "somebody waits beside a free place");
        }
        check_turns(&tickets);
    }
}

/// Nobody who still waits asked before somebody who got a place from the standby list.
fn check_turns(tickets: &[(EntityId, Ticket)]) {
    let promoted = |ticket: &Ticket| ticket.standby.is_some() && ticket.place.is_some();
    let mut promotions: Vec<_> = tickets.iter().filter(|(_, ticket)| promoted(ticket)).collect();
    promotions.sort_by_key(|(_, ticket)| ticket.confirmed);
    let confirmed = |ticket: &Ticket| ticket.confirmed;
    for (id, later) in tickets.iter().filter(|(_, ticket)| promoted(ticket)) {
        for (_, earlier) in
            tickets.iter().filter(|(_, ticket)| ticket.opened < later.opened && ticket.standby.is_some())
        {
            let waits = earlier.is_live() && earlier.place.is_none();
            assert!(!waits, "{id} was promoted before somebody who waits longer");
            if earlier.place.is_some() {
                assert!(confirmed(earlier) < confirmed(later), "{id} was promoted out of turn");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_place_is_promised_twice(first in 1..6_u16, acts in prop::collection::vec(act(), 1..50)) {
        let mut market = Market::new(first);
        let mut versions = BTreeMap::new();
        market.check(&mut versions);
        for act in &acts {
            market.act(act);
            market.check(&mut versions);
        }
    }
}
