//! One box that finds people, posts, tickets and employers; and what a scanned slip is worth.

use hall_core::EntityId;
use hall_core::entity::Entity;
use hall_core::rules::{CreditCode, IdNumber};
use hall_log::token::{Token, TokenError};
use hall_log::{ShortCode, ShortCodeError};

use super::{paper, people};
use crate::api::DeskReply;
use crate::api::desk::{Found, TicketCheck};
use crate::api::readers::Seat;
use crate::api::shared::{AgreementForm, TicketState};
use crate::directory::{Directory, FOUND_MAX};
use crate::error::{AppError, Code};
use crate::errors::bad_field;
use crate::hall::{Hall, Inner, Now};
use crate::readers::Flaw;
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

/// Reads what the scanner or the clerk brought.
pub(super) fn ticket(app: &Hall, inner: &mut Inner, now: Now, text: &str) -> Result<DeskReply, AppError> {
    let text = text.trim();
    let (id, scanned) = if text.to_ascii_uppercase().starts_with("LG") || text.len() > 20 {
        (by_token(app, now, text)?, true)
    } else {
        (by_typed(app, inner, text)?, false)
    };
    let ticket = views::ticket(app, inner, id.0, now)?;
    let expired = id.1;
    let state = views::load_ticket(app, inner, id.0)?;
    let worker = people::worker_state(app, state.worker)?;
    let (employer_id, employer) = {
        let post = inner.live.posts.get(&state.post).ok_or_else(|| crate::errors::not_found("活"))?;
        people::employer_state(inner, &post.post.terms.employer.to_string())?
    };
    let (valid, message) = verdict(ticket.state, expired, scanned);
    let check = paper::decide(app, inner, id.0, &AgreementForm::default())?;
    Ok(DeskReply::TicketCheck(Box::new(TicketCheck {
        valid,
        message,
        worker: views::worker(inner, state.worker, &worker, now.hall.day()),
        employer: views::employer(&inner.live, employer_id, &employer),
        check: check.view(),
        ticket,
    })))
}

fn verdict(state: TicketState, expired: bool, scanned: bool) -> (bool, String) {
    let source = if scanned { "小票验过，是本厅签发的" } else { "按编号查到" };
    match state {
        TicketState::Confirmed | TicketState::Arrived if expired => {
            (false, "小票已过有效期，请核对开工日期；需要的话重新接单".into())
        }
        TicketState::Confirmed => (true, format!("{source}，名额有效，可以打协议")),
        TicketState::Arrived => (true, format!("{source}，已登记到岗，可以补打协议")),
        TicketState::Provisional => (false, "这是候补票，还没有名额，不能打协议。有名额会自动转正".into()),
        TicketState::Lapsed => (false, "这张候补没有排上，已经过了答复时间，请另选活".into()),
        TicketState::Released => (false, "这张接单已经退掉，名额让给了别人，请重新接单".into()),
        TicketState::Finished => (false, "这张接单已经干完，只能登记结果".into()),
        TicketState::NoShow => (false, "这张接单登记为没到岗，请重新接单".into()),
        TicketState::Review => (false, "退单后又登记了到岗，请主管核实".into()),
    }
}

/// The ticket of a scanned QR, and whether the slip has expired.
fn by_token(app: &Hall, now: Now, text: &str) -> Result<(EntityId, bool), AppError> {
    let refuse = |code, message: &str| Err(AppError::new(code, message));
    let (slip, expired) = match app.verify(text, now) {
        Ok(Token::Slip(slip)) => (slip, false),
        Err(TokenError::Expired(Token::Slip(slip))) => (slip, true),
        Ok(Token::Card(_)) | Err(TokenError::Expired(Token::Card(_))) => {
            return refuse(Code::QrUnknown, "这是零工卡，不是接单小票。请扫小票，或按姓名查找");
        }
        Err(TokenError::NotOurs) if Flaw::of(text) == Flaw::Half => {
            return refuse(Code::QrUnknown, Flaw::Half.sentence(Seat::Desk));
        }
        Err(TokenError::NotOurs) => {
            return refuse(Code::QrUnknown, "不是接单小票的码。请扫小票上的二维码，或输入小票上的 6 位短码");
        }
        Err(TokenError::UnknownKey(_)) => {
            return refuse(Code::QrForged, "这张小票不是本厅签发的，不能用。请问清是哪个大厅的，或重新接单");
        }
        Err(TokenError::BadSignature) => {
            return refuse(Code::QrForged, "小票的签名不对，内容被改过，不能用。请收下小票并告诉主管");
        }
    };
    match app.store.entity(slip.ticket)? {
        Some(Entity::Ticket(ticket)) => {
            // A reprint or an older print of a released place is told by the ticket's own state.
            let placed = ticket.place.map_or(0, |place| place.index);
            if slip.place != 0 && slip.place != placed {
                return refuse(Code::QrForged, "小票上的名额和记录不一致，不能用，请告诉主管");
            }
            Ok((slip.ticket, expired))
        }
        _ if expired => refuse(Code::QrExpired, "小票已过期，记录也不在本机了，请重新接单"),
        _ => refuse(Code::QrUnknown, "小票是真的，但本机没有这张接单的记录，请到接单的那台机器查"),
    }
}

fn by_typed(app: &Hall, inner: &Inner, text: &str) -> Result<(EntityId, bool), AppError> {
    let found = tickets(app, inner, text)?;
    match (found.as_slice(), text.parse::<ShortCode>()) {
        ([id, ..], _) => Ok((*id, false)),
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
