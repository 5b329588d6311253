//! The workers' kiosk.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::paper::PrinterHealth;
use super::shared::{ClockView, EditionView, HallView, PostCard, SlipView, TicketView};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum KioskCommand {
    View,
    /// Posts, without identity.
    Board {
        #[serde(default)]
        filter: BoardFilter,
        #[serde(default)]
        page: u16,
    },
    Post {
        post: String,
    },
    /// Member-card QR, or identity number typed on the keypad.
    SignIn {
        credential: Credential,
    },
    /// Clear-down: forgets everything about the person who stood here.
    SignOut,
    /// Takes a place, or a position on the standby list when none is left.
    Claim {
        post: String,
    },
    Release {
        ticket: String,
    },
    /// Shows the ticket's slip, and has it printed, once.
    Slip {
        ticket: String,
    },
    /// The worker says whether the slip came out that nobody knows of.
    SlipCame {
        ticket: String,
        came: bool,
    },
    /// 没拿到钱
    ReportUnpaid {
        ticket: String,
    },
    /// Rings the desk.
    CallHelp,
    /// Staff leave the kiosk's full screen.
    StaffExit {
        pin: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Credential {
    Card { text: String },
    IdNumber { text: String },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct BoardFilter {
    pub trade: Option<String>,
    /// `yyyy-mm-dd`
    pub day: Option<String>,
    pub meals: bool,
    pub transport: bool,
    /// Fen for a day of work, hourly pay counted by the post's hours.
    pub day_pay_min: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum KioskReply {
    View(Box<KioskView>),
    Board(BoardPage),
    Post(Box<PostDetail>),
    Session(WorkerSession),
    Ticket(Box<TicketView>),
    Slip(SlipView),
    Done,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct KioskView {
    pub hall: HallView,
    pub edition: EditionView,
    pub clock: ClockView,
    pub open_posts: u16,
    /// Trades that have open posts, most first.
    pub trades: Vec<TradeCount>,
    /// Days on which open posts begin, soonest first.
    pub days: Vec<String>,
    /// Staff have not set the hall up yet.
    pub set_up: bool,
    /// How the slip printer is; nothing where there is none, or while it was not asked.
    pub printer: Option<PrinterHealth>,
    pub session: Option<WorkerSession>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct TradeCount {
    pub trade: String,
    pub posts: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct BoardPage {
    pub posts: Vec<PostCard>,
    pub page: u16,
    pub pages: u16,
    pub total: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PostDetail {
    pub card: PostCard,
    pub employer: String,
    pub content: String,
    pub requirements: String,
    pub insurance: String,
    pub protection: String,
    /// Shown only with the employer's recorded consent.
    pub contact: Option<String>,
    /// Minutes of paid work a day.
    pub work_minutes: u16,
    /// For the worker who is signed in: why this post cannot be taken, in plain words.
    pub obstacle: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct WorkerSession {
    pub masked_name: String,
    /// Place in today's order of call.
    pub visit: u16,
    pub signed_in_at: String,
    pub trades: Vec<String>,
    pub tickets: Vec<TicketView>,
}
