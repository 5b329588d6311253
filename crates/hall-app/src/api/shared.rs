//! What more than one screen shows.

use hall_core::vocab::{
    AgreementType, EmployerKind, InsurancePayer, Meals, Outcome, PayUnit, PostType, Settlement, Severity,
    Sex, StandbyReason,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use super::paper::PaperView;

/// The hall as every screen names it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct HallView {
    pub name: String,
    pub address: String,
    pub phone: String,
    /// Where the desk is: `2 号窗口`.
    pub window: String,
}

/// The half-hourly edition of the board, derived from the clock and the store.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct EditionView {
    /// 第 n 期 of the hall's day.
    pub number: u16,
    /// `hh:mm` at which the edition came out.
    pub at: String,
    /// 数据截至
    pub as_of: String,
    pub next: String,
}

/// The machine's time as the hall sees it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ClockView {
    /// `yyyy-mm-dd`
    pub day: String,
    /// `hh:mm`
    pub time: String,
    /// False when the clock is behind what the log has seen: nothing is promised until a supervisor looks.
    pub trusted: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PayView {
    /// Fen.
    pub amount: u32,
    pub unit: PayUnit,
    pub settlement: Settlement,
}

/// A post in a list. No personal data.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PostCard {
    pub id: String,
    pub trade: String,
    pub title: String,
    pub pay: PayView,
    pub address: String,
    pub first_day: String,
    pub last_day: String,
    pub start: String,
    pub end: String,
    pub meals: Meals,
    pub transport: bool,
    /// The certificate that the law asks for, by name.
    pub certificate: Option<String>,
    pub bring: String,
    pub urgent: bool,
    /// Published since the last edition.
    pub fresh: bool,
    pub places: u16,
    /// Places that this machine can give now.
    pub left: u16,
    /// Places that lie on other machines and that nobody is known to have.
    pub elsewhere: u16,
    pub standbys: u16,
    /// Takes nobody any more: closed, cancelled, or begun.
    pub closed: bool,
    /// Published by the county in all its halls.
    pub of_county: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    Provisional,
    /// The decision time passed and no place came free; the worker is free again.
    Lapsed,
    Confirmed,
    Arrived,
    Finished,
    NoShow,
    Released,
    /// Arrived after release: people must look at it.
    Review,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PlaceView {
    pub index: u16,
    pub of: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StandbyView {
    /// 1 is next.
    pub position: u16,
    /// `hh:mm` until which an answer is possible.
    pub decide_by: String,
    pub reason: StandbyReason,
    /// Places that may still be free on other machines of the hall.
    pub elsewhere: u16,
}

/// How far something has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// 本机
    Device,
    /// 本厅
    Hall,
    /// 县级
    County,
}

/// A ticket as its worker and the desk see it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct TicketView {
    pub id: String,
    /// `A037`
    pub number: String,
    /// `7K4M-2Q`
    pub code: String,
    pub state: TicketState,
    pub place: Option<PlaceView>,
    pub standby: Option<StandbyView>,
    /// A provisional ticket became a confirmed one.
    pub promoted: bool,
    pub post: PostCard,
    pub masked_name: String,
    pub worker: String,
    pub contact_name: String,
    pub contact_phone: String,
    /// `hh:mm` when the ticket was taken.
    pub taken_at: String,
    pub can_release: bool,
    /// `今天 08:55`: until when the worker may give the place back at the kiosk.
    pub release_until: String,
    pub reach: Reach,
    pub paid: Option<bool>,
    pub agreement: Option<AgreementRef>,
    /// The last slip that was ordered today.
    pub slip: Option<PaperView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct AgreementRef {
    pub agreement: AgreementType,
    pub number: String,
    pub file: String,
    /// The hall keeps a copy, to which both sides agreed.
    pub hall_copy: bool,
}

/// A rendered slip: the same bitmap as on paper.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SlipView {
    /// PNG, Base64.
    pub png: String,
    pub width: u16,
    pub height: u16,
    pub code: String,
    /// Characters that no font could draw; the slip shows their code points and staff are told.
    pub missing: Vec<String>,
    /// The paper that it comes out on; nothing where this machine prints on nothing.
    pub paper: Option<PaperView>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct FindingView {
    pub code: String,
    pub severity: Severity,
    pub message: String,
    pub source: String,
    /// The words in the post that it is about.
    pub phrase: Option<String>,
}

