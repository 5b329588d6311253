//! A state depends on the set of ops, never on the order in which they came or on how often.

use hall_core::entity::{Applied, Entity};
use hall_core::fact::{
    Fact, OutcomeRecorded, PlaceRight, PlacesGiven, PlacesTaken, PostClosed, PostTerms, TicketConfirmed,
    WorkerCardIssued, WorkerProfile,
};
use hall_core::vocab::{Outcome, ReleaseReason};
use hall_core::{Fen, Hlc, Instant, OpId};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::sample::{OTHER, burned, every_kind, id, minted, name, opened, profile, released, right, terms};

fn ticket_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (1..9_u16, 1..9_u32)
            .prop_map(|(index, cver)| Fact::TicketConfirmed(TicketConfirmed { place: right(index, cver) })),
        (select(ReleaseReason::ALL), prop::option::of(1..9_u32))
            .prop_map(|(reason, cver)| released(reason, cver)),
        (select(Outcome::ALL), prop::option::of(0..50_000_u32)).prop_map(|(outcome, amount)| {
            Fact::OutcomeRecorded(OutcomeRecorded { outcome, amount: amount.map(Fen), note: String::new() })
        }),
        select(every_kind()),
        Just(Fact::Absent { kind: 62 }),
        Just(Fact::Unknown { kind: 900, schema: 3 }),
    ]
}

fn post_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (1..20_u16, 0..9_u16).prop_map(|(first, count)| minted(first, count)),
        prop::collection::vec(1..20_u16, 0..4).prop_map(|indices| burned(&indices)),
        (1..20_u16, 1..4_u32, 1..9_u32, 0..5_u64).prop_map(|(index, gver, cver, gift)| {
            let taken = PlacesTaken {
                gift: id(gift),
                places: vec![PlaceRight { index, gver, cver }],
                not_after: None,
            };
            if gift % 2 == 0 { Fact::PlacesAccepted(taken) } else { Fact::PlacesRefused(taken) }
        }),
        (1..20_u16, 1..4_u32, 1..9_u32, any::<bool>()).prop_map(|(index, gver, cver, bounded)| {
            let not_after = bounded.then_some(Instant(7));
            let places = vec![PlaceRight { index, gver, cver }];
            Fact::PlacesGiven(PlacesGiven { places, to: OTHER, not_after })
        }),
        any::<bool>().prop_map(|cancelled| Fact::PostClosed(PostClosed { reason: String::new(), cancelled })),
        (0..1440_u16).prop_map(|start| {
            Fact::PostRevised(PostTerms { start: hall_core::Minute(start), ..terms() })
        }),
        select(every_kind()),
    ]
}

fn worker_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (prop::option::of("[a-c]{1,2}"), any::<Option<bool>>()).prop_map(|(trade, pension)| {
            let trades = trade.map(|trade| vec![trade]);
            Fact::WorkerChanged(WorkerProfile { trades, pension, ..WorkerProfile::default() })
        }),
        (0..9_u16).prop_map(|number| Fact::WorkerCardIssued(WorkerCardIssued { number })),
        select(every_kind()),
    ]
}

/// The ops of one entity, written by up to three devices whose clocks and counters run as they like; the first
/// one makes the entity.
fn ops(first: Fact, more: impl Strategy<Value = Fact>) -> impl Strategy<Value = Vec<Applied>> {
    let op = (1..4_u32, 0..5_i64, 0..3_u16, more);
    prop::collection::vec(op, 0..24).prop_map(move |rows| {
        let begin =
            Applied { id: OpId::new(1, 1, 1), hlc: Hlc::new(Instant(0), 0), by: None, fact: first.clone() };
        let more = (2..).zip(rows).map(|(seq, (device, at, counter, fact))| Applied {
            id: OpId::new(device, 1, seq),
            hlc: Hlc::new(Instant(1 + at), counter),
            by: None,
            fact,
        });
        std::iter::once(begin).chain(more).collect()
    })
}

