//! Tickets: taking a place, giving it back, and who moves up. The same acts at the kiosk and at the desk.

use hall_core::EntityId;
use hall_core::entity::custody::Custody;
use hall_core::entity::{Ticket, Worker};
use hall_core::fact::{Fact, TicketConfirmed};
use hall_core::places;
use hall_core::rules::{self, Decision};
use hall_core::ticketing::{self, Claim};
use hall_core::vocab::ReleaseReason;
use hall_store::Draft;

use crate::error::{AppError, Code};
use crate::errors::not_found;
use crate::forms;
use crate::hall::{Hall, Inner, Now, county};
use crate::views;

/// The worker as the rules see him.
pub(crate) fn rules_worker(worker: &Worker) -> rules::Worker {
    rules::Worker {
        birth_date: worker.born,
        sex: worker.sex,
        post_type: worker.post_type,
        pension: worker.pension,
        student: worker.student,
        certificates: worker.certificates.clone(),
    }
}

/// What the rules say of this worker on this post.
pub(crate) fn decision(
    app: &Hall,
    inner: &Inner,
    worker: &Worker,
    post: EntityId,
) -> Result<Decision, AppError> {
    let live = inner.live.posts.get(&post).ok_or_else(|| not_found("活"))?;
    let terms = &live.post.terms;
    let employer = inner.live.employers.get(&terms.employer).ok_or_else(|| not_found("用工方"))?;
    let county = county(&inner.live);
    Ok(rules::decide(&app.book, &rules_worker(worker), employer.kind, &forms::job_of(terms), &county))
}

/// The law's reason why this worker may not take this post.
pub(crate) fn refused(decision: &Decision) -> Option<AppError> {
    decision.refused()?;
    let message =
        decision.findings.first().map_or("这个活按规定不能接", |finding| finding.message.as_str());
    let findings = decision.findings.iter().map(views::finding).collect();
    Some(AppError::new(Code::Refused, message).with_findings(findings))
}

/// A certificate that the law asks for and that staff have not seen.
pub(crate) fn certificate_lacking(
    app: &Hall,
    worker: &Worker,
    certificate: Option<&str>,
) -> Option<AppError> {
    let code = certificate?;
    if worker.certificates.iter().any(|seen| seen == code) {
        return None;
    }
    let name = app.book.special_trade(code).map_or(code, |trade| trade.certificate.as_str());
    Some(AppError::new(Code::Refused, format!("这个活要有“{name}”。有证的请带到窗口登记，登记后就能接")))
}

/// Opens a ticket for a worker.
pub(crate) fn claim(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    worker_id: EntityId,
    post_id: EntityId,
) -> Result<EntityId, AppError> {
    let worker = inner.live.worker(&app.store, worker_id)?.ok_or_else(|| not_found("人"))?.clone();
    let live = inner.live.posts.get(&post_id).ok_or_else(|| not_found("活"))?;
    if let Some(error) = refused(&decision(app, inner, &worker, post_id)?) {
        return Err(error);
    }
    if let Some(error) = certificate_lacking(app, &worker, live.post.terms.certificate.as_deref()) {
        return Err(error);
    }
    let span = live.span();
    let standbys = live.waiting_here(now.hall).len();
    let opened = Claim {
        now: now.hall,
        clock_trusted: now.trusted,
        worker: worker_id,
        post_id,
        post: &live.post,
        free: &live.free(now.promising),
        standbys,
        elsewhere: live.elsewhere(),
        held: &inner.live.held(worker_id, now.hall),
        number: inner.live.next_number(app.rank(inner)),
    }
    .decide()?;
    if opened.place.is_none() && now.hall >= ticketing::decide_by(span) {
        return Err(AppError::new(Code::TooLate, "名额已满，离开工太近，来不及候补了，请看看别的活"));
    }
    let applied = app.commit(inner, now, vec![Draft::new(by, Fact::TicketOpened(opened))])?;
    applied.first().map(|op| op.id).ok_or_else(|| not_found("接单"))
}

/// Gives a ticket back and lets the first of the standby list move up, in one act.
pub(crate) fn release(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    id: EntityId,
    reason: ReleaseReason,
    note: &str,
) -> Result<(), AppError> {
    let ticket = views::load_ticket(app, inner, id)?;
    views::load_post(app, inner, ticket.post)?;
    let live = inner.live.posts.get(&ticket.post).ok_or_else(|| not_found("活"))?;
    let released = ticketing::release(&ticket, live.span(), now.hall, reason, note)?;
    // A place that another machine holds is free again there, once that machine hears of it.
    let ours = ticket.place.and_then(|place| live.post.places.get(place.index)).map(|place| place.custody);
    let freed = ticket.place.zip(released.cver).filter(|_| ours == Some(Custody::Held(app.me)));
    let mut drafts = vec![Draft::about(id, by, Fact::TicketReleased(released))];
    let mut free = live.free(now.promising);
    // The next claim of the place is one custody version further on than this release.
    free.extend(freed.map(|(place, cver)| hall_core::fact::PlaceRight { cver: cver + 1, ..place }));
    drafts.extend(promotions(inner, &ticket, &free, id, now));
    app.commit(inner, now, drafts)?;
    Ok(())
}

fn promotions(
    inner: &Inner,
    ticket: &Ticket,
    free: &[hall_core::fact::PlaceRight],
    leaving: EntityId,
    now: Now,
) -> Vec<Draft> {
    let Some(live) = inner.live.posts.get(&ticket.post).filter(|_| now.trusted) else { return Vec::new() };
    let standbys: Vec<EntityId> =
        live.waiting_here(now.hall).iter().copied().filter(|standby| *standby != leaving).collect();
    places::promote(free, &standbys)
        .into_iter()
        .map(|(standby, place)| Draft::about(standby, None, Fact::TicketConfirmed(TicketConfirmed { place })))
        .collect()
}

/// Lets standby tickets move up wherever places are free: after places were added, or once the clock is
/// trusted again.
pub(crate) fn promote_all(app: &Hall, inner: &mut Inner, now: Now) -> Result<(), AppError> {
    if !now.trusted {
        return Ok(());
    }
    let posts: Vec<EntityId> = inner
        .live
        .posts
        .iter()
        .filter(|(_, post)| !post.waiting_here(now.hall).is_empty() && post.is_open(now.hall))
        .map(|(id, _)| *id)
        .collect();
    let mut drafts = Vec::new();
    for post in posts {
        let Some(live) = inner.live.posts.get(&post) else { continue };
        let moves = places::promote(&live.free(now.promising), live.waiting_here(now.hall));
        drafts.extend(moves.into_iter().map(|(standby, place)| {
            Draft::about(standby, None, Fact::TicketConfirmed(TicketConfirmed { place }))
        }));
    }
    if !drafts.is_empty() {
        app.commit(inner, now, drafts)?;
    }
    Ok(())
}
