//! What machines do: the disk fills up, the clock jumps, a second program starts, a command panics, the store
//! is damaged. Nothing half-written, nothing lost, and a sentence that says what to do.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hall_app::api::shared::{AgreementForm, TicketState};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, WallCommand};
use hall_app::{AppError, Code, Hall};
use hall_core::vocab::StandbyReason;

use crate::reply;
use crate::support::{
    CLERK_PIN, DAY, DESK, KIOSK, MINUTE, Market, PIN, Site, WALL, at, hall_form, refused, worker_form,
};

#[test]
fn a_full_disk_refuses_every_act_and_loses_nothing() {
    let mut market = Market::new();
    let post = market.publish(2);
    let ticket = market.take(1, &post);
    let worker = market.register(2);
    market.assign_slips("tcp://127.0.0.1:9", 384);
    let form = market.form();
    let (head, digest) = (market.store().head().unwrap(), market.store().state_digest().unwrap());

    let mut options = market.site.options();
    options.free_floor_bytes = Some(u64::MAX);
    market.reopen_with(options);
    market.log_in(DESK, &market.supervisor, PIN).unwrap();
    market.sign_in(2);
    let paper = AgreementForm { identities_checked: true, ..AgreementForm::default() };
    let acts = [
        DeskCommand::RegisterWorker { form: worker_form(3), sign_in: true },
        DeskCommand::PublishPost { form, overriding: None },
        DeskCommand::Dispatch { post: post.clone(), worker: worker.id },
        DeskCommand::Release { ticket: ticket.id.clone(), note: String::new() },
        DeskCommand::SetPlaces { post: post.clone(), places: 5 },
        DeskCommand::ClosePost { post: post.clone(), reason: "下雨".into(), cancelled: true },
        DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form: paper, overriding: None },
        DeskCommand::Slip { ticket: ticket.id.clone() },
        DeskCommand::IssueCard { worker: ticket.worker.clone() },
    ];
    for act in acts {
        assert!(refused(market.ask(act), Code::DiskFull).retryable);
    }
    refused(market.claim(&post), Code::DiskFull);
    market.sign_in(1);
    refused(market.give_back(&ticket.id), Code::DiskFull);
    // Looking still works, and shows what was.
    assert_eq!(market.post(&post).card.left, 1);
    assert_eq!(market.wall_view().placed_today, 1);
    assert_eq!(market.store().head().unwrap(), head);
    assert!(!market.site.data().join("files").join("agreements").exists());
    market.verify();

    // Room again: everything goes on where it stood.
    market.reopen();
    assert_eq!(market.store().state_digest().unwrap(), digest);
    market.sign_in(2);
    assert_eq!(market.claim(&post).unwrap().place.unwrap().index, 2);
    market.verify();
}

/// A disk of its own, if this process may mount one. Otherwise the test above has shown the same refusals.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then_some(Self(at))
    }

    fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=96m"]).arg(self.0).status().unwrap();
        assert!(grown.success());
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[test]
fn a_small_disk_that_really_fills_up() {
    let site = Site::new();
    let data = site.data();
    std::fs::create_dir(&data).unwrap();
    let Some(disk) = SmallDisk::mount(&data) else { return };
    let mut market = Market::at(site);
    let post = market.publish(5);
    let ticket = market.take(1, &post);
    let ballast = data.join("ballast");
    let mut filled = 0;
    // Something else fills the disk while the hall works.
    let error = loop {
        filled += 1;
        std::fs::write(&ballast, vec![7; filled << 18]).unwrap();
        let form = worker_form(filled as u16 + 10);
        if let Err(error) = market.ask(DeskCommand::RegisterWorker { form, sign_in: true }) {
            break error;
        }
    };
    assert_eq!(error.code, Code::DiskFull, "{error:?}");
    let head = market.store().head().unwrap();
    refused(market.ask(DeskCommand::SetPlaces { post: post.clone(), places: 9 }), Code::DiskFull);
    market.verify();
    disk.grow();
    market.act(DeskCommand::SetPlaces { post: post.clone(), places: 9 });
    assert_eq!(market.store().head().unwrap().seq, head.seq + 1, "the hall went on by itself");
    market.verify();
    market.reopen();
    assert_eq!(market.ticket(&ticket).state, TicketState::Confirmed);
    assert_eq!(market.post(&post).card.places, 9);
    market.verify();
    market.close();
    drop(disk);
}

