//! Facts of posts, and of posts that the county makes of a hall's places.

use minicbor::{Decode, Encode};

use super::people::{EmployerIdentified, EmployerRegistered};

use crate::id::{EntityId, OpId};
use crate::money::Fen;
use crate::time::{Day, Minute};
use crate::vocab::{Meals, PayUnit, Settlement};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Pay {
    #[n(0)]
    pub amount: Fen,
    #[n(1)]
    pub unit: PayUnit,
    #[n(2)]
    pub settlement: Settlement,
}

/// Everything a post says. The ten items of 山东省人力资源市场条例 art. 32 are all here, with the employer's facts.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PostTerms {
    #[n(0)]
    pub employer: EntityId,
    /// 工种, one of the hall's trades.
    #[n(1)]
    pub trade: String,
    /// 岗位名称
    #[n(2)]
    pub title: String,
    /// 工作内容
    #[n(3)]
    pub content: String,
    /// 工作地点
    #[n(4)]
    pub address: String,
    #[n(5)]
    pub first_day: Day,
    #[n(6)]
    pub last_day: Day,
    #[n(7)]
    pub start: Minute,
    /// At or before `start`: the shift ends on the next day.
    #[n(8)]
    pub end: Minute,
    /// Unpaid rest within the shift, minutes.
    #[n(9)]
    pub rest_minutes: u16,
    #[n(10)]
    pub days_per_week: u8,
    #[n(11)]
    pub pay: Pay,
    #[n(12)]
    pub meals: Meals,
    #[n(13)]
    pub transport: bool,
    /// 录用条件
    #[n(14)]
    pub requirements: String,
    /// 社会保险和福利
    #[n(15)]
    pub insurance: String,
    /// 劳动保护和职业危害
    #[n(16)]
    pub protection: String,
    /// Codes of the hazard table.
    #[n(17)]
    pub hazards: Vec<String>,
    /// The certificate without which the law forbids the work.
    #[n(18)]
    pub certificate: Option<String>,
    /// What the worker brings.
    #[n(19)]
    pub bring: String,
    #[n(20)]
    pub contact_name: String,
    #[n(21)]
    pub contact_phone: String,
    /// The employer agreed on record that the phone may be shown before a place is taken.
    #[n(22)]
    pub contact_public: bool,
    #[n(23)]
    pub urgent: bool,
    #[n(24)]
    pub probation_days: u16,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PostClosed {
    #[n(0)]
    pub reason: String,
    /// The work does not take place: every ticket falls. Otherwise nobody new is taken.
    #[n(1)]
    pub cancelled: bool,
}

/// All that the county needs to publish a post of its own; it knows nothing else of the hall's employers and posts.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PlacesOffered {
    #[n(0)]
    pub places: u16,
    #[n(1)]
    pub terms: PostTerms,
    #[n(2)]
    pub employer: EmployerRegistered,
    #[n(3)]
    pub identified: EmployerIdentified,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PostTakenOver {
    /// The hall's post.
    #[n(0)]
    pub from: EntityId,
    /// The op that offered the places.
    #[n(1)]
    pub offer: OpId,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct FindingsOverridden {
    #[n(0)]
    pub codes: Vec<String>,
    #[n(1)]
    pub reason: String,
}