/// The same ops as they might arrive: shuffled, some of them several times.
fn arrived(ops: &[Applied], picks: &[Index]) -> Vec<Applied> {
    let mut rest = ops.to_vec();
    let mut arrived = Vec::new();
    for pick in picks {
        let n = pick.index(ops.len());
        arrived.push(ops[n].clone());
        rest.retain(|op| op.id != ops[n].id);
    }
    arrived.extend(rest.into_iter().rev());
    arrived
}

fn incremental(ops: &[Applied]) -> Option<Entity> {
    let mut sorted = ops.to_vec();
    sorted.sort_by_key(|op| (op.id != OpId::new(1, 1, 1), op.order()));
    sorted.iter().fold(None, Entity::fold)
}

macro_rules! independent_of_order {
    ($($name:ident: $first:expr, $more:expr;)+) => {
        proptest! {
            $(#[test]
            fn $name(ops in ops($first, $more), picks in prop::collection::vec(any::<Index>(), 0..60)) {
                let whole = Entity::fold_all(OpId::new(1, 1, 1), ops.clone());
                prop_assert!(whole.is_some());
                prop_assert_eq!(Entity::fold_all(OpId::new(1, 1, 1), arrived(&ops, &picks)), whole.clone());
                prop_assert_eq!(incremental(&ops), whole.clone());
                // What is derived from the state is so, too.
                let keys = whole.as_ref().map(Entity::keys);
                prop_assert_eq!(Entity::fold_all(OpId::new(1, 1, 1), arrived(&ops, &picks)).as_ref().map(Entity::keys), keys);
            })+
        }
    };
}

independent_of_order! {
    the_state_of_a_ticket: Fact::TicketOpened(opened(None)), ticket_fact();
    the_state_of_a_placed_ticket: Fact::TicketOpened(opened(Some(right(1, 1)))), ticket_fact();
    the_state_of_a_post: Fact::PostPublished(terms()), post_fact();
    the_state_of_a_worker: Fact::WorkerRegistered(profile()), worker_fact();
}

/// Two ops of one moment are ordered by who wrote them.
#[test]
fn a_tie_is_broken_by_the_id() {
    let hlc = Hlc::new(Instant(9), 0);
    let of = |device, seq, fact| Applied { id: OpId::new(device, 1, seq), hlc, by: None, fact };
    let begin = Applied { hlc: Hlc::default(), ..of(1, 1, Fact::TicketOpened(opened(None))) };
    let confirm = |index| Fact::TicketConfirmed(TicketConfirmed { place: right(index, 1) });
    let ops = vec![of(2, 1, confirm(5)), of(1, 9, confirm(4)), begin];
    let ticket = Entity::fold_all(OpId::new(1, 1, 1), ops).unwrap().ticket().unwrap();
    assert_eq!(ticket.place, Some(right(4, 1)));
}

/// A clock that ran ahead when the entity was made must not swallow what was said of it since.
#[test]
fn the_op_that_makes_the_entity_comes_first() {
    let ahead = Hlc::new(Instant(9_000), 0);
    let begin =
        Applied { id: OpId::new(1, 1, 1), hlc: ahead, by: None, fact: Fact::TicketOpened(opened(None)) };
    let gone = Applied {
        id: OpId::new(2, 1, 1),
        hlc: Hlc::new(Instant(10), 0),
        by: None,
        fact: released(ReleaseReason::Desk, None),
    };
    for ops in [vec![begin.clone(), gone.clone()], vec![gone, begin]] {
        let ticket = Entity::fold_all(OpId::new(1, 1, 1), ops).unwrap().ticket().unwrap();
        assert!(!ticket.is_live());
    }
}

/// Whatever the kinds say of each other, no order of all of them falls over.
#[test]
fn every_kind_can_follow_every_kind() {
    for first in every_kind() {
        for second in every_kind() {
            let ops: Vec<Applied> = (1..)
                .zip([first.clone(), second.clone()])
                .map(|(seq, fact)| crate::sample::op(seq, fact))
                .collect();
            let forward = Entity::fold_all(OpId::new(1, 1, 1), ops.clone());
            let backward = Entity::fold_all(OpId::new(1, 1, 1), ops.into_iter().rev().collect());
            assert_eq!(forward, backward, "{} then {}", name(&first), name(&second));
        }
    }
}
