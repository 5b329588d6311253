//! The wall display. Nothing here is about a person.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::shared::{ClockView, EditionView, HallView, PostCard};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WallCommand {
    View,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum WallReply {
    View(WallView),
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct WallView {
    pub hall: HallView,
    pub edition: EditionView,
    pub clock: ClockView,
    /// One round of the rotation. Every open post is on as many pages as its urgency earns; pages have equal
    /// time.
    pub pages: Vec<WallPage>,
    pub page_seconds: u16,
    pub open_posts: u16,
    pub places_left: u16,
    pub placed_today: u16,
    /// Numbers of standby tickets that got a place: please come to the window.
    pub calls: Vec<String>,
    pub rights: RightsView,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct WallPage {
    /// The trades on this page, for its heading.
    pub trades: Vec<String>,
    pub posts: Vec<PostCard>,
}

/// The rights panel (保障农民工工资支付条例 art. 34 as a model).
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct RightsView {
    /// Fen an hour; `None` when the county's tier is not known.
    pub hourly_minimum: Option<u32>,
    pub monthly_minimum: Option<u32>,
    /// Since when, and by which document.
    pub document: String,
    pub complaint_phone: String,
    pub legal_aid_phone: String,
}
