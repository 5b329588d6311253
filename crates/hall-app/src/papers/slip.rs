//! Slips and member cards: what stands on them, and the signature in their QR.
//!
//! A slip is a function of its ticket and of its order, so the preview and the paper are the same bitmap, and a second
//! look never makes a second paper.

use ed25519_dalek::VerifyingKey;
use hall_core::edition::Edition;
use hall_core::entity::{Paper, Ticket, Worker};
use hall_core::ticketing;
use hall_core::vocab::{PaperKind, PrinterUse};
use hall_core::{EntityId, Instant};
use hall_log::ShortCode;
use hall_log::token::{CardFacts, KeyId, Seconds, SlipFacts, Token, TokenError};
#[cfg(feature = "lines")]
use hall_print::slip::TestPageContent;
use hall_print::slip::{CardContent, Reprint, SlipContent, SlipState, SlipWidth};
use hall_print::{Rendered, Strip};
use hall_store::FileError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::api::shared::{PaperView, SlipView, TicketState};
use crate::error::{AppError, Code};
use crate::errors::not_found;
use crate::hall::{Hall, Inner, Now};
use crate::{papers, text, views};

/// A slip is good until this long after the work has ended: the day after, for whoever pays late.
const SLIP_GRACE_MS: i64 = 36 * 3_600_000;
/// A member card is good for two years.
const CARD_DAYS: i64 = 730;
const DAY_MS: i64 = 86_400_000;

impl Hall {
    /// Reads and checks a scanned text, signed by any machine of the hall.
    pub(crate) fn verify(&self, text: &str, now: Now) -> Result<Token, TokenError> {
        Token::verify(text, now.hall, |id| self.key_of_the_hall(id))
    }

    fn key_of_the_hall(&self, id: KeyId) -> Option<VerifyingKey> {
        let own = self.signing.verifying_key();
        if KeyId::of(&own) == id {
            return Some(own);
        }
        let hall = self.enrolment().hall();
        let known = self.store.certificates().into_iter().filter(|known| known.bearer.hall == hall);
        known.filter_map(|known| known.bearer.verifying_key()).find(|key| KeyId::of(key) == id)
    }

    /// The nonce of the n-th paper about something.
    pub(crate) fn nonce(&self, of: EntityId, n: u32) -> [u8; 8] {
        let hash = blake3::keyed_hash(&self.tag_key, &[&of.to_bytes()[..], &n.to_be_bytes()].concat());
        *hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes")
    }

    /// The signed text in a ticket's QR; `n` counts reprints.
    pub(crate) fn slip_token(&self, id: EntityId, ticket: &Ticket, ends: Instant, n: u32) -> String {
        Token::Slip(self.slip_facts(id, ticket, ends, n)).sign(&self.signing)
    }

    /// The signed text in the QR of an agreement that is made now; `n` counts those that were made before.
    pub(crate) fn agreement_token(
        &self,
        id: EntityId,
        ticket: &Ticket,
        ends: Instant,
        (n, now): (u32, Now),
    ) -> String {
        let facts = SlipFacts { issued: Seconds::from(now.hall), ..self.slip_facts(id, ticket, ends, n) };
        Token::Agreement(facts).sign(&self.signing)
    }

    fn slip_facts(&self, id: EntityId, ticket: &Ticket, ends: Instant, n: u32) -> SlipFacts {
        SlipFacts {
            worker: self.pseudonym(ticket.worker),
            ticket: id,
            post: ticket.post,
            place: ticket.place.map_or(0, |place| place.index),
            issued: Seconds::from(ticket.confirmed.unwrap_or(ticket.opened).instant()),
            expires: Seconds::from(ends.plus_ms(SLIP_GRACE_MS)),
            nonce: self.nonce(id, n),
        }
    }

    /// What stands for a worker on the hall's papers.
    pub(crate) fn pseudonym(&self, worker: EntityId) -> [u8; 8] {
        let hash = blake3::keyed_hash(&self.tag_key, &worker.to_bytes());
        *hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes")
    }
}

