//! What the facts about one thing add up to.

use hall_core::entity::{Applied, Attendance, Entity, Hall, Paper, PostStatus, TicketStatus, key};
use hall_core::fact::{
    AgreementMade, ClockAccepted, DeviceEnrolled, EpochEnded, Fact, FindingsOverridden, HallSet,
    InsuranceRecorded, PaperMoved, PostClosed, PrinterAssigned, PrinterTold, StaffPinSet, StaffRetired,
    TicketConfirmed, TierEntered, WorkerCardIssued, WorkerProfile,
};
use hall_core::vocab::{Outcome, PaperState, PaperTrouble, ReleaseReason, Sex};
use hall_core::{Hlc, Instant};

use crate::sample::{
    assigned, at, burned, day, every_kind, fold, id, minted, name, op, opened, ordered, outcome, policy,
    post, profile, released, right, terms, ticket,
};

fn example(of: &str) -> Fact {
    every_kind().into_iter().find(|fact| name(fact) == of).unwrap()
}

fn worker(more: Vec<Fact>) -> hall_core::entity::Worker {
    fold([vec![example("WorkerRegistered")], more].concat()).unwrap().worker().unwrap()
}

#[test]
fn only_a_beginning_begins_an_entity() {
    let begin = [
        "HallSet",
        "StaffAdded",
        "EmployerRegistered",
        "WorkerRegistered",
        "SignedIn",
        "PostPublished",
        "TicketOpened",
        "DeviceEnrolled",
        "PrinterAssigned",
        "PaperOrdered",
    ];
    for fact in every_kind() {
        let begins = begin.contains(&name(&fact).as_str());
        assert_eq!(fold(vec![fact.clone()]).is_some(), begins, "{}", name(&fact));
    }
    for lost in [Fact::Absent { kind: 50 }, Fact::Unknown { kind: 999, schema: 1 }] {
        assert_eq!(fold(vec![lost]), None);
    }
}

#[test]
fn a_fact_about_something_else_changes_nothing() {
    for first in every_kind() {
        let Some(before) = fold(vec![first.clone()]) else { continue };
        for strange in
            [Fact::Absent { kind: 61 }, Fact::Unknown { kind: 999, schema: 1 }, example("SignedIn")]
        {
            let after = Entity::fold(Some(before.clone()), &op(2, strange.clone())).unwrap();
            assert_eq!(after, before, "{} after {}", name(&strange), name(&first));
        }
    }
}

#[test]
fn a_state_is_stored_and_read_back() {
    for first in every_kind() {
        let facts = [vec![first], every_kind()].concat();
        if let Some(entity) = fold(facts) {
            assert_eq!(Entity::decode(&entity.encode()).unwrap(), entity);
        }
    }
}

#[test]
fn the_hall_keeps_what_was_not_said_again() {
    let phone = HallSet { phone: Some("0539-1111111".into()), ..HallSet::default() };
    let hall =
        fold(vec![example("HallSet"), Fact::HallSet(phone), example("TierEntered")]).unwrap().hall().unwrap();
    assert_eq!((hall.name.as_str(), hall.phone.as_str()), ("奎山县零工大厅", "0539-1111111"));
    let tier = TierEntered { tier: 2, ..hall.tier.clone().unwrap() };
    let accepted = ClockAccepted { at: Instant(7), reason: "换电池".into() };
    let facts = vec![
        example("HallSet"),
        example("TierEntered"),
        Fact::TierEntered(tier.clone()),
        Fact::ClockAccepted(accepted.clone()),
    ];
    let expected = Hall {
        tier: Some(tier),
        clock_accepted: Some((accepted, Hlc::new(at("2026-11-20 05:00").plus_ms(4_000), 0))),
        phone: "0539-0000000".into(),
        ..hall
    };
    assert_eq!(fold(facts).unwrap().hall(), Some(expected));
}

#[test]
fn staff_change_their_pin_and_leave() {
    let staff =
        |more: Vec<Fact>| fold([vec![example("StaffAdded")], more].concat()).unwrap().staff().unwrap();
    assert!(!staff(vec![]).retired);
    let pin = |hash: &str| Fact::StaffPinSet(StaffPinSet { pin_hash: hash.into() });
    assert_eq!(staff(vec![pin("b"), pin("c")]).pin_hash, "c");
    assert!(staff(vec![Fact::StaffRetired(StaffRetired { reason: String::new() })]).retired);
}

