//! Decisions about tickets, one table a question.

use hall_core::entity::{Post, Span, Ticket};
use hall_core::fact::{Fact, PlaceRight, PostClosed, TicketConfirmed};
use hall_core::ticketing::{self, Claim, Held, Refusal, has_lapsed, record, release};
use hall_core::vocab::{Outcome, ReleaseReason, StandbyReason};
use hall_core::{Fen, Instant};

use crate::sample::{at, id, minted, minute, outcome, post, released, right, ticket};

/// Work on the 20th and 21st, 09:30 to 17:30.
fn span() -> Span {
    post(Vec::new()).span()
}

struct Wish<'a> {
    now: &'a str,
    trusted: bool,
    free: &'a [PlaceRight],
    standbys: usize,
    elsewhere: usize,
    held: &'a [Held],
}

const FREE: [PlaceRight; 2] =
    [PlaceRight { index: 1, gver: 1, cver: 1 }, PlaceRight { index: 4, gver: 1, cver: 5 }];

impl Default for Wish<'_> {
    fn default() -> Self {
        Self { now: "2026-11-20 06:00", trusted: true, free: &FREE, standbys: 0, elsewhere: 0, held: &[] }
    }
}

fn claim(post: &Post, wish: &Wish<'_>) -> Result<(Option<PlaceRight>, Option<StandbyReason>), Refusal> {
    let opened = Claim {
        now: at(wish.now),
        clock_trusted: wish.trusted,
        worker: id(5),
        post_id: id(4),
        post,
        free: wish.free,
        standbys: wish.standbys,
        elsewhere: wish.elsewhere,
        held: wish.held,
        number: 37,
    }
    .decide()?;
    assert_eq!((opened.worker, opened.post, opened.number), (id(5), id(4), 37));
    assert_eq!(opened.first_day, post.span().first_day);
    Ok((opened.place, opened.standby))
}

#[test]
fn who_asks_gets_the_lowest_place_that_nobody_waits_for() {
    let post = post(vec![minted(1, 4)]);
    let full = Ok((None, Some(StandbyReason::Full)));
    let place = |n: usize| Ok((Some(FREE[n]), None));
    let wish = Wish::default;
    let cases = [
        ("a free place", wish(), place(0)),
        ("one waits already: the second place", Wish { standbys: 1, ..wish() }, place(1)),
        ("as many wait as places are free", Wish { standbys: 2, ..wish() }, full),
        ("more wait than places are free", Wish { standbys: 9, ..wish() }, full),
        ("no place", Wish { free: &[], ..wish() }, full),
        (
            "no place here, one on another device",
            Wish { free: &[], elsewhere: 1, ..wish() },
            Ok((None, Some(StandbyReason::NoneHere))),
        ),
        (
            "the clock is behind",
            Wish { trusted: false, ..wish() },
            Ok((None, Some(StandbyReason::ClockUntrusted))),
        ),
        ("the last minute", Wish { now: "2026-11-20 09:29", ..wish() }, place(0)),
    ];
    for (what, wish, expected) in cases {
        assert_eq!(claim(&post, &wish), expected, "{what}");
    }
}