/// A file handed to the desk.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct FileView {
    pub name: String,
    /// Base64.
    pub data: String,
}

/// Facts of a worker that a form sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct WorkerForm {
    pub name: String,
    pub id_number: String,
    pub phone: String,
    #[serde(default)]
    pub address: String,
    pub trades: Vec<String>,
    #[serde(default)]
    pub certificates: Vec<String>,
    #[serde(default)]
    pub post_type: Option<PostType>,
    #[serde(default)]
    pub pension: bool,
    #[serde(default)]
    pub student: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EmployerForm {
    pub kind: EmployerKind,
    pub name: String,
    /// Credit code or, for a private person, the own identity number.
    pub code: String,
    pub address: String,
    #[serde(default)]
    pub legal_head: String,
    #[serde(default)]
    pub agent: String,
    pub phone: String,
    pub papers_seen: String,
}

/// A post as the clerk types it or a spreadsheet row brings it. Everything is text that a person could get
/// wrong; the façade parses it and says what to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct PostForm {
    /// Employer id.
    pub employer: String,
    pub trade: String,
    pub title: String,
    pub content: String,
    pub address: String,
    /// `yyyy-mm-dd`
    pub first_day: String,
    /// Empty: one day.
    pub last_day: String,
    /// `hh:mm`
    pub start: String,
    pub end: String,
    pub rest_minutes: u16,
    /// 1 to 7; 0 means: as many as the post has days, at most 6.
    pub days_per_week: u8,
    /// Number of places.
    pub places: String,
    /// Yuan, as typed: `260` or `22.5`.
    pub pay: String,
    pub unit: Option<PayUnit>,
    pub settlement: Option<Settlement>,
    pub meals: Option<Meals>,
    pub transport: bool,
    pub requirements: String,
    pub insurance: String,
    pub protection: String,
    pub hazards: Vec<String>,
    pub certificate: String,
    pub bring: String,
    pub contact_name: String,
    pub contact_phone: String,
    pub contact_public: bool,
    pub urgent: bool,
    pub probation_days: u16,
}

/// A supervisor's act of letting findings pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OverrideForm {
    /// Staff id of the supervisor.
    pub supervisor: String,
    pub pin: String,
    pub reason: String,
}

/// An accident-insurance policy as it was shown at the desk; recorded and printed, never promised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct InsuranceForm {
    pub insurer: String,
    pub number: String,
    pub days: u16,
    /// Yuan.
    pub sum: u32,
    pub payer: InsurancePayer,
    pub claim_phone: String,
}

/// What the desk adds when the paper is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct AgreementForm {
    /// Both sides were asked and agreed to a third copy that stays in the hall.
    pub hall_copy: bool,
    /// Answer to `ask_post_type`.
    pub post_type: Option<PostType>,
    pub insurance: Option<InsuranceForm>,
    /// Certificate seen now.
    pub certificate_seen: bool,
    /// 甲方 and 乙方 were compared with their papers.
    pub identities_checked: bool,
}

/// A worker as the desk sees him; numbers are masked.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct WorkerView {
    pub id: String,
    pub name: String,
    pub masked_id_number: String,
    pub masked_phone: String,
    pub sex: Sex,
    pub age: u16,
    pub trades: Vec<String>,
    pub certificates: Vec<String>,
    pub post_type: Option<PostType>,
    pub pension: bool,
    pub student: bool,
    /// The member card that is valid now; 0 for none.
    pub card: u16,
    /// Place in today's order of call, when signed in.
    pub visit: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct EmployerView {
    pub id: String,
    pub kind: EmployerKind,
    pub name: String,
    pub masked_code: String,
    pub address: String,
    pub legal_head: String,
    pub agent: String,
    pub phone: String,
    pub papers_seen: String,
    pub posts: u16,
}

/// Outcome as a form sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OutcomeForm {
    pub outcome: Outcome,
    /// Yuan, as typed; may be empty.
    #[serde(default)]
    pub amount: String,
    #[serde(default)]
    pub note: String,
}
