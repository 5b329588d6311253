//! The kiosk's commands. The kiosk never sees an identity number it did not just receive, and forgets its
//! worker at sign-out, after silence, and at a new sign-in.

use hall_core::EntityId;
use hall_core::entity::{Entity, Worker, key};
use hall_core::fact::{Fact, SignedIn};
use hall_core::rules::IdNumber;
use hall_core::ticketing;
use hall_core::vocab::{Outcome, PaperState, PrinterUse, ReleaseReason, SignInPlace};
use hall_log::token::{Token, TokenError};
use hall_store::Draft;

use crate::api::kiosk::{Credential, KioskView, PostDetail, WorkerSession};
use crate::api::readers::Seat;
use crate::api::{KioskCommand, KioskReply};
use crate::error::{AppError, Code};
use crate::errors::not_found;
use crate::hall::{Hall, Inner, Now};
use crate::live::work_minutes;
use crate::papers::{self, slip};
use crate::pin::{self, Door};
use crate::readers::Flaw;
use crate::session::KioskSession;
use crate::{board, claims, forms, text, views};

/// What is left of a command when the lock is released.
enum Step {
    Reply(KioskReply),
    /// A slip is drawn and written without the lock, so that nobody's tap waits for it.
    Draw(Box<slip::Drawing>),
}

pub(crate) fn run(app: &Hall, caller: &str, command: KioskCommand) -> Result<KioskReply, AppError> {
    let step = {
        let (mut inner, now) = app.today()?;
        act(app, &mut inner, caller, now, command)?
    };
    match step {
        Step::Reply(reply) => Ok(reply),
        Step::Draw(drawing) => drawing.show(app).map(KioskReply::Slip),
    }
}

fn act(
    app: &Hall,
    inner: &mut Inner,
    caller: &str,
    now: Now,
    command: KioskCommand,
) -> Result<Step, AppError> {
    drop_dead_session(inner, caller, now);
    // Whoever browses is still there; only the view is asked for by the screen itself.
    if !matches!(command, KioskCommand::View)
        && let Some(session) = inner.kiosks.get_mut(caller)
    {
        session.last = now.machine;
    }
    let reply = match command {
        KioskCommand::View => view(app, inner, caller, now).map(|view| KioskReply::View(Box::new(view))),
        KioskCommand::Board { filter, page } => {
            board::page(app, &inner.live, now, &filter, page).map(KioskReply::Board)
        }
        KioskCommand::Post { post } => {
            detail(app, inner, caller, now, &post).map(|detail| KioskReply::Post(Box::new(detail)))
        }
        KioskCommand::SignIn { credential } => sign_in(app, inner, caller, now, &credential),
        KioskCommand::SignOut => {
            inner.kiosks.remove(caller);
            Ok(KioskReply::Done)
        }
        KioskCommand::Claim { post } => {
            let worker = signed_in(inner, caller)?;
            let post = forms::id(&post, "活")?;
            let ticket = claims::claim(app, inner, now, None, worker, post)?;
            Ok(KioskReply::Ticket(Box::new(views::ticket(app, inner, ticket, now)?)))
        }
        KioskCommand::Release { ticket } => {
            let (worker, ticket) = own_ticket(app, inner, caller, &ticket)?;
            claims::release(app, inner, now, None, ticket, ReleaseReason::Worker, "")?;
            session(app, inner, worker, now).map(KioskReply::Session)
        }
        KioskCommand::Slip { ticket } => {
            let (_, ticket) = own_ticket(app, inner, caller, &ticket)?;
            return slip::settle(app, inner, now, ticket).map(|drawing| Step::Draw(Box::new(drawing)));
        }
        KioskCommand::SlipCame { ticket, came } => {
            let (worker, ticket) = own_ticket(app, inner, caller, &ticket)?;
            slip_came(app, inner, now, ticket, came)?;
            session(app, inner, worker, now).map(KioskReply::Session)
        }
        KioskCommand::ReportUnpaid { ticket } => {
            let (worker, ticket) = own_ticket(app, inner, caller, &ticket)?;
            report_unpaid(app, inner, now, ticket)?;
            session(app, inner, worker, now).map(KioskReply::Session)
        }
        KioskCommand::CallHelp => {
            inner.help.ring(caller, now.hall);
            app.tell();
            Ok(KioskReply::Done)
        }
        KioskCommand::StaffExit { pin } => staff_exit(inner, caller, now, &pin).map(|()| KioskReply::Done),
    };
    reply.map(Step::Reply)
}

