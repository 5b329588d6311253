//! What became of tickets: release, outcome, the day's ledger, a slip again.

use hall_core::EntityId;
use hall_core::entity::key;
use hall_core::fact::Fact;
use hall_core::rules::clean_text;
use hall_core::ticketing;
use hall_core::vocab::{Outcome, ReleaseReason};
use hall_store::Draft;

use crate::api::DeskReply;
use crate::api::shared::OutcomeForm;
use crate::error::AppError;
use crate::errors::{bad_field, not_found};
use crate::hall::{Hall, Inner, Now};
use crate::live::entities;
use crate::{claims, forms, views};

/// Tickets of one day in one answer.
const LEDGER_MAX: usize = 2_000;

fn note(text: &str) -> Result<String, AppError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    clean_text(text, 200).map_err(|error| bad_field(format!("备注：{error}")))
}

fn reply(app: &Hall, inner: &mut Inner, now: Now, id: EntityId) -> Result<DeskReply, AppError> {
    Ok(DeskReply::Ticket(Box::new(views::ticket(app, inner, id, now)?)))
}

pub(super) fn release(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    ticket: &str,
    text: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(ticket, "接单")?;
    claims::release(app, inner, now, by, id, ReleaseReason::Desk, &note(text)?)?;
    reply(app, inner, now, id)
}

pub(super) fn record(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    ticket: &str,
    form: &OutcomeForm,
) -> Result<DeskReply, AppError> {
    let id = forms::id(ticket, "接单")?;
    let state = views::load_ticket(app, inner, id)?;
    views::load_post(app, inner, state.post)?;
    let span = inner.live.posts.get(&state.post).ok_or_else(|| not_found("活"))?.span();
    let amount = match form.amount.trim() {
        "" => None,
        text => Some(forms::yuan(text).map_err(bad_field)?),
    };
    if form.outcome == Outcome::Paid && amount.is_none() {
        return Err(bad_field("登记已付要填实付金额，例如 260"));
    }
    let (recorded, released) =
        ticketing::record(&state, span, now.hall, form.outcome, amount, &note(&form.note)?)?;
    let mut drafts = vec![Draft::about(id, by, Fact::OutcomeRecorded(recorded))];
    drafts.extend(released.map(|released| Draft::about(id, by, Fact::TicketReleased(released))));
    app.commit(inner, now, drafts)?;
    reply(app, inner, now, id)
}

pub(super) fn day(app: &Hall, inner: &mut Inner, now: Now, day: &str) -> Result<DeskReply, AppError> {
    let day = day.trim().parse().map_err(|_| bad_field("日期要写成 2026-11-20 这样，请改"))?;
    let ids = entities(&app.store, &key::ticket_for_work(day))?;
    let tickets = ids
        .into_iter()
        .take(LEDGER_MAX)
        .map(|id| views::ticket(app, inner, id, now))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(DeskReply::Tickets(tickets))
}
