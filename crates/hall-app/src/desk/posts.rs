//! Posts: checked, published, corrected, closed; and dispatch.

use hall_core::EntityId;
use hall_core::entity::{Attendance, Employer, PostStatus, Ticket};
use hall_core::fact::{Fact, PostClosed};
use hall_core::places;
use hall_core::rules::{self, Finding, check_post};
use hall_core::ticketing;
use hall_core::vocab::{ReleaseReason, Sex};
use hall_store::Draft;

use super::{offers, people, staff};
use crate::api::DeskReply;
use crate::api::desk::PostEdit;
use crate::api::shared::{OverrideForm, PostForm};
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::forms::{self, PostDraft};
use crate::hall::{Hall, Inner, Now, county};
use crate::{claims, views};

/// What the rules say of a post before anybody takes it: its ten items and wording, and its pay and hours as
/// they would be for a worker whom no special protection covers.
pub(super) fn findings(
    app: &Hall,
    inner: &Inner,
    form: &PostForm,
    employer: Option<&Employer>,
    draft: Option<&PostDraft>,
) -> Vec<Finding> {
    let mut findings = check_post(&app.book, &forms::items(form, employer));
    if let (Some(draft), Some(employer)) = (draft, employer) {
        let anybody = rules::Worker {
            birth_date: draft.terms.first_day.plus_days(-30 * 365),
            sex: Sex::Male,
            post_type: None,
            pension: false,
            student: false,
            certificates: draft.terms.certificate.iter().cloned().collect(),
        };
        let county = county(&inner.live);
        let job = forms::job_of(&draft.terms);
        findings.extend(rules::decide(&app.book, &anybody, employer.kind, &job, &county).findings);
    }
    findings.sort_by_key(|finding| finding.severity);
    findings
}

pub(super) fn check(app: &Hall, inner: &Inner, form: &PostForm) -> DeskReply {
    let employer = people::employer_state(inner, &form.employer).ok();
    let draft = employer.as_ref().and_then(|(id, _)| PostDraft::read(form, *id, None).ok());
    let found = findings(app, inner, form, employer.as_ref().map(|(_, employer)| employer), draft.as_ref());
    DeskReply::Findings(found.iter().map(views::finding).collect())
}

fn read(app: &Hall, now: Now, form: &PostForm, employer: EntityId) -> Result<PostDraft, AppError> {
    let draft = PostDraft::read(form, employer, Some(now.hall)).map_err(|p| forms::problems(&p))?;
    match draft.terms.certificate.as_deref() {
        Some(code) if app.book.special_trade(code).is_none() => {
            Err(bad_field(format!("证书“{}”不在名单里，请从名单里选", forms::quoted(code))))
        }
        _ => Ok(draft),
    }
}

pub(super) fn publish(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    form: &PostForm,
    overriding: Option<&OverrideForm>,
) -> Result<DeskReply, AppError> {
    let (employer_id, employer) = people::employer_state(inner, &form.employer)?;
    let draft = read(app, now, form, employer_id)?;
    let found = findings(app, inner, form, Some(&employer), Some(&draft));
    let passed = staff::overridden(inner, now, &found, overriding)?;
    let mut drafts = publish_drafts(app, by, draft)?;
    drafts.extend(
        passed.map(|(supervisor, fact)| Draft::follow(0, Some(supervisor), Fact::FindingsOverridden(fact))),
    );
    let applied = app.commit(inner, now, drafts)?;
    let id = applied.first().map(|op| op.id).ok_or_else(|| not_found("活"))?;
    edit(app, inner, now, id)
}

/// The facts that bring a post and its places into being.
pub(super) fn publish_drafts(
    app: &Hall,
    by: Option<EntityId>,
    draft: PostDraft,
) -> Result<Vec<Draft>, AppError> {
    let minted = places::mint(app.me, draft.places)?;
    Ok(vec![
        Draft::new(by, Fact::PostPublished(draft.terms)),
        Draft::follow(0, by, Fact::PlacesMinted(minted)),
    ])
}

pub(super) fn revise(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    post: &str,
    form: &PostForm,
    overriding: Option<&OverrideForm>,
) -> Result<DeskReply, AppError> {
    let id = forms::id(post, "活")?;
    offers::may_change(id)?;
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    if live.post.status != PostStatus::Open {
        return Err(AppError::new(Code::PostClosed, "这个活已经停止招人，不能再改，请重新发布"));
    }
    if live.post.offered > 0 {
        return Err(bad_field("已经把名额交给县里，内容不能再改。要改请取消后重新发布"));
    }
    // People were promised the old terms; a change behind their backs is not a correction.
    if live.places.taken() > 0 || !live.standbys.is_empty() {
        return Err(bad_field("已经有人接单或候补，不能改内容。请先退单，或取消后重新发布"));
    }
    let employer_id = live.post.terms.employer;
    let employer = inner.live.employers.get(&employer_id).cloned().ok_or_else(|| not_found("用工方"))?;
    let draft = read(app, now, form, employer_id)?;
    let found = findings(app, inner, form, Some(&employer), Some(&draft));
    let passed = staff::overridden(inner, now, &found, overriding)?;
    let mut drafts = vec![Draft::about(id, by, Fact::PostRevised(draft.terms))];
    drafts.extend(
        passed.map(|(supervisor, fact)| Draft::about(id, Some(supervisor), Fact::FindingsOverridden(fact))),
    );
    drafts.extend(places_change(app, inner, by, id, draft.places)?);
    app.commit(inner, now, drafts)?;
    edit(app, inner, now, id)
}

