//! Staff, the hall's own facts, and the clock.

use hall_core::EntityId;
use hall_core::fact::{
    ClockAccepted, Fact, FindingsOverridden, HallSet, StaffAdded, StaffPinSet, StaffRetired, TierEntered,
};
use hall_core::rules::{Finding, check_name, clean_text};
use hall_core::vocab::{Role, Severity};
use hall_store::Draft;

use super::view;
use crate::api::DeskReply;
use crate::api::desk::HallForm;
use crate::api::shared::OverrideForm;
use crate::claims;
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::forms;
use crate::hall::{Hall, Inner, Now, random};
use crate::pin::{self, Door};
use crate::session::DeskSession;
use crate::views;

/// Most people a hall's desk has.
const STAFF_MAX: usize = 60;

fn hall_set(form: &HallForm) -> Result<HallSet, AppError> {
    let text = |name: &str, value: &str, max| {
        if value.trim().is_empty() {
            return Ok(String::new());
        }
        clean_text(value, max).map_err(|error| bad_field(format!("{name}：{error}")))
    };
    let name = text("大厅名称", &form.name, 30)?;
    if name.is_empty() {
        return Err(bad_field("没有填大厅名称，请补上"));
    }
    let county = form.county.trim();
    if county.len() != 6 || !county.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad_field("区县代码是 6 位数字，例如 370705，请核对"));
    }
    Ok(HallSet {
        name: Some(name),
        county: Some(county.to_owned()),
        address: Some(text("大厅地址", &form.address, 80)?),
        phone: Some(text("大厅电话", &form.phone, 30)?),
        window: Some(text("窗口名称", &form.window, 20)?),
    })
}

fn staff_added(name: &str, role: Role, pin: &str) -> Result<StaffAdded, AppError> {
    let name = check_name(name).map_err(|error| bad_field(format!("姓名：{error}")))?;
    Ok(StaffAdded { name, role, pin_hash: pin::hash(pin, random())? })
}

/// First start: the hall and its supervisor, in one act.
pub(super) fn set_up(
    app: &Hall,
    inner: &mut Inner,
    caller: &str,
    now: Now,
    form: &HallForm,
    name: &str,
    pin: &str,
) -> Result<DeskReply, AppError> {
    if inner.live.hall.is_some() {
        return Err(AppError::new(Code::AlreadySetUp, "本厅已经设置过了，请登录；要改请到设置页"));
    }
    let set = hall_set(form)?;
    let supervisor = staff_added(name, Role::Supervisor, pin)?;
    let drafts = vec![Draft::new(None, Fact::HallSet(set)), Draft::new(None, Fact::StaffAdded(supervisor))];
    let applied = app.commit(inner, now, drafts)?;
    if let Some(op) = applied.last() {
        open_session(inner, caller, now, op.id, Role::Supervisor);
    }
    view::view(app, inner, caller, now)
}

fn open_session(inner: &mut Inner, caller: &str, now: Now, staff: EntityId, role: Role) {
    inner.desks.insert(caller.to_owned(), DeskSession { staff, role, last: now.machine });
}

pub(super) fn log_in(
    app: &Hall,
    inner: &mut Inner,
    caller: &str,
    now: Now,
    staff: &str,
    pin: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(staff, "人员")?;
    let role = check_pin(inner, now, id, pin)?;
    open_session(inner, caller, now, id, role);
    view::view(app, inner, caller, now)
}

/// The role of a member of staff who knows the PIN.
fn check_pin(inner: &mut Inner, now: Now, id: EntityId, typed: &str) -> Result<Role, AppError> {
    let staff = inner.live.staff.get(&id).filter(|staff| !staff.retired).ok_or_else(|| not_found("人员"))?;
    let door = Door::Staff(id);
    inner.attempts.admit(&door, now.machine)?;
    let (right, role) = (pin::matches(typed, &staff.pin_hash), staff.role);
    inner.attempts.settle(door, right, now.machine)?;
    Ok(role)
}

pub(super) fn add(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    name: &str,
    role: Role,
    pin: &str,
) -> Result<DeskReply, AppError> {
    if inner.live.staff.len() >= STAFF_MAX {
        return Err(bad_field("人员太多，请先停用离职的人"));
    }
    let added = staff_added(name, role, pin)?;
    if inner.live.staff.values().any(|staff| !staff.retired && staff.name == added.name) {
        return Err(bad_field("已经有同名的人员，请在名字后加上区别，例如“王敏（二号窗）”"));
    }
    app.commit(inner, now, vec![Draft::new(by, Fact::StaffAdded(added))])?;
    Ok(DeskReply::Done)
}

pub(super) fn set_pin(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    staff: &str,
    pin: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(staff, "人员")?;
    if !inner.live.staff.contains_key(&id) {
        return Err(not_found("人员"));
    }
    let set = StaffPinSet { pin_hash: pin::hash(pin, random())? };
    app.commit(inner, now, vec![Draft::about(id, by, Fact::StaffPinSet(set))])?;
    Ok(DeskReply::Done)
}

