//! The desk at a glance.

use std::collections::BTreeSet;

use hall_core::EntityId;
use hall_core::entity::Worker;

use crate::api::DeskReply;
use crate::api::desk::{
    DeskPost, DeskSession, DeskView, Figures, Fit, HelpCall, NamedCode, StaffView, StoredView, WaitingRow,
};
use crate::error::AppError;
use crate::errors::not_found;
use crate::hall::{Hall, Inner, Now, county};
use crate::session::DESK_IDLE_MS;
use crate::{board, claims, forms, text, trades, views};

/// Rows of each pane; the search box finds the rest.
const POSTS_MAX: usize = 300;
const TICKETS_MAX: usize = 300;
const WAITING_MAX: usize = 500;

pub(super) fn view(app: &Hall, inner: &mut Inner, caller: &str, now: Now) -> Result<DeskReply, AppError> {
    let session = inner.desks.get(caller).copied().filter(|session| session.is_alive(now.machine));
    let staff: Vec<StaffView> = inner
        .live
        .staff
        .iter()
        .filter(|(_, staff)| !staff.retired)
        .map(|(id, staff)| StaffView { id: id.to_string(), name: staff.name.clone(), role: staff.role })
        .collect();
    let duty = session.and_then(|session| {
        let staff = staff.iter().find(|staff| staff.id == session.staff.to_string())?.clone();
        Some(DeskSession { staff, lock_after_seconds: (DESK_IDLE_MS / 1000) as u32 })
    });
    let unlocked = duty.is_some();
    let head = app.store.head()?;
    let last = hall_core::OpId::new(app.me.device, app.me.epoch, head.seq);
    let mut view = DeskView {
        set_up: inner.live.hall.is_some(),
        staff,
        session: duty,
        hall: views::hall(&inner.live),
        county: inner.live.hall.as_ref().map(|(_, facts)| facts.county.clone()).unwrap_or_default(),
        edition: views::edition(now),
        clock: views::clock(now),
        posts: Vec::new(),
        waiting: Vec::new(),
        tickets: Vec::new(),
        figures: figures(inner, now),
        minimum_wage: minimum_wage(app, inner, now),
        help: inner
            .help
            .iter()
            .map(|call| HelpCall { id: call.id, kiosk: call.kiosk.clone(), at: text::clock(call.at) })
            .collect(),
        notices: app.notices(inner),
        stored: stored(app, now, last),
        trades: trades::all().iter().map(|trade| trade.name.clone()).collect(),
        hazards: hazards(app),
        certificates: certificates(app),
    };
    // A locked desk shows who may log in, and nothing about anybody else.
    if unlocked {
        view.posts = posts(app, inner, now);
        view.waiting = waiting(app, inner, now, None)?;
        view.tickets = tickets(app, inner, now)?;
    }
    Ok(DeskReply::View(Box::new(view)))
}

fn stored(app: &Hall, now: Now, last: hall_core::OpId) -> StoredView {
    let (in_hall, at_county) = app.lines().own();
    let shown = |ops: u64| u32::try_from(ops.min(last.seq)).unwrap_or(u32::MAX);
    StoredView {
        last: last.to_string(),
        ops: shown(last.seq),
        in_hall: shown(in_hall),
        at_county: shown(at_county),
        lines: views::lines(app, now),
    }
}

fn posts(app: &Hall, inner: &Inner, now: Now) -> Vec<DeskPost> {
    board::open_posts(&inner.live, now)
        .take(POSTS_MAX)
        .map(|(id, post)| DeskPost {
            card: views::card(app, id, post, now),
            employer: views::shown_employer(&inner.live, post.post.terms.employer),
        })
        .collect()
}

fn tickets(app: &Hall, inner: &mut Inner, now: Now) -> Result<Vec<crate::api::shared::TicketView>, AppError> {
    let newest: Vec<EntityId> = inner.live.opened.iter().rev().take(TICKETS_MAX).map(|(_, id)| *id).collect();
    newest.into_iter().map(|id| views::ticket(app, inner, id, now)).collect()
}