/// A slip that is settled and only has to be drawn, which is done without the hall's lock.
#[derive(Debug)]
pub(crate) struct Drawing {
    content: Content,
    width: SlipWidth,
    paper: Option<PaperView>,
}

#[derive(Debug)]
enum Content {
    Slip(Box<SlipContent>),
    Card(CardContent),
    #[cfg(feature = "lines")]
    Test(TestPageContent),
}

/// Settles the ticket's slip and orders it on paper, once: a second look shows the paper that there is.
pub(crate) fn settle(app: &Hall, inner: &mut Inner, now: Now, id: EntityId) -> Result<Drawing, AppError> {
    // First of all, for a ticket that is worth nothing gets no paper.
    let (kind, _) = content(app, inner, now, id, None)?;
    let paper = papers::order_once(app, inner, now, kind, id).unwrap_or_else(|error| {
        // A disk that takes nothing must not keep anybody from seeing his code.
        tracing::error!(%error, "a slip could not be ordered");
        None
    });
    drawing(app, inner, now, id, paper)
}

/// Settles one more slip for a ticket, marked as such where the first one may have come out.
pub(crate) fn settle_again(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: EntityId,
    id: EntityId,
) -> Result<Drawing, AppError> {
    let (kind, _) = content(app, inner, now, id, None)?;
    let paper = papers::order(app, inner, now, Some(by), kind, Some(id))?;
    drawing(app, inner, now, id, paper)
}

fn drawing(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    paper: Option<(EntityId, Paper)>,
) -> Result<Drawing, AppError> {
    let (_, content) = content(app, inner, now, id, paper.as_ref().map(|(_, paper)| paper))?;
    let paper = paper.map(|(id, paper)| papers::view::paper(app, inner, id, &paper));
    Ok(Drawing { content: Content::Slip(Box::new(content)), width: width(app, inner), paper })
}

/// How wide this machine's slips are.
fn width(app: &Hall, inner: &Inner) -> SlipWidth {
    let printer = papers::printer(&inner.live, app.me.device, PrinterUse::Slips);
    match printer.map(|printer| u32::from(printer.dots)) {
        Some(dots) if dots == SlipWidth::Dots576.dots() => SlipWidth::Dots576,
        _ => SlipWidth::Dots384,
    }
}

impl Drawing {
    /// The paper as dots, and the characters that no font could draw.
    pub(crate) fn draw(&self, app: &Hall) -> Result<Rendered<Strip>, AppError> {
        let drawn = match &self.content {
            Content::Slip(content) => hall_print::slip::slip(content, &app.fonts, self.width),
            Content::Card(content) => hall_print::slip::card(content, &app.fonts, self.width),
            #[cfg(feature = "lines")]
            Content::Test(content) => hall_print::slip::test_page(content, &app.fonts, self.width),
        };
        drawn.map_err(|error| print_error(&error))
    }

    /// What the screen shows of it. Takes the hall's lock only to tell of missing characters.
    pub(crate) fn show(self, app: &Hall) -> Result<SlipView, AppError> {
        let rendered = self.draw(app)?;
        if !rendered.missing.is_empty() {
            report_missing(&mut app.inner(), &rendered.missing);
        }
        let picture = rendered.paper.picture;
        let png = picture.to_png().map_err(|error| print_error(&error))?;
        let code = match self.content {
            Content::Slip(content) => content.short_code,
            Content::Card(content) => content.number,
            #[cfg(feature = "lines")]
            Content::Test(content) => content.printed,
        };
        Ok(SlipView {
            png: BASE64.encode(&png),
            width: picture.width() as u16,
            height: picture.height() as u16,
            code,
            missing: rendered.missing.iter().map(ToString::to_string).collect(),
            paper: self.paper,
        })
    }
}

