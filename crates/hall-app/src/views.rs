//! From state to what a screen shows.

use hall_core::edition::Edition;
use hall_core::entity::{Employer, Ticket, TicketStatus, Worker};
use hall_core::rules::{Finding, mask_name};
use hall_core::ticketing;
use hall_core::vocab::EmployerKind;
use hall_core::{COUNTY, Day, EntityId, Instant};
use hall_log::ShortCode;

use crate::api::desk::{LineView, LinesView};
use crate::api::shared::{
    AgreementRef, ClockView, EditionView, EmployerView, FindingView, HallView, PayView, PlaceView, PostCard,
    Reach, StandbyView, TicketState, TicketView, WorkerView,
};
use crate::error::AppError;
use crate::errors::not_found;
use crate::exchange::{Heard, REACHABLE_MS};
use crate::hall::{Hall, Inner, Now};
use crate::live::{Live, LivePost};
use crate::{papers, text};

pub(crate) fn hall(live: &Live) -> HallView {
    let facts = live.hall.as_ref().map(|(_, facts)| facts.clone()).unwrap_or_default();
    HallView { name: facts.name, address: facts.address, phone: facts.phone, window: facts.window }
}

pub(crate) fn edition(now: Now) -> EditionView {
    let edition = Edition::at(now.hall);
    EditionView {
        number: edition.number(),
        at: text::clock(edition.begins),
        as_of: edition.as_of().to_string(),
        next: text::clock(edition.ends()),
    }
}

pub(crate) fn clock(now: Now) -> ClockView {
    ClockView { day: now.hall.day().to_string(), time: text::clock(now.hall), trusted: now.trusted }
}

pub(crate) fn lines(app: &Hall, now: Now) -> LinesView {
    let lines = app.lines();
    let recent = |at: Instant| now.machine < at.plus_ms(REACHABLE_MS);
    let line = |heard: Heard| LineView {
        up: heard.0.is_some_and(recent),
        heard: heard.0.map(|at| text::ago(at, now.machine)).unwrap_or_default(),
    };
    LinesView {
        hub: lines.hub.map(line),
        county: lines.county.map(line),
        reachable: lines.peers.iter().filter(|(_, heard)| heard.0.is_some_and(recent)).count() as u16,
        fenced: lines.fenced,
    }
}

pub(crate) fn card(app: &Hall, id: EntityId, live: &LivePost, now: Now) -> PostCard {
    let terms = &live.post.terms;
    let named = |code: &String| {
        app.book.special_trade(code).map_or_else(|| code.clone(), |trade| trade.certificate.clone())
    };
    PostCard {
        id: id.to_string(),
        trade: terms.trade.clone(),
        title: terms.title.clone(),
        pay: PayView { amount: terms.pay.amount.0, unit: terms.pay.unit, settlement: terms.pay.settlement },
        address: terms.address.clone(),
        first_day: terms.first_day.to_string(),
        last_day: terms.last_day.to_string(),
        start: terms.start.to_string(),
        end: terms.end.to_string(),
        meals: terms.meals,
        transport: terms.transport,
        certificate: terms.certificate.as_ref().map(named),
        bring: terms.bring.clone(),
        urgent: terms.urgent,
        fresh: live.post.published.instant()
            >= Edition::at(now.hall).begins.plus_ms(-hall_core::edition::SLOT_MS),
        places: live.post.headcount() as u16,
        left: live.left(now.promising),
        elsewhere: live.elsewhere() as u16,
        standbys: live.waiting(now.hall).len() as u16,
        closed: !live.is_open(now.hall),
        of_county: id.device == COUNTY,
    }
}

pub(crate) fn age(born: Day, today: Day) -> u16 {
    let years = today.0.year() - born.0.year();
    let had_birthday = (today.0.month(), today.0.day()) >= (born.0.month(), born.0.day());
    (years - i16::from(!had_birthday)).max(0) as u16
}

pub(crate) fn worker(inner: &Inner, id: EntityId, worker: &Worker, today: Day) -> WorkerView {
    let identity = worker.identity.as_ref();
    WorkerView {
        id: id.to_string(),
        name: identity.map_or_else(|| worker.masked_name.clone(), |identity| identity.name.clone()),
        masked_id_number: identity.map(|identity| mask_number(&identity.id_number)).unwrap_or_default(),
        masked_phone: identity.map(|identity| mask_phone(&identity.phone)).unwrap_or_default(),
        sex: worker.sex,
        age: age(worker.born, today),
        trades: worker.trades.clone(),
        certificates: worker.certificates.clone(),
        post_type: worker.post_type,
        pension: worker.pension,
        student: worker.student,
        card: worker.card,
        visit: inner.live.visit_number(id),
    }
}

/// `370705********1234`
pub(crate) fn mask_number(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    match characters.len() {
        18 => characters[..6].iter().chain(&['*'; 8]).chain(&characters[14..]).collect(),
        n => "*".repeat(n),
    }
}

/// `138****0000`
pub(crate) fn mask_phone(phone: &str) -> String {
    let characters: Vec<char> = phone.chars().collect();
    match characters.len() {
        n @ 7.. => characters[..3].iter().chain(&['*'; 4]).chain(&characters[n - 4..]).collect(),
        n => "*".repeat(n),
    }
}

