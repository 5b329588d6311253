//! Numbered places: coming into being, being given away, going.

use hall_core::clock::promising;
use hall_core::entity::Entity;
use hall_core::entity::custody::Custody;
use hall_core::entity::key::{self, Spent};
use hall_core::fact::{
    Fact, Holder, PlaceRight, PlacesBurned, PlacesGiven, PlacesMinted, PlacesTaken, Version,
};
use hall_core::places::{
    Change, PLACES_MAX, Places, PlacesError, ReclaimError, Silence, change, gifts, give, mint, promote,
    reclaim,
};
use hall_core::vocab::{ReclaimTier, ReleaseReason};
use hall_core::{Hlc, Instant, OpId};

use crate::sample::{ME, OTHER, burned, id, minted, post, released, right, ticket};

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
fn changing_the_number_fills_the_gaps_and_burns_the_highest_free() {
    let twelve = || post(vec![minted(1, 12)]);
    let gap = || post(vec![minted(1, 12), burned(&[5, 12])]);
    let run = |first, count, cver| PlacesMinted { first, count, holder: ME, gver: 1, cver };
    let burn = |rights: &[(u16, u32)]| {
        let versions = rights.iter().map(|(_, cver)| Version { gver: 1, cver: *cver }).collect();
        let indices = rights.iter().map(|(index, _)| *index).collect();
        Ok(Change::Burn(PlacesBurned { indices, versions: Some(versions) }))
    };
    let top_taken = || vec![spent(12, true, 1), spent(11, true, 1)];
    let all_but_two = || (3..=12).map(|index| spent(index, true, 1)).collect::<Vec<_>>();
    let cases = [
        ("the same", twelve(), vec![], 12, Ok(Change::None)),
        ("two more", twelve(), vec![], 14, Ok(Change::Mint(vec![run(13, 2, None)]))),
        ("the most", twelve(), vec![], PLACES_MAX, Ok(Change::Mint(vec![run(13, PLACES_MAX - 12, None)]))),
        (
            "more, into the gaps",
            gap(),
            vec![],
            13,
            Ok(Change::Mint(vec![run(5, 1, Some(2)), run(12, 1, Some(2)), run(13, 1, None)])),
        ),
        ("two fewer", twelve(), vec![], 10, burn(&[(12, 1), (11, 1)])),
        ("two fewer, the top is taken", twelve(), top_taken(), 10, burn(&[(10, 1), (9, 1)])),
        ("down to what is taken", twelve(), all_but_two(), 10, burn(&[(2, 1), (1, 1)])),
        ("below what is taken", twelve(), all_but_two(), 9, Err(PlacesError::Taken { taken: 10 })),
        ("fewer, after a gap", gap(), vec![spent(11, false, 4)], 8, burn(&[(11, 5), (10, 1)])),
        ("none", twelve(), vec![], 0, Err(PlacesError::OutOfRange)),
        ("too many", twelve(), vec![], PLACES_MAX + 1, Err(PlacesError::OutOfRange)),
        ("the first ones", post(vec![]), vec![], 3, Ok(Change::Mint(vec![run(1, 3, None)]))),
    ];
    for (what, post, tickets, wanted, expected) in cases {
        let changed = change(id(1), &post, &Places::of(tickets), ME, wanted);
        assert_eq!(changed, expected, "{what}");
        let facts = match changed {
            Ok(Change::Mint(runs)) => runs.into_iter().map(Fact::PlacesMinted).collect(),
            Ok(Change::Burn(burned)) => vec![Fact::PlacesBurned(burned)],
            _ => continue,
        };
        let after = facts.into_iter().zip(90..).fold(Entity::Post(Box::new(post)), |entity, (fact, seq)| {
            Entity::fold(Some(entity), &crate::sample::op(seq, fact)).unwrap()
        });
        assert_eq!(after.post().unwrap().headcount(), usize::from(wanted), "{what}");
    }
}