fn drop_dead_session(inner: &mut Inner, caller: &str, now: Now) {
    if inner.kiosks.get(caller).is_some_and(|session| !session.is_alive(now.machine)) {
        inner.kiosks.remove(caller);
    }
}

/// The worker at this kiosk.
fn signed_in(inner: &Inner, caller: &str) -> Result<EntityId, AppError> {
    let session = inner.kiosks.get(caller);
    session
        .map(|session| session.worker)
        .ok_or_else(|| AppError::new(Code::NotSignedIn, "请先刷卡或输入身份证号签到"))
}

fn own_ticket(
    app: &Hall,
    inner: &mut Inner,
    caller: &str,
    ticket: &str,
) -> Result<(EntityId, EntityId), AppError> {
    let worker = signed_in(inner, caller)?;
    let id = forms::id(ticket, "接单")?;
    // Somebody else's ticket does not exist for this worker.
    if views::load_ticket(app, inner, id)?.worker != worker {
        return Err(not_found("接单"));
    }
    Ok((worker, id))
}

fn view(app: &Hall, inner: &mut Inner, caller: &str, now: Now) -> Result<KioskView, AppError> {
    let worker = inner.kiosks.get(caller).map(|session| session.worker);
    let session = worker.map(|worker| session(app, inner, worker, now)).transpose()?;
    Ok(KioskView {
        hall: views::hall(&inner.live),
        edition: views::edition(now),
        clock: views::clock(now),
        open_posts: board::open_posts(&inner.live, now).count() as u16,
        trades: board::trades(&inner.live, now),
        days: board::days(&inner.live, now),
        set_up: inner.live.hall.is_some(),
        printer: papers::view::health(app, inner, PrinterUse::Slips),
        session,
    })
}

fn detail(app: &Hall, inner: &mut Inner, caller: &str, now: Now, post: &str) -> Result<PostDetail, AppError> {
    let id = forms::id(post, "活")?;
    views::load_post(app, inner, id)?;
    let worker = match inner.kiosks.get(caller).map(|session| session.worker) {
        Some(worker) => inner.live.worker(&app.store, worker)?.cloned().map(|state| (worker, state)),
        None => None,
    };
    let obstacle = match &worker {
        Some((worker_id, worker)) => obstacle(app, inner, now, *worker_id, worker, id)?,
        None => None,
    };
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    let terms = &live.post.terms;
    Ok(PostDetail {
        card: views::card(app, id, live, now),
        employer: views::shown_employer(&inner.live, terms.employer),
        content: terms.content.clone(),
        requirements: terms.requirements.clone(),
        insurance: terms.insurance.clone(),
        protection: terms.protection.clone(),
        contact: terms
            .contact_public
            .then(|| format!("{} {}", terms.contact_name, terms.contact_phone).trim().to_owned()),
        work_minutes: work_minutes(&live.post),
        obstacle,
    })
}

