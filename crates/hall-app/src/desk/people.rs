//! Employers and workers: registration, the order of call, cards, erasure.

use hall_core::EntityId;
use hall_core::entity::{Entity, Worker, key};
use hall_core::fact::{
    EmployerIdentified, EmployerRegistered, Fact, WorkerCardIssued, WorkerIdentified, WorkerProfile,
};
use hall_core::rules::{CreditCode, IdNumber, Phone, check_name, clean_text, mask_name};
use hall_core::vocab::{EmployerKind, SignInPlace};
use hall_store::Draft;

use crate::api::DeskReply;
use crate::api::shared::{EmployerForm, WorkerForm};
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::hall::{Hall, Inner, Now, random};
use crate::papers::slip;
use crate::{forms, kiosk, views};

/// Trades that one worker may name: more say nothing.
const TRADES_MAX: usize = 8;
/// Employers in one answer.
const EMPLOYERS_MAX: usize = 50;

fn named<T, E: std::fmt::Display>(name: &str, result: Result<T, E>) -> Result<T, AppError> {
    result.map_err(|error| bad_field(format!("{name}：{error}")))
}

fn optional(name: &str, value: &str, max: usize) -> Result<String, AppError> {
    if value.trim().is_empty() { Ok(String::new()) } else { named(name, clean_text(value, max)) }
}

pub(super) fn register_employer(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    form: &EmployerForm,
) -> Result<DeskReply, AppError> {
    let (name, code) = match form.kind {
        EmployerKind::Organisation => (
            named("单位名称", forms::filled(&form.name, 60))?,
            CreditCode::parse(&form.code)?.as_str().to_owned(),
        ),
        EmployerKind::Private => {
            let number = IdNumber::parse(&form.code, now.hall.day())?;
            if views::age(number.birth(), now.hall.day()) < 18 {
                return Err(bad_field("个人雇主要年满 18 周岁，请由成年人登记"));
            }
            (named("姓名", check_name(&form.name))?, number.as_str().to_owned())
        }
    };
    let identified = EmployerIdentified {
        salt: random(),
        address: named("地址", forms::filled(&form.address, 80))?,
        legal_head: match form.kind {
            EmployerKind::Organisation => named("法定代表人", check_name(&form.legal_head))?,
            EmployerKind::Private => String::new(),
        },
        agent: optional("经办人", &form.agent, 50)?,
        phone: named("电话", Phone::parse(&form.phone))?.as_str().to_owned(),
        papers_seen: named("查验的证件", forms::filled(&form.papers_seen, 100))?,
        name: name.clone(),
        code: code.clone(),
    };
    let tag = app.id_tag(&code);
    let prefix = key::employer_tag(&tag);
    let known = app.store.scan(&prefix, &key::end_of(&prefix), 1)?.first().map(|(_, id)| *id);
    // The same code again is the same employer with newer facts, never a second one.
    let id = if let Some(id) = known {
        app.commit(inner, now, vec![Draft::about(id, by, Fact::EmployerIdentified(identified))])?;
        id
    } else {
        let registered = EmployerRegistered {
            kind: form.kind,
            shown_name: views::public_name(form.kind, &name),
            id_tag: tag,
        };
        let drafts = vec![
            Draft::new(by, Fact::EmployerRegistered(registered)),
            Draft::follow(0, by, Fact::EmployerIdentified(identified)),
        ];
        app.commit(inner, now, drafts)?.first().map(|op| op.id).ok_or_else(|| not_found("用工方"))?
    };
    let employer = inner.live.employers.get(&id).ok_or_else(|| not_found("用工方"))?;
    Ok(DeskReply::Employer(views::employer(&inner.live, id, employer)))
}

pub(super) fn employers(inner: &Inner, text: &str) -> DeskReply {
    DeskReply::Employers(find_employers(inner, text, EMPLOYERS_MAX))
}

/// Employers whose name, code or phone contains `text`, newest first.
pub(super) fn find_employers(inner: &Inner, text: &str, max: usize) -> Vec<crate::api::shared::EmployerView> {
    let text = text.trim();
    let mut found: Vec<_> = inner
        .live
        .employers
        .iter()
        .filter(|(_, employer)| {
            let identity = employer.identity.as_ref();
            text.is_empty()
                || employer.shown_name.contains(text)
                || identity.is_some_and(|identity| {
                    identity.name.contains(text) || identity.code == text || identity.phone.ends_with(text)
                })
        })
        .collect();
    found.sort_unstable_by(|a, b| b.0.cmp(a.0));
    found.into_iter().take(max).map(|(id, employer)| views::employer(&inner.live, *id, employer)).collect()
}