/// Two devices must never make the same number.
#[test]
fn only_the_publishing_device_makes_new_places() {
    let twelve = post(vec![minted(1, 12)]);
    let none = Places::of([]);
    assert_eq!(change(id(1), &twelve, &none, OTHER, 13), Err(PlacesError::NotOurs));
    assert_eq!(change(id(1), &twelve, &none, OTHER, 12), Ok(Change::None));
    assert_eq!(change(id(1), &twelve, &none, OTHER, 11), Err(PlacesError::Elsewhere { here: 0 }));
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
    let gone = post(vec![minted(1, 3), burned(&[3])]);
    let places = Places::of([spent(3, false, 8)]);
    let Ok(Change::Mint(runs)) = change(id(1), &gone, &places, ME, 3) else { panic!("a place is missing") };
    let again = post(vec![minted(1, 3), burned(&[3]), Fact::PlacesMinted(runs[0].clone())]);
    assert_eq!(places.free(&again, ME), [right(1, 1), right(2, 1), right(3, 10)]);
}

/// Comes of an override only; then both people are seen, and the place counts once.
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
    let elsewhere = OTHER;
    let before_the_loss = Holder { epoch: 0, ..ME };
    let foreign =
        |first, holder| Fact::PlacesMinted(PlacesMinted { first, count: 2, holder, gver: 2, cver: None });
    let mixed = post(vec![minted(1, 2), foreign(3, elsewhere), foreign(5, before_the_loss)]);
    let places = Places::of([spent(1, true, 1)]);
    assert_eq!(indices(&places.free(&mixed, ME)), [2]);
    assert_eq!(
        places.free(&mixed, elsewhere),
        [PlaceRight { index: 3, gver: 2, cver: 1 }, PlaceRight { index: 4, gver: 2, cver: 1 }]
    );
    assert_eq!(change(id(1), &mixed, &places, ME, 4), Err(PlacesError::Elsewhere { here: 1 }));
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

fn taken(gift: u64, rights: &[PlaceRight], not_after: Option<Instant>) -> PlacesTaken {
    PlacesTaken { gift: id(gift), places: rights.to_vec(), not_after }
}

#[test]
fn a_gift_leaves_at_once_and_is_spent_only_when_it_was_accepted() {
    let bound = Some(Instant(9_000));
    let three = post(vec![minted(1, 3)]);
    let places = Places::of([spent(3, true, 1), spent(2, false, 6)]);
    let given = give(id(1), &three, ME, places.free(&three, ME), OTHER, bound).unwrap();
    assert_eq!(given, PlacesGiven { places: vec![right(1, 1), right(2, 7)], to: OTHER, not_after: bound });
    let on_its_way = post(vec![minted(1, 3), Fact::PlacesGiven(given.clone())]);
    assert_eq!((places.free(&on_its_way, ME), places.free(&on_its_way, OTHER)), (vec![], vec![]));
    assert_eq!(give(id(1), &on_its_way, ME, Vec::new(), OTHER, bound), None, "nothing is left to give");

    assert_eq!(gifts(&on_its_way, &places, ME), []);
    // The gift is the third op of the post.
    let answer = taken(3, &[right(1, 2), right(2, 8)], bound);
    assert_eq!(gifts(&on_its_way, &places, OTHER), std::slice::from_ref(&answer));

    let facts = |answer| vec![minted(1, 3), Fact::PlacesGiven(given.clone()), answer];
    let refused = post(facts(Fact::PlacesRefused(answer.clone())));
    assert_eq!(places.free(&refused, ME), [right(1, 3), right(2, 9)]);
    assert_eq!(gifts(&refused, &places, OTHER), []);
    // Accepted by the device that writes here, so that it need not be another one's op.
    let accepted = post(facts(Fact::PlacesAccepted(answer)));
    assert_eq!(places.free(&accepted, ME), [right(1, 3), right(2, 9)]);
    assert_eq!(accepted.places.get(2).unwrap().not_after, bound);
    // Who holds a place until nine cannot promise it then, nor give it for longer: unless it published the post.
    let elsewhere = OpId::new(9, 1, 1);
    for (publisher, until) in [(elsewhere, bound), (id(1), Some(Instant(99_000)))] {
        let later = give(publisher, &accepted, ME, vec![right(2, 9)], OTHER, Some(Instant(99_000))).unwrap();
        assert_eq!((later.places, later.not_after), (vec![right(2, 9)], until));
        let usable = |ms| places.usable(publisher, &accepted, ME, Instant(ms)).len();
        assert_eq!((usable(8_999), usable(9_000)), (2, if publisher == id(1) { 2 } else { 0 }));
    }
}

