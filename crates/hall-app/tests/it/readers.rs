//! Scanners on a pseudo terminal and card readers behind a socket: what comes of them, at which screen, and what never
//! does.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ed25519_dalek::SigningKey;
use hall_app::api::kiosk::Credential;
use hall_app::api::readers::{Device, DeviceState, DeviceStatus, IdCard, ReaderEvent, Seat};
use hall_app::api::{DeskCommand, KioskCommand, KioskReply};
use hall_app::readers::simulated::{CardReader, Desktop, Scanner, Way};
use hall_app::readers::{Attached, CardReaderSettings, Readers, ScannerSettings};
use hall_app::{Code, Hall, Options};
use hall_core::EntityId;
use hall_log::token::{CardFacts, Seconds, Token};
use tracing_subscriber::EnvFilter;

use crate::reply;
use crate::silence::Kept;
use crate::support::{DESK, KIOSK, PIN, Site, assert_no_number, hall_form, id_number, refused, worker_form};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one screen hears.
struct Ear(Receiver<ReaderEvent>);

impl Ear {
    fn of(readers: &Readers, seat: Seat) -> Self {
        let (sender, receiver) = channel();
        readers.hear(seat, move |event| {
            // A test that has heard enough is over.
            let _over = sender.send(event);
        });
        Self(receiver)
    }

    fn next(&self) -> ReaderEvent {
        self.0.recv_timeout(PATIENCE).unwrap()
    }

    fn state(&self) -> (DeviceState, String) {
        let DeviceStatus { state, message, .. } = reply!(self.next(), ReaderEvent::Status);
        (state, message)
    }

    fn is(&self, wanted: DeviceState) {
        assert_eq!(self.state(), (wanted, String::new()));
    }

    fn trouble(&self) -> String {
        let (state, message) = self.state();
        assert_eq!(state, DeviceState::Trouble);
        message
    }

    /// Nothing else than what was heard came so far.
    fn quiet(&self) {
        assert_eq!(self.0.try_iter().collect::<Vec<_>>(), []);
    }
}

/// A hall with its supervisor at the desk.
fn hall(site: &Site) -> Arc<Hall> {
    let hall = Hall::open(Options { device: Some(1), ..site.options() }).unwrap();
    let set_up = DeskCommand::SetUp { hall: hall_form(), name: "王主管".into(), pin: PIN.into() };
    hall.desk(DESK, set_up).unwrap();
    Arc::new(hall)
}

fn code(n: u64) -> String {
    let facts = CardFacts {
        worker: EntityId::new(1, 1, n),
        card: 1,
        issued: Seconds(1_795_000_000),
        expires: Seconds(1_895_000_000),
        nonce: [3; 8],
    };
    Token::Card(facts).sign(&SigningKey::from_bytes(&[7; 32]))
}

/// A scanner that is found under a name which stays the same when it is plugged in anew.
struct Plug {
    scanner: Option<Scanner>,
    name: PathBuf,
}

impl Plug {
    fn new(folder: &Path) -> Self {
        let mut plug = Self { scanner: None, name: folder.join("scanner") };
        plug.plug_in();
        plug
    }

    fn plug_in(&mut self) {
        let scanner = Scanner::plug_in().unwrap();
        symlink(scanner.path(), &self.name).unwrap();
        self.scanner = Some(scanner);
    }

    fn unplug(&mut self) {
        std::fs::remove_file(&self.name).unwrap();
        self.scanner = None;
    }

    fn scan(&mut self, code: &str, way: Way) {
        self.scanner.as_mut().unwrap().scan(code, way).unwrap();
    }

    fn attached(&self) -> Attached {
        let path = self.name.to_str().unwrap().to_owned();
        Attached { scanner: Some(ScannerSettings { path, baud: 9_600 }), card_reader: None }
    }
}

fn with_reader(settings: CardReaderSettings) -> Attached {
    Attached { scanner: None, card_reader: Some(settings) }
}