/// What an ordered slip or card looks like now; nothing when it is worth nothing any more.
#[cfg(feature = "lines")]
pub(crate) fn of_paper(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    paper: &Paper,
) -> Result<Option<Drawing>, AppError> {
    let Some(about) = paper.about else {
        let content = Content::Test(test_content(app, inner, PrinterUse::Slips, paper.ordered.instant()));
        return Ok(Some(Drawing { content, width: width(app, inner), paper: None }));
    };
    let content = if paper.kind == PaperKind::Card {
        let worker = app.store.entity(about)?.and_then(hall_core::entity::Entity::worker);
        worker.map(|worker| Content::Card(card_content(app, inner, about, &worker, paper.ordered.instant())))
    } else {
        match content(app, inner, now, about, Some(paper)) {
            // It was promoted since: another slip says so.
            Ok((kind, content)) => (kind == paper.kind).then(|| Content::Slip(Box::new(content))),
            Err(error) if matches!(error.code, Code::TooLate | Code::NotFound) => None,
            Err(error) => return Err(error),
        }
    };
    Ok(content.map(|content| Drawing { content, width: width(app, inner), paper: None }))
}

fn print_error(error: &hall_print::PrintError) -> AppError {
    tracing::error!(%error, "a paper could not be drawn");
    AppError::new(Code::Internal, "小票画不出来，接单有效，请到窗口报短码办理").retryable()
}

/// Which reprint a paper is, if it is one, with the time in these words.
pub(crate) fn reprint(paper: &Paper, at: impl Fn(Instant) -> String) -> Option<Reprint> {
    let n = u32::from(paper.reprint);
    (n > 0).then(|| Reprint { n, at: at(paper.ordered.instant()) })
}

fn content(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    paper: Option<&Paper>,
) -> Result<(PaperKind, SlipContent), AppError> {
    let reprint = paper.and_then(|paper| reprint(paper, text::clock));
    let view = views::ticket(app, inner, id, now)?;
    let ticket = views::load_ticket(app, inner, id)?;
    let live = inner.live.posts.get(&ticket.post).ok_or_else(|| not_found("活"))?;
    let (terms, span) = (&live.post.terms, live.span());
    let state = match (view.state, view.place) {
        (TicketState::Provisional, _) => SlipState::Standby {
            position: view.standby.map_or(1, |standby| u32::from(standby.position)),
            decide_by: text::moment(ticketing::decide_by(span), ticket.opened.instant().day()),
        },
        (_, Some(place)) => {
            SlipState::Confirmed { place: u32::from(place.index), places: u32::from(place.of) }
        }
        (_, None) => return Err(AppError::new(Code::TooLate, "这张接单已经作废，不能再出小票，请重新接单")),
    };
    let confirmed = matches!(state, SlipState::Confirmed { .. });
    let at = ticket.confirmed.unwrap_or(ticket.opened).instant();
    let edition = Edition::at(at);
    let hall = views::hall(&inner.live);
    let contact = format!("{} {}", terms.contact_name, terms.contact_phone).trim().to_owned();
    let window = if hall.window.is_empty() { "窗口".to_owned() } else { hall.window };
    let until = ticketing::release_until(span);
    let way_out = if at < until {
        format!("不去了：{} 前在自助机上退", text::moment(until, at.day()))
    } else {
        "不去了：快到窗口说一声，名额让给别人".to_owned()
    };
    let notes = if confirmed {
        vec![
            format!("到 {window} 打协议，一式两份，你留一份"),
            format!("{} 前到工地，让对方扫小票", terms.start),
            way_out,
        ]
    } else {
        vec!["有人退出会按次序补上，看大屏叫号".to_owned(), "没有叫到号，请不要去工地".to_owned()]
    };
    let content = SlipContent {
        hall: hall.name,
        edition: format!("第 {} 期 {}", edition.number(), text::clock(edition.begins)),
        ticket: view.number,
        state,
        trade: terms.trade.clone(),
        title: terms.title.clone(),
        pay: terms.pay.amount.to_string(),
        pay_unit: text::unit(terms.pay.unit).to_owned(),
        settlement: text::settlement(terms.pay.settlement).to_owned(),
        when: when(span, at),
        place: terms.address.clone(),
        contact: Some(contact).filter(|contact| confirmed && !contact.is_empty()),
        bring: Some(terms.bring.clone()).filter(|bring| !bring.is_empty()),
        worker: view.masked_name,
        qr: Some(app.slip_token(id, &ticket, span.ends(), reprint.as_ref().map_or(0, |reprint| reprint.n))),
        short_code: ShortCode::of(id).to_string(),
        notes,
        printed: format!("{} {}", at.day(), text::clock(at)),
        reprint,
    };
    Ok((if confirmed { PaperKind::Slip } else { PaperKind::Standby }, content))
}

