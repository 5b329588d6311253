//! When places run out: honest positions, promotion in the same act, lapse, release and its cut-off, and
//! never one place for two people.

use hall_app::api::shared::{OutcomeForm, PostForm, TicketState};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_app::{Code, Hall};
use hall_core::places::PLACES_MAX;
use hall_core::vocab::{Outcome, StandbyReason};

use crate::reply;
use crate::support::{KIOSK, MINUTE, Market, id_number, post_form, refused};

#[test]
fn the_first_in_the_list_moves_up_in_the_act_of_release_and_is_called() {
    let market = Market::new();
    let post = market.publish(1);
    let holder = market.take(1, &post);
    let first = market.take(2, &post);
    let second = market.take(3, &post);
    assert_eq!(holder.place.clone().unwrap().index, 1);
    for (ticket, position) in [(&first, 1), (&second, 2)] {
        assert_eq!((ticket.state, ticket.place.clone()), (TicketState::Provisional, None));
        let standby = ticket.standby.clone().unwrap();
        assert_eq!((standby.position, standby.reason), (position, StandbyReason::Full));
        assert_eq!(standby.decide_by, "09:10");
        assert_eq!(ticket.contact_phone, "", "nobody is sent to a place that is not promised");
    }
    assert!(market.wall_view().calls.is_empty());

    let before = market.store().head().unwrap().seq;
    market.sign_in(1);
    market.give_back(&holder.id).unwrap();
    assert_eq!(market.store().head().unwrap().seq, before + 2, "release and promotion are one act");
    let first = market.ticket(&first);
    assert_eq!((first.state, first.promoted), (TicketState::Confirmed, true));
    assert_eq!(first.place.unwrap().index, 1);
    assert_eq!(market.ticket(&second).standby.unwrap().position, 1);
    assert_eq!(market.wall_view().calls, [first.number]);
    market.pass(31 * MINUTE);
    assert!(market.wall_view().calls.is_empty());
    market.verify();
}

#[test]
fn a_place_given_back_is_free_at_once() {
    let market = Market::new();
    let post = market.publish(2);
    let ticket = market.take(1, &post);
    assert_eq!(market.post(&post).card.left, 1);
    let session = reply!(market.give_back(&ticket.id).unwrap(), KioskReply::Session);
    assert!(session.tickets.iter().all(|ticket| ticket.state == TicketState::Released));
    assert_eq!(market.post(&post).card.left, 2);
    refused(market.give_back(&ticket.id), Code::TooLate);
    let again = market.claim(&post).unwrap();
    assert_eq!(again.place.unwrap().index, 1);
    assert_eq!(again.number, "A002");
    market.verify();
}

#[test]
fn a_standby_without_an_answer_lapses_and_binds_nobody() {
    let market = Market::new();
    let post = market.publish(1);
    market.take(1, &post);
    let standby = market.take(2, &post);
    let other = market.publish_form(PostForm { title: "抹灰".into(), ..market.form() });
    market.set("09:09");
    market.sign_in(2);
    refused(market.claim(&other), Code::Overlap);
    market.set("09:10");
    market.sign_in(2);
    let taken = market.claim(&other).unwrap();
    assert_eq!(taken.state, TicketState::Confirmed);
    assert_eq!(market.ticket(&standby).state, TicketState::Lapsed);
    // A place that comes free now goes to nobody of the list, and the next who asks can have it.
    let places = DeskCommand::SetPlaces { post: post.clone(), places: 2 };
    let card = reply!(market.act(places), DeskReply::Post).card;
    assert_eq!(card.left, 1);
    assert_eq!(market.ticket(&standby).state, TicketState::Lapsed);
    market.register(3);
    market.sign_in(3);
    assert_eq!(market.claim(&post).unwrap().place.unwrap().index, 2);
    market.verify();
}

#[test]
fn shortly_before_the_work_there_is_no_list_any_more() {
    let market = Market::new();
    let post = market.publish(1);
    market.take(1, &post);
    market.set("09:10");
    market.register(2);
    market.sign_in(2);
    assert!(refused(market.claim(&post), Code::TooLate).message.contains("候补"));
}

#[test]
fn the_worker_gives_back_alone_until_half_an_hour_before_and_the_desk_after_that() {
    let market = Market::new();
    let post = market.publish(1);
    let ticket = market.take(1, &post);
    assert_eq!((ticket.can_release, ticket.release_until.as_str()), (true, "今天 09:00"));
    let standby = market.take(2, &post);
    market.set("09:00");
    market.sign_in(1);
    assert!(refused(market.give_back(&ticket.id), Code::TooLate).message.contains("窗口"));
    let release = DeskCommand::Release { ticket: ticket.id.clone(), note: "来电不去了".into() };
    assert_eq!(reply!(market.act(release), DeskReply::Ticket).state, TicketState::Released);
    assert_eq!(market.ticket(&standby).state, TicketState::Confirmed);
    market.verify();
}