fn on_reader(n: u16) -> Desktop {
    let form = worker_form(n);
    Desktop::Card(Box::new(IdCard {
        name: form.name,
        number: form.id_number,
        sex: "男".into(),
        nation: "汉".into(),
        born: "19840614".into(),
        address: form.address,
        valid_until: "长期".into(),
    }))
}

#[test]
fn a_scan_reaches_its_own_screen_whole_or_with_a_word_why_not() {
    let site = Site::new();
    let mut plug = Plug::new(site.dir.path());
    let readers = Readers::start(hall(&site), [(Seat::Desk, plug.attached())]);
    let (desk, kiosk) = (Ear::of(&readers, Seat::Desk), Ear::of(&readers, Seat::Kiosk));
    desk.is(DeviceState::Ready);
    for (n, way) in [(1, Way::Whole), (2, Way::Split), (3, Way::FullWidth)] {
        plug.scan(&code(n), way);
        assert_eq!(desk.next(), ReaderEvent::Scanned(code(n)), "{way:?}");
    }
    plug.scan(&code(4), Way::Half);
    assert!(reply!(desk.next(), ReaderEvent::Misread).contains("没扫全"));
    plug.scan("https://example.com/other", Way::Whole);
    assert!(reply!(desk.next(), ReaderEvent::Misread).contains("不是零工大厅的码"));
    plug.scan(&code(5), Way::Whole);
    assert_eq!(desk.next(), ReaderEvent::Scanned(code(5)));
    desk.quiet();
    kiosk.quiet();
}

#[test]
fn a_scanner_that_was_unplugged_comes_back_and_the_desk_knows() {
    let site = Site::new();
    let mut plug = Plug::new(site.dir.path());
    let readers = Readers::start(hall(&site), [(Seat::Kiosk, plug.attached())]);
    let (desk, kiosk) = (Ear::of(&readers, Seat::Desk), Ear::of(&readers, Seat::Kiosk));
    for ear in [&desk, &kiosk] {
        ear.is(DeviceState::Ready);
    }
    plug.unplug();
    // Broken first, then not to be found when it is looked for again.
    assert!(kiosk.trouble().contains("请把它的 USB 线插好"));
    assert!(kiosk.trouble().contains("没有找到扫码枪"));
    plug.plug_in();
    kiosk.is(DeviceState::Ready);
    plug.scan(&code(7), Way::Whole);
    assert_eq!(kiosk.next(), ReaderEvent::Scanned(code(7)));
    for _ in 0..2 {
        desk.trouble();
    }
    desk.is(DeviceState::Ready);
    desk.quiet();
    // A screen that begins to listen is told how things are.
    let again = Ear::of(&readers, Seat::Desk);
    let expected = DeviceStatus {
        seat: Seat::Kiosk,
        device: Device::Scanner,
        state: DeviceState::Ready,
        message: String::new(),
    };
    assert_eq!(again.next(), ReaderEvent::Status(expected));
}

#[test]
fn a_card_at_the_kiosk_is_its_number_and_counts_once() {
    let site = Site::new();
    let hall = hall(&site);
    hall.desk(DESK, DeskCommand::RegisterWorker { form: worker_form(1), sign_in: false }).unwrap();
    let reader = CardReader::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    reader.put(on_reader(1));
    let readers = Readers::start(Arc::clone(&hall), [(Seat::Kiosk, with_reader(reader.settings()))]);
    let kiosk = Ear::of(&readers, Seat::Kiosk);
    kiosk.is(DeviceState::Occupied);
    // Who laid it there before the start is gone.
    reader.put(Desktop::Empty);
    kiosk.is(DeviceState::Ready);
    for n in [1, 2] {
        reader.put(on_reader(n));
        let card = reply!(kiosk.next(), ReaderEvent::Card);
        assert_eq!(*card, IdCard { number: worker_form(n).id_number, ..IdCard::default() });
        kiosk.is(DeviceState::Occupied);
        let credential = Credential::IdNumber { text: card.number };
        let answer = hall.kiosk(KIOSK, KioskCommand::SignIn { credential });
        if n == 1 {
            assert_eq!(reply!(answer.unwrap(), KioskReply::Session).visit, 1);
        } else {
            assert!(refused(answer, Code::WorkerUnknown).message.contains("请带身份证到窗口登记"));
        }
        reader.put(Desktop::Empty);
        kiosk.is(DeviceState::Ready);
    }
}