fn places_change(
    app: &Hall,
    inner: &Inner,
    by: Option<EntityId>,
    id: EntityId,
    wanted: u16,
) -> Result<Vec<Draft>, AppError> {
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    let facts = match places::change(id, &live.post, &live.places, app.me, wanted)? {
        places::Change::None => Vec::new(),
        places::Change::Mint(runs) => runs.into_iter().map(Fact::PlacesMinted).collect(),
        places::Change::Burn(burned) => vec![Fact::PlacesBurned(burned)],
    };
    Ok(facts.into_iter().map(|fact| Draft::about(id, by, fact)).collect())
}

pub(super) fn set_places(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    post: &str,
    wanted: u16,
) -> Result<DeskReply, AppError> {
    let id = forms::id(post, "活")?;
    offers::may_change(id)?;
    if inner.live.posts.get(&id).is_some_and(|live| live.post.status != PostStatus::Open) {
        return Err(AppError::new(Code::PostClosed, "这个活已经停止招人，不能再改人数，请重新发布"));
    }
    let drafts = places_change(app, inner, by, id, wanted)?;
    if !drafts.is_empty() {
        app.commit(inner, now, drafts)?;
        claims::promote_all(app, inner, now)?;
    }
    edit(app, inner, now, id)
}

pub(super) fn close(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    post: &str,
    reason: &str,
    cancelled: bool,
) -> Result<DeskReply, AppError> {
    let id = forms::id(post, "活")?;
    offers::may_change(id)?;
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    let reason = forms::filled(reason, 100).map_err(|_| bad_field("请写明停招或取消的原因"))?;
    let span = live.span();
    let mut drafts =
        vec![Draft::about(id, by, Fact::PostClosed(PostClosed { reason: reason.clone(), cancelled }))];
    if cancelled {
        // The work does not take place: every promise on it falls in the same act, none is left dangling.
        let live_tickets = live.tickets.iter().filter_map(|id| inner.live.tickets.get(id).map(|t| (*id, t)));
        // Whoever has finished was not cancelled: that work was done, and is to be paid.
        let falls = |ticket: &Ticket| ticket.is_live() && ticket.attendance != Some(Attendance::Finished);
        for (ticket_id, ticket) in live_tickets.filter(|(_, ticket)| falls(ticket)) {
            let released = ticketing::release(ticket, span, now.hall, ReleaseReason::PostCancelled, &reason)?;
            drafts.push(Draft::about(ticket_id, by, Fact::TicketReleased(released)));
        }
    }
    app.commit(inner, now, drafts)?;
    edit(app, inner, now, id)
}

pub(super) fn post(app: &Hall, inner: &mut Inner, now: Now, post: &str) -> Result<DeskReply, AppError> {
    edit(app, inner, now, forms::id(post, "活")?)
}

pub(super) fn edit(app: &Hall, inner: &mut Inner, now: Now, id: EntityId) -> Result<DeskReply, AppError> {
    views::load_post(app, inner, id)?;
    let tickets: Vec<EntityId> =
        inner.live.posts.get(&id).map(|live| live.tickets.iter().copied().collect()).unwrap_or_default();
    let tickets =
        tickets.into_iter().map(|ticket| views::ticket(app, inner, ticket, now)).collect::<Result<_, _>>()?;
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    let employer_id = live.post.terms.employer;
    let employer = inner.live.employers.get(&employer_id).ok_or_else(|| not_found("用工方"))?;
    Ok(DeskReply::Post(Box::new(PostEdit {
        card: views::card(app, id, live, now),
        employer: views::employer(&inner.live, employer_id, employer),
        form: forms::form_of(&live.post),
        tickets,
        offered: live.post.offered,
        offerable: offers::offerable(app, id, live, employer, now),
    })))
}

pub(super) fn dispatch(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    post: &str,
    worker: &str,
) -> Result<DeskReply, AppError> {
    let (post, worker) = (forms::id(post, "活")?, forms::id(worker, "人")?);
    let ticket = claims::claim(app, inner, now, by, worker, post)?;
    Ok(DeskReply::Ticket(Box::new(views::ticket(app, inner, ticket, now)?)))
}
