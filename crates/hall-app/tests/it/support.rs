//! A hall on a real store in a temporary folder, with a clock that the test moves, and the few acts that
//! nearly every test begins with.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::api::desk::{DeskView, HallForm, PostEdit};
use hall_app::api::kiosk::{Credential, WorkerSession};
use hall_app::api::paper::PrinterForm;
use hall_app::api::shared::{EmployerForm, PostForm, TicketView, WorkerForm, WorkerView};
use hall_app::api::wall::WallView;
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply, WallCommand, WallReply};
use hall_app::{AppError, Code, Hall, Options};
use hall_core::rules::identity::check_character;
use hall_core::vocab::{EmployerKind, Meals, PayUnit, PrinterUse, Role, Settlement};
use hall_core::{Day, Instant};
use tempfile::TempDir;

pub(crate) const DESK: &str = "desk";
pub(crate) const KIOSK: &str = "kiosk";
pub(crate) const WALL: &str = "wall";
pub(crate) const PIN: &str = "280519";
pub(crate) const CLERK_PIN: &str = "730164";
pub(crate) const DAY: &str = "2026-11-20";
/// Weifang's Kuiwen district: tier 1, 24 yuan an hour and 2 400 a month.
pub(crate) const COUNTY: &str = "370705";
pub(crate) const MINUTE: i64 = 60_000;

/// The content of a reply of the one kind that the test expects.
#[macro_export]
macro_rules! reply {
    ($reply:expr, $variant:path) => {
        match $reply {
            $variant(content) => content,
            other => panic!("not a {}: {other:?}", stringify!($variant)),
        }
    };
}

/// Folders that outlive the hall in them, and the clock.
pub(crate) struct Site {
    pub dir: TempDir,
    clock: Arc<AtomicI64>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dir, clock: Arc::new(AtomicI64::new(at(DAY, "05:00").0)) }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn now(&self) -> Instant {
        Instant(self.clock.load(Ordering::SeqCst))
    }

    pub(crate) fn set(&self, now: Instant) {
        self.clock.store(now.0, Ordering::SeqCst);
    }

    pub(crate) fn options(&self) -> Options {
        let clock = Arc::clone(&self.clock);
        let clock = Arc::new(move || Instant(clock.load(Ordering::SeqCst)));
        let mut options = Options::new(self.data(), self.dir.path().join("keys"), clock);
        // The disk of whoever runs the tests may be nearly full.
        options.free_floor_bytes = Some(1 << 20);
        options
    }
}

/// An open hall with its supervisor logged in at the desk.
pub(crate) struct Market {
    pub site: Site,
    hall: Option<Arc<Hall>>,
    pub supervisor: String,
}

impl std::ops::Deref for Market {
    type Target = Hall;

    fn deref(&self) -> &Hall {
        self.hall.as_ref().unwrap()
    }
}

impl Market {
    pub(crate) fn new() -> Self {
        Self::at(Site::new())
    }

    pub(crate) fn at(site: Site) -> Self {
        // A number that can be named in a test; a machine draws its own otherwise.
        Self::numbered(site, 1)
    }

    pub(crate) fn numbered(site: Site, device: u32) -> Self {
        let hall = Hall::open(Options { device: Some(device), ..site.options() }).unwrap();
        let set_up = DeskCommand::SetUp { hall: hall_form(), name: "王主管".into(), pin: PIN.into() };
        let view = reply!(hall.desk(DESK, set_up).unwrap(), DeskReply::View);
        let supervisor = view.session.unwrap().staff.id;
        Self { site, hall: Some(Arc::new(hall)), supervisor }
    }

    /// Has this machine print its slips there.
    pub(crate) fn assign_slips(&self, address: &str, dots: u16) {
        self.assign_slips_to(address, dots, true);
    }

