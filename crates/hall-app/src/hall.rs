//! The open hall: the store, the rules, and what is going on at its screens.
//!
//! One lock orders all commands; none holds it while a slip or an agreement is drawn. A panic in one command
//! is answered as an error, and what is in memory is read anew from the store.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use ed25519_dalek::SigningKey;
use hall_core::entity::Applied;
use hall_core::fact::Holder;
use hall_core::rules::{County, CountyTier, RuleBook, Tier};
use hall_core::vocab::{DeviceRole, PrinterUse};
use hall_core::{EntityId, Hlc, Instant, clock};
use hall_print::Fonts;
use hall_store::{
    Draft, ImportError, ImportReport, KeysError, OpenError, OpenReport, Probe, Received, Store, StoreConfig,
    StoreKeys,
};
use hall_sync::event::Identity;
use tokio::sync::watch;

use crate::api::desk::{StickRead, StickWritten};
use crate::api::paper::PrinterHealth;
use crate::api::{DeskCommand, DeskReply, KioskCommand, KioskReply, WallCommand, WallReply};
use crate::directory::Directory;
use crate::error::{AppError, Code};
use crate::exchange::{self, Codes, Enrolment, Exchange, LEAVE_EPOCH, Lines};
use crate::live::Live;
use crate::pin::Attempts;
use crate::session::{DeskSession, HelpCalls, KioskSession};

/// Where the time comes from. Injected, so that a test or a demonstration can hold it.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// How a hall is opened.
pub struct Options {
    /// The data folder.
    pub data: PathBuf,
    /// The folder of the keys; never inside the data folder.
    pub keys: PathBuf,
    pub clock: Clock,
    /// Number of this device; without one a new machine draws its own.
    pub device: Option<u32>,
    pub probe: Probe,
    /// Commits are refused when the disk has less free than this.
    pub free_floor_bytes: Option<u64>,
    /// Font files for characters that the program's own font does not have, in this order.
    pub rare_fonts: Vec<PathBuf>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("data", &self.data).field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Options {
    pub fn new(data: impl Into<PathBuf>, keys: impl Into<PathBuf>, clock: Clock) -> Self {
        Self {
            data: data.into(),
            keys: keys.into(),
            clock,
            device: None,
            probe: Probe::InProcess,
            free_floor_bytes: None,
            rare_fonts: installed_rare_fonts(),
        }
    }
}

/// The façade.
pub struct Hall {
    pub(crate) store: Store,
    pub(crate) book: RuleBook,
    pub(crate) fonts: Fonts,
    pub(crate) signing: SigningKey,
    pub(crate) tag_key: [u8; 32],
    pub(crate) me: Holder,
    pub(crate) keys: StoreKeys,
    clock: Clock,
    inner: Mutex<Inner>,
    /// Taken before `inner`, never after it.
    exchange: Mutex<Exchange>,
    /// Held for a moment only, and nothing is taken under it.
    lines: Mutex<Lines>,
    /// How this machine's printers are. Held for a moment only, and nothing is taken under it.
    printer_health: Mutex<BTreeMap<PrinterUse, PrinterHealth>>,
    changes: watch::Sender<u64>,
}

impl std::fmt::Debug for Hall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hall").field("me", &self.me).finish_non_exhaustive()
    }
}

/// What changes while the hall is open.
#[derive(Debug)]
pub(crate) struct Inner {
    pub live: Live,
    /// The clock was trusted when last looked at, and whoever waited for that has moved up.
    pub settled: bool,
    pub desks: BTreeMap<String, DeskSession>,
    pub kiosks: BTreeMap<String, KioskSession>,
    pub attempts: Attempts,
    pub help: HelpCalls,
    /// What has happened that staff must know; [`Hall::notices`] has also what is so now.
    pub notices: Vec<String>,
    /// Names and phones for the desk's search; made when first asked for.
    pub directory: Option<Directory>,
    /// Codes for new machines of the hall.
    pub codes: Codes,
}

/// The time a command works with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// What the machine's clock says; stamps ops.
    pub machine: Instant,
    /// The hall's time: never behind what the log has seen.
    pub hall: Instant,
    /// By which time the bounds of places from others are kept: never before the stamp that a promise will bear.
    pub promising: Instant,
    /// Promises may be made.
    pub trusted: bool,
}

/// Bound of the notices kept for the desk.
const NOTICES_MAX: usize = 20;

