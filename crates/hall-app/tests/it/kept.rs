//! Data folders of releases that are out there, which every later release must open: `tests/kept/README.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hall_app::Hall;
use hall_app::api::paper::PrinterForm;
use hall_app::api::shared::{AgreementForm, OutcomeForm, OverrideForm, PostForm, TicketState, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_core::fact::Fact;
use hall_core::vocab::{Outcome, PrinterUse, Role};

use crate::reply;
use crate::support::{CLERK_PIN, DAY, DESK, KIOSK, Market, PIN, Site, at, hall_form, post_form, worker_form};

/// Where a new folder is written; see the README.
const KEEP: &str = "HALL_APP_KEEP";
const EXPECTED: &str = "expected.txt";
/// The devices of a hall and what they give each other; one machine alone writes none of it.
const OF_SEVERAL: [u16; 9] = [5, 6, 7, 55, 56, 57, 58, 80, 81];

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept")
}

/// A day on which everything happens that can.
fn eventful_day() -> Market {
    let market = Market::new();
    staff_and_hall(&market);
    let post = market.publish(12);
    for n in 1..=30 {
        market.register(n);
        market.sign_in(n);
        market.claim(&post).unwrap();
        market.pass(40_000);
    }
    places_and_posts(&market, &post);
    people(&market);
    papers(&market);
    market.set("17:40");
    outcomes(&market, &post);
    erasure(&market);
    market.site.set(at("2026-11-19", "06:00"));
    market.log_in(DESK, &market.supervisor, PIN).unwrap();
    market.act(DeskCommand::AcceptClock { reason: "主板电池换过，已对表".into() });
    market
}

fn staff_and_hall(market: &Market) {
    let clerk = market.clerk();
    market.act(DeskCommand::SetPin { staff: clerk.clone(), pin: "640915".into() });
    market.act(DeskCommand::RetireStaff { staff: clerk, reason: "调走".into() });
    market.act(DeskCommand::AddStaff { name: "孙敏".into(), role: Role::Clerk, pin: CLERK_PIN.into() });
    let mut hall = hall_form();
    hall.county = "379901".into();
    market.act(DeskCommand::SetHall { hall });
    market.act(DeskCommand::EnterTier { tier: 2, document: "鲁政字〔2025〕140号".into() });
}

fn places_and_posts(market: &Market, post: &str) {
    // A place that is given back goes to the first who waits.
    let ticket = market.post(post).tickets.iter().find(|ticket| ticket.can_release).cloned().unwrap();
    market.act(DeskCommand::Release { ticket: ticket.id, note: "家里有事".into() });
    let held = market.post(post).tickets.into_iter().find(|ticket| ticket.state == TicketState::Confirmed);
    let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
    let ticket = held.unwrap().id;
    market.act(DeskCommand::MakeAgreement { ticket: ticket.clone(), form, overriding: None });
    market.act(DeskCommand::RecordInsurance { ticket, form: crate::insurance::policy() });
    let other = market.publish_form(PostForm { places: "9".into(), title: "卸车".into(), ..market.form() });
    for places in [4, 7] {
        market.act(DeskCommand::SetPlaces { post: other.clone(), places });
    }
    let form = PostForm { title: "卸车，活不重".into(), ..market.post(&other).form };
    market.act(DeskCommand::RevisePost { post: other.clone(), form, overriding: None });
    market.act(DeskCommand::ClosePost { post: other, reason: "下雨".into(), cancelled: true });
    let overriding = OverrideForm {
        supervisor: market.supervisor.clone(),
        pin: PIN.into(),
        reason: "半天活，按半天计价，已向用工方说明".into(),
    };
    let form = PostForm { pay: "80".into(), employer: market.employer(), ..post_form() };
    market.act(DeskCommand::PublishPost { form, overriding: Some(overriding) });
}