/// A worker's form, read and checked.
struct WorkerDraft {
    profile: WorkerProfile,
    identity: WorkerIdentified,
    number: IdNumber,
}

impl WorkerDraft {
    fn read(app: &Hall, now: Now, form: &WorkerForm) -> Result<Self, AppError> {
        let name = named("姓名", check_name(&form.name))?;
        let number = IdNumber::parse(&form.id_number, now.hall.day())?;
        if views::age(number.birth(), now.hall.day()) < 16 {
            return Err(AppError::new(
                Code::Refused,
                "不满 16 周岁，不能登记接单（《禁止使用童工规定》第 2 条、第 4 条）。请联系监护人",
            ));
        }
        let phone = named("电话", Phone::parse(&form.phone))?;
        if form.trades.is_empty() || form.trades.len() > TRADES_MAX {
            return Err(bad_field(format!("请选 1 到 {TRADES_MAX} 个工种")));
        }
        let trades = form
            .trades
            .iter()
            .map(|trade| named("工种", forms::filled(trade, 16)))
            .collect::<Result<Vec<_>, _>>()?;
        for code in &form.certificates {
            if app.book.special_trade(code).is_none() {
                return Err(bad_field(format!("证书“{}”不在名单里，请从名单里选", forms::quoted(code))));
            }
        }
        let profile = WorkerProfile {
            id_tag: Some(app.id_tag(number.as_str())),
            masked_name: Some(mask_name(&name)),
            born: Some(number.birth()),
            sex: Some(number.sex()),
            trades: Some(trades),
            certificates: Some(form.certificates.clone()),
            post_type: form.post_type,
            pension: Some(form.pension),
            student: Some(form.student),
        };
        let identity = WorkerIdentified {
            salt: random(),
            name,
            id_number: number.as_str().to_owned(),
            phone: phone.as_str().to_owned(),
            address: optional("住址", &form.address, 80)?,
        };
        Ok(Self { profile, identity, number })
    }
}

impl WorkerDraft {
    /// A walk-in form is short: what it does not ask again is not thereby untrue.
    fn keep_what_was_seen(&mut self, before: &Worker) {
        let certificates = self.profile.certificates.get_or_insert_default();
        let kept = before.certificates.iter().filter(|code| !certificates.contains(code));
        let kept: Vec<String> = kept.cloned().collect();
        certificates.extend(kept);
        self.profile.pension = self.profile.pension.map(|pension| pension || before.pension);
        if let Some(identity) = &before.identity
            && self.identity.address.is_empty()
        {
            self.identity.address.clone_from(&identity.address);
        }
    }
}

pub(super) fn register_worker(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    form: &WorkerForm,
    sign_in: bool,
) -> Result<DeskReply, AppError> {
    let mut draft = WorkerDraft::read(app, now, form)?;
    // The same number again is the same person: the newer facts count.
    let id = if let Some(id) = app.find_worker(&draft.number)? {
        draft.keep_what_was_seen(&load(app, inner, id)?);
        app.commit(inner, now, changes(id, by, draft))?;
        id
    } else {
        let drafts = vec![
            Draft::new(by, Fact::WorkerRegistered(draft.profile)),
            Draft::follow(0, by, Fact::WorkerIdentified(draft.identity)),
        ];
        app.commit(inner, now, drafts)?.first().map(|op| op.id).ok_or_else(|| not_found("人"))?
    };
    if sign_in {
        kiosk::visit(app, inner, now, by, id, SignInPlace::Desk)?;
    }
    show(app, inner, now, id)
}

fn changes(id: EntityId, by: Option<EntityId>, draft: WorkerDraft) -> Vec<Draft> {
    vec![
        Draft::about(id, by, Fact::WorkerChanged(draft.profile)),
        Draft::about(id, by, Fact::WorkerIdentified(draft.identity)),
    ]
}

