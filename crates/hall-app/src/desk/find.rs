//! One box that finds people, posts, tickets and employers.

use hall_core::EntityId;
use hall_core::entity::Entity;
use hall_core::rules::{CreditCode, IdNumber};
use hall_log::token::Token;
use hall_log::{ShortCode, ShortCodeError};

use super::people;
use crate::api::DeskReply;
use crate::api::desk::Found;
use crate::directory::{Directory, FOUND_MAX};
use crate::error::{AppError, Code};
use crate::errors::bad_field;
use crate::hall::{Hall, Inner, Now};
use crate::{text, views};

/// Longest question.
const TEXT_MAX: usize = 60;

pub(super) fn find(app: &Hall, inner: &mut Inner, now: Now, text: &str) -> Result<DeskReply, AppError> {
    let text = text.trim();
    if text.chars().count() > TEXT_MAX && app.verify(text, now).is_err() {
        return Err(bad_field("要找的字太多，请缩短；扫小票请用“扫小票”"));
    }
    if text.is_empty() {
        let found = Found { workers: vec![], posts: vec![], tickets: vec![], employers: vec![] };
        return Ok(DeskReply::Found(found));
    }
    let workers = workers(app, inner, now, text)?;
    let posts = inner
        .live
        .board()
        .filter(|(_, post)| {
            let terms = &post.post.terms;
            [&terms.trade, &terms.title, &terms.address].iter().any(|field| field.contains(text))
        })
        .take(FOUND_MAX)
        .map(|(id, post)| views::card(app, id, post, now))
        .collect();
    let tickets = tickets(app, inner, text)?
        .into_iter()
        .map(|id| views::ticket(app, inner, id, now))
        .collect::<Result<Vec<_>, _>>()?;
    let employers = people::find_employers(inner, text, FOUND_MAX);
    Ok(DeskReply::Found(Found { workers, posts, tickets, employers }))
}

fn workers(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    text: &str,
) -> Result<Vec<crate::api::shared::WorkerView>, AppError> {
    let number_like = text.chars().count() == 18 && text.chars().take(17).all(|c| c.is_ascii_digit());
    let ids: Vec<EntityId> = if let Ok(Token::Card(card)) = app.verify(text, now) {
        vec![card.worker]
    } else if number_like && CreditCode::parse(text).is_err() {
        // A mistyped identity number is worth a word before anybody is looked for.
        let number = IdNumber::parse(text, now.hall.day())?;
        app.find_worker(&number)?.into_iter().collect()
    } else {
        if inner.directory.is_none() {
            inner.directory = Some(Directory::load(&app.store)?);
        }
        inner.directory.as_ref().map(|directory| directory.find(text)).unwrap_or_default()
    };
    let mut views = Vec::with_capacity(ids.len());
    for id in ids {
        let worker = people::worker_state(app, id)?;
        views.push(views::worker(inner, id, &worker, now.hall.day()));
    }
    Ok(views)
}

/// Tickets by the spoken code or by today's number.
fn tickets(app: &Hall, inner: &Inner, text: &str) -> Result<Vec<EntityId>, AppError> {
    let mut found: Vec<EntityId> = Vec::new();
    if let Ok(code) = text.parse::<ShortCode>() {
        found.extend(by_code(app, code)?);
    }
    let upper = text.to_ascii_uppercase();
    let by_number = inner.live.opened.iter().map(|(_, id)| *id).filter(|id| {
        inner.live.tickets.get(id).is_some_and(|ticket| text::ticket_number(ticket.number) == upper)
    });
    found.extend(by_number);
    found.dedup();
    Ok(found)
}

/// The tickets that a code names: at most one for each device of the hall.
fn by_code(app: &Hall, code: ShortCode) -> Result<Vec<EntityId>, AppError> {
    let mut found = Vec::new();
    for (device, epoch, head) in app.store.heads()? {
        let Some(seq) = code.seq_in(device, epoch, head.seq) else { continue };
        let id = EntityId::new(device, epoch, seq);
        if let Some(Entity::Ticket(_)) = app.store.entity(id)? {
            found.push(id);
        }
    }
    Ok(found)
}

/// The ticket whose short code or number of the day was typed.
pub(super) fn by_typed(app: &Hall, inner: &Inner, text: &str) -> Result<EntityId, AppError> {
    let found = tickets(app, inner, text)?;
    match (found.as_slice(), text.parse::<ShortCode>()) {
        ([id, ..], _) => Ok(*id),
        ([], Ok(_)) => Err(AppError::new(Code::NotFound, "没有这个短码的接单，请对照小票再输一次")),
        ([], Err(ShortCodeError::Check)) => {
            Err(AppError::new(Code::CodeMistyped, "短码输错了一位，或两位颠倒了，请对照小票再输一次"))
        }
        ([], Err(_)) => Err(AppError::new(
            Code::CodeMistyped,
            "看不懂这个编号。请扫小票，或输入 6 位短码（例如 7K4M-2Q）或当天号码（例如 A037）",
        )),
    }
}