impl Hall {
    /// Opens the hall's store and reads what the day needs.
    pub fn open(options: Options) -> Result<Self, AppError> {
        let keys = StoreKeys::load_or_create(&options.keys).map_err(|error| unreadable_keys(&error))?;
        let signing = SigningKey::from_bytes(&keys.device);
        let tag_key = blake3::derive_key("linggong-hall 2026 identity tag", &keys.hall);
        let enrolled = Enrolment::read(&keys).map_err(|error| unreadable_keys(&error))?;
        let mut config = StoreConfig::new(&options.data, keys.clone(), options.device);
        config.probe = options.probe;
        config.role = enrolled.as_ref().map_or(DeviceRole::Desk, Enrolment::role);
        let leave = keys.read_beside(LEAVE_EPOCH).map_err(|error| unreadable_keys(&error))?;
        // An empty file of an earlier release says nothing of others.
        config.new_epoch = leave.map(|text| String::from_utf8_lossy(&text).parse().unwrap_or(0));
        if let Some(floor) = options.free_floor_bytes {
            config.free_floor_bytes = floor;
        }
        let now = (options.clock)();
        let (store, report, live) = open_store(&config, now)?;
        if config.new_epoch.is_some() {
            keys.remove_beside(LEAVE_EPOCH).map_err(|error| unreadable_keys(&error))?;
        }
        let me = holder(&store);
        let enrolment = enrolled.unwrap_or_else(|| Enrolment::alone(me.device, &signing, now));
        let identity = Identity { me, certificate: enrolment.certificate.clone(), key: signing.clone() };
        let trust = exchange::trust(&enrolment, &store.certificates(), &live, now);
        let exchange = Exchange::new(identity, &enrolment, trust, now);
        let inner = Inner {
            live,
            settled: false,
            desks: BTreeMap::new(),
            kiosks: BTreeMap::new(),
            attempts: Attempts::default(),
            help: HelpCalls::default(),
            notices: notices(&report),
            directory: None,
            codes: Codes::default(),
        };
        let hall = Self {
            store,
            book: RuleBook::builtin(),
            fonts: Fonts::load(&options.rare_fonts),
            signing,
            tag_key,
            me,
            keys,
            clock: options.clock,
            inner: Mutex::new(inner),
            exchange: Mutex::new(exchange),
            lines: Mutex::new(Lines::new(enrolment, me)),
            printer_health: Mutex::default(),
            changes: watch::Sender::new(0),
        };
        hall.reload_if_day_changed(&mut hall.inner())?;
        Ok(hall)
    }