#[test]
fn a_second_instance_is_refused_and_harms_nothing() {
    let market = Market::new();
    let post = market.publish(1);
    let second = Hall::open(market.site.options());
    assert!(refused(second, Code::Storage).message.contains("不能再开第二个"));
    market.take(1, &post);
    market.verify();
}

#[test]
fn the_wrong_keys_open_nothing() {
    let mut market = Market::new();
    let mut options = market.site.options();
    market.close();
    options.keys = market.site.dir.path().join("other-keys");
    let error = refused(Hall::open(options), Code::Storage);
    assert!(error.message.contains("密钥"), "{}", error.message);
    market.reopen();
    market.verify();
}

#[test]
fn a_clock_set_back_a_day_promises_nothing_until_a_supervisor_looks() {
    let mut market = Market::new();
    let clerk = market.clerk();
    let post = market.publish(2);
    let kept = market.take(1, &post);
    market.site.set(at("2026-11-19", "06:00"));
    let view = market.view();
    assert!(!view.clock.trusted);
    assert_eq!(view.clock.day, DAY, "the hall's day is the one the log has reached");
    refused(
        market
            .ask(DeskCommand::Lock)
            .and_then(|_| market.ask(DeskCommand::AcceptClock { reason: "对过表".into() })),
        Code::Locked,
    );

    // Everything goes on, but nobody is promised a place.
    market.log_in(DESK, &clerk, CLERK_PIN).unwrap();
    let ticket = market.take(2, &post);
    assert_eq!((ticket.state, ticket.place.clone()), (TicketState::Provisional, None));
    assert_eq!(ticket.standby.clone().unwrap().reason, StandbyReason::ClockUntrusted);
    assert_eq!(market.ticket(&kept).state, TicketState::Confirmed);
    // A place that comes free is not promised to the next either.
    market.sign_in(1);
    market.give_back(&kept.id).unwrap();
    assert_eq!(market.ticket(&ticket).state, TicketState::Provisional);
    refused(market.ask(DeskCommand::AcceptClock { reason: "对过表".into() }), Code::NotAllowed);
    // A restart does not make the clock right.
    market.reopen();
    assert!(!market.view().clock.trusted);

    refused(market.ask(DeskCommand::AcceptClock { reason: " ".into() }), Code::BadInput);
    market.act(DeskCommand::AcceptClock { reason: "主板电池换过，已对表".into() });
    let view = market.view();
    assert!(view.clock.trusted);
    assert_eq!(view.clock.day, "2026-11-19");
    let promoted = market.ticket(&ticket);
    assert_eq!((promoted.state, promoted.place.unwrap().index), (TicketState::Confirmed, 1));
    refused(market.ask(DeskCommand::AcceptClock { reason: "再来一次".into() }), Code::BadInput);

    // The day goes on as a day: numbers count up, a new post comes with the next edition.
    let third = market.take(3, &post);
    assert_eq!((third.state, third.number.as_str()), (TicketState::Confirmed, "A003"));
    let form = hall_app::api::shared::PostForm {
        first_day: "2026-11-19".into(),
        title: "昨天的活".into(),
        ..market.form()
    };
    let new = market.publish_form(form);
    market.pass(31 * MINUTE);
    assert!(market.wall_posts().iter().any(|post| post.id == new));
    market.verify();
    market.reopen();
    assert!(market.view().clock.trusted);
    assert_eq!(market.take(4, &new).number, "A004");
    market.verify();
}

#[test]
fn a_clock_that_comes_right_by_itself_lets_the_waiting_move_up() {
    let market = Market::new();
    let post = market.publish(2);
    market.site.set(at("2026-11-19", "06:00"));
    market.log_in(DESK, &market.supervisor, PIN).unwrap();
    let ticket = market.take(1, &post);
    assert_eq!(ticket.state, TicketState::Provisional);
    market.set("05:30");
    assert!(market.view().clock.trusted);
    assert_eq!(market.ticket(&ticket).state, TicketState::Confirmed);
    market.verify();
}