#[test]
fn a_worker_is_registered_whole_or_not_at_all() {
    let parts: [fn(&mut WorkerProfile); 4] = [
        |profile| profile.id_tag = None,
        |profile| profile.masked_name = None,
        |profile| profile.born = None,
        |profile| profile.sex = None,
    ];
    for without in parts {
        let mut profile = profile();
        without(&mut profile);
        assert_eq!(fold(vec![Fact::WorkerRegistered(profile)]), None);
    }
    let bare = WorkerProfile {
        trades: None,
        certificates: None,
        post_type: None,
        pension: None,
        student: None,
        ..profile()
    };
    let bare = fold(vec![Fact::WorkerRegistered(bare)]).unwrap().worker().unwrap();
    assert!(bare.trades.is_empty() && bare.post_type.is_none() && !bare.pension && !bare.student);
}

#[test]
fn a_worker_changes_only_where_something_was_said() {
    let before = worker(vec![]);
    assert_eq!((before.born, before.sex, before.card), (day("1968-02-29"), Sex::Female, 0));
    let change = WorkerProfile { trades: Some(Vec::new()), pension: Some(true), ..WorkerProfile::default() };
    let after = worker(vec![Fact::WorkerChanged(change)]);
    assert!(after.trades.is_empty() && after.pension && after.student);
    assert_eq!((after.born, after.post_type), (before.born, before.post_type));
    assert_eq!(worker(vec![example("WorkerIdentified")]).identity.unwrap().name, "张䶮𬭚");
}

#[test]
fn the_newest_card_is_the_one_that_counts() {
    let card = |number| Fact::WorkerCardIssued(WorkerCardIssued { number });
    assert_eq!(worker(vec![card(1), card(2)]).card, 2);
    // A lower number that comes later was issued by somebody who did not know of the higher one.
    assert_eq!(worker(vec![card(2), card(1)]).card, 2);
}

#[test]
fn a_closed_post_may_still_be_cancelled_and_never_opens_again() {
    let closed = |cancelled| Fact::PostClosed(PostClosed { reason: String::new(), cancelled });
    let cases = [
        (vec![], PostStatus::Open),
        (vec![closed(false)], PostStatus::Closed),
        (vec![closed(true)], PostStatus::Cancelled),
        (vec![closed(false), closed(true)], PostStatus::Cancelled),
        (vec![closed(true), closed(false)], PostStatus::Cancelled),
        (vec![closed(false), Fact::PostRevised(terms())], PostStatus::Closed),
    ];
    for (facts, status) in cases {
        assert_eq!(post(facts.clone()).status, status, "{facts:?}");
    }
}

#[test]
fn a_device_is_renewed_revoked_and_its_epochs_end() {
    let device =
        |more: Vec<Fact>| fold([vec![example("DeviceEnrolled")], more].concat()).unwrap().device().unwrap();
    let ended = |epoch, last_seq| Fact::EpochEnded(EpochEnded { epoch, last_seq, reason: String::new() });
    let enrolled = |device, name: &str| {
        let Fact::DeviceEnrolled(enrolled) = example("DeviceEnrolled") else { unreachable!() };
        Fact::DeviceEnrolled(DeviceEnrolled { device, name: name.into(), certificate: vec![9], ..enrolled })
    };
    let renewed = device(vec![enrolled(70_001, "门口自助机")]);
    assert_eq!((renewed.name.as_str(), renewed.certificate, renewed.revoked), ("门口自助机", vec![9], false));
    let other = device(vec![enrolled(70_002, "别的")]);
    assert_eq!((other.number, other.name.as_str()), (70_001, "自助机 2"));
    let gone = device(vec![example("DeviceRevoked"), enrolled(70_001, "门口自助机")]);
    assert!(gone.revoked, "a revocation is final");
    let epochs = device(vec![ended(1, 40), ended(2, 7), ended(1, 38), ended(1, 41)]).ended;
    assert_eq!(epochs.into_iter().collect::<Vec<_>>(), [(1, 41), (2, 7)]);
}