fn people(market: &Market) {
    let worker = market.register(31).id;
    let form = WorkerForm { trades: vec!["保洁".into()], ..worker_form(31) };
    market.act(DeskCommand::ChangeWorker { worker: worker.clone(), form });
    market.act(DeskCommand::IssueCard { worker });
}

/// A slip that waits for its printer until somebody calls it off, and one that still waits.
fn papers(market: &Market) {
    let form = PrinterForm {
        device: 1,
        used_for: PrinterUse::Slips,
        address: "tcp://127.0.0.1:9".into(),
        dots: 384,
        answers: true,
        duplex: false,
        text: true,
    };
    market.act(DeskCommand::AssignPrinter { form });
    hall_app::printing::look(market);
    let slip = KioskCommand::Slip { ticket: market.view().tickets[0].id.clone() };
    market.sign_in(30);
    let slip = reply!(market.ask_kiosk(slip).unwrap(), KioskReply::Slip);
    let paper = slip.paper.unwrap();
    market.act(DeskCommand::CancelPaper { paper: paper.id.clone() });
    market.act(DeskCommand::PrintAgain { paper: paper.id });
}

fn outcomes(market: &Market, post: &str) {
    let tickets = market.post(post).tickets;
    let held: Vec<_> = tickets.into_iter().filter(|ticket| ticket.state == TicketState::Confirmed).collect();
    let record = |ticket: &str, outcome, amount: &str| {
        let form = OutcomeForm { outcome, amount: amount.into(), note: String::new() };
        market.act(DeskCommand::RecordOutcome { ticket: ticket.into(), form });
    };
    for (n, ticket) in held.iter().enumerate() {
        if n % 5 == 4 {
            record(&ticket.id, Outcome::NoShow, "");
            continue;
        }
        for (outcome, amount) in [(Outcome::Arrived, ""), (Outcome::Finished, ""), (Outcome::Paid, "350")] {
            record(&ticket.id, outcome, amount);
        }
    }
}