/// Why this worker cannot take this post, before he has tried.
fn obstacle(
    app: &Hall,
    inner: &Inner,
    now: Now,
    worker_id: EntityId,
    worker: &Worker,
    post: EntityId,
) -> Result<Option<String>, AppError> {
    if let Some(error) = claims::refused(&claims::decision(app, inner, worker, post)?) {
        return Ok(Some(error.message));
    }
    let live = inner.live.posts.get(&post).ok_or_else(|| not_found("活"))?;
    if let Some(error) = claims::certificate_lacking(app, worker, live.post.terms.certificate.as_deref()) {
        return Ok(Some(error.message));
    }
    let span = live.span();
    let held = inner.live.held(worker_id, now.hall);
    let clash = held.iter().find(|held| held.post == post || held.span.overlaps(span));
    Ok(clash.map(|held| {
        let refusal = if held.post == post {
            ticketing::Refusal::AlreadyHolds { ticket: held.ticket }
        } else {
            ticketing::Refusal::Overlap { ticket: held.ticket }
        };
        AppError::from(refusal).message
    }))
}

fn sign_in(
    app: &Hall,
    inner: &mut Inner,
    caller: &str,
    now: Now,
    credential: &Credential,
) -> Result<KioskReply, AppError> {
    inner.kiosks.remove(caller);
    let worker = match credential {
        Credential::Card { text } => by_card(app, now, text)?,
        Credential::IdNumber { text } => by_number(app, now, text)?,
    };
    visit(app, inner, now, None, worker, SignInPlace::Kiosk)?;
    inner.kiosks.insert(caller.to_owned(), KioskSession { worker, since: now.machine, last: now.machine });
    session(app, inner, worker, now).map(KioskReply::Session)
}

fn by_card(app: &Hall, now: Now, text: &str) -> Result<EntityId, AppError> {
    let bad = |code, message: &str| Err(AppError::new(code, message));
    let card = match app.verify(text, now) {
        Ok(Token::Card(card)) => card,
        Ok(Token::Slip(_) | Token::Agreement(_)) => {
            return bad(Code::BadCard, "这是接单小票或协议，不是零工卡。签到请刷零工卡，或输入身份证号");
        }
        Err(TokenError::NotOurs) if Flaw::of(text) == Flaw::Half => {
            return bad(Code::BadCard, Flaw::Half.sentence(Seat::Kiosk));
        }
        Err(TokenError::NotOurs) => {
            return bad(Code::BadCard, "这个码不是零工卡，请刷零工卡，或输入身份证号");
        }
        Err(TokenError::UnknownKey(_) | TokenError::BadSignature) => {
            return bad(Code::BadCard, "这张卡不是本厅发的，请到窗口换卡，或输入身份证号");
        }
        Err(TokenError::Expired(_)) => {
            return bad(Code::CardExpired, "这张卡过期了，请到窗口换一张，今天可以先输入身份证号");
        }
    };
    match app.store.entity(card.worker)?.and_then(Entity::worker) {
        Some(worker) if worker.card == card.card => Ok(card.worker),
        Some(_) => bad(Code::CardExpired, "这张卡已经换过新卡，旧卡不能用了。请用新卡，或输入身份证号"),
        None => bad(Code::WorkerUnknown, "没有查到你的登记，请带身份证到窗口登记"),
    }
}

fn by_number(app: &Hall, now: Now, text: &str) -> Result<EntityId, AppError> {
    let number = IdNumber::parse(text, now.hall.day())?;
    app.find_worker(&number)?.ok_or_else(|| {
        AppError::new(Code::WorkerUnknown, "没有查到你的登记，请带身份证到窗口登记，一分钟就好")
    })
}

impl Hall {
    /// The worker with this number, if registered here.
    pub(crate) fn find_worker(&self, number: &IdNumber) -> Result<Option<EntityId>, AppError> {
        let prefix = key::worker_tag(&self.id_tag(number.as_str()));
        let found = self.store.scan(&prefix, &key::end_of(&prefix), 1)?;
        Ok(found.first().map(|(_, id)| *id))
    }
}