#[test]
fn places_are_minted_once_and_stay_in_order() {
    let cases: [(&str, Vec<Fact>, Vec<u16>); 6] = [
        ("none yet", vec![], vec![]),
        ("three", vec![minted(1, 3)], vec![1, 2, 3]),
        ("the same twice", vec![minted(1, 3), minted(2, 3)], vec![1, 2, 3, 4]),
        ("in any order", vec![minted(5, 2), minted(1, 2)], vec![1, 2, 5, 6]),
        ("some gone, one never there", vec![minted(1, 4), burned(&[4, 2, 99])], vec![1, 3]),
        ("beyond the numbers that a post may have", vec![minted(0, 2), minted(u16::MAX - 1, 9)], vec![1]),
    ];
    for (what, facts, expected) in cases {
        let indices: Vec<u16> = post(facts).places.iter().map(|(index, _)| index).collect();
        assert_eq!(indices, expected, "{what}");
    }
}

#[test]
fn a_post_remembers_who_let_what_pass() {
    let said =
        FindingsOverridden { codes: vec!["gender".into(), "age_upper".into()], reason: "女浴室".into() };
    let pairs = post(vec![Fact::FindingsOverridden(said)]).overridden;
    assert_eq!(pairs, [("gender".into(), "女浴室".into()), ("age_upper".into(), "女浴室".into())]);
}

#[test]
fn where_a_ticket_stands() {
    use Outcome::{Arrived, Finished, NoShow, Paid};
    let place = Some(right(7, 3));
    let gone = || released(ReleaseReason::Desk, Some(4));
    let cases = [
        (ticket(None, vec![]), TicketStatus::Provisional, true, false),
        (ticket(None, vec![released(ReleaseReason::Worker, None)]), TicketStatus::Released, false, false),
        (ticket(place, vec![]), TicketStatus::Confirmed, true, true),
        (ticket(place, vec![outcome(Arrived)]), TicketStatus::Arrived, true, true),
        (ticket(place, vec![outcome(Arrived), outcome(Finished)]), TicketStatus::Finished, true, true),
        (ticket(place, vec![outcome(Finished), outcome(Paid)]), TicketStatus::Finished, true, true),
        (ticket(place, vec![gone()]), TicketStatus::Released, false, false),
        (ticket(place, vec![outcome(NoShow), gone()]), TicketStatus::NoShow, false, false),
        (ticket(place, vec![gone(), outcome(Arrived)]), TicketStatus::Review, false, false),
        (ticket(place, vec![outcome(Arrived), gone()]), TicketStatus::Review, false, false),
    ];
    for (ticket, status, live, holds) in cases {
        assert_eq!(
            (ticket.status(), ticket.is_live(), ticket.holds_place()),
            (status, live, holds),
            "{ticket:?}"
        );
    }
}

#[test]
fn a_promise_is_never_changed_silently() {
    let confirm = |index| Fact::TicketConfirmed(TicketConfirmed { place: right(index, 1) });
    let promoted = ticket(None, vec![confirm(3), confirm(4)]);
    assert_eq!(promoted.place, Some(right(3, 1)));
    assert_eq!(promoted.confirmed.unwrap().instant(), at("2026-11-20 05:00").plus_ms(2_000));
    assert!(promoted.standby.is_some(), "it is still known that it waited");
    assert_eq!(ticket(Some(right(7, 3)), vec![confirm(4)]).place, Some(right(7, 3)));
    // The first release stands; the place stays as history.
    let gone = ticket(
        Some(right(7, 3)),
        vec![released(ReleaseReason::Worker, Some(4)), released(ReleaseReason::Desk, Some(9))],
    );
    let first = gone.released.unwrap();
    assert_eq!((first.reason, first.cver, gone.place), (ReleaseReason::Worker, Some(4), Some(right(7, 3))));
}