/// `11月20日 09:30 到 17:30`, with the last day for work of several days. Never 今天: paper is read tomorrow.
fn when(span: hall_core::entity::Span, at: Instant) -> String {
    let date = |day: hall_core::Day| {
        let year =
            if day.0.year() == at.day().0.year() { String::new() } else { format!("{}年", day.0.year()) };
        format!("{year}{}月{}日", day.0.month(), day.0.day())
    };
    let over = if span.end > span.start { "" } else { "次日 " };
    let hours = format!("{} 到 {over}{}", span.start, span.end);
    if span.days() <= 1 {
        format!("{} {hours}", date(span.first_day))
    } else {
        format!("{} 到 {}，每天 {hours}", date(span.first_day), date(span.last_day))
    }
}

/// Settles the member card that was just issued, and orders it on paper.
pub(crate) fn settle_card(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    id: EntityId,
    worker: &Worker,
) -> Result<Drawing, AppError> {
    let paper = papers::order(app, inner, now, by, PaperKind::Card, Some(id))?;
    let issued = paper.as_ref().map_or(now.hall, |(_, paper)| paper.ordered.instant());
    let content = Content::Card(card_content(app, inner, id, worker, issued));
    let paper = paper.map(|(id, paper)| papers::view::paper(app, inner, id, &paper));
    Ok(Drawing { content, width: width(app, inner), paper })
}

fn card_content(app: &Hall, inner: &Inner, id: EntityId, worker: &Worker, issued: Instant) -> CardContent {
    let facts = CardFacts {
        worker: id,
        card: worker.card,
        issued: Seconds::from(issued),
        expires: Seconds::from(issued.plus_ms(CARD_DAYS * DAY_MS)),
        nonce: app.nonce(id, u32::from(worker.card)),
    };
    CardContent {
        hall: views::hall(&inner.live).name,
        worker: worker.masked_name.clone(),
        number: ShortCode::of(id).to_string(),
        qr: Token::Card(facts).sign(&app.signing),
        printed: format!("{} {}", issued.day(), text::clock(issued)),
    }
}

#[cfg(feature = "lines")]
pub(super) fn test_content(app: &Hall, inner: &Inner, used_for: PrinterUse, at: Instant) -> TestPageContent {
    let printer = papers::printer(&inner.live, app.me.device, used_for);
    let hall = views::hall(&inner.live).name;
    let printed = format!("{} {}", at.day(), text::clock(at));
    TestPageContent {
        qr: format!("{hall} {printed}"),
        printer: printer.map(|printer| printer.address.clone()).unwrap_or_default(),
        hall,
        printed,
    }
}

/// Tells the staff about characters that no font could draw.
pub(crate) fn report_missing(inner: &mut Inner, missing: &[char]) {
    if missing.is_empty() {
        return;
    }
    let points: Vec<String> = missing.iter().map(|ch| format!("U+{:04X}", u32::from(*ch))).collect();
    let points = points.join("、");
    Hall::notice(
        inner,
        format!(
            "有字打不出来（{points}），纸上印的是编码。请装生僻字字体 fonts-hanazono、重新打开程序，并在纸上手写补正"
        ),
    );
}

impl From<FileError> for AppError {
    fn from(error: FileError) -> Self {
        tracing::error!(%error, "a spool file could not be written or read");
        match error {
            FileError::DiskFull { .. } => {
                Self::new(Code::DiskFull, "本机磁盘满了，纸没有出来，已办的事都在。请腾出空间后再打")
                    .retryable()
            }
            FileError::Missing => Self::new(Code::NotFound, "这份文件已经不在了，请重新打一份"),
            FileError::Changed => Self::new(Code::Storage, "这份文件被改动过，不能用，请重新打一份"),
            FileError::Name(_) | FileError::Io(_) => {
                Self::new(Code::Storage, "文件写不出来，已办的事都在。请检查磁盘后再打").retryable()
            }
        }
    }
}