/// Puts a worker into today's order of call; a second sign-in of the day changes nothing.
pub(crate) fn visit(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    worker: EntityId,
    place: SignInPlace,
) -> Result<(), AppError> {
    if inner.live.visit_of.contains_key(&worker) {
        return Ok(());
    }
    let signed_in = SignedIn { worker, day: inner.live.day, place };
    app.commit(inner, now, vec![Draft::new(by, Fact::SignedIn(signed_in))])?;
    Ok(())
}

fn session(app: &Hall, inner: &mut Inner, worker: EntityId, now: Now) -> Result<WorkerSession, AppError> {
    let state = inner.live.worker(&app.store, worker)?.ok_or_else(|| not_found("人"))?.clone();
    let visit = inner.live.visit_of.get(&worker).copied();
    let mut tickets: Vec<EntityId> = inner.live.tickets_of(worker).map(|(id, _)| id).collect();
    tickets.extend(recent_unpaid(app, inner, worker)?);
    tickets.sort_unstable();
    tickets.dedup();
    let tickets = tickets
        .into_iter()
        .rev()
        .map(|id| views::ticket(app, inner, id, now))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(WorkerSession {
        masked_name: state.masked_name,
        visit: inner.live.visit_number(worker).unwrap_or(0),
        signed_in_at: visit.map(|(at, _)| text::clock(at.instant())).unwrap_or_default(),
        trades: state.trades,
        tickets,
    })
}

/// Days after the work during which the kiosk offers 没拿到钱.
const UNPAID_DAYS: i32 = 30;

/// Tickets of the last weeks whose money is open: the worker may come back to say that it never came.
fn recent_unpaid(app: &Hall, inner: &mut Inner, worker: EntityId) -> Result<Vec<EntityId>, AppError> {
    let from = key::ticket_of_worker(worker, inner.live.day.plus_days(-UNPAID_DAYS));
    let to = key::ticket_of_worker(worker, inner.live.day.plus_days(1));
    let mut open = Vec::new();
    for (_, id) in app.store.scan(&from, &to, 200)? {
        let ticket = views::load_ticket(app, inner, id)?;
        let settled = ticket.settled.as_ref().is_some_and(|settled| settled.paid);
        if ticket.holds_place() && !settled {
            open.push(id);
        }
    }
    Ok(open)
}

fn report_unpaid(app: &Hall, inner: &mut Inner, now: Now, id: EntityId) -> Result<(), AppError> {
    let ticket = views::load_ticket(app, inner, id)?;
    views::load_post(app, inner, ticket.post)?;
    let span = inner.live.posts.get(&ticket.post).ok_or_else(|| not_found("活"))?.span();
    let (recorded, _) =
        ticketing::record(&ticket, span, now.hall, Outcome::Unpaid, None, "工人在自助机报告没拿到钱")?;
    app.commit(inner, now, vec![Draft::about(id, None, Fact::OutcomeRecorded(recorded))])?;
    let number = text::ticket_number(ticket.number);
    Hall::notice(inner, format!("{number} 报告没拿到钱（{}），请联系本人处理", text::clock(now.hall)));
    app.tell();
    Ok(())
}

fn slip_came(app: &Hall, inner: &mut Inner, now: Now, ticket: EntityId, came: bool) -> Result<(), AppError> {
    let papers = inner.live.papers_about(ticket).filter(|(_, paper)| paper.state == PaperState::Unconfirmed);
    let last = papers.max_by_key(|(id, paper)| (paper.ordered, *id)).map(|(id, _)| id);
    papers::answer(app, inner, now, None, last.ok_or_else(|| not_found("小票"))?, came)
}

fn staff_exit(inner: &mut Inner, caller: &str, now: Now, typed: &str) -> Result<(), AppError> {
    let door = Door::KioskExit(caller.to_owned());
    inner.attempts.admit(&door, now.machine)?;
    let right = inner.live.staff.values().any(|staff| !staff.retired && pin::matches(typed, &staff.pin_hash));
    inner.attempts.settle(door, right, now.machine)
}