    /// Counts up after every change that a screen could show.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The store, for the operator's tool.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn kiosk(&self, caller: &str, command: KioskCommand) -> Result<KioskReply, AppError> {
        guarded(|| crate::kiosk::run(self, caller, command))
    }

    pub fn desk(&self, caller: &str, command: DeskCommand) -> Result<DeskReply, AppError> {
        guarded(|| crate::desk::run(self, caller, command))
    }

    /// Writes a stick to `path` for whoever is at the desk. No command: it is long, and the kiosks go on meanwhile.
    pub fn write_stick(
        &self,
        caller: &str,
        path: &Path,
        reader: DeviceRole,
    ) -> Result<StickWritten, AppError> {
        guarded(|| crate::desk::stick::write(self, caller, path, reader))
    }

    /// Reads the stick that somebody at the desk chose; as little a command as the other.
    pub fn read_stick(&self, caller: &str, file: &[u8]) -> Result<StickRead, AppError> {
        guarded(|| crate::desk::stick::read(self, caller, file))
    }

    /// Whether somebody is logged in at the desk that calls.
    #[cfg(feature = "lines")]
    pub(crate) fn desk_is_open(&self, caller: &str) -> bool {
        let inner = self.inner();
        let now = self.now(&inner).machine;
        inner.desks.get(caller).is_some_and(|session| session.is_alive(now))
    }

    pub fn wall(&self, _caller: &str, command: WallCommand) -> Result<WallReply, AppError> {
        guarded(|| crate::wall::run(self, command))
    }

    /// The lock over everything that changes; after a panic what is in memory is read anew.
    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        let poisoned = self.inner.is_poisoned();
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if poisoned && self.read_anew(&mut inner).is_ok() {
            self.inner.clear_poison();
        }
        inner
    }

    /// Reads the day from the store again, after something else than a command wrote to it.
    pub(crate) fn read_anew(&self, inner: &mut Inner) -> Result<(), AppError> {
        inner.live = Live::load(&self.store, self.me, inner.live.day)?;
        inner.directory = None;
        Ok(())
    }

    /// The lock, with the live model on the right day.
    pub(crate) fn today(&self) -> Result<(MutexGuard<'_, Inner>, Now), AppError> {
        let mut inner = self.inner();
        let now = self.reload_if_day_changed(&mut inner)?;
        Ok((inner, now))
    }

    fn reload_if_day_changed(&self, inner: &mut Inner) -> Result<Now, AppError> {
        let now = self.now(inner);
        if inner.live.day != now.hall.day() {
            inner.live = Live::load(&self.store, self.me, now.hall.day())?;
        }
        if !now.trusted {
            inner.settled = false;
        } else if !inner.settled {
            // While the clock was not trusted, or before a restart cut in, places may have come free with
            // people waiting. A disk that takes nothing now must not stop anybody from looking.
            inner.settled = crate::claims::promote_all(self, inner, now).is_ok();
        }
        Ok(now)
    }

    pub(crate) fn now(&self, inner: &Inner) -> Now {
        let machine = self.machine_now();
        let seen = self.store.time_floor();
        let facts = inner.live.hall.as_ref().map(|(_, facts)| facts);
        let floor = clock::floor(facts, Hlc::new(seen.last_op, 0), seen.last_boot);
        let trusted = clock::is_trusted(machine, floor);
        let hall = if trusted { machine } else { floor };
        Now { machine, hall, promising: clock::promising(hall, Hlc::new(seen.last_op, 0)), trusted }
    }

    /// A panic while it was held leaves the node where it was: what it was told again does no harm.
    pub(crate) fn exchange(&self) -> MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn printer_health(&self) -> MutexGuard<'_, BTreeMap<PrinterUse, PrinterHealth>> {
        self.printer_health.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Makes durable what others wrote and takes it over into what the screens show.
    pub(crate) fn receive(&self, now: Instant, received: Received) -> Result<ImportReport, ImportError> {
        let report = self.store.receive(now, received);
        let taken = match &report {
            Ok(report) => exchange::take_over(self, report.applied.iter().chain(&report.completed))
                .map_err(AppError::from),
            // A part of it may be durable all the same.
            Err(_) => self.read_anew(&mut self.inner()),
        };
        if let Err(error) = taken {
            tracing::error!(%error, "what came is durable and not shown yet");
        }
        self.tell();
        report
    }

    /// Makes the drafts durable, takes them over into the live model and tells the screens.
    pub(crate) fn commit(
        &self,
        inner: &mut Inner,
        now: Now,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Applied>, AppError> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        if self.lines().fenced {
            return Err(AppError::new(
                Code::Storage,
                "本机数据不是最新的，这一步没有办成。请重新启动程序，重启后就能接着办",
            ));
        }
        let applied = self.store.commit(now.machine, drafts)?;
        let mut touched: Vec<EntityId> = Vec::with_capacity(applied.len());
        for op in &applied {
            if let Some(entity) = self.store.entity_of(op.id)?
                && !touched.contains(&entity)
            {
                touched.push(entity);
            }
        }
        for entity in touched {
            inner.live.refresh(&self.store, entity)?;
        }
        self.tell();
        Ok(applied)
    }

    /// What the machine's clock says.
    pub(crate) fn machine_now(&self) -> Instant {
        (self.clock)()
    }

    /// Tells the screens to look again.
    pub(crate) fn tell(&self) {
        self.changes.send_modify(|n| *n += 1);
    }

    /// A keyed hash that finds a person or firm again without holding the number.
    pub(crate) fn id_tag(&self, number: &str) -> [u8; 16] {
        let hash = blake3::keyed_hash(&self.tag_key, number.as_bytes());
        *hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes")
    }

    /// What staff must know about the machine.
    pub(crate) fn notices(&self, inner: &Inner) -> Vec<String> {
        let fonts = self.fonts.damaged().iter().map(|path| damaged_font(path));
        inner.notices.iter().cloned().chain(fonts).collect()
    }

    /// Leaves a sentence for the staff; the oldest makes room.
    pub(crate) fn notice(inner: &mut Inner, text: String) {
        if inner.notices.contains(&text) {
            return;
        }
        if inner.notices.len() >= NOTICES_MAX {
            inner.notices.remove(0);
        }
        inner.notices.push(text);
    }
}