#[test]
fn a_small_correction_of_the_clock_disturbs_nobody() {
    let market = Market::new();
    let post = market.publish(2);
    market.take(1, &post);
    market.pass(-2 * MINUTE);
    assert!(market.view().clock.trusted);
    assert_eq!(market.take(2, &post).state, TicketState::Confirmed);
}

#[test]
fn a_panic_in_one_command_does_not_close_the_hall() {
    let site = Site::new();
    let broken = Arc::new(AtomicBool::new(false));
    let mut options = site.options();
    let (clock, fails) = (Arc::clone(&options.clock), Arc::clone(&broken));
    options.clock = Arc::new(move || {
        assert!(!fails.swap(false, Ordering::SeqCst), "the clock breaks once, with the hall's lock held");
        clock()
    });
    let hall = Hall::open(options).unwrap();
    let set_up = DeskCommand::SetUp { hall: hall_form(), name: "王主管".into(), pin: PIN.into() };
    hall.desk(DESK, set_up).unwrap();
    let before = hall.store().head().unwrap();
    let asks: [Box<dyn Fn() -> Result<(), AppError> + '_>; 3] = [
        Box::new(|| hall.desk(DESK, DeskCommand::View).map(drop)),
        Box::new(|| hall.kiosk(KIOSK, KioskCommand::View).map(drop)),
        Box::new(|| hall.wall(WALL, WallCommand::View).map(drop)),
    ];
    for ask in asks {
        broken.store(true, Ordering::SeqCst);
        assert!(refused(ask(), Code::Internal).retryable);
        ask().unwrap();
    }
    assert_eq!(hall.store().head().unwrap(), before);
    let view = reply!(hall.desk(DESK, DeskCommand::View).unwrap(), DeskReply::View);
    assert!(view.session.is_some(), "who was logged in still is");
    hall.desk(DESK, DeskCommand::RegisterWorker { form: worker_form(1), sign_in: true }).unwrap();
    assert!(hall.store().verify().unwrap().ok());
}

#[test]
fn a_lost_sled_folder_is_rebuilt_and_the_desk_is_told() {
    let mut market = Market::new();
    let post = market.publish(2);
    let ticket = market.take(1, &post);
    let digest = market.store().state_digest().unwrap();
    market.close();
    std::fs::remove_dir_all(market.site.data().join("sled")).unwrap();
    market.reopen();
    assert_eq!(market.store().state_digest().unwrap(), digest);
    assert!(market.view().notices.iter().any(|notice| notice.contains("重建") && notice.contains("请")));
    assert_eq!(market.ticket(&ticket).state, TicketState::Confirmed);
    market.verify();
}

/// What was promised after the backup is not in it: a place must not be promised once more.
#[test]
fn a_backup_that_was_put_back_makes_no_promise_on_old_places() {
    let mut market = Market::new();
    let post = market.publish(3);
    let kept = market.take(1, &post);
    market.close();
    let (data, backup) = (market.site.data(), market.site.data().with_extension("backup"));
    copy(&data, &backup);
    market.reopen();
    market.take(2, &post);
    market.close();
    std::fs::remove_dir_all(&data).unwrap();
    copy(&backup, &data);
    market.reopen();
    let notices = market.view().notices;
    assert!(
        notices.iter().any(|notice| notice.contains("备份") && notice.contains("请重新发布")),
        "{notices:?}"
    );
    assert_eq!(market.ticket(&kept).state, TicketState::Confirmed, "what is in the backup stands");
    assert_eq!(market.post(&post).card.left, 0);
    assert_eq!(market.take(3, &post).state, TicketState::Provisional);
    let again = market.publish(2);
    market.register(4);
    market.sign_in(4);
    assert_eq!(market.claim(&again).unwrap().state, TicketState::Confirmed);
    market.verify();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