    /// The same, with a printer that says how it is, or does not.
    pub(crate) fn assign_slips_to(&self, address: &str, dots: u16, answers: bool) {
        let form = PrinterForm {
            device: 1,
            used_for: PrinterUse::Slips,
            address: address.into(),
            dots,
            answers,
            duplex: false,
            text: false,
        };
        reply!(self.act(DeskCommand::AssignPrinter { form }), DeskReply::Printers);
    }

    /// The hall, for what runs beside its screens.
    #[cfg(feature = "lines")]
    pub(crate) fn shared(&self) -> Arc<Hall> {
        Arc::clone(self.hall.as_ref().unwrap())
    }

    /// A restart: everybody is signed out, so the supervisor logs in again.
    pub(crate) fn reopen(&mut self) {
        self.reopen_with(self.site.options());
        self.log_in(DESK, &self.supervisor.clone(), PIN).unwrap();
    }

    pub(crate) fn reopen_with(&mut self, options: Options) {
        self.hall = None;
        self.hall = Some(Arc::new(Hall::open(options).unwrap()));
    }

    pub(crate) fn close(&mut self) {
        self.hall = None;
    }

    pub(crate) fn log_in(&self, desk: &str, staff: &str, pin: &str) -> Result<DeskReply, AppError> {
        Hall::desk(self, desk, DeskCommand::LogIn { staff: staff.into(), pin: pin.into() })
    }

    /// It is so late; the supervisor comes back to the desk.
    pub(crate) fn set(&self, time: &str) {
        self.site.set(at(DAY, time));
        self.log_in(DESK, &self.supervisor, PIN).unwrap();
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.site.set(self.site.now().plus_ms(ms));
    }

    pub(crate) fn ask(&self, command: DeskCommand) -> Result<DeskReply, AppError> {
        Hall::desk(self, DESK, command)
    }

    pub(crate) fn act(&self, command: DeskCommand) -> DeskReply {
        self.ask(command).unwrap()
    }

    pub(crate) fn view(&self) -> DeskView {
        *reply!(self.act(DeskCommand::View), DeskReply::View)
    }

    pub(crate) fn wall_view(&self) -> WallView {
        let WallReply::View(view) = Hall::wall(self, WALL, WallCommand::View).unwrap();
        view
    }

    /// The posts on the wall, each once.
    pub(crate) fn wall_posts(&self) -> Vec<hall_app::api::shared::PostCard> {
        let mut posts: Vec<_> = self.wall_view().pages.into_iter().flat_map(|page| page.posts).collect();
        posts.dedup_by(|a, b| a.id == b.id);
        posts
    }

    /// A clerk, not logged in.
    pub(crate) fn clerk(&self) -> String {
        self.act(DeskCommand::AddStaff { name: "李敏".into(), role: Role::Clerk, pin: CLERK_PIN.into() });
        self.view().staff.into_iter().find(|staff| staff.role == Role::Clerk).unwrap().id
    }

    pub(crate) fn employer(&self) -> String {
        reply!(self.act(DeskCommand::RegisterEmployer { form: employer_form() }), DeskReply::Employer).id
    }

    pub(crate) fn form(&self) -> PostForm {
        PostForm { employer: self.employer(), ..post_form() }
    }

    pub(crate) fn try_publish(&self, form: PostForm) -> Result<PostEdit, AppError> {
        let reply = self.ask(DeskCommand::PublishPost { form, overriding: None })?;
        Ok(*reply!(reply, DeskReply::Post))
    }

    /// A post with so many places; its id.
    pub(crate) fn publish(&self, places: u16) -> String {
        self.publish_form(PostForm { places: places.to_string(), ..self.form() })
    }

    pub(crate) fn publish_form(&self, form: PostForm) -> String {
        self.try_publish(form).unwrap().card.id
    }

    pub(crate) fn post(&self, post: &str) -> PostEdit {
        *reply!(self.act(DeskCommand::Post { post: post.into() }), DeskReply::Post)
    }