#[test]
fn a_claim_is_refused_for_each_reason() {
    let open = post(vec![minted(1, 4)]);
    let closed = |cancelled| post(vec![Fact::PostClosed(PostClosed { reason: "满了".into(), cancelled })]);
    let same = [Held { ticket: id(70), post: id(4), span: span() }];
    let night = Span { start: minute("22:00"), end: minute("06:00"), ..span() };
    let meets = [Held { ticket: id(71), post: id(9), span: Span { start: minute("17:29"), ..night } }];
    let beside = [Held { ticket: id(72), post: id(9), span: Span { start: minute("17:30"), ..night } }];
    let wish = Wish::default;
    let cases = [
        ("closed", closed(false), wish(), Err(Refusal::PostClosed)),
        ("cancelled", closed(true), wish(), Err(Refusal::PostClosed)),
        ("begins now", open.clone(), Wish { now: "2026-11-20 09:30", ..wish() }, Err(Refusal::Begun)),
        ("on the second day", open.clone(), Wish { now: "2026-11-21 06:00", ..wish() }, Err(Refusal::Begun)),
        (
            "twice",
            open.clone(),
            Wish { held: &same, ..wish() },
            Err(Refusal::AlreadyHolds { ticket: id(70) }),
        ),
        (
            "meets another",
            open.clone(),
            Wish { held: &meets, ..wish() },
            Err(Refusal::Overlap { ticket: id(71) }),
        ),
        ("right after another", open.clone(), Wish { held: &beside, ..wish() }, Ok((Some(FREE[0]), None))),
        // What cannot be had at all is said before what could be solved by giving something back.
        (
            "closed and twice",
            closed(false),
            Wish { held: &same, now: "2026-11-20 09:30", ..wish() },
            Err(Refusal::PostClosed),
        ),
    ];
    for (what, post, wish, expected) in cases {
        assert_eq!(claim(&post, &wish), expected, "{what}");
    }
}

fn confirmed(more: Vec<Fact>) -> Ticket {
    ticket(Some(right(7, 3)), more)
}

#[test]
fn a_place_can_be_given_back_alone_until_half_an_hour_before_the_work() {
    use ReleaseReason::{Desk, NoShow, PostCancelled, Worker};
    let provisional = || ticket(None, Vec::new());
    let arrived = || confirmed(vec![outcome(Outcome::Arrived)]);
    let gone = || confirmed(vec![released(Worker, Some(4))]);
    assert_eq!(ticketing::release_until(span()), at("2026-11-20 09:00"));
    let cases = [
        (confirmed(vec![]), Worker, "2026-11-20 08:59", Ok(Some(4))),
        (confirmed(vec![]), Worker, "2026-11-20 09:00", Err(Refusal::TooLate)),
        (confirmed(vec![]), Worker, "2026-11-20 12:00", Err(Refusal::TooLate)),
        (confirmed(vec![]), Desk, "2026-11-20 09:00", Ok(Some(4))),
        (confirmed(vec![]), Desk, "2026-11-21 12:00", Ok(Some(4))),
        (confirmed(vec![]), NoShow, "2026-11-20 10:00", Ok(Some(4))),
        (confirmed(vec![]), PostCancelled, "2026-11-20 10:00", Ok(Some(4))),
        (provisional(), Worker, "2026-11-20 08:59", Ok(None)),
        (provisional(), Worker, "2026-11-20 12:00", Ok(None)),
        (provisional(), Desk, "2026-11-20 12:00", Ok(None)),
        (arrived(), Worker, "2026-11-20 08:00", Err(Refusal::Arrived)),
        (arrived(), Desk, "2026-11-20 10:00", Err(Refusal::Arrived)),
        (arrived(), NoShow, "2026-11-20 10:00", Err(Refusal::Arrived)),
        (arrived(), PostCancelled, "2026-11-20 10:00", Ok(Some(4))),
        (gone(), Worker, "2026-11-20 08:00", Err(Refusal::NotLive)),
        (gone(), PostCancelled, "2026-11-20 08:00", Err(Refusal::NotLive)),
    ];
    for (ticket, reason, now, expected) in cases {
        let what = format!("{reason:?} at {now} of {:?}", ticket.status());
        let done = release(&ticket, span(), at(now), reason, "说明");
        if let Ok(fact) = &done {
            assert_eq!((fact.reason, fact.note.as_str()), (reason, "说明"), "{what}");
        }
        assert_eq!(done.map(|fact| fact.cver), expected, "{what}");
    }
}

#[test]
fn a_promoted_ticket_gives_back_the_place_it_got() {
    let promoted = ticket(None, vec![Fact::TicketConfirmed(TicketConfirmed { place: right(2, 9) })]);
    let now = at("2026-11-20 08:00");
    let fact = release(&promoted, span(), now, ReleaseReason::Worker, "").unwrap();
    assert_eq!(fact.cver, Some(10));
}

