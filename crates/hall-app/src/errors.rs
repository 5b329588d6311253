//! Where the errors of the layers below become sentences for people. Nothing personal is ever in them.

use hall_core::places::{PLACES_MAX, PlacesError, ReclaimError};
use hall_core::rules::{IdNumberError, PhoneError, TextError};
use hall_core::ticketing::Refusal;
use hall_store::{CommitError, EraseError, ReadError};

use crate::error::{AppError, Code};

impl From<ReadError> for AppError {
    fn from(error: ReadError) -> Self {
        tracing::error!(error = %error, "the store could not be read");
        Self::new(Code::Storage, "本机存储读不出来，请重启本机；重启后仍这样，请联系维护人员。已办的事都在")
            .retryable()
    }
}

impl From<CommitError> for AppError {
    fn from(error: CommitError) -> Self {
        tracing::error!(error = %error, "the act was not saved");
        match error {
            CommitError::DiskFull { .. } => Self::new(
                Code::DiskFull,
                "本机磁盘满了，这一步没有办成，之前办的都在。请腾出磁盘空间后再办一次",
            )
            .retryable(),
            CommitError::SavedReopenNeeded { .. } => Self::new(
                Code::Storage,
                "这一步已经存下，但本机存储要重启才能显示。请重启本机，不要再办第二遍",
            ),
            CommitError::Uncertain(_) => Self::new(
                Code::Storage,
                "本机磁盘出错，说不准这一步存没存下。请重启本机，查看有没有，再决定要不要重办",
            ),
            CommitError::TooLarge { .. } | CommitError::TooMany(_) => {
                Self::new(Code::BadInput, "填写的内容太长，请缩短后再办")
            }
            CommitError::Io(_)
            | CommitError::Dangling(_)
            | CommitError::ReopenNeeded
            | CommitError::Read(_) => {
                Self::new(Code::Storage, "本机存储写不进去，这一步没有办成。请重启本机再办一次").retryable()
            }
        }
    }
}

impl From<EraseError> for AppError {
    fn from(error: EraseError) -> Self {
        tracing::error!(error = %error, "an erasure did not finish");
        Self::new(Code::Storage, "删除没有做完，请重启本机，重启时会接着删完").retryable()
    }
}

impl From<TextError> for AppError {
    fn from(error: TextError) -> Self {
        Self::new(Code::BadInput, error.to_string())
    }
}

impl From<IdNumberError> for AppError {
    fn from(error: IdNumberError) -> Self {
        Self::new(Code::BadInput, error.to_string())
    }
}

impl From<hall_core::rules::CreditCodeError> for AppError {
    fn from(error: hall_core::rules::CreditCodeError) -> Self {
        Self::new(Code::BadInput, error.to_string())
    }
}

impl From<PhoneError> for AppError {
    fn from(error: PhoneError) -> Self {
        Self::new(Code::BadInput, error.to_string())
    }
}

impl From<PlacesError> for AppError {
    fn from(error: PlacesError) -> Self {
        let message = match error {
            PlacesError::OutOfRange => format!("招用人数要在 1 到 {PLACES_MAX} 之间，请改人数"),
            PlacesError::Taken { taken } => {
                format!("已有 {taken} 人接单，人数不能少于 {taken}；要再少，请先退单")
            }
            PlacesError::Elsewhere { here } => {
                format!(
                    "空着的名额只有 {here} 个在本机，其余在别的机器上，请到那台机器上减，或等联网收回后再减"
                )
            }
            PlacesError::NotOurs => {
                "这条用工信息是在另一台机器上发布的，请到那台机器上加人数，或者另发一条".to_owned()
            }
        };
        Self::new(Code::BadInput, message)
    }
}

impl From<ReclaimError> for AppError {
    fn from(error: ReclaimError) -> Self {
        let message = match error {
            ReclaimError::NotOurs => {
                "这条用工信息是在别的机器上发布的，稳妥的收回要到那台机器上办；要冒险收回，请主管确认"
            }
            ReclaimError::Nothing => {
                "那台机器上没有能确定收回的名额：它断线后还可能答应过人。可以等它联上，或由主管确认后冒险收回"
            }
        };
        Self::new(Code::Refused, message)
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        let (code, message) = match refusal {
            Refusal::PostClosed => (Code::PostClosed, "这个活已经停止招人，请看看别的活"),
            Refusal::Begun => (Code::TooLate, "这个活已经开工，不能再接，请看看别的活"),
            Refusal::AlreadyHolds { .. } => {
                (Code::AlreadyHolds, "你已经接了这个活，在“我的接单”里能看到小票")
            }
            Refusal::Overlap { .. } => {
                (Code::Overlap, "这个时间你已经有活（或候补），不能再接。要换活，请先退掉原来的那张")
            }
            Refusal::NotLive => (Code::TooLate, "这张接单已经退掉或作废，不用再办"),
            Refusal::Arrived => (Code::TooLate, "已经登记到岗，不能再退；有争议请到窗口"),
            Refusal::TooLate => (Code::TooLate, "离开工不到 30 分钟，不能自己退了，请到窗口找工作人员"),
            Refusal::NoPlace => (Code::TooLate, "这是候补，没有名额，不能登记结果，请等有了名额再登记"),
            Refusal::NotBegun => (Code::TooLate, "还没到开工时间，不能登记这个结果，请到时候再登记"),
        };
        Self::new(code, message)
    }
}

/// Something that was asked for is not here.
pub(crate) fn not_found(what: &str) -> AppError {
    AppError::new(Code::NotFound, format!("找不到这个{what}，可能已经删除，请刷新后再试"))
}

pub(crate) fn bad_field(message: impl Into<String>) -> AppError {
    AppError::new(Code::BadInput, message)
}