    /// The n-th worker, a walk-in who is signed in at once.
    pub(crate) fn register(&self, n: u16) -> WorkerView {
        let command = DeskCommand::RegisterWorker { form: worker_form(n), sign_in: true };
        reply!(self.act(command), DeskReply::Worker)
    }

    pub(crate) fn ask_kiosk(&self, command: KioskCommand) -> Result<KioskReply, AppError> {
        Hall::kiosk(self, KIOSK, command)
    }

    /// The n-th worker stands at the kiosk.
    pub(crate) fn sign_in(&self, n: u16) -> WorkerSession {
        let credential = Credential::IdNumber { text: id_number(n) };
        reply!(self.ask_kiosk(KioskCommand::SignIn { credential }).unwrap(), KioskReply::Session)
    }

    /// The worker at the kiosk takes a place.
    pub(crate) fn claim(&self, post: &str) -> Result<TicketView, AppError> {
        let reply = self.ask_kiosk(KioskCommand::Claim { post: post.into() })?;
        Ok(*reply!(reply, KioskReply::Ticket))
    }

    /// The n-th worker walks in, is registered, and takes a place at the kiosk.
    pub(crate) fn take(&self, n: u16, post: &str) -> TicketView {
        self.register(n);
        self.sign_in(n);
        self.claim(post).unwrap()
    }

    /// The worker at the kiosk gives a ticket back.
    pub(crate) fn give_back(&self, ticket: &str) -> Result<KioskReply, AppError> {
        self.ask_kiosk(KioskCommand::Release { ticket: ticket.into() })
    }

    pub(crate) fn ticket(&self, ticket: &TicketView) -> TicketView {
        let found = self.act(DeskCommand::FindTicket { text: ticket.code.clone() });
        reply!(found, DeskReply::TicketCheck).ticket
    }

    /// Everything in the store is as it should be.
    pub(crate) fn verify(&self) {
        let report = self.store().verify().unwrap();
        assert!(report.ok(), "{report:?}");
        let audit = self.audit().unwrap();
        assert!(audit.ok(), "{audit:?}");
    }
}

/// An error of this code, whose sentence is Chinese and says what to do.
#[track_caller]
pub(crate) fn refused<R: std::fmt::Debug>(result: Result<R, AppError>, code: Code) -> AppError {
    let error = result.unwrap_err();
    assert_eq!(error.code, code, "{error:?}");
    assert_plain(&error.message);
    error
}

/// Plain Chinese with a remedy, and no identity number in full.
#[track_caller]
pub(crate) fn assert_plain(message: &str) {
    assert!(message.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "not Chinese: {message}");
    let remedies = ["请", "要", "可以", "先", "再试", "只认", "最多", "不用", "不再", "能看到", "只有"];
    assert!(remedies.iter().any(|remedy| message.contains(remedy)), "no remedy: {message}");
    assert_no_number(message);
}

/// No run of digits as long as a phone or an identity number.
#[track_caller]
pub(crate) fn assert_no_number(text: &str) {
    let run = text
        .split(|c: char| !c.is_ascii_digit())
        .find(|run| run.len() == 17 || run.len() == 18 || (run.len() == 11 && run.starts_with('1')));
    assert!(run.is_none(), "{run:?} in {text}");
}

pub(crate) fn at(day: &str, time: &str) -> Instant {
    day.parse::<Day>().unwrap().at(time.parse().unwrap())
}

pub(crate) fn hall_form() -> HallForm {
    HallForm {
        name: "奎文示范零工客栈".into(),
        county: COUNTY.into(),
        address: "北关街 88 号".into(),
        phone: "15400001234".into(),
        window: "2 号窗口".into(),
    }
}

pub(crate) fn employer_form() -> EmployerForm {
    EmployerForm {
        kind: EmployerKind::Organisation,
        name: "示范建筑劳务有限公司".into(),
        code: "91350100M000100Y43".into(),
        address: "工业园 7 路 1 号".into(),
        legal_head: "赵示例".into(),
        agent: "钱示例".into(),
        phone: "15400000001".into(),
        papers_seen: "营业执照、委托书".into(),
    }
}

