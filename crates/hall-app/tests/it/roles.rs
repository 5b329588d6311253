//! Who may do what: a locked desk, a clerk, a supervisor, a kiosk whose worker has left, and what is left of a
//! person after erasure.

use hall_app::api::kiosk::Credential;
use hall_app::api::shared::{OutcomeForm, TicketView};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply, examples};
use hall_app::{Code, Hall};
use hall_core::vocab::{Outcome, Role};

use crate::reply;
use crate::support::{
    CLERK_PIN, DESK, KIOSK, MINUTE, Market, PIN, Site, at, id_number, refused, worker_form,
};

/// What anybody at the desk may ask.
fn is_open(command: &DeskCommand) -> bool {
    use DeskCommand as C;
    matches!(command, C::View | C::SetUp { .. } | C::LogIn { .. } | C::Lock)
}

fn is_for_supervisors(command: &DeskCommand) -> bool {
    use DeskCommand as C;
    matches!(
        command,
        C::AddStaff { .. }
            | C::SetPin { .. }
            | C::RetireStaff { .. }
            | C::SetHall { .. }
            | C::EnterTier { .. }
            | C::AcceptClock { .. }
            | C::AddDevice { .. }
            | C::RevokeDevice { .. }
            | C::EraseWorker { .. }
    )
}

#[test]
fn before_the_set_up_nothing_but_the_set_up() {
    let hall = Hall::open(Site::new().options()).unwrap();
    for command in examples::desk().into_iter().filter(|command| !is_open(command)) {
        refused(hall.desk(DESK, command), Code::NotSetUp);
    }
    let view = reply!(hall.desk(DESK, DeskCommand::View).unwrap(), DeskReply::View);
    assert!(!view.set_up && view.staff.is_empty());
    assert_eq!(hall.store().head().unwrap().seq, 0);
}

#[test]
fn a_locked_desk_does_nothing() {
    let market = Market::new();
    market.take(1, &market.publish(2));
    market.act(DeskCommand::Lock);
    let before = market.store().head().unwrap();
    for command in examples::desk().into_iter().filter(|command| !is_open(command)) {
        refused(market.ask(command), Code::Locked);
    }
    refused(
        market.ask(DeskCommand::SetUp {
            hall: crate::support::hall_form(),
            name: "李主管".into(),
            pin: PIN.into(),
        }),
        Code::AlreadySetUp,
    );
    assert_eq!(market.store().head().unwrap(), before);
    // It shows who may log in, and nothing about anybody else.
    let view = market.view();
    assert!(
        view.session.is_none() && view.posts.is_empty() && view.waiting.is_empty() && view.tickets.is_empty()
    );
    let shown = serde_json::to_string(&view).unwrap();
    let person = worker_form(1);
    for secret in [person.name.as_str(), &person.id_number, &person.phone, "周**", "王师傅", "15400000002"]
    {
        assert!(!shown.contains(secret), "{secret} is on the locked desk");
    }
}

#[test]
fn a_clerk_has_no_supervisors_commands() {
    let market = Market::new();
    let clerk = market.clerk();
    market.log_in(DESK, &clerk, CLERK_PIN).unwrap();
    let mut refusals = 0;
    for command in examples::desk().into_iter().filter(|command| !is_open(command)) {
        if is_for_supervisors(&command) {
            refused(market.ask(command), Code::NotAllowed);
            refusals += 1;
        } else if let Err(error) = market.ask(command) {
            assert!(!matches!(error.code, Code::NotAllowed | Code::Locked | Code::Internal), "{error:?}");
        }
    }
    assert_eq!(refusals, 9);
    assert_eq!(market.view().staff.len(), 2);
}

