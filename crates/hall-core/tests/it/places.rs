//! Numbered places: coming into being, being given away, going.

use hall_core::entity::Entity;
use hall_core::entity::key::{self, Spent};
use hall_core::fact::{Fact, Holder, PlaceRight, PlacesBurned, PlacesMinted};
use hall_core::places::{Change, PLACES_MAX, Places, PlacesError, change, mint, promote};
use hall_core::vocab::ReleaseReason;

use crate::sample::{ME, id, minted, post, released, right, ticket};

fn spent(index: u16, live: bool, cver: u32) -> Spent {
    Spent { index, live, gver: 1, cver }
}

fn indices(free: &[PlaceRight]) -> Vec<u16> {
    free.iter().map(|right| right.index).collect()
}

#[test]
fn a_new_post_has_one_place_to_the_most() {
    for (count, expected) in
        [(0, false), (1, true), (PLACES_MAX, true), (PLACES_MAX + 1, false), (u16::MAX, false)]
    {
        let made = mint(ME, count);
        assert_eq!(made.is_ok(), expected, "{count}");
        if let Ok(made) = made {
            assert_eq!((made.first, made.count, made.holder, made.gver), (1, count, ME, 1));
        }
    }
    assert_eq!(mint(ME, 0), Err(PlacesError::OutOfRange));
}

#[test]
fn changing_the_number_mints_above_and_burns_the_highest_free() {
    let twelve = || post(vec![minted(1, 12)]);
    let gap = || post(vec![minted(1, 12), Fact::PlacesBurned(PlacesBurned { indices: vec![5, 12] })]);
    let mint = |first, count| Ok(Change::Mint(PlacesMinted { first, count, holder: ME, gver: 1 }));
    let burn = |indices: &[u16]| Ok(Change::Burn(PlacesBurned { indices: indices.to_vec() }));
    let top_taken = || vec![spent(12, true, 1), spent(11, true, 1)];
    let all_but_two = || (3..=12).map(|index| spent(index, true, 1)).collect::<Vec<_>>();
    let cases = [
        ("the same", twelve(), vec![], 12, Ok(Change::None)),
        ("two more", twelve(), vec![], 14, mint(13, 2)),
        ("the most", twelve(), vec![], PLACES_MAX, mint(13, PLACES_MAX - 12)),
        ("more, after a gap", gap(), vec![], 12, mint(12, 2)),
        ("two fewer", twelve(), vec![], 10, burn(&[12, 11])),
        ("two fewer, the top is taken", twelve(), top_taken(), 10, burn(&[10, 9])),
        ("down to what is taken", twelve(), all_but_two(), 10, burn(&[2, 1])),
        ("below what is taken", twelve(), all_but_two(), 9, Err(PlacesError::Taken { taken: 10 })),
        ("fewer, after a gap", gap(), vec![], 8, burn(&[11, 10])),
        ("none", twelve(), vec![], 0, Err(PlacesError::OutOfRange)),
        ("too many", twelve(), vec![], PLACES_MAX + 1, Err(PlacesError::OutOfRange)),
        ("the first ones", post(vec![]), vec![], 3, mint(1, 3)),
    ];
    for (what, post, tickets, wanted, expected) in cases {
        let changed = change(&post, &Places::of(tickets), ME, wanted);
        assert_eq!(changed, expected, "{what}");
        let fact = match changed {
            Ok(Change::Mint(minted)) => Fact::PlacesMinted(minted),
            Ok(Change::Burn(burned)) => Fact::PlacesBurned(burned),
            _ => continue,
        };
        let next = crate::sample::op(90, fact);
        let after = Entity::fold(Some(Entity::Post(Box::new(post))), &next).unwrap().post().unwrap();
        assert_eq!(after.headcount(), usize::from(wanted), "{what}");
    }
}