pub(super) fn change_worker(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    worker: &str,
    form: &WorkerForm,
) -> Result<DeskReply, AppError> {
    let id = forms::id(worker, "人")?;
    let before = load(app, inner, id)?;
    // An empty number, phone or address means: as it was. The desk never gets them back to send them again.
    let mut form = form.clone();
    if let Some(identity) = &before.identity {
        for (field, kept) in [
            (&mut form.id_number, &identity.id_number),
            (&mut form.phone, &identity.phone),
            (&mut form.address, &identity.address),
        ] {
            if field.trim().is_empty() {
                field.clone_from(kept);
            }
        }
    }
    let draft = WorkerDraft::read(app, now, &form)?;
    if app.find_worker(&draft.number)?.is_some_and(|other| other != id) {
        return Err(bad_field("这个身份证号已经登记在另一个人名下，请先查找那个人"));
    }
    app.commit(inner, now, changes(id, by, draft))?;
    show(app, inner, now, id)
}

fn load(app: &Hall, inner: &mut Inner, id: EntityId) -> Result<Worker, AppError> {
    inner.live.worker(&app.store, id)?.cloned().ok_or_else(|| not_found("人"))
}

/// The worker as the desk sees him; the search learns of him too.
fn show(app: &Hall, inner: &mut Inner, now: Now, id: EntityId) -> Result<DeskReply, AppError> {
    let worker = load(app, inner, id)?;
    if let Some(directory) = &mut inner.directory {
        directory.put(id, Some(&worker));
    }
    Ok(DeskReply::Worker(views::worker(inner, id, &worker, now.hall.day())))
}

pub(super) fn worker(app: &Hall, inner: &mut Inner, now: Now, worker: &str) -> Result<DeskReply, AppError> {
    show(app, inner, now, forms::id(worker, "人")?)
}

pub(super) fn sign_in(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    worker: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(worker, "人")?;
    load(app, inner, id)?;
    kiosk::visit(app, inner, now, by, id, SignInPlace::Desk)?;
    show(app, inner, now, id)
}

pub(super) fn issue_card(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    worker: &str,
) -> Result<slip::Drawing, AppError> {
    let id = forms::id(worker, "人")?;
    let state = load(app, inner, id)?;
    let issued = WorkerCardIssued { number: state.card.saturating_add(1) };
    app.commit(inner, now, vec![Draft::about(id, by, Fact::WorkerCardIssued(issued))])?;
    let state = load(app, inner, id)?;
    slip::settle_card(app, inner, now, by, id, &state)
}

/// Erases everything that identifies a worker. Tickets stay as numbers without a person.
pub(super) fn erase(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    worker: &str,
    reason: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(worker, "人")?;
    load(app, inner, id)?;
    let reason = forms::filled(reason, 100).map_err(|_| bad_field("请写明删除的原因，例如“本人要求删除”"))?;
    if !inner.live.held(id, now.hall).is_empty() {
        return Err(bad_field("这个人还有没干完的活，请先退单或登记结果，再删除"));
    }
    let personal: Vec<_> = app.store.ops_of(id)?.into_iter().map(|op| op.id).collect();
    let hall = inner.live.hall.as_ref().map(|(hall, _)| *hall).ok_or_else(|| not_found("大厅"))?;
    // The act is logged first, on the hall: the worker's own ops are about to lose their payloads.
    let erased = hall_core::fact::WorkerErased { worker: id, reason };
    app.commit(inner, now, vec![Draft::about(hall, by, Fact::WorkerErased(erased))])?;
    app.store.erase(&personal)?;
    inner.live.workers.remove(&id);
    inner.kiosks.retain(|_, session| session.worker != id);
    if let Some(directory) = &mut inner.directory {
        directory.put(id, None);
    }
    app.tell();
    Ok(DeskReply::Done)
}

/// The employer, or what to do about it.
pub(super) fn employer_state(
    inner: &Inner,
    id: &str,
) -> Result<(EntityId, hall_core::entity::Employer), AppError> {
    if id.trim().is_empty() {
        return Err(bad_field("没有选用工方，请先选一个；没有登记过的先登记"));
    }
    let id = forms::id(id, "用工方")?;
    let employer = inner.live.employers.get(&id).cloned().ok_or_else(|| not_found("用工方"))?;
    Ok((id, employer))
}

/// The worker as an entity, wherever it is.
pub(super) fn worker_state(app: &Hall, id: EntityId) -> Result<Worker, AppError> {
    app.store.entity(id)?.and_then(Entity::worker).ok_or_else(|| not_found("人"))
}