#[test]
fn staff_come_and_go() {
    let market = Market::new();
    let clerk = market.clerk();
    for (name, pin) in
        [("李敏", "730164"), ("", "730164"), ("王敏", "123456"), ("王敏", "1111111"), ("王敏", "12a")]
    {
        let add = DeskCommand::AddStaff { name: name.into(), role: Role::Clerk, pin: pin.into() };
        refused(market.ask(add), Code::BadInput);
    }
    let desk_2 = "desk-2";
    market.log_in(desk_2, &clerk, CLERK_PIN).unwrap();
    market.act(DeskCommand::SetPin { staff: clerk.clone(), pin: "640915".into() });
    refused(market.log_in("desk-3", &clerk, CLERK_PIN), Code::WrongPin);
    market.log_in("desk-3", &clerk, "640915").unwrap();

    let retire = |staff: &str, reason: &str| {
        market.ask(DeskCommand::RetireStaff { staff: staff.into(), reason: reason.into() })
    };
    refused(retire(&clerk, " "), Code::BadInput);
    assert!(refused(retire(&market.supervisor, "离职"), Code::BadInput).message.contains("主管"));
    // Something that is no member of staff, or nothing at all.
    let head = market.store().head().unwrap().seq;
    for nobody in ["1.1.1", "1.1.999", "x"] {
        refused(retire(nobody, "离职"), Code::NotFound);
    }
    assert_eq!(market.store().head().unwrap().seq, head);
    retire(&clerk, "离职").unwrap();
    refused(market.log_in(DESK, &clerk, "640915"), Code::NotFound);
    refused(Hall::desk(&market, desk_2, DeskCommand::Find { text: "周".into() }), Code::Locked);
    assert!(market.view().session.is_some(), "the supervisor is still at the other desk");
}

#[test]
fn the_desk_locks_itself_and_looking_does_not_keep_it_open() {
    let market = Market::new();
    let lock_after = i64::from(market.view().session.unwrap().lock_after_seconds) * 1000;
    for _ in 0..3 {
        market.pass(lock_after - 1_000);
        market.act(DeskCommand::Find { text: "周".into() });
    }
    market.pass(lock_after - 1_000);
    assert!(market.view().session.is_some());
    market.pass(1_000);
    assert!(market.view().session.is_none());
    refused(market.ask(DeskCommand::Find { text: "周".into() }), Code::Locked);
}

#[test]
fn guessing_a_pin_is_slowed_down() {
    let market = Market::new();
    market.act(DeskCommand::Lock);
    for _ in 0..5 {
        refused(market.log_in(DESK, &market.supervisor, "918273"), Code::WrongPin);
    }
    // Even the right one, from whichever desk, has to wait now.
    let error = refused(market.log_in("desk-2", &market.supervisor, PIN), Code::PinBlocked);
    assert!(error.retryable && error.message.contains("秒"));
    market.pass(MINUTE);
    market.log_in(DESK, &market.supervisor, PIN).unwrap();

    for _ in 0..5 {
        refused(market.ask_kiosk(KioskCommand::StaffExit { pin: "918273".into() }), Code::WrongPin);
    }
    refused(market.ask_kiosk(KioskCommand::StaffExit { pin: PIN.into() }), Code::PinBlocked);
    Hall::kiosk(&market, "kiosk-2", KioskCommand::StaffExit { pin: PIN.into() }).unwrap();
    market.pass(MINUTE);
    market.ask_kiosk(KioskCommand::StaffExit { pin: PIN.into() }).unwrap();
}

fn is_signed_in(market: &Market) -> bool {
    let view = reply!(market.ask_kiosk(KioskCommand::View).unwrap(), KioskReply::View);
    view.session.is_some()
}

#[test]
fn a_kiosk_forgets_a_worker_who_walks_away() {
    let market = Market::new();
    let post = market.publish(1);
    market.register(1);
    market.sign_in(1);
    // Looking at the screen alone does not keep the session.
    for _ in 0..9 {
        market.pass(10_000);
        let signed_in = is_signed_in(&market);
        assert_eq!(signed_in, market.site.now().0 < at(crate::support::DAY, "05:00").0 + 90_000);
    }
    refused(market.claim(&post), Code::NotSignedIn);
    // Nobody stays for longer than ten minutes, whatever he taps.
    market.sign_in(1);
    for _ in 0..9 {
        market.pass(MINUTE);
        market.ask_kiosk(KioskCommand::Post { post: post.clone() }).unwrap();
        assert!(is_signed_in(&market));
    }
    market.pass(MINUTE);
    assert!(!is_signed_in(&market));
    // The next one's sign-in, even a failing one, ends the last one's.
    market.sign_in(1);
    let unknown = Credential::IdNumber { text: id_number(9) };
    refused(market.ask_kiosk(KioskCommand::SignIn { credential: unknown }), Code::WorkerUnknown);
    assert!(!is_signed_in(&market));
    // A restart signs everybody out.
    market.sign_in(1);
    let mut market = market;
    market.reopen();
    assert!(!is_signed_in(&market));
}