/// A day's work on the day of the test, without an employer.
pub(crate) fn post_form() -> PostForm {
    PostForm {
        trade: "瓦工".into(),
        title: "小区砌墙".into(),
        content: "砌花坛围墙，和灰、递砖有小工".into(),
        address: "城东锦绣园 3 号楼".into(),
        first_day: DAY.into(),
        start: "09:30".into(),
        end: "17:30".into(),
        rest_minutes: 60,
        places: "2".into(),
        pay: "350".into(),
        unit: Some(PayUnit::Day),
        settlement: Some(Settlement::Daily),
        meals: Some(Meals::Lunch),
        requirements: "会砌砖，能看懂线".into(),
        insurance: "用工方买意外险".into(),
        protection: "发安全帽和手套".into(),
        bring: "瓦刀".into(),
        contact_name: "王师傅".into(),
        contact_phone: "15400000002".into(),
        ..PostForm::default()
    }
}

/// An identity number of an unassigned area that passes every check.
pub(crate) fn number(born: &str, sequence: u16) -> String {
    let body = format!("379901{born}{sequence:03}");
    format!("{body}{}", check_character(&body).unwrap())
}

pub(crate) fn id_number(n: u16) -> String {
    number("19800214", n * 2 + 1)
}

pub(crate) fn worker_form(n: u16) -> WorkerForm {
    WorkerForm {
        name: format!("周{}春", char::from_u32(0x4e00 + u32::from(n)).unwrap()),
        id_number: id_number(n),
        phone: format!("154{n:08}"),
        address: "柳泉街道 12 号".into(),
        trades: vec!["瓦工".into(), "小工".into()],
        certificates: Vec::new(),
        post_type: None,
        pension: false,
        student: false,
    }
}

/// The text in the QR of a picture, read by a reader that is not ours.
/// The dots of a slip that a screen shows.
#[cfg(feature = "lines")]
pub(crate) fn bitmap_of(png: &str) -> hall_print::Bitmap {
    let bytes = BASE64.decode(png).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.bit_depth, info.color_type), (png::BitDepth::One, png::ColorType::Grayscale));
    // In a picture 1 is white, on paper black.
    hall_print::Bitmap::of(info.width, pixels.iter().map(|byte| !byte).collect())
}

pub(crate) fn qr_in(png: &str) -> String {
    let bytes = BASE64.decode(png).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (info.width as usize, info.height as usize);
    let bits = info.bit_depth as usize * info.color_type.samples();
    let black = |x: usize, y: usize| match bits {
        1 => pixels[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 0,
        8 => pixels[y * info.line_size + x] < 128,
        _ => panic!("{bits} bits a pixel"),
    };
    let mut image = rqrr::PreparedImage::prepare_from_bitmap(width, height, black);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code in the picture");
    grids[0].decode().unwrap().1
}

/// The code on the last page of an agreement.
pub(crate) fn qr_of_page(pdf: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let stem = dir.path().join("page");
    let stem = stem.to_str().unwrap();
    let to_png = ["-r", "300", "-f", "2", "-l", "2", "-singlefile", "-png", "FILE", stem];
    ask_program("pdftoppm", "poppler-utils", &to_png, &BASE64.decode(pdf).unwrap());
    let page = format!("{stem}.png");
    let to_text = ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", &page];
    ask_program("zbarimg", "zbar-tools", &to_text, &[]).trim_end().to_owned()
}

/// What a program prints about a file; a program that is not there fails the test and names its package.
/// `FILE` among the arguments is the file.
pub(crate) fn ask_program(program: &str, package: &str, arguments: &[&str], bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("paper.pdf");
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let arguments = arguments.iter().map(|argument| if *argument == "FILE" { path } else { argument });
    let out = std::process::Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|problem| panic!("{program}: {problem}; install it: apt install {package}"));
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

pub(crate) fn copy_dir(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
