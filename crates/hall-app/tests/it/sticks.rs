//! Carrying a hall's log by hand: everything arrives and is shown, twice or in any order; every bad file gets a
//! sentence, and what is good of it is taken.

use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use hall_app::api::desk::DeskView;
use hall_app::api::{DeskCommand, DeskReply, WallCommand, WallReply};
use hall_app::{AppError, Code, Exported, Hall, Imported, Options};
use hall_core::vocab::{DeviceRole, Role};
use hall_log::certificate::LIFETIME_S;
use hall_log::token::Seconds;
use hall_log::{Bearer, Certificate, base32};
use hall_sync::enrolment::{Enrolled, Invitation};

use crate::reply;
use crate::support::{
    CLERK_PIN, DAY, DESK, MINUTE, Market, PIN, Site, WALL, assert_no_number, assert_plain, at, copy_dir,
    hall_form, refused, worker_form,
};

const HALL: u32 = 12;

/// The county, which vouches for everybody.
fn county() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// What a county answers to a desk that applied.
fn enrolled(hall: &Hall, (number, device): (u32, u32), county: &SigningKey) -> Enrolled {
    let issued = Seconds::from(at(DAY, "04:00"));
    let bearer = Bearer {
        hall: number,
        device,
        role: DeviceRole::Desk,
        key: hall.signing_key().verifying_key().to_bytes(),
        issued,
        expires: Seconds(issued.0 + LIFETIME_S),
    };
    Enrolled {
        hall: number,
        device,
        role: bearer.role,
        name: "服务台".into(),
        certificate: base32::encode(&Certificate::issue(bearer, county).encode()),
        issuers: vec![base32::encode(county.verifying_key().as_bytes())],
        hall_key: None,
        hub: None,
    }
}

/// A desk of a hall: folders, and the open hall in them.
struct Machine {
    hall: Hall,
    site: Site,
}

impl Machine {
    fn open(site: Site, device: u32, hall: u32) -> Self {
        Self::of(site, device, hall, &county())
    }

    fn of(site: Site, device: u32, hall: u32, county: &SigningKey) -> Self {
        let open = || Hall::open(Options { device: Some(device), ..site.options() }).unwrap();
        let blank = open();
        let invitation = Invitation { code: String::new(), pin: None, addresses: Vec::new() };
        let enrolled = enrolled(&blank, (hall, device), county);
        blank.join(&enrolled, &invitation, "county.example").unwrap();
        drop(blank);
        Self { hall: open(), site }
    }

    /// The desk of a hall where something has happened, set up by nobody but itself.
    fn with_a_morning() -> Self {
        let mut market = Market::new();
        let post = market.publish(2);
        for n in 1..=3 {
            market.take(n, &post);
        }
        market.close();
        Self::open(market.site, 1, HALL)
    }

    /// Another machine of the hall, where nothing has happened yet.
    fn empty(device: u32) -> Self {
        Self::open(Site::new(), device, HALL)
    }

    fn stick(&self, name: &str) -> PathBuf {
        self.site.dir.path().join(name)
    }

    fn try_export(&self, to: &Path) -> Result<Exported, AppError> {
        self.hall.export(to, DeviceRole::Desk)
    }

    fn export(&self, name: &str) -> PathBuf {
        let path = self.stick(name);
        let exported = self.try_export(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), exported.bytes);
        assert_eq!(exported.problems, Vec::<String>::new());
        path
    }

    fn try_import(&self, path: &Path) -> Result<Imported, AppError> {
        self.hall.import(path)
    }

    fn import(&self, path: &Path) -> Imported {
        let imported = self.try_import(path).unwrap();
        for problem in &imported.problems {
            assert_plain(problem);
        }
        assert!(self.hall.store().verify().unwrap().ok() && self.hall.audit().unwrap().ok());
        imported
    }

    fn digest(&self) -> String {
        self.hall.store().state_digest().unwrap().to_string()
    }

    fn seq(&self) -> u64 {
        self.hall.store().head().unwrap().seq
    }

    fn view(&self) -> DeskView {
        *reply!(self.hall.desk(DESK, DeskCommand::View).unwrap(), DeskReply::View)
    }

    /// Somebody of that role logs in at the desk.
    fn log_in(&self, role: Role, pin: &str) {
        let staff = self.view().staff.into_iter().find(|staff| staff.role == role).unwrap().id;
        self.hall.desk(DESK, DeskCommand::LogIn { staff, pin: pin.into() }).unwrap();
    }

    /// The supervisor registers somebody at the desk.
    fn register(&self, n: u16) {
        self.log_in(Role::Supervisor, PIN);
        let command = DeskCommand::RegisterWorker { form: worker_form(n), sign_in: true };
        self.hall.desk(DESK, command).unwrap();
    }
}

