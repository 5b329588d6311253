//! Slips and member cards: what stands on them, the signature in their QR, and the file in the spool.
//!
//! A slip is a function of its ticket and of how often it was printed before, so the preview, the file and
//! the paper are the same bitmap, and a second look never makes a second paper.

use ed25519_dalek::VerifyingKey;
use hall_core::edition::Edition;
use hall_core::entity::{Ticket, Worker};
use hall_core::ticketing;
use hall_core::{EntityId, Instant};
use hall_log::ShortCode;
use hall_log::token::{CardFacts, KeyId, Seconds, SlipFacts, Token, TokenError};
use hall_print::slip::{CardContent, Reprint, SlipContent, SlipState, SlipWidth};
use hall_print::{Bitmap, Rendered};
use hall_store::FileError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::api::shared::{SlipView, TicketState};
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::hall::{Hall, Inner, Now};
use crate::{text, views};

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

    fn nonce(&self, of: EntityId, n: u32) -> [u8; 8] {
        let hash = blake3::keyed_hash(&self.tag_key, &[&of.to_bytes()[..], &n.to_be_bytes()].concat());
        *hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes")
    }

    /// The signed text in a ticket's QR; `n` counts reprints.
    pub(crate) fn slip_token(&self, id: EntityId, ticket: &Ticket, ends: Instant, n: u32) -> String {
        let pseudonym = blake3::keyed_hash(&self.tag_key, &ticket.worker.to_bytes());
        let facts = SlipFacts {
            ticket: id,
            post: ticket.post,
            place: ticket.place.map_or(0, |place| place.index),
            worker: *pseudonym.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes"),
            issued: Seconds::from(ticket.confirmed.unwrap_or(ticket.opened).instant()),
            expires: Seconds::from(ends.plus_ms(SLIP_GRACE_MS)),
            nonce: self.nonce(id, n),
        };
        Token::Slip(facts).sign(&self.signing)
    }
}

/// A slip that is settled and only has to be drawn, which is done without the hall's lock.
pub(crate) struct Job {
    content: SlipContent,
    width: SlipWidth,
    name: String,
}

/// Settles the ticket's slip.
pub(crate) fn settle(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    width: Option<u16>,
) -> Result<Job, AppError> {
    let width = read_width(width)?;
    let content = content(app, inner, now, id, None)?;
    Ok(Job { content, width, name: format!("{id}-{}.png", width.dots()) })
}

/// Settles a further slip for a ticket whose first one is lost, marked as such.
pub(crate) fn settle_again(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    width: Option<u16>,
) -> Result<Job, AppError> {
    let width = read_width(width)?;
    let n = inner.slips.get(&id).copied().unwrap_or(0) + 1;
    let reprint = Reprint { n, at: text::clock(now.hall) };
    let content = content(app, inner, now, id, Some(reprint))?;
    inner.slips.insert(id, n);
    let stamp = format!("{}{}", now.hall.day().number(), text::clock(now.hall).replace(':', ""));
    Ok(Job { content, width, name: format!("{id}-{}-补打{n}-{stamp}.png", width.dots()) })
}

/// Draws a settled slip and lays it into the spool. Takes the hall's lock only to tell of missing characters.
pub(crate) fn draw(app: &Hall, job: &Job) -> Result<SlipView, AppError> {
    let rendered =
        hall_print::slip::slip(&job.content, &app.fonts, job.width).map_err(|error| print_error(&error))?;
    let view = finish(app, "slips", &job.name, &job.content.short_code, &rendered)?;
    if !rendered.missing.is_empty() {
        report_missing(&mut app.inner(), &rendered.missing);
    }
    Ok(view)
}

fn read_width(width: Option<u16>) -> Result<SlipWidth, AppError> {
    match width {
        None | Some(576) => Ok(SlipWidth::Dots576),
        Some(384) => Ok(SlipWidth::Dots384),
        Some(_) => Err(bad_field("小票宽度只有 384 点和 576 点两种，请在设置里改")),
    }
}

fn print_error(error: &hall_print::PrintError) -> AppError {
    tracing::error!(%error, "a paper could not be drawn");
    AppError::new(Code::Internal, "小票画不出来，接单有效，请到窗口报短码办理").retryable()
}

fn content(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    reprint: Option<Reprint>,
) -> Result<SlipContent, AppError> {
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
    Ok(SlipContent {
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
    })
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

/// Draws the member card that was just issued.
pub(crate) fn card(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    worker: &Worker,
) -> Result<SlipView, AppError> {
    let facts = CardFacts {
        worker: id,
        card: worker.card,
        issued: Seconds::from(now.hall),
        expires: Seconds::from(now.hall.plus_ms(CARD_DAYS * DAY_MS)),
        nonce: app.nonce(id, u32::from(worker.card)),
    };
    let number = ShortCode::of(id).to_string();
    let content = CardContent {
        hall: views::hall(&inner.live).name,
        worker: worker.masked_name.clone(),
        number: number.clone(),
        qr: Token::Card(facts).sign(&app.signing),
        printed: format!("{} {}", now.hall.day(), text::clock(now.hall)),
    };
    let rendered = hall_print::slip::card(&content, &app.fonts, SlipWidth::Dots384)
        .map_err(|error| print_error(&error))?;
    report_missing(inner, &rendered.missing);
    finish(app, "cards", &format!("{id}-{}.png", worker.card), &number, &rendered)
}

fn finish(
    app: &Hall,
    kind: &str,
    name: &str,
    code: &str,
    rendered: &Rendered<Bitmap>,
) -> Result<SlipView, AppError> {
    let png = rendered.paper.to_png().map_err(|error| print_error(&error))?;
    app.store.put_file(kind, name, &png)?;
    Ok(SlipView {
        png: BASE64.encode(&png),
        width: rendered.paper.width() as u16,
        height: rendered.paper.height() as u16,
        code: code.to_owned(),
        missing: rendered.missing.iter().map(ToString::to_string).collect(),
        file: app.store.file_path(kind, name)?.display().to_string(),
    })
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
        format!("有字打不出来（{points}），纸上印的是编码。请装生僻字字体，并在纸上手写补正"),
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
