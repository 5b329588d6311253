//! The rules of the law as pure functions over dated data.
//!
//! Figures, lists and patterns live in `assets/rules/*.json`, each row with its source and with how well it
//! is known; the code here only applies them. Every answer is a [`Finding`] or a [`Decision`] that carries
//! the fact, the remedy and the source. Nothing here knows a screen, stores anything, or asks what day it is.

pub mod agreement;
pub mod book;
pub mod credit_code;
pub mod finding;
pub mod hazard;
pub mod identity;
pub mod post;
pub mod retirement;
pub mod text;
mod wording;

pub use agreement::{Decision, Flag, Job, Pay, Refusal, Verdict, Worker, decide};
pub use book::{County, CountyTier, RuleBook, RuleBookError, Tier, WageLine};
pub use credit_code::{CreditCode, CreditCodeError};
pub use finding::{Finding, FindingCode};
pub use hazard::{Hazard, Venue};
pub use identity::{IdNumber, IdNumberError};
pub use post::{PostText, check_post};
pub use retirement::{RetirementCategory, retirement_day};
pub use text::{Phone, PhoneError, TextError, check_name, clean_text, mask_name};