#[test]
fn what_happened_at_one_machine_is_seen_at_the_other() {
    let (one, two) = (Machine::with_a_morning(), Machine::empty(2));
    let changes = two.hall.changes();
    let path = one.export("one.lgb");
    let imported = two.import(&path);
    assert_eq!((imported.ops, imported.known, imported.problems.len()), (one.seq(), 0, 0));
    assert_eq!((imported.from.as_str(), imported.certificates), ("1.1", 1));
    assert_eq!(two.digest(), one.digest());
    assert!(changes.has_changed().unwrap(), "the screens look again");

    // The people, the post and its tickets are there at once, without a restart.
    two.site.set(at(DAY, "05:40"));
    let WallReply::View(wall) = two.hall.wall(WALL, WallCommand::View).unwrap();
    assert_eq!((wall.hall.name, wall.open_posts, wall.placed_today), (hall_form().name, 1, 2));
    // Every place is the first machine's.
    assert_eq!(wall.places_left, 0);
    let again = two.import(&path);
    assert_eq!((again.ops, again.known, again.payloads, two.digest()), (0, one.seq(), 0, one.digest()));
}

#[test]
fn two_machines_come_to_the_same_whichever_stick_is_read_first() {
    let (one, two) = (Machine::with_a_morning(), Machine::empty(2));
    two.import(&one.export("one.lgb"));
    two.register(40);
    let (first, second) = (one.export("one.lgb"), two.export("two.lgb"));
    one.import(&second);
    assert_eq!(one.digest(), two.digest());
    for order in [[&first, &second], [&second, &first]] {
        let third = Machine::empty(3);
        for path in order {
            assert_eq!(third.import(path).problems, Vec::<String>::new());
        }
        assert_eq!(third.digest(), one.digest());
    }
}

#[test]
fn a_damaged_file_gives_what_is_good_and_says_what_is_not() {
    let one = Machine::with_a_morning();
    let good = one.export("good.lgb");
    let whole = fs::read(&good).unwrap();
    let bad = one.stick("bad.lgb");
    let two = Machine::empty(2);
    for (what, bytes) in [
        ("cut", whole[..whole.len() - 1].to_vec()),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("altered", {
            let mut altered = whole.clone();
            let middle = altered.len() / 2;
            altered[middle] ^= 0x40;
            altered
        }),
    ] {
        fs::write(&bad, bytes).unwrap();
        let imported = two.import(&bad);
        assert_eq!(imported.problems.len(), 1, "{what}: {imported:?}");
        assert!(imported.problems[0].contains("重新导出"), "{what}: {imported:?}");
    }
    two.import(&good);
    assert_eq!(two.digest(), one.digest());
}