#[test]
fn what_is_known_of_work_and_money_is_kept_apart() {
    let ticket = ticket(
        Some(right(7, 3)),
        vec![
            example("OutcomeRecorded"),
            outcome(Outcome::Arrived),
            outcome(Outcome::Paid),
            example("AgreementMade"),
        ],
    );
    assert_eq!(ticket.attendance, Some(Attendance::Arrived));
    assert!(ticket.settled.as_ref().unwrap().paid, "the last word about the money counts");
    let Fact::AgreementMade(AgreementMade { number, .. }) = example("AgreementMade") else { unreachable!() };
    assert_eq!(ticket.agreement.unwrap().number, number);
}

#[test]
fn the_policy_that_was_recorded_last_stands() {
    let corrected = InsuranceRecorded { number: "P2".into(), sum: 1_000_000, ..policy() };
    let record = |seq, policy: &InsuranceRecorded, by| Applied {
        by: Some(by),
        ..op(seq, Fact::InsuranceRecorded(policy.clone()))
    };
    let ops = vec![
        op(1, Fact::TicketOpened(opened(None))),
        record(2, &policy(), id(3)),
        record(3, &corrected, id(4)),
    ];
    for ops in [ops.clone(), ops.into_iter().rev().collect()] {
        let insurance = Entity::fold_all(id(1), ops).unwrap().ticket().unwrap().insurance.unwrap();
        assert_eq!((&insurance.recorded, insurance.by), (&corrected, Some(id(4))));
        assert_eq!(insurance.at.instant(), at("2026-11-20 05:00").plus_ms(3_000));
    }
    assert_eq!(ticket(None, vec![]).insurance, None);
}

/// Which questions find which entity: the keys follow from the state and from nothing else.
#[test]
fn entities_are_found_under_their_keys() {
    let starts = |keys: &[Vec<u8>], prefix: &[u8]| keys.iter().filter(|key| key.starts_with(prefix)).count();
    let entity = |fact: &str| fold(vec![example(fact)]).unwrap().keys();
    assert_eq!(entity("HallSet"), [key::hall()]);
    assert_eq!(entity("StaffAdded"), [key::staff()]);
    assert_eq!(entity("EmployerRegistered"), [key::employers(), key::employer_tag(&[9; 16])]);
    assert_eq!(entity("WorkerRegistered"), [key::workers(), key::worker_tag(&[7; 16])]);
    let visit = entity("SignedIn");
    assert_eq!(starts(&visit, &key::visits_of_day(day("2026-11-20"))), 1);
    assert_eq!(starts(&visit, &key::visit_of_worker(id(5), day("2026-11-20"))), 1);
    let post = entity("PostPublished");
    assert_eq!(post, [key::post_until(day("2026-11-21")), key::post_of_employer(id(3))]);

    let waiting = Entity::Ticket(ticket(None, vec![])).keys();
    assert_eq!(starts(&waiting, &key::standbys_of_post(id(4))), 1);
    assert_eq!(starts(&waiting, &key::places_of_post(id(4))), 0);
    assert_eq!(starts(&waiting, &key::ticket_of_worker(id(5), day("2026-11-20"))), 1);
    assert_eq!(starts(&waiting, &key::tickets_opened(day("2026-11-20"))), 1);
    assert_eq!(starts(&waiting, &key::ticket_for_work(day("2026-11-20"))), 1);
    let gave_up = Entity::Ticket(ticket(None, vec![released(ReleaseReason::Worker, None)])).keys();
    assert_eq!(starts(&gave_up, &key::standbys_of_post(id(4))), 0);
}

fn paper(moves: &[(PaperState, Option<PaperTrouble>)]) -> Paper {
    let moved = moves.iter().map(|(to, why)| Fact::PaperMoved(PaperMoved { to: *to, why: *why }));
    let facts = [vec![Fact::PaperOrdered(ordered())], moved.collect()].concat();
    fold(facts).unwrap().paper().unwrap()
}