#[test]
fn a_released_place_is_free_again_at_a_higher_custody_version() {
    let three = post(vec![minted(1, 3)]);
    let free = |tickets: Vec<Spent>| Places::of(tickets).free(&three, ME);
    assert_eq!(free(vec![]), [right(1, 1), right(2, 1), right(3, 1)]);
    assert_eq!(free(vec![spent(1, true, 1)]), [right(2, 1), right(3, 1)]);
    // Taken at version 1, given back at version 2: the next claim is version 3.
    assert_eq!(free(vec![spent(1, false, 2)]), [right(1, 3), right(2, 1), right(3, 1)]);
    assert_eq!(free(vec![spent(1, false, 2), spent(1, true, 3)]), [right(2, 1), right(3, 1)]);
    let thrice = vec![spent(1, false, 4), spent(1, false, 2), spent(1, false, 6)];
    assert_eq!(free(thrice)[0], right(1, 7));
}

#[test]
fn a_place_minted_again_goes_on_where_its_number_was() {
    let again = post(vec![minted(1, 3), Fact::PlacesBurned(PlacesBurned { indices: vec![3] }), minted(3, 1)]);
    let places = Places::of([spent(3, false, 8)]);
    assert_eq!(places.free(&again, ME), [right(1, 1), right(2, 1), right(3, 9)]);
}

/// Cannot happen among devices that keep the rules; then both people are seen, and the place counts once.
#[test]
fn two_live_tickets_on_a_place_are_one_taken_place() {
    let two = post(vec![minted(1, 2)]);
    for tickets in [[spent(1, true, 1), spent(1, true, 3)], [spent(1, true, 3), spent(1, true, 1)]] {
        let places = Places::of(tickets);
        assert_eq!(places.taken(), 1);
        assert_eq!(indices(&places.free(&two, ME)), [2]);
    }
    // When the winner leaves, the other one still stands there.
    let places = Places::of([spent(1, true, 1), spent(1, false, 4)]);
    assert_eq!((places.taken(), indices(&places.free(&two, ME))), (1, vec![2]));
}

#[test]
fn a_device_gives_away_only_what_it_holds() {
    let elsewhere = Holder { device: 2, epoch: 1 };
    let before_the_loss = Holder { epoch: 0, ..ME };
    let foreign = |first, holder| Fact::PlacesMinted(PlacesMinted { first, count: 2, holder, gver: 2 });
    let mixed = post(vec![minted(1, 2), foreign(3, elsewhere), foreign(5, before_the_loss)]);
    let places = Places::of([spent(1, true, 1)]);
    assert_eq!(indices(&places.free(&mixed, ME)), [2]);
    assert_eq!(
        places.free(&mixed, elsewhere),
        [PlaceRight { index: 3, gver: 2, cver: 1 }, PlaceRight { index: 4, gver: 2, cver: 1 }]
    );
    assert_eq!(change(&mixed, &places, ME, 4), Err(PlacesError::Taken { taken: 1 }));
}

#[test]
fn the_first_who_waits_gets_the_lowest_place() {
    let (a, b, c) = (id(11), id(12), id(13));
    let free = [right(2, 3), right(5, 1)];
    assert_eq!(promote(&free, &[a, b, c]), [(a, free[0]), (b, free[1])]);
    assert_eq!(promote(&free, &[c]), [(c, free[0])]);
    assert_eq!(promote(&[], &[a]), []);
    assert_eq!(promote(&free, &[]), []);
}

/// What a ticket did with its place can be read from the index alone.
#[test]
fn the_index_says_what_became_of_a_place() {
    let prefix = key::places_of_post(id(4));
    let of = |ticket: hall_core::entity::Ticket| {
        let keys = Entity::Ticket(ticket).keys();
        let rows: Vec<_> = keys.iter().filter(|key| key.starts_with(&prefix)).collect();
        assert!(rows.len() <= 1);
        rows.first().and_then(|row| Spent::of_key(row))
    };
    assert_eq!(of(ticket(Some(right(7, 3)), vec![])), Some(spent(7, true, 3)));
    let gone = ticket(Some(right(7, 3)), vec![released(ReleaseReason::Worker, Some(4))]);
    assert_eq!(of(gone), Some(spent(7, false, 4)));
    assert_eq!(of(ticket(None, vec![])), None);
    assert_eq!(Spent::of_key(&prefix), None);
}