#[test]
fn a_card_at_the_desk_is_read_in_gbk_and_not_while_it_is_locked() {
    let site = Site::new();
    let hall = hall(&site);
    let reader = CardReader::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    reader.answer_in_gbk(true);
    let readers = Readers::start(Arc::clone(&hall), [(Seat::Desk, with_reader(reader.settings()))]);
    let desk = Ear::of(&readers, Seat::Desk);
    desk.is(DeviceState::Ready);
    reader.put(on_reader(3));
    let card = reply!(desk.next(), ReaderEvent::Card);
    let form = worker_form(3);
    assert_eq!((&card.name, &card.number, &card.address), (&form.name, &form.id_number, &form.address));
    assert_eq!((card.born.as_str(), card.valid_until.as_str()), ("1984-06-14", ""));
    assert_eq!(format!("{card:?}"), "IdCard(..)");
    desk.is(DeviceState::Occupied);
    hall.desk(DESK, DeskCommand::Lock).unwrap();
    reader.put(Desktop::Empty);
    desk.is(DeviceState::Ready);
    reader.put(on_reader(4));
    desk.is(DeviceState::Occupied);
    desk.quiet();
}

#[test]
fn a_service_that_fails_is_told_with_a_remedy_and_names_nobody_in_the_log() {
    let kept = Kept::default();
    let filter = EnvFilter::new("hall_app::readers=trace,ureq=trace,ureq_proto=trace");
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(kept.clone()).init();
    let site = Site::new();
    let reader = CardReader::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let readers = Readers::start(hall(&site), [(Seat::Desk, with_reader(reader.settings()))]);
    let desk = Ear::of(&readers, Seat::Desk);
    desk.is(DeviceState::Ready);
    let person = worker_form(9);
    let half =
        format!(r#"{{"state":"card","card":{{"name":"{}","number":"{}","#, person.name, person.id_number);
    let elsewhere = format!(r#"{{"state":"card","name":"{}","number":"{}"}}"#, person.name, person.id_number);
    let garbled = [half.as_bytes(), b"\xff\xff"].concat();
    for (desktop, word) in [
        (Desktop::Says(b"<html>OK</html>".to_vec()), "是网页"),
        (Desktop::Says(half.into_bytes()), "不完整"),
        (Desktop::Says(Vec::new()), "空白"),
        (Desktop::Says(garbled), "乱码"),
        (Desktop::Says(elsewhere.into_bytes()), "没有姓名或身份证号"),
        (Desktop::Hangs, "没有回音"),
    ] {
        reader.put(desktop);
        let message = desk.trouble();
        assert!(message.contains(word) && message.contains("请"), "{message}");
    }
    reader.put(on_reader(9));
    assert_eq!(reply!(desk.next(), ReaderEvent::Card).number, id_number(9));
    desk.is(DeviceState::Occupied);
    let logged = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("no look at the card reader"), "{logged}");
    assert_no_number(&logged);
    assert!(!logged.contains(&person.name), "{logged}");
}

#[test]
fn a_service_that_is_not_there_is_told_and_found_when_it_comes() {
    let site = Site::new();
    // An address that nothing else here uses, at a port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.77:0").unwrap().local_addr().unwrap();
    let reader = CardReader::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let mut settings = reader.settings();
    settings.url = format!("http://{free}/read");
    let readers = Readers::start(hall(&site), [(Seat::Desk, with_reader(settings))]);
    let desk = Ear::of(&readers, Seat::Desk);
    assert!(desk.trouble().contains("连不上读卡器的程序"));
    let _reader = CardReader::listen(free).unwrap();
    desk.is(DeviceState::Ready);
}