#[test]
fn who_waits_is_free_twenty_minutes_before_the_work() {
    let provisional = || ticket(None, Vec::new());
    let gone = || ticket(None, vec![released(ReleaseReason::Worker, None)]);
    let cut = at("2026-11-20 09:10");
    assert_eq!(ticketing::decide_by(span()), cut);
    let cases = [
        (provisional(), cut.plus_ms(-1), false),
        (provisional(), cut, true),
        (provisional(), cut.plus_ms(86_400_000), true),
        (gone(), cut, false),
        (confirmed(vec![]), cut, false),
    ];
    for (ticket, now, lapsed) in cases {
        assert_eq!(has_lapsed(&ticket, span(), now), lapsed, "{:?} at {now:?}", ticket.status());
    }
}

#[test]
fn what_may_be_recorded_of_a_ticket_and_when() {
    use Outcome::{Arrived, Finished, NoShow, Paid, Unpaid};
    let live = || confirmed(vec![]);
    let here = || confirmed(vec![outcome(Arrived)]);
    let done = || confirmed(vec![outcome(Arrived), outcome(Finished)]);
    let gone = || confirmed(vec![released(ReleaseReason::Desk, Some(4))]);
    let waiting = || ticket(None, Vec::new());
    let (early, begins, later) = ("2026-11-20 09:29", "2026-11-20 09:30", "2026-11-22 08:00");
    let cases = [
        // People come early; not on the day before.
        (live(), Arrived, "2026-11-19 23:59", Some(Refusal::NotBegun)),
        (live(), Arrived, "2026-11-20 00:00", None),
        (live(), Arrived, later, None),
        (gone(), Arrived, begins, Some(Refusal::NotLive)),
        (live(), Finished, early, Some(Refusal::NotBegun)),
        (live(), Finished, begins, None),
        (here(), Finished, begins, None),
        (gone(), Finished, begins, Some(Refusal::NotLive)),
        (live(), NoShow, early, Some(Refusal::NotBegun)),
        (live(), NoShow, begins, None),
        (here(), NoShow, begins, Some(Refusal::Arrived)),
        (done(), NoShow, begins, Some(Refusal::Arrived)),
        (gone(), NoShow, begins, Some(Refusal::NotLive)),
        (done(), Paid, early, Some(Refusal::NotBegun)),
        (done(), Paid, later, None),
        (done(), Unpaid, later, None),
        // Money may still be owed to somebody who worked and was then let go.
        (gone(), Unpaid, later, None),
        (waiting(), Arrived, begins, Some(Refusal::NoPlace)),
        (waiting(), NoShow, begins, Some(Refusal::NoPlace)),
        (waiting(), Unpaid, later, Some(Refusal::NoPlace)),
    ];
    for (ticket, outcome, now, refused) in cases {
        let what = format!("{outcome:?} at {now} of {:?}", ticket.status());
        let said = record(&ticket, span(), at(now), outcome, Some(Fen::yuan(260)), "说明");
        match (said, refused) {
            (Err(refusal), Some(expected)) => assert_eq!(refusal, expected, "{what}"),
            (Ok((fact, freed)), None) => {
                assert_eq!((fact.outcome, fact.amount), (outcome, Some(Fen::yuan(260))), "{what}");
                assert_eq!(freed.is_some(), outcome == NoShow, "{what}");
            }
            (said, expected) => panic!("{what}: {said:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn a_no_show_gives_the_place_back() {
    let now: Instant = at("2026-11-20 10:00");
    let (fact, freed) = record(&confirmed(vec![]), span(), now, Outcome::NoShow, None, "没来").unwrap();
    let freed = freed.unwrap();
    assert_eq!((freed.reason, freed.cver), (ReleaseReason::NoShow, Some(4)));
    let after = confirmed(vec![Fact::OutcomeRecorded(fact), Fact::TicketReleased(freed)]);
    assert!(!after.is_live());
    assert_eq!(after.status(), hall_core::entity::TicketStatus::NoShow);
}