fn erasure(market: &Market) {
    let worker = market.register(32).id;
    market.act(DeskCommand::EraseWorker { worker, reason: "本人要求删除".into() });
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// What must be found in a folder, as it is written beside it.
fn found(hall: &Hall) -> String {
    let (report, audit) = (hall.store().verify().unwrap(), hall.audit().unwrap());
    assert!(report.ok() && audit.ok(), "{report:?} {audit:?}");
    let head = hall.store().head().unwrap();
    format!(
        "ops {}\nentities {}\nabsent {}\nlast {}\nchain {:032x}\ndigest {}\nconfirmed {}\nstandby {}\n",
        report.ops,
        report.entities,
        report.absent_payloads,
        report.last,
        u128::from_be_bytes(head.chain.0),
        report.state_digest,
        audit.confirmed,
        audit.standby,
    )
}

/// Copies a hall's folders, each file of sled packed: they are mostly room.
fn keep(site: &Site, into: &Path, expected: &str) {
    for path in files_below(site.dir.path()) {
        let name = path.strip_prefix(site.dir.path()).unwrap();
        let mut to = into.join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        if name.starts_with("data/sled") {
            bytes = zstd::encode_all(&bytes[..], 19).unwrap();
            to.as_mut_os_string().push(".zst");
        }
        fs::write(to, bytes).unwrap();
    }
    fs::write(into.join(EXPECTED), expected).unwrap();
}

/// Puts a kept folder into a site, as it was when its hall was closed.
fn unpack(from: &Path) -> Site {
    let site = Site::new();
    for path in files_below(from) {
        let name = path.strip_prefix(from).unwrap();
        let mut to = site.dir.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "zst") {
            bytes = zstd::decode_all(&bytes[..]).unwrap();
            to.set_extension("");
        }
        fs::write(&to, bytes).unwrap();
        // git keeps no such permissions, and keys that others can read are refused.
        #[cfg(unix)]
        fs::set_permissions(&to, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    site.set(at(DAY, "18:30"));
    site
}

fn each_kept(test: impl Fn(&Path)) {
    let mut count = 0;
    for entry in fs::read_dir(kept()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            test(&path);
            count += 1;
        }
    }
    assert!(count > 0);
}

fn assert_as_ever(hall: &Hall, kept: &Path, how: &str) {
    let expected = fs::read_to_string(kept.join(EXPECTED)).unwrap();
    assert_eq!(found(hall), expected, "{}, {how}", kept.display());
}

#[test]
fn the_day_that_is_kept_has_every_kind_that_a_machine_writes() {
    let mut market = eventful_day();
    market.verify();
    let head = market.store().head().unwrap().seq;
    let envelopes = market.store().ops_after(1, 1, 0, 10_000).unwrap();
    assert_eq!(envelopes.len() as u64, head);
    let kinds: BTreeSet<u16> = envelopes.iter().map(|op| op.envelope.kind).collect();
    let expected: BTreeSet<u16> =
        Fact::KINDS.iter().map(|(kind, _)| *kind).filter(|kind| !OF_SEVERAL.contains(kind)).collect();
    assert_eq!(kinds, expected);
    let expected = found(&market);
    market.close();
    if let Some(into) = std::env::var_os(KEEP) {
        keep(&market.site, Path::new(&into), &expected);
    }
}

#[test]
fn this_release_s_format_is_kept() {
    let folder = kept().join(format!("v{}", hall_store::FORMAT_VERSION));
    assert!(folder.is_dir(), "{} is missing; tests/kept/README.md says how it is made", folder.display());
}

#[test]
fn every_kept_folder_opens_and_goes_on() {
    each_kept(|kept| {
        for lost in [None, Some("sled"), Some("journal")] {
            let site = unpack(kept);
            if let Some(lost) = lost {
                fs::remove_dir_all(site.data().join(lost)).unwrap();
            }
            let how = lost.map_or("whole".to_owned(), |lost| format!("without {lost}"));
            let mut hall = Hall::open(site.options()).unwrap();
            assert_as_ever(&hall, kept, &how);
            let before = hall.store().head().unwrap().seq;
            write_something(&hall);
            for reopened in [false, true] {
                if reopened {
                    drop(hall);
                    hall = Hall::open(site.options()).unwrap();
                }
                assert!(hall.store().head().unwrap().seq > before, "{how}");
                assert!(hall.store().verify().unwrap().ok() && hall.audit().unwrap().ok(), "{how}");
            }
        }
    });
}

/// Somebody new takes a place of a new post: what was written then and what is written now work together.
fn write_something(hall: &Hall) {
    let view = reply!(hall.desk(DESK, DeskCommand::View).unwrap(), DeskReply::View);
    let staff = view.staff.iter().find(|staff| staff.role == Role::Supervisor).unwrap().id.clone();
    let logged_in = hall.desk(DESK, DeskCommand::LogIn { staff, pin: PIN.into() }).unwrap();
    let day = reply!(logged_in, DeskReply::View).clock.day;
    let employers = hall.desk(DESK, DeskCommand::Employers { text: String::new() }).unwrap();
    let employer = reply!(employers, DeskReply::Employers)[0].id.clone();
    let form = PostForm { employer, start: "20:00".into(), end: "23:00".into(), ..post_form() };
    let form = PostForm { rest_minutes: 0, first_day: day, ..form };
    let published = hall.desk(DESK, DeskCommand::PublishPost { form, overriding: None }).unwrap();
    let post = reply!(published, DeskReply::Post).card.id;
    // One who was there on the day.
    let credential = hall_app::api::kiosk::Credential::IdNumber { text: crate::support::id_number(30) };
    hall.kiosk(KIOSK, hall_app::api::KioskCommand::SignIn { credential }).unwrap();
    let claimed = hall.kiosk(KIOSK, hall_app::api::KioskCommand::Claim { post }).unwrap();
    let ticket = reply!(claimed, hall_app::api::KioskReply::Ticket);
    assert!(ticket.place.is_some() || ticket.standby.is_some());
}
