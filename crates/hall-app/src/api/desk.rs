//! The staff desk.

use hall_core::vocab::{AgreementType, DeviceRole, PrinterUse, Role};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::paper::{PaperView, PrinterForm, PrinterFound, PrintersView};
use super::shared::{
    AgreementForm, ClockView, EditionView, EmployerForm, EmployerView, FileView, FindingView, HallView,
    InsuranceForm, OutcomeForm, OverrideForm, PostCard, PostForm, SlipView, TicketView, WorkerForm,
    WorkerView,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeskCommand {
    View,
    /// First start: the hall and its supervisor.
    SetUp {
        hall: HallForm,
        name: String,
        pin: String,
    },
    LogIn {
        staff: String,
        pin: String,
    },
    Lock,
    AddStaff {
        name: String,
        role: Role,
        pin: String,
    },
    SetPin {
        staff: String,
        pin: String,
    },
    RetireStaff {
        staff: String,
        reason: String,
    },
    SetHall {
        hall: HallForm,
    },
    /// A supervisor enters the county's minimum-wage tier with the document that says so.
    EnterTier {
        tier: u8,
        document: String,
    },
    /// A supervisor declares the clock right.
    AcceptClock {
        reason: String,
    },

    /// The hall's machines.
    Devices,
    /// A code for one new machine.
    AddDevice {
        name: String,
        role: DeviceRole,
    },
    RevokeDevice {
        device: u32,
        reason: String,
    },
    /// Which machine holds which places of a post.
    Custody {
        post: String,
    },
    /// Takes the free places of a silent machine back.
    Reclaim {
        post: String,
        device: u32,
        epoch: u16,
        /// The machine's own journal was read to the end, and it will never write again.
        #[serde(default)]
        read_out: bool,
        /// How many places may be promised already, as the supervisor saw it before taking the risk.
        #[serde(default)]
        at_risk: u16,
        #[serde(default)]
        overriding: Option<OverrideForm>,
    },

    /// Finds workers (name, phone tail, identity number), posts, tickets (code, number, QR) and employers.
    Find {
        text: String,
    },

    RegisterEmployer {
        form: EmployerForm,
    },
    Employers {
        #[serde(default)]
        text: String,
    },

    RegisterWorker {
        form: WorkerForm,
        sign_in: bool,
    },
    ChangeWorker {
        worker: String,
        form: WorkerForm,
    },
    Worker {
        worker: String,
    },
    SignIn {
        worker: String,
    },
    IssueCard {
        worker: String,
    },
    /// 个人信息保护法 art. 47.
    EraseWorker {
        worker: String,
        reason: String,
    },

    /// What the rules say of a draft, while it is typed.
    CheckPost {
        form: PostForm,
    },
    PublishPost {
        form: PostForm,
        #[serde(default)]
        overriding: Option<OverrideForm>,
    },
    RevisePost {
        post: String,
        form: PostForm,
        #[serde(default)]
        overriding: Option<OverrideForm>,
    },
    Post {
        post: String,
    },
    /// More places, or fewer: a place with a live ticket stays.
    SetPlaces {
        post: String,
        places: u16,
    },
    /// Hands free places to the county, which publishes them in all its halls. They do not come back.
    OfferPlaces {
        post: String,
        places: u16,
    },
    ClosePost {
        post: String,
        reason: String,
        cancelled: bool,
    },
    /// `commit: false` shows what each row would do.
    ImportPosts {
        name: String,
        data: String,
        commit: bool,
    },
    PostTemplate {
        format: SheetFormat,
    },

    /// The order of call with, for each person, whether the post fits.
    Waiting {
        #[serde(default)]
        post: Option<String>,
    },
    /// Gives a worker a place, or a standby position.
    Dispatch {
        post: String,
        worker: String,
    },
    Release {
        ticket: String,
        note: String,
    },
    /// Prints the ticket's slip once more.
    Slip {
        ticket: String,
    },

    /// What every machine of the hall prints on, and the papers of the day.
    Printers,
    AssignPrinter {
        form: PrinterForm,
    },
    /// Looks for printers that could be assigned to this machine.
    FindPrinters,
    /// A page that shows whether this machine's slip printer is well.
    TestPage {
        used_for: PrinterUse,
    },
    /// Has the stopped queue of this machine's printer go on.
    ResumePrinter {
        used_for: PrinterUse,
    },
    CancelPaper {
        paper: String,
    },
    /// Somebody looked whether the paper came out.
    PaperCame {
        paper: String,
        came: bool,
    },
    /// Prints a paper once more, here.
    PrintAgain {
        paper: String,
    },

    /// A scanned QR, a short code or a number.
    FindTicket {
        text: String,
    },
    CheckAgreement {
        ticket: String,
        form: AgreementForm,
    },
    /// The pages of the agreement that would be made, without making it.
    PreviewAgreement {
        ticket: String,
        form: AgreementForm,
    },
    MakeAgreement {
        ticket: String,
        form: AgreementForm,
        #[serde(default)]
        overriding: Option<OverrideForm>,
    },
    AgreementFile {
        ticket: String,
    },
    /// An accident-insurance policy that came after the agreement, or one whose record was wrong.
    RecordInsurance {
        ticket: String,
        form: InsuranceForm,
    },
    RecordOutcome {
        ticket: String,
        form: OutcomeForm,
    },
    /// Tickets whose work begins on a day (`yyyy-mm-dd`).
    Day {
        day: String,
    },
    /// Helped: the kiosk's call is answered.
    AnswerHelp {
        call: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HallForm {
    pub name: String,
    pub county: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub window: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SheetFormat {
    Xlsx,
    Csv,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum DeskReply {
    View(Box<DeskView>),
    Found(Found),
    Employer(EmployerView),
    Employers(Vec<EmployerView>),
    Worker(WorkerView),
    Findings(Vec<FindingView>),
    Post(Box<PostEdit>),
    Import(ImportReport),
    File(FileView),
    Waiting(Vec<WaitingRow>),
    Ticket(Box<TicketView>),
    TicketCheck(Box<TicketCheck>),
    PaperElsewhere(Box<PaperElsewhere>),
    AgreementCheck(AgreementCheck),
    AgreementPreview(AgreementPreview),
    Agreement(AgreementMadeView),
    Insurance(InsuranceView),
    Slip(SlipView),
    Tickets(Vec<TicketView>),
    Devices(Box<DevicesView>),
    Invitation(InvitationView),
    Custody(Box<CustodyView>),
    Printers(Box<PrintersView>),
    PrintersFound(Vec<PrinterFound>),
    Done,
}

/// The desk when nobody is logged in shows only who may log in; the rest is then empty.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct DeskView {
    pub set_up: bool,
    pub staff: Vec<StaffView>,
    pub session: Option<DeskSession>,
    pub hall: HallView,
    pub county: String,
    pub edition: EditionView,
    pub clock: ClockView,
    pub posts: Vec<DeskPost>,
    pub waiting: Vec<WaitingRow>,
    pub tickets: Vec<TicketView>,
    pub figures: Figures,
    /// `最低工资 22 元/时 · 2210 元/月（2025-10-01 起）`, or what to do when it is unknown.
    pub minimum_wage: String,
    pub help: Vec<HelpCall>,
    /// What staff must know about the machine: store rebuilt, characters no font could draw.
    pub notices: Vec<String>,
    pub stored: StoredView,
    /// The hall's trades, for forms.
    pub trades: Vec<String>,
    pub hazards: Vec<NamedCode>,
    pub certificates: Vec<NamedCode>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct NamedCode {
    pub code: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StaffView {
    pub id: String,
    pub name: String,
    pub role: Role,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct DeskSession {
    pub staff: StaffView,
    pub lock_after_seconds: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct DeskPost {
    pub card: PostCard,
    pub employer: String,
}

/// Placed the same day ÷ signed in.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Figures {
    pub signed_in: u16,
    pub placed: u16,
    /// Percent, rounded; `None` while nobody signed in.
    pub success_percent: Option<u16>,
    pub open_posts: u16,
    pub places_left: u16,
    pub confirmed: u16,
    pub standby: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct HelpCall {
    pub id: u32,
    /// Window label of the kiosk.
    pub kiosk: String,
    pub at: String,
}

/// How far what was done on this machine has come.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StoredView {
    /// Last op: `1.1.48211`.
    pub last: String,
    pub ops: u32,
    /// How many of them other machines of the hall have.
    pub in_hall: u32,
    pub at_county: u32,
    pub lines: LinesView,
}

/// Whom this machine asks, and how that is going.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct LinesView {
    pub hub: Option<LineView>,
    pub county: Option<LineView>,
    /// Other machines of the hall that were heard a moment ago.
    pub reachable: u16,
    /// The program must start anew before anything can be done.
    pub fenced: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct LineView {
    pub up: bool,
    /// `刚刚`, `3 分钟前`; empty when nobody has answered since the start.
    pub heard: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct DevicesView {
    /// The hall's number in the county; its own when it is by itself.
    pub hall: u32,
    /// No county vouches for this hall.
    pub by_itself: bool,
    pub lines: LinesView,
    pub devices: Vec<DeviceRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct DeviceRow {
    pub device: u32,
    pub name: String,
    pub role: DeviceRole,
    pub this: bool,
    pub revoked: bool,
    pub reachable: bool,
    /// `3 分钟前`; empty for this machine and for one that was not heard since the start.
    pub heard: String,
    /// How many of its ops are here.
    pub ops: u32,
    /// `yyyy-mm-dd`
    pub certificate_until: String,
}

/// A code for one new machine, good for a day or until this program ends.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct InvitationView {
    /// To be read out and typed.
    pub text: String,
    /// PNG, Base64.
    pub qr: String,
    /// Where this machine listens: `192.168.1.10:7443`.
    pub addresses: Vec<String>,
}

/// A stick that was written for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct StickWritten {
    /// Where the file lies.
    pub place: String,
    pub ops: u32,
    /// What is not in it and what to do about it.
    pub problems: Vec<String>,
}

/// What became of a stick that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct StickRead {
    /// The machine that wrote it.
    pub from: String,
    /// Ops that are new here, and such as were here without their content.
    pub new: u32,
    /// Ops that were here.
    pub known: u32,
    /// What was not taken and what to do about it; empty when the whole stick was good.
    pub problems: Vec<String>,
}

/// Which machine holds which places of a post.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct CustodyView {
    pub post: PostCard,
    /// Only the machine that published a post takes places back on certain grounds.
    pub published_here: bool,
    pub publisher: String,
    pub rows: Vec<CustodyRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct CustodyRow {
    pub device: u32,
    pub epoch: u16,
    pub name: String,
    pub this: bool,
    pub reachable: bool,
    pub heard: String,
    /// `1–4、7`
    pub places: String,
    pub taken: u16,
    pub free: u16,
    /// On their way to it.
    pub moving: u16,
    /// Up to when its log is known to be complete.
    pub complete_until: String,
    /// Free places that can be taken back for certain.
    pub safe: u16,
    /// Free places that it may have promised since.
    pub at_risk: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Found {
    pub workers: Vec<WorkerView>,
    pub posts: Vec<PostCard>,
    pub tickets: Vec<TicketView>,
    pub employers: Vec<EmployerView>,
}

/// A published post and its terms, for correction.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PostEdit {
    pub card: PostCard,
    pub employer: EmployerView,
    pub form: PostForm,
    pub tickets: Vec<TicketView>,
    /// Places that were handed to the county.
    pub offered: u16,
    /// Places that can be handed to it now; 0 too where there is no county.
    pub offerable: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ImportReport {
    pub rows: Vec<ImportRow>,
    pub good: u32,
    pub bad: u32,
    pub committed: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ImportRow {
    /// As the spreadsheet counts.
    pub row: u32,
    pub title: String,
    pub ok: bool,
    /// What is wrong and how to put it right; warnings for a good row.
    pub problems: Vec<String>,
    pub post: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct WaitingRow {
    /// Place in the order of call.
    pub number: u16,
    pub worker: String,
    pub masked_name: String,
    pub trades: Vec<String>,
    pub age: u16,
    pub signed_in_at: String,
    /// Has a live ticket for today already.
    pub placed: bool,
    pub fit: Fit,
    /// Why not, or what to mind, in plain words.
    pub fit_note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    Fits,
    OtherTrade,
    Refused,
    Unknown,
}

/// What a scanned or typed ticket is worth.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct TicketCheck {
    /// True when the ticket stands and the paper may be made.
    pub valid: bool,
    pub message: String,
    pub verdict: PaperVerdict,
    /// The paper that was scanned; nothing when its number or code was typed.
    pub paper: Option<SignedPaper>,
    pub ticket: TicketView,
    pub worker: WorkerView,
    pub employer: EmployerView,
    pub check: AgreementCheck,
    /// The policy that was recorded last.
    pub insurance: Option<InsuranceView>,
}

/// What the hall's record makes of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PaperVerdict {
    Valid,
    /// A standby slip that still waits.
    Standby,
    /// A standby slip whose ticket was confirmed since.
    Promoted,
    /// Another one was printed or made since; it is the same place.
    Replaced,
    Expired,
    Released,
    /// The worker has come, has finished, or never came.
    Used,
    /// A standby that came to nothing.
    Lapsed,
    /// Given back and used: people must look at it.
    Review,
}

/// What a paper is, as its signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignedKind {
    Slip,
    Standby,
    Agreement,
}

/// What stands on a paper whose signature is good.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SignedPaper {
    pub kind: SignedKind,
    /// The number of its place; nothing on a standby slip.
    pub place: Option<u16>,
    /// `hh:mm`, with the date when that was not today.
    pub issued: String,
    pub good_until: String,
    pub expired: bool,
    /// The machine that signed it.
    pub machine: String,
    /// Somebody stopped that machine since: when it signed this nobody can tell without asking.
    pub stopped: bool,
}

/// A paper of another hall of the county. Whether its place was given back or used is known only there.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PaperElsewhere {
    pub hall: u32,
    pub paper: SignedPaper,
    /// The code by which the other hall finds the ticket.
    pub code: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct AgreementCheck {
    /// `None`: refused, the findings say why.
    pub agreement: Option<AgreementType>,
    pub flags: Vec<String>,
    pub findings: Vec<FindingView>,
    /// A supervisor must let it pass.
    pub blocked: bool,
}

/// What was read off a policy, as the record has it; what holds is the policy.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct InsuranceView {
    pub policy: InsuranceForm,
    /// Who recorded it; empty when the record does not know.
    pub by: String,
    /// `hh:mm`, with the date when that was not today.
    pub at: String,
}

/// An agreement as its paper will be, drawn from the file that would be made.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct AgreementPreview {
    pub agreement: AgreementType,
    pub copies: u8,
    /// Every page of every copy, PNG, Base64.
    pub pages: Vec<String>,
    pub width: u16,
    pub height: u16,
    /// Characters that no font could draw.
    pub missing: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct AgreementMadeView {
    pub number: String,
    pub agreement: AgreementType,
    pub pages: u16,
    pub copies: u8,
    pub file: FileView,
    /// Where the file lies in the spool folder.
    pub path: String,
    pub missing: Vec<String>,
    /// The paper that it comes out on; nothing where this machine prints no pages.
    pub paper: Option<PaperView>,
}
