//! Whatever bytes come as a payload or lie there as a state: they are read or refused, and nothing that was read
//! makes a fold panic.

use hall_core::OpId;
use hall_core::entity::Entity;
use hall_core::fact::Fact;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::sample::{every_kind, minted, op, opened, right, terms};

fn any_kind() -> impl Strategy<Value = u16> {
    let kinds: Vec<u16> = Fact::KINDS.iter().map(|(kind, _)| *kind).collect();
    proptest::sample::select(kinds)
}

fn damage(bytes: &mut Vec<u8>, flips: &[(Index, u8)], cut: Option<Index>) {
    for (position, flip) in flips {
        let position = position.index(bytes.len());
        bytes[position] ^= flip;
    }
    if let Some(cut) = cut {
        bytes.truncate(cut.index(bytes.len()));
    }
}

/// Entities that any fact may be said about.
fn beginnings() -> Vec<Vec<Fact>> {
    vec![
        vec![],
        vec![Fact::PostPublished(terms()), minted(1, 3)],
        vec![Fact::TicketOpened(opened(Some(right(1, 1))))],
        vec![Fact::TicketOpened(opened(None))],
    ]
}

fn folds(fact: &Fact) {
    for beginning in beginnings() {
        let facts = (1..).zip(beginning.into_iter().chain([fact.clone()]));
        let ops = facts.map(|(seq, fact)| op(seq, fact)).collect();
        if let Some(entity) = Entity::fold_all(OpId::new(1, 1, 1), ops) {
            let _ = entity.keys();
            assert_eq!(Entity::decode(&entity.encode()).unwrap(), entity);
        }
    }
}

fn states() -> Vec<Entity> {
    every_kind()
        .into_iter()
        .filter_map(|fact| Entity::fold_all(OpId::new(1, 1, 1), vec![op(1, fact)]))
        .collect()
}

#[test]
fn every_kind_can_be_said_about_anything() {
    every_kind().iter().for_each(folds);
    assert!(states().len() >= 8, "every sort of entity begins with some fact");
}

/// A list that claims more than there is must not be made room for.
#[test]
fn endless_lists_and_texts_are_refused() {
    let endless = [0xff; 8];
    for (kind, _) in Fact::KINDS {
        for key in 0..25 {
            let key: &[u8] = if key < 24 { &[key] } else { &[0x18, key] };
            for major in [0x5b_u8, 0x7b, 0x9b, 0xbb] {
                let bytes = [&[0xa1], key, &[major], &endless[..]].concat();
                assert!(Fact::decode(*kind, 1, &bytes).is_err(), "kind {kind}, key {key:?}, {major:x}");
            }
        }
    }
}

/// Nesting that a reader would follow with its stack.
#[test]
fn deep_nesting_is_skipped_or_refused_without_end_of_stack() {
    for open in [0x81_u8, 0x9f, 0xc1] {
        // An unknown key, so that the value is skipped whatever it is.
        let bytes = [&[0xa1, 0x18, 99], &vec![open; 200_000][..]].concat();
        for (kind, _) in Fact::KINDS {
            let _ = Fact::decode(*kind, 1, &bytes);
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_payload_s_reader_panic(
        kind in any_kind(),
        schema: u16,
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Ok(fact) = Fact::decode(kind, schema, &bytes) {
            folds(&fact);
        }
    }

    #[test]
    fn a_damaged_payload_is_refused_or_says_something_else(
        which in any::<Index>(),
        flips in proptest::collection::vec((any::<Index>(), 1_u8..), 1..4),
        cut in proptest::option::of(any::<Index>()),
    ) {
        let kinds = every_kind();
        let fact = &kinds[which.index(kinds.len())];
        let mut bytes = fact.encode();
        damage(&mut bytes, &flips, cut);
        if let Ok(read) = Fact::decode(fact.kind(), Fact::schema(), &bytes) {
            folds(&read);
        }
    }

    #[test]
    fn no_bytes_make_a_state_s_reader_panic(
        which in any::<Index>(),
        flips in proptest::collection::vec((any::<Index>(), 1_u8..), 1..4),
        cut in proptest::option::of(any::<Index>()),
        other in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = Entity::decode(&other);
        let states = states();
        let mut bytes = states[which.index(states.len())].encode();
        damage(&mut bytes, &flips, cut);
        if let Ok(entity) = Entity::decode(&bytes) {
            let _ = entity.keys();
            for fact in every_kind() {
                let _ = Entity::fold(Some(entity.clone()), &op(2, fact));
            }
        }
    }
}