#[test]
fn what_a_printer_was_sent_stays_sent() {
    use PaperState::{Cancelled, Done, Failed, Queued, Sending, Unconfirmed, Waiting};
    let last = |moves: &[PaperState]| paper(&moves.iter().map(|to| (*to, None)).collect::<Vec<_>>()).state;
    for (moves, expected) in [
        (&[][..], Queued),
        (&[Waiting, Sending, Done], Done),
        (&[Sending, Waiting], Sending),
        (&[Sending, Cancelled], Sending),
        (&[Waiting, Cancelled], Cancelled),
        (&[Cancelled, Sending, Done], Done),
        (&[Cancelled, Waiting], Cancelled),
        (&[Cancelled, Done], Cancelled),
        (&[Sending, Unconfirmed, Sending], Unconfirmed),
        (&[Sending, Unconfirmed, Done], Done),
        (&[Sending, Unconfirmed, Failed], Failed),
        (&[Sending, Unconfirmed, Cancelled], Unconfirmed),
        (&[Done, Failed], Done),
        (&[Failed, Sending], Failed),
        (&[Waiting, Queued], Waiting),
    ] {
        assert_eq!(last(moves), expected, "{moves:?}");
    }
    let waits = paper(&[(Waiting, Some(PaperTrouble::CoverOpen)), (Waiting, Some(PaperTrouble::PaperOut))]);
    assert_eq!(
        (waits.why, waits.since),
        (Some(PaperTrouble::PaperOut), op(3, Fact::PaperOrdered(ordered())).hlc)
    );
    assert!(waits.is_unsent() && waits.is_open());
}

#[test]
fn papers_are_found_by_day_by_ticket_and_while_they_are_not_settled() {
    let is_under = |paper: &Paper, prefix: &[u8]| {
        Entity::Paper(paper.clone()).keys().iter().any(|key| key.starts_with(prefix))
    };
    for (state, unsettled) in [
        (PaperState::Sending, true),
        (PaperState::Waiting, true),
        (PaperState::Unconfirmed, true),
        (PaperState::Done, false),
        (PaperState::Failed, false),
        (PaperState::Cancelled, false),
    ] {
        let paper = paper(&[(state, None)]);
        assert!(is_under(&paper, &key::papers_ordered(day("2026-11-20"))));
        assert!(is_under(&paper, &key::papers_about(id(7))));
        assert_eq!(is_under(&paper, &key::papers_unsettled()), unsettled, "{state:?}");
    }
}

#[test]
fn a_printer_is_assigned_anew_for_the_same_machine_and_use_only() {
    let printer = |more: PrinterAssigned| {
        fold(vec![Fact::PrinterAssigned(assigned()), Fact::PrinterAssigned(more)]).unwrap().printer().unwrap()
    };
    let none = PrinterAssigned { address: String::new(), ..assigned() };
    assert_eq!(printer(none.clone()).assigned, none);
    let of_another = PrinterAssigned { device: 3, ..none };
    assert_eq!(printer(of_another).assigned, assigned());
}

#[test]
fn what_a_printer_was_said_to_be_holds_until_another_is_assigned() {
    let low = PrinterTold { trouble: None, low: true };
    let torn = PrinterTold { trouble: Some(PaperTrouble::PaperOut), low: false };
    let printer = |more: Vec<Fact>| {
        fold([vec![Fact::PrinterAssigned(assigned())], more].concat()).unwrap().printer().unwrap()
    };
    let told = |more| printer(more).told.map(|(told, _)| told);
    assert_eq!(told(vec![]), None);
    assert_eq!(told(vec![Fact::PrinterTold(low), Fact::PrinterTold(torn)]), Some(torn));
    let of_another = PrinterAssigned { device: 3, ..assigned() };
    assert_eq!(told(vec![Fact::PrinterTold(low), Fact::PrinterAssigned(of_another)]), Some(low));
    let anew = vec![Fact::PrinterTold(torn), Fact::PrinterAssigned(assigned())];
    assert_eq!(told(anew), None, "it may be another printer at the same address");
}

#[test]
fn a_range_ends_behind_everything_with_its_prefix() {
    for prefix in [key::hall(), key::places_of_post(id(u64::MAX)), vec![1, 255, 255], vec![255, 255], vec![]]
    {
        let end = key::end_of(&prefix);
        let longest = [&prefix[..], &[255; 40]].concat();
        assert!(longest < end, "{prefix:?}");
    }
    assert_eq!(key::end_of(b"P"), b"Q");
    assert_eq!(key::end_of(&[1, 255]), [2]);
}