#[test]
fn help_rings_the_desk_once() {
    let market = Market::new();
    for kiosk in [KIOSK, KIOSK, "kiosk-2"] {
        Hall::kiosk(&market, kiosk, KioskCommand::CallHelp).unwrap();
    }
    let help = market.view().help;
    assert_eq!(help.iter().map(|call| call.kiosk.as_str()).collect::<Vec<_>>(), [KIOSK, "kiosk-2"]);
    market.act(DeskCommand::AnswerHelp { call: help[0].id });
    assert_eq!(market.view().help.len(), 1);
}

fn find(market: &Market, text: &str) -> usize {
    reply!(market.act(DeskCommand::Find { text: text.into() }), DeskReply::Found).workers.len()
}

fn finish(market: &Market, ticket: &TicketView, outcome: Outcome, amount: &str) {
    let form = OutcomeForm { outcome, amount: amount.into(), note: String::new() };
    market.act(DeskCommand::RecordOutcome { ticket: ticket.id.clone(), form });
}

#[test]
fn an_erased_worker_is_gone_and_the_log_still_proves_itself() {
    let mut market = Market::new();
    let post = market.publish(2);
    let ticket = market.take(1, &post);
    market.take(2, &post);
    let person = worker_form(1);
    for text in [person.name.as_str(), &person.phone[7..], &person.id_number] {
        assert_eq!(find(&market, text), 1, "{text}");
    }
    let erase = |market: &Market, reason: &str| {
        market.ask(DeskCommand::EraseWorker { worker: ticket.worker.clone(), reason: reason.into() })
    };
    refused(erase(&market, ""), Code::BadInput);
    assert!(refused(erase(&market, "本人要求删除"), Code::BadInput).message.contains("没干完的活"));
    market.set("17:40");
    finish(&market, &ticket, Outcome::Finished, "");
    finish(&market, &ticket, Outcome::Paid, "350");
    market.sign_in(1);
    erase(&market, "本人要求删除").unwrap();

    for text in [person.name.as_str(), &person.phone[7..], &person.id_number] {
        assert_eq!(find(&market, text), 0, "{text}");
    }
    refused(market.ask(DeskCommand::Worker { worker: ticket.worker.clone() }), Code::NotFound);
    refused(market.ask_kiosk(KioskCommand::ReportUnpaid { ticket: ticket.id.clone() }), Code::NotSignedIn);
    let credential = Credential::IdNumber { text: id_number(1) };
    refused(market.ask_kiosk(KioskCommand::SignIn { credential }), Code::WorkerUnknown);
    for reopened in [false, true] {
        if reopened {
            market.reopen();
        }
        assert_eq!(market.post(&post).tickets[0].masked_name, "已删除");
        assert_eq!(find(&market, &person.name), 0);
        assert_eq!(find(&market, &worker_form(2).name), 1);
        let shown = serde_json::to_string(&market.view()).unwrap();
        assert!(!shown.contains(&person.name));
        market.verify();
        assert!(market.store().verify().unwrap().absent_payloads > 0);
    }
    // What is on the disk says nothing about the person in the clear, erased or not.
    for secret in [&person.name, &person.id_number, &worker_form(2).name, &worker_form(2).id_number] {
        assert_no_trace(&market.site.data().join("journal"), secret);
        assert_no_trace(&market.site.data().join("sled"), secret);
    }
    // The same person may come back as a new one.
    assert_ne!(market.register(1).id, ticket.worker);
}

fn assert_no_trace(dir: &std::path::Path, secret: &str) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_no_trace(&path, secret);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} lies in {}", path.display());
    }
}