pub(super) fn retire(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    staff: &str,
    reason: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(staff, "人员")?;
    if !inner.live.staff.contains_key(&id) {
        return Err(not_found("人员"));
    }
    let others = inner
        .live
        .staff
        .iter()
        .any(|(other, staff)| *other != id && !staff.retired && staff.role == Role::Supervisor);
    if !others {
        return Err(bad_field("至少要留一名主管，请先添加另一名主管"));
    }
    let reason = forms::filled(reason, 100).map_err(|_| bad_field("请写明停用的原因，例如“离职”"))?;
    let retired = StaffRetired { reason };
    app.commit(inner, now, vec![Draft::about(id, by, Fact::StaffRetired(retired))])?;
    inner.desks.retain(|_, session| session.staff != id);
    Ok(DeskReply::Done)
}

fn hall_id(inner: &Inner) -> Result<EntityId, AppError> {
    inner
        .live
        .hall
        .as_ref()
        .map(|(id, _)| *id)
        .ok_or_else(|| AppError::new(Code::NotSetUp, "本厅还没有设置，请先完成首次设置"))
}

pub(super) fn set_hall(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    form: &HallForm,
) -> Result<DeskReply, AppError> {
    let hall = hall_id(inner)?;
    app.commit(inner, now, vec![Draft::about(hall, by, Fact::HallSet(hall_set(form)?))])?;
    Ok(DeskReply::Done)
}

pub(super) fn enter_tier(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    tier: u8,
    document: &str,
) -> Result<DeskReply, AppError> {
    if !(1..=3).contains(&tier) {
        return Err(bad_field("最低工资档次是 1、2 或 3，请照文件填"));
    }
    let document = forms::filled(document, 100)
        .map_err(|_| bad_field("请写明依据的文件名称和文号，例如 鲁政字〔2025〕140号"))?;
    let hall = hall_id(inner)?;
    let county = inner.live.hall.as_ref().map(|(_, facts)| facts.county.clone()).unwrap_or_default();
    let entered = TierEntered { county, tier, document };
    app.commit(inner, now, vec![Draft::about(hall, by, Fact::TierEntered(entered))])?;
    Ok(DeskReply::Done)
}

pub(super) fn accept_clock(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    reason: &str,
) -> Result<DeskReply, AppError> {
    if now.trusted {
        return Err(bad_field("本机时间没有问题，不用确认"));
    }
    let reason =
        forms::filled(reason, 100).map_err(|_| bad_field("请写明原因，例如“主板电池换过，已对表”"))?;
    let hall = hall_id(inner)?;
    let accepted = ClockAccepted { at: now.machine, reason };
    app.commit(inner, now, vec![Draft::about(hall, by, Fact::ClockAccepted(accepted))])?;
    app.store.reset_boot_time(now.machine)?;
    inner.live = crate::live::Live::load(&app.store, app.me, now.machine.day())?;
    let now = app.now(inner);
    claims::promote_all(app, inner, now)?;
    app.tell();
    Ok(DeskReply::Done)
}

/// A supervisor's word, given with the PIN beside whoever is logged in: who, and why.
pub(super) fn supervisor_word(
    inner: &mut Inner,
    now: Now,
    form: &OverrideForm,
) -> Result<(EntityId, String), AppError> {
    let reason = forms::filled(&form.reason, 200).map_err(|_| bad_field("放行要写明原因，请主管填写"))?;
    let id = forms::id(&form.supervisor, "人员")?;
    if check_pin(inner, now, id, &form.pin)? != Role::Supervisor {
        return Err(AppError::new(Code::NotAllowed, "只有主管能放行，请主管输入自己的密码"));
    }
    Ok((id, reason))
}

/// What a supervisor lets pass: the supervisor and the fact to log. `None` when nothing blocks.
pub(super) fn overridden(
    inner: &mut Inner,
    now: Now,
    findings: &[Finding],
    form: Option<&OverrideForm>,
) -> Result<Option<(EntityId, FindingsOverridden)>, AppError> {
    let blocking: Vec<&Finding> = findings.iter().filter(|f| f.severity == Severity::Block).collect();
    if blocking.is_empty() {
        return Ok(None);
    }
    let Some(form) = form else {
        let shown = findings.iter().map(views::finding).collect();
        let first = blocking.first().map_or("", |finding| finding.message.as_str());
        let message = format!("有 {} 处不合规，先改：{first}", blocking.len());
        return Err(AppError::new(Code::Blocked, message).with_findings(shown));
    };
    let (id, reason) = supervisor_word(inner, now, form)?;
    let codes = blocking.iter().map(|finding| finding.code.as_str().to_owned()).collect();
    Ok(Some((id, FindingsOverridden { codes, reason })))
}