fn holder(store: &Store) -> Holder {
    let identity = store.identity();
    Holder { device: identity.device, epoch: identity.epoch }
}

/// Opens the store and reads the day. Damage inside sled may show only when it is read: the store then marks
/// itself, and opening it once more builds it anew from the journal.
fn open_store(config: &StoreConfig, now: Instant) -> Result<(Store, OpenReport, Live), AppError> {
    let open = || -> Result<_, AppError> {
        let (store, report) = Store::open(config, now).map_err(|error| open_error(&error))?;
        let live = Live::load(&store, holder(&store), now.day());
        Ok((store, report, live))
    };
    match open()? {
        (store, report, Ok(live)) => Ok((store, report, live)),
        (store, _, Err(error)) => {
            tracing::warn!(%error, "the store could not be read and is opened once more");
            drop(store);
            let (store, report, live) = open()?;
            Ok((store, report, live?))
        }
    }
}

/// A panic in one command must not close the kiosk.
fn guarded<R>(run: impl FnOnce() -> Result<R, AppError>) -> Result<R, AppError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        tracing::error!("a command panicked");
        Err(AppError::new(Code::Internal, "这一步出了故障，没有办成。请再试一次，还不行请到窗口").retryable())
    })
}

/// The county whose minimum wage holds, with the tier that a supervisor entered for it.
pub(crate) fn county(live: &Live) -> County {
    let Some((_, facts)) = &live.hall else { return County::new("") };
    let mut county = County::new(facts.county.clone());
    county.entered = facts
        .tier
        .as_ref()
        .filter(|tier| tier.county == facts.county)
        .map(|tier| CountyTier { tier: Tier(tier.tier), document: tier.document.clone() });
    county
}

fn unreadable_keys(error: &KeysError) -> AppError {
    tracing::error!(%error, "the keys cannot be read");
    AppError::new(Code::Storage, "密钥文件读不出来，不能打开数据。请联系维护人员恢复密钥，不要删除数据文件夹")
}

/// Random bytes for salts and nonces.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes once it has started");
    bytes
}

/// Where the fonts for rare characters are, once the hall has installed them (Debian: fonts-hanazono).
fn installed_rare_fonts() -> Vec<PathBuf> {
    let folder = Path::new("/usr/share/fonts/truetype/hanazono");
    ["HanaMinA.ttf", "HanaMinB.ttf"].map(|name| folder.join(name)).to_vec()
}

/// A font file that is there and of no use. Known once a character needed it, and no sooner does it matter.
fn damaged_font(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "生僻字字体文件坏了，读不出来（{name}），有的人名印不全。已办的单都有效；请维护人员重装字体 fonts-hanazono，再重新打开程序"
    )
}

fn open_error(error: &OpenError) -> AppError {
    tracing::error!(%error, "the store does not open");
    match error {
        OpenError::AlreadyOpen => {
            AppError::new(Code::Storage, "本机已经开着一个零工大厅，不能再开第二个。请切换到已打开的窗口")
        }
        OpenError::WrongKey => AppError::new(
            Code::Storage,
            "密钥和数据对不上，不能打开。请放回这台机器原来的密钥文件，数据没有动过",
        ),
        OpenError::RestartNeeded => {
            AppError::new(Code::Storage, "本机存储需要再启动一次才能修好，请重新打开程序").retryable()
        }
        _ => AppError::new(Code::Storage, "本机存储打不开，数据没有动过。请联系维护人员，不要删除数据文件夹"),
    }
}

fn notices(report: &OpenReport) -> Vec<String> {
    let mut notices = Vec::new();
    if report.rebuilt.is_some() {
        notices.push(format!(
            "本机存储损坏过，已用日志重建（补回 {} 条），没有丢失；坏的文件留在数据文件夹里，请告诉维护人员",
            report.replayed
        ));
    }
    if report.rolled_back.is_some() {
        notices.push(
            "本机数据换成了旧的一份（像是用备份恢复的），后来办的不在里面。为了不把一个名额答应给两个人，原来的用工信息不再接新人，请重新发布；已接的单照旧有效，少了的请照小票补办"
                .into(),
        );
    }
    if report.torn.is_some() {
        notices.push("上次断电时有一步没有写完，那一步没有办成，其他都在".into());
    }
    if report.journal_rewritten.is_some() {
        notices.push("日志文件缺失，已从本机存储补写，请告诉维护人员检查磁盘".into());
    }
    notices
}