pub(crate) fn employer(live: &Live, id: EntityId, employer: &Employer) -> EmployerView {
    let identity = employer.identity.as_ref();
    let text = |field: fn(&hall_core::fact::EmployerIdentified) -> &String| {
        identity.map(|identity| field(identity).clone()).unwrap_or_default()
    };
    EmployerView {
        id: id.to_string(),
        kind: employer.kind,
        name: identity.map_or_else(|| employer.shown_name.clone(), |identity| identity.name.clone()),
        masked_code: match employer.kind {
            // A credit code is public by law; a private person's number is not.
            EmployerKind::Organisation => text(|identity| &identity.code),
            EmployerKind::Private => mask_number(&text(|identity| &identity.code)),
        },
        address: text(|identity| &identity.address),
        legal_head: text(|identity| &identity.legal_head),
        agent: text(|identity| &identity.agent),
        phone: text(|identity| &identity.phone),
        papers_seen: text(|identity| &identity.papers_seen),
        posts: live.posts.values().filter(|post| post.post.terms.employer == id).count() as u16,
    }
}

/// The name of an employer on public screens.
pub(crate) fn shown_employer(live: &Live, id: EntityId) -> String {
    live.employers.get(&id).map_or_else(|| "用工方".to_owned(), |employer| employer.shown_name.clone())
}

/// The name that a public screen may show of a new employer.
pub(crate) fn public_name(kind: EmployerKind, name: &str) -> String {
    match kind {
        EmployerKind::Organisation => name.to_owned(),
        EmployerKind::Private => format!("个人雇主 {}", mask_name(name)),
    }
}

pub(crate) fn finding(finding: &Finding) -> FindingView {
    FindingView {
        code: finding.code.as_str().to_owned(),
        severity: finding.severity,
        message: finding.message.clone(),
        source: finding.source.clone(),
        phrase: finding.phrase.clone(),
    }
}

fn state(ticket: &Ticket, lapsed: bool) -> TicketState {
    match ticket.status() {
        TicketStatus::Provisional if lapsed => TicketState::Lapsed,
        TicketStatus::Provisional => TicketState::Provisional,
        TicketStatus::Confirmed => TicketState::Confirmed,
        TicketStatus::Arrived => TicketState::Arrived,
        TicketStatus::Finished => TicketState::Finished,
        TicketStatus::NoShow => TicketState::NoShow,
        TicketStatus::Released => TicketState::Released,
        TicketStatus::Review => TicketState::Review,
    }
}

/// A ticket on a screen. The contact is the employer's, and only for the holder of a place.
pub(crate) fn ticket(app: &Hall, inner: &mut Inner, id: EntityId, now: Now) -> Result<TicketView, AppError> {
    let ticket = load_ticket(app, inner, id)?;
    let masked_name = inner
        .live
        .worker(&app.store, ticket.worker)?
        .map_or_else(|| "已删除".to_owned(), |worker| worker.masked_name.clone());
    load_post(app, inner, ticket.post)?;
    let live = &inner.live;
    let post = live.posts.get(&ticket.post).ok_or_else(|| not_found("活"))?;
    let span = post.span();
    let lapsed = ticketing::has_lapsed(&ticket, span, now.hall);
    let state = state(&ticket, lapsed);
    let holds = ticket.holds_place();
    let standby = (state == TicketState::Provisional).then(|| StandbyView {
        position: live.position(ticket.post, id).unwrap_or(1),
        decide_by: text::moment(ticketing::decide_by(span), now.hall.day()),
        reason: ticket.standby.unwrap_or(hall_core::vocab::StandbyReason::Full),
        elsewhere: post.elsewhere() as u16,
    });
    let until = ticketing::release_until(span);
    let can_release = match state {
        TicketState::Confirmed => now.hall < until,
        TicketState::Provisional => true,
        _ => false,
    };
    Ok(TicketView {
        id: id.to_string(),
        number: text::ticket_number(ticket.number),
        code: ShortCode::of(id).to_string(),
        state,
        place: ticket
            .place
            .filter(|_| holds)
            .map(|place| PlaceView { index: place.index, of: post.post.headcount() as u16 }),
        standby,
        promoted: ticket.standby.is_some() && holds,
        post: card(app, ticket.post, post, now),
        masked_name,
        worker: ticket.worker.to_string(),
        contact_name: if holds { post.post.terms.contact_name.clone() } else { String::new() },
        contact_phone: if holds { post.post.terms.contact_phone.clone() } else { String::new() },
        taken_at: text::clock(ticket.opened.instant()),
        can_release,
        release_until: release_text(until, now.hall),
        reach: reach(app, id),
        paid: ticket.settled.as_ref().map(|settled| settled.paid),
        agreement: ticket.agreement.as_ref().map(|agreement| AgreementRef {
            agreement: agreement.agreement,
            number: agreement.number.clone(),
            file: agreement.file.clone(),
            hall_copy: agreement.hall_copy_agreed == Some(true),
        }),
        slip: papers::view::slip_of(app, inner, id),
    })
}

fn reach(app: &Hall, op: EntityId) -> Reach {
    match app.lines().reach(op) {
        hall_sync::event::Reach::Device => Reach::Device,
        hall_sync::event::Reach::Hall => Reach::Hall,
        hall_sync::event::Reach::County => Reach::County,
    }
}

fn release_text(until: Instant, now: Instant) -> String {
    format!("{} {}", text::day(until.day(), now.day()), text::clock(until))
}

/// The ticket, from memory or the store.
pub(crate) fn load_ticket(app: &Hall, inner: &mut Inner, id: EntityId) -> Result<Ticket, AppError> {
    if let Some(ticket) = inner.live.tickets.get(&id) {
        return Ok(ticket.clone());
    }
    app.store.entity(id)?.and_then(hall_core::entity::Entity::ticket).ok_or_else(|| not_found("接单"))
}

/// Brings a post that is over back into memory for as long as it is looked at.
pub(crate) fn load_post(app: &Hall, inner: &mut Inner, id: EntityId) -> Result<(), AppError> {
    if inner.live.posts.contains_key(&id) {
        return Ok(());
    }
    inner.live.revive_post(&app.store, id)?;
    if inner.live.posts.contains_key(&id) { Ok(()) } else { Err(not_found("活")) }
}