#[test]
fn one_worker_has_one_place_at_a_time() {
    let market = Market::new();
    let post = market.publish(3);
    let other = market.publish_form(PostForm {
        title: "抹灰".into(),
        start: "16:30".into(),
        end: "19:00".into(),
        ..market.form()
    });
    let later = market.publish_form(PostForm {
        title: "夜里看料".into(),
        start: "17:30".into(),
        end: "21:00".into(),
        pay: "120".into(),
        ..market.form()
    });
    market.take(1, &post);
    assert!(refused(market.claim(&post), Code::AlreadyHolds).message.contains("已经接了"));
    assert!(refused(market.claim(&other), Code::Overlap).message.contains("退掉"));
    let detail = reply!(market.ask_kiosk(KioskCommand::Post { post: other }).unwrap(), KioskReply::Post);
    assert!(detail.obstacle.unwrap().contains("这个时间你已经有活"));
    assert_eq!(market.claim(&later).unwrap().state, TicketState::Confirmed);
    market.verify();
}

#[test]
fn a_worker_who_has_finished_is_free_again() {
    let market = Market::new();
    let post = market.publish(1);
    let ticket = market.take(1, &post);
    let afternoon = market.publish_form(PostForm {
        title: "卸车".into(),
        start: "14:00".into(),
        end: "18:00".into(),
        ..market.form()
    });
    market.set("11:00");
    let form = OutcomeForm { outcome: Outcome::Finished, amount: String::new(), note: String::new() };
    market.sign_in(1);
    refused(market.claim(&afternoon), Code::Overlap);
    market.act(DeskCommand::RecordOutcome { ticket: ticket.id, form });
    assert_eq!(market.claim(&afternoon).unwrap().state, TicketState::Confirmed);
}

#[test]
fn two_who_reach_for_the_last_place_at_once() {
    let market = Market::new();
    for n in 1..=40 {
        market.register(n);
    }
    for round in 0..20_u16 {
        let post = market.publish_form(PostForm {
            title: format!("活{round}"),
            places: "1".into(),
            ..market.form()
        });
        let (a, b) = (round * 2 + 1, round * 2 + 2);
        let reach = |kiosk: &str, n: u16| {
            let hall: &Hall = &market;
            let credential = hall_app::api::kiosk::Credential::IdNumber { text: id_number(n) };
            hall.kiosk(kiosk, KioskCommand::SignIn { credential }).unwrap();
            reply!(hall.kiosk(kiosk, KioskCommand::Claim { post: post.clone() }).unwrap(), KioskReply::Ticket)
        };
        let states = std::thread::scope(|scope| {
            let one = scope.spawn(|| reach("kiosk", a).state);
            let two = scope.spawn(|| reach("kiosk-2", b).state);
            [one.join().unwrap(), two.join().unwrap()]
        });
        assert!(states.contains(&TicketState::Confirmed), "{states:?}");
        assert!(states.contains(&TicketState::Provisional), "{states:?}");
    }
    market.verify();
}

/// A hall that no county knows keeps its places to itself.
#[test]
fn without_a_county_no_place_is_handed_over() {
    let market = Market::new();
    let post = market.publish(5);
    let offer = |places| market.ask(DeskCommand::OfferPlaces { post: post.clone(), places });
    for places in [0, 1, 5] {
        assert!(refused(offer(places), Code::BadInput).message.contains("还没有接入县里"));
    }
    let edit = reply!(market.act(DeskCommand::Post { post: post.clone() }), DeskReply::Post);
    assert_eq!((edit.offered, edit.offerable, edit.card.places), (0, 0, 5));
    market.verify();
}

#[test]
fn more_places_move_people_up_and_fewer_never_take_one_away() {
    let market = Market::new();
    let post = market.publish(1);
    let holder = market.take(1, &post);
    let first = market.take(2, &post);
    let second = market.take(3, &post);
    let set = |places| market.ask(DeskCommand::SetPlaces { post: post.clone(), places });
    set(2).unwrap();
    assert_eq!(market.ticket(&first).place.unwrap().index, 2);
    assert_eq!(market.ticket(&second).state, TicketState::Provisional);
    let error = refused(set(1), Code::BadInput);
    assert!(error.message.contains("已有 2 人接单"), "{}", error.message);
    for places in [0, PLACES_MAX + 1] {
        assert!(refused(set(places), Code::BadInput).message.contains("人数"));
    }
    set(5).unwrap();
    let card = reply!(set(3).unwrap(), DeskReply::Post).card;
    assert_eq!((card.places, card.left), (3, 0));
    assert_eq!(market.ticket(&second).place.unwrap().index, 3);
    // Nobody lost the number that is on the slip.
    assert_eq!(market.ticket(&holder).place.unwrap().index, 1);
    market.verify();
}