#[test]
fn the_higher_version_wins_whatever_came_first() {
    let given = PlacesGiven { places: vec![right(1, 5)], to: OTHER, not_after: None };
    let answer = taken(9, &[right(1, 6)], None);
    let facts = [minted(1, 1), Fact::PlacesGiven(given), Fact::PlacesAccepted(answer)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let post = post(order.iter().map(|n| facts[*n].clone()).collect());
        let place = post.places.get(1).unwrap();
        assert_eq!((place.version, place.custody), (Version { gver: 1, cver: 6 }, Custody::Held(ME)));
    }
}

#[test]
fn places_of_a_silent_device_come_back_on_safe_ground_only() {
    let at = |ms| Some(Instant(ms));
    let given = |index: u16, not_after| {
        Fact::PlacesGiven(PlacesGiven { places: vec![right(index, 1)], to: OTHER, not_after })
    };
    let silent = post(vec![minted(1, 4), given(1, at(100)), given(2, at(200)), given(3, None)]);
    let places = Places::of([]);
    let unknown = Silence { sealed: Instant(0), read_out: false };
    let sealed = |ms| Silence { sealed: Instant(ms), ..unknown };
    let back = |silence, risk| reclaim(id(1), &silent, &places, (OTHER, ME), silence, risk);
    let indices = |silence, risk| {
        let granted = back(silence, risk).unwrap();
        assert!(granted.places.iter().all(|right| (right.gver, right.cver) == (2, 0)), "{granted:?}");
        let indices: Vec<u16> = granted.places.iter().map(|right| right.index).collect();
        (indices, granted.tier, granted.at_risk)
    };
    // That time has passed says nothing of what the device promised before.
    assert_eq!(back(unknown, None), Err(ReclaimError::Nothing));
    assert_eq!(back(sealed(99), None), Err(ReclaimError::Nothing));
    assert_eq!(indices(sealed(100), None), (vec![1], ReclaimTier::Seal, 0));
    assert_eq!(indices(sealed(250), None), (vec![1, 2], ReclaimTier::Seal, 0));
    let read = Silence { read_out: true, ..unknown };
    assert_eq!(indices(read, None), (vec![1, 2, 3], ReclaimTier::Evidence, 0));
    assert_eq!(indices(sealed(100), Some("烧了")), (vec![1, 2, 3], ReclaimTier::Override, 2));
    // Another device than the publisher grants anew only at a counted risk.
    let elsewhere = Holder { device: 3, epoch: 1 };
    let theirs = |risk| reclaim(id(1), &silent, &places, (OTHER, elsewhere), sealed(250), risk);
    assert_eq!(theirs(None), Err(ReclaimError::NotOurs));
    assert_eq!(theirs(Some("烧了")).unwrap().at_risk, 1);
    // What a known ticket stands on is never taken.
    let standing = Places::of([spent(1, true, 2)]);
    let granted = reclaim(id(1), &silent, &standing, (OTHER, ME), sealed(250), None).unwrap();
    assert_eq!(granted.places.iter().map(|right| right.index).collect::<Vec<_>>(), [2]);
}

/// A kiosk's clock went back, or a neighbour's was fast: its seal spoke of a later time than its clock did when it
/// promised a place that the desk had granted anew on the strength of that seal.
#[test]
fn what_a_seal_frees_is_promised_by_nobody_else() {
    // It had given the place on, and got it back.
    let gift = OpId::new(OTHER.device, OTHER.epoch, 9);
    let back = PlacesTaken { gift, places: vec![right(1, 3)], not_after: Some(Instant(100)) };
    let post = post(vec![minted(1, 1), Fact::PlacesRefused(back)]);
    let places = Places::of([]);
    for stamped in [0, 50, 99, 100, 150] {
        for clock in [0, 50, 99, 100, 150] {
            let now = promising(Instant(clock), Hlc::new(Instant(stamped), 0));
            let here = !places.usable(id(1), &post, OTHER, now).is_empty();
            assert_eq!(here, clock < 100 && stamped < 100, "by clock {clock}, after op of {stamped}");
            let silence = Silence { sealed: Instant(stamped), read_out: false };
            let freed = reclaim(id(1), &post, &places, (OTHER, ME), silence, None).is_ok();
            assert!(!(here && freed), "by clock {clock}, after op of {stamped}");
        }
    }
}