pub(crate) fn figures(inner: &Inner, now: Now) -> Figures {
    let (signed_in, placed) = inner.live.placed_today();
    let today = inner.live.opened.iter().filter_map(|(_, id)| inner.live.tickets.get(id));
    let (mut confirmed, mut standby) = (0, 0);
    for ticket in today.filter(|ticket| ticket.is_live()) {
        *(if ticket.place.is_some() { &mut confirmed } else { &mut standby }) += 1;
    }
    let open: Vec<u16> =
        board::open_posts(&inner.live, now).map(|(_, post)| post.left(now.promising)).collect();
    Figures {
        signed_in: signed_in as u16,
        placed: placed as u16,
        success_percent: (signed_in > 0).then(|| ((placed * 100 + signed_in / 2) / signed_in) as u16),
        open_posts: open.len() as u16,
        places_left: open.iter().fold(0, |sum: u16, left| sum.saturating_add(*left)),
        confirmed,
        standby,
    }
}

fn minimum_wage(app: &Hall, inner: &Inner, now: Now) -> String {
    let county = county(&inner.live);
    app.book.minimum_wage(&county, now.hall.day()).map_or_else(
        || "本区县最低工资档次未知，请主管在设置里照文件填写".into(),
        |line| format!("最低工资 {} 元/时 · {} 元/月（{} 起）", line.hour, line.month, line.from),
    )
}

fn hazards(app: &Hall) -> Vec<NamedCode> {
    let hazards =
        hall_core::rules::Hazard::ALL.iter().map(|hazard| (hazard.as_str(), app.book.hazard_name(*hazard)));
    let venues =
        hall_core::rules::Venue::ALL.iter().map(|venue| (venue.as_str(), app.book.venue_name(*venue)));
    hazards
        .chain(venues)
        .map(|(code, name)| NamedCode { code: code.to_owned(), name: name.to_owned() })
        .collect()
}

fn certificates(app: &Hall) -> Vec<NamedCode> {
    let trades = app.book.special_trades().iter();
    trades.map(|trade| NamedCode { code: trade.code.clone(), name: trade.certificate.clone() }).collect()
}

/// Today's order of call; with a post, whether it fits each person.
pub(super) fn waiting(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    post: Option<&str>,
) -> Result<Vec<WaitingRow>, AppError> {
    let post = post.map(|post| forms::id(post, "活")).transpose()?;
    if let Some(post) = post {
        views::load_post(app, inner, post)?;
    }
    let placed: BTreeSet<EntityId> = inner
        .live
        .opened
        .iter()
        .filter_map(|(_, id)| inner.live.tickets.get(id))
        .filter(|ticket| ticket.is_live())
        .map(|ticket| ticket.worker)
        .collect();
    let visits: Vec<_> =
        inner.live.visits.iter().take(WAITING_MAX).map(|((at, _), visit)| (*at, visit.worker)).collect();
    let mut rows = Vec::with_capacity(visits.len());
    for (number, (at, worker_id)) in visits.into_iter().enumerate() {
        let Some(worker) = inner.live.worker(&app.store, worker_id)?.cloned() else { continue };
        let (fit, fit_note) = match post {
            Some(post) => fit(app, inner, now, worker_id, &worker, post)?,
            None => (Fit::Unknown, String::new()),
        };
        rows.push(WaitingRow {
            number: number as u16 + 1,
            worker: worker_id.to_string(),
            masked_name: worker.masked_name.clone(),
            trades: worker.trades.clone(),
            age: views::age(worker.born, now.hall.day()),
            signed_in_at: text::clock(at.instant()),
            placed: placed.contains(&worker_id),
            fit,
            fit_note,
        });
    }
    Ok(rows)
}

fn fit(
    app: &Hall,
    inner: &Inner,
    now: Now,
    worker_id: EntityId,
    worker: &Worker,
    post: EntityId,
) -> Result<(Fit, String), AppError> {
    let live = inner.live.posts.get(&post).ok_or_else(|| not_found("活"))?;
    let terms = &live.post.terms;
    if let Some(error) = claims::refused(&claims::decision(app, inner, worker, post)?) {
        return Ok((Fit::Refused, error.message));
    }
    if let Some(error) = claims::certificate_lacking(app, worker, terms.certificate.as_deref()) {
        return Ok((Fit::Refused, error.message));
    }
    let span = live.span();
    if inner.live.held(worker_id, now.hall).iter().any(|held| held.span.overlaps(span)) {
        return Ok((Fit::Refused, "这个时间已有活".into()));
    }
    if !worker.trades.contains(&terms.trade) {
        return Ok((Fit::OtherTrade, format!("登记的工种里没有{}", terms.trade)));
    }
    Ok((Fit::Fits, String::new()))
}