#[test]
fn every_file_that_is_none_of_ours_gets_a_sentence() {
    let one = Machine::with_a_morning();
    let (good, digest) = (fs::read(one.export("good.lgb")).unwrap(), one.digest());
    let mut later = good.clone();
    later[3] = 2;
    let neighbour = Machine::open(Site::new(), 9, HALL + 1);
    let foreign = fs::read(neighbour.export("foreign.lgb")).unwrap();
    let by_stranger = {
        let stranger = Machine::of(Site::new(), 4, HALL, &SigningKey::from_bytes(&[8; 32]));
        fs::read(stranger.export("stranger.lgb")).unwrap()
    };
    let path = one.stick("bad.lgb");
    for (bytes, word) in [
        (Vec::new(), "不是零工大厅"),
        (b"PK\x03\x04 a spreadsheet".to_vec(), "不是零工大厅"),
        (later, "升级"),
        (good[..40].to_vec(), "重新导出"),
        (foreign, "别的大厅"),
        (by_stranger, "没有登记"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = refused(one.try_import(&path), Code::BadInput);
        assert!(error.message.contains(word), "{}", error.message);
    }
    refused(one.try_import(&one.stick("not there.lgb")), Code::BadInput);
    refused(one.try_import(one.site.dir.path()), Code::BadInput);
    assert_eq!(one.digest(), digest);
}

#[test]
fn a_stick_that_cannot_be_written_leaves_what_was_there() {
    let one = Machine::with_a_morning();
    let path = one.export("one.lgb");
    let before = fs::read(&path).unwrap();
    // A name below a file, and the name of a folder.
    assert!(refused(one.try_export(&path.join("x.lgb")), Code::Storage).retryable);
    refused(one.try_export(one.site.dir.path()), Code::Storage);
    assert_eq!(fs::read(&path).unwrap(), before);
    let left: Vec<PathBuf> = fs::read_dir(one.site.dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tmp"))
        .collect();
    assert_eq!(left, Vec::<PathBuf>::new());
}

/// The data folder was put back to an earlier day, and the stick knows better.
#[test]
fn a_machine_that_was_rolled_back_learns_it_from_a_stick() {
    let one = Machine::with_a_morning();
    let path = one.export("one.lgb");
    let seq = one.seq();
    // Another store with the same number and keys, as after a new installation.
    let again = Site::new();
    let keys = again.dir.path().join("keys");
    fs::create_dir_all(&keys).unwrap();
    for name in ["store.key", "device.key", "hall.key"] {
        fs::copy(one.site.dir.path().join("keys").join(name), keys.join(name)).unwrap();
    }
    let again = Machine::open(again, 1, HALL);
    let imported = again.import(&path);
    assert!(imported.rolled_back && imported.ops == 0, "{imported:?}");
    assert!(imported.problems[0].contains("维护人员"));
    assert!(again.hall.must_restart());
    assert_eq!(again.seq(), 0);
    assert_eq!(one.seq(), seq);
}

#[test]
fn two_histories_of_one_machine_are_told_to_the_staff() {
    let one = Machine::with_a_morning();
    let first = fs::read(one.export("one.lgb")).unwrap();
    let (seq, Machine { site, hall }) = (one.seq(), one);
    drop(hall);
    let copy = Site::new();
    copy_dir(&site.dir.path().join("data"), &copy.data());
    copy_dir(&site.dir.path().join("keys"), &copy.dir.path().join("keys"));
    let mut sticks = vec![first];
    for (n, site) in [(50, site), (51, copy)] {
        site.set(site.now().plus_ms(i64::from(n) * MINUTE));
        let machine = Machine::open(site, 1, HALL);
        machine.register(n);
        sticks.push(fs::read(machine.export("copy.lgb")).unwrap());
    }
    let two = Machine::empty(2);
    let path = two.stick("in.lgb");
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        two.import(&path)
    };
    assert_eq!(read(&sticks[0]).ops, seq);
    assert!(read(&sticks[1]).ops > 0);
    let digest = two.digest();
    let other = read(&sticks[2]);
    assert!(other.forks > 0 && other.ops == 0, "{other:?}");
    assert!(other.problems[0].contains("两份"), "{other:?}");
    assert_no_number(&format!("{other:?}"));
    assert_eq!(two.digest(), digest);
}

/// Two desks of a hall, and a clerk who may work at both.
fn two_desks() -> (Machine, Machine) {
    let (one, two) = (Machine::with_a_morning(), Machine::empty(2));
    one.log_in(Role::Supervisor, PIN);
    let add = DeskCommand::AddStaff { name: "李敏".into(), role: Role::Clerk, pin: CLERK_PIN.into() };
    one.hall.desk(DESK, add).unwrap();
    two.import(&one.export("first.lgb"));
    two.log_in(Role::Clerk, CLERK_PIN);
    (one, two)
}

#[test]
fn a_stick_goes_from_desk_to_desk_and_a_second_time_changes_nothing() {
    let (one, two) = two_desks();
    let path = one.stick("desk.lgb");
    one.hall.write_stick(DESK, &path, DeviceRole::Desk).unwrap();
    let early = fs::read(&path).unwrap();
    one.register(40);
    let written = one.hall.write_stick(DESK, &path, DeviceRole::Desk).unwrap();
    assert_eq!((u64::from(written.ops), written.problems), (one.seq(), vec![]));
    assert_eq!(Path::new(&written.place), path);
    let late = fs::read(&path).unwrap();

    let read = two.hall.read_stick(DESK, &late).unwrap();
    assert!(read.new > 0 && read.problems.is_empty(), "{read:?}");
    assert_eq!((read.from.as_str(), two.digest()), ("机器 1", one.digest()));
    // Once more, and then the older one.
    for (stick, known) in [(&late, written.ops), (&early, written.ops - read.new)] {
        let again = two.hall.read_stick(DESK, stick).unwrap();
        assert_eq!((again.new, again.known, again.problems), (0, known, vec![]));
        assert_eq!(two.digest(), one.digest());
    }
    assert!(two.view().session.is_some(), "the clerk goes on");
}

#[test]
fn a_file_that_is_no_stick_is_explained_at_the_desk_and_nothing_is_lost() {
    let (one, two) = two_desks();
    one.register(40);
    let path = one.stick("desk.lgb");
    one.hall.write_stick(DESK, &path, DeviceRole::Desk).unwrap();
    let good = fs::read(&path).unwrap();
    let mut later = good.clone();
    later[3] = 2;
    let mut altered = good.clone();
    let last = altered.len() - 40;
    altered[last] ^= 0x40;
    let foreign = fs::read(Machine::open(Site::new(), 9, HALL + 1).export("foreign.lgb")).unwrap();
    for (bytes, word) in [
        (&b"PK\x03\x04"[..], "不是零工大厅"),
        (&later, "升级"),
        (&foreign, "别的大厅"),
        (&vec![0; 1 << 20], "不是零工大厅"),
    ] {
        let error = refused(two.hall.read_stick(DESK, bytes), Code::BadInput);
        assert!(error.message.contains(word), "{}", error.message);
    }
    for bytes in [&good[..good.len() - 1], &altered] {
        let read = two.hall.read_stick(DESK, bytes).unwrap();
        assert!(read.problems[0].contains("重新导出"), "{read:?}");
    }
    two.hall.read_stick(DESK, &good).unwrap();
    assert_eq!(two.digest(), one.digest());
    let too_long = vec![0; (64 << 20) + 1];
    assert!(refused(two.hall.read_stick(DESK, &too_long), Code::BadInput).message.contains("64 MB"));
}

#[test]
fn a_supervisor_writes_a_stick_and_any_clerk_reads_one() {
    let (one, two) = two_desks();
    let path = two.stick("desk.lgb");
    refused(two.hall.write_stick(DESK, &path, DeviceRole::County), Code::NotAllowed);
    let good = fs::read(one.export("one.lgb")).unwrap();
    two.hall.read_stick(DESK, &good).unwrap();
    two.log_in(Role::Supervisor, PIN);
    two.hall.write_stick(DESK, &path, DeviceRole::County).unwrap();
    fs::remove_file(&path).unwrap();

    two.hall.desk(DESK, DeskCommand::Lock).unwrap();
    refused(two.hall.write_stick(DESK, &path, DeviceRole::Desk), Code::Locked);
    refused(two.hall.read_stick(DESK, &good), Code::Locked);
    assert!(!path.exists());
    let blank = Machine::empty(3);
    refused(blank.hall.write_stick(DESK, &path, DeviceRole::Desk), Code::NotSetUp);
    refused(blank.hall.read_stick(DESK, &good), Code::NotSetUp);
}