#[test]
fn closing_stops_the_list_and_cancelling_frees_everybody() {
    let market = Market::new();
    let post = market.publish(1);
    let holder = market.take(1, &post);
    let standby = market.take(2, &post);
    let close = |cancelled, reason: &str| {
        market.ask(DeskCommand::ClosePost { post: post.clone(), reason: reason.into(), cancelled })
    };
    refused(close(false, ""), Code::BadInput);
    close(false, "人够了").unwrap();
    assert_eq!(market.ticket(&holder).state, TicketState::Confirmed);
    market.register(3);
    market.sign_in(3);
    refused(market.claim(&post), Code::PostClosed);
    refused(market.ask(DeskCommand::SetPlaces { post: post.clone(), places: 4 }), Code::PostClosed);
    let before = market.store().head().unwrap().seq;
    close(true, "下雨停工").unwrap();
    assert_eq!(market.store().head().unwrap().seq, before + 3, "one act");
    for ticket in [&holder, &standby] {
        assert_eq!(market.ticket(ticket).state, TicketState::Released);
    }
    // The worker's morning is free again.
    let other = market.publish_form(PostForm { title: "抹灰".into(), ..market.form() });
    market.sign_in(1);
    assert_eq!(market.claim(&other).unwrap().state, TicketState::Confirmed);
    assert!(market.wall_posts().iter().all(|shown| shown.id != post));
    market.verify();
}

#[test]
fn work_that_was_done_stays_done_when_the_rest_is_cancelled() {
    let market = Market::new();
    let post = market.publish(3);
    let (done, there, coming) = (market.take(1, &post), market.take(2, &post), market.take(3, &post));
    market.set("11:00");
    for (ticket, outcome) in [(&done, Outcome::Finished), (&there, Outcome::Arrived)] {
        let form = OutcomeForm { outcome, amount: String::new(), note: String::new() };
        market.act(DeskCommand::RecordOutcome { ticket: ticket.id.clone(), form });
    }
    market.act(DeskCommand::ClosePost { post, reason: "下雨停工".into(), cancelled: true });
    let states = [&done, &there, &coming].map(|ticket| market.ticket(ticket).state);
    // Somebody has to look at who had come and was sent away.
    assert_eq!(states, [TicketState::Finished, TicketState::Review, TicketState::Released]);
    market.verify();
}

#[test]
fn a_published_post_changes_only_while_nobody_was_promised_anything() {
    let market = Market::new();
    let form = market.form();
    let post = market.publish_form(form.clone());
    let revised = PostForm { pay: "380".into(), places: "3".into(), ..form.clone() };
    let revise = |form| market.ask(DeskCommand::RevisePost { post: post.clone(), form, overriding: None });
    let card = reply!(revise(revised).unwrap(), DeskReply::Post).card;
    assert_eq!((card.pay.amount, card.places), (38_000, 3));
    market.take(1, &post);
    assert!(refused(revise(form), Code::BadInput).message.contains("已经有人接单"));
    refused(revise(post_form()), Code::BadInput);
}

#[test]
fn the_kiosk_of_one_worker_is_not_the_kiosk_of_another() {
    let market = Market::new();
    let post = market.publish(2);
    let ticket = market.take(1, &post);
    market.register(2);
    market.sign_in(2);
    let id = ticket.id;
    refused(market.give_back(&id), Code::NotFound);
    refused(market.ask_kiosk(KioskCommand::Slip { ticket: id.clone() }), Code::NotFound);
    refused(market.ask_kiosk(KioskCommand::ReportUnpaid { ticket: id.clone() }), Code::NotFound);
    market.ask_kiosk(KioskCommand::SignOut).unwrap();
    refused(market.give_back(&id), Code::NotSignedIn);
    refused(market.claim(&post), Code::NotSignedIn);
    // Another kiosk knows nothing of this one's session.
    market.sign_in(1);
    let elsewhere = Hall::kiosk(&market, "kiosk-2", KioskCommand::Release { ticket: id.clone() });
    refused(elsewhere, Code::NotSignedIn);
    assert!(Hall::kiosk(&market, KIOSK, KioskCommand::Release { ticket: id }).is_ok());
}
