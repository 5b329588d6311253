//! What a scanned slip or agreement is worth, held against the hall's record without any line.
//!
//! The signature says that a paper is a hall's own; the record alone says what became of its ticket. Must never call
//! another hall's paper good for more than its signature.

use hall_core::entity::{Entity, Ticket};
use hall_core::fact::Fact;
use hall_core::vocab::{Outcome, PaperKind, ReleaseReason};
use hall_core::{EntityId, Instant};
use hall_log::ShortCode;
use hall_log::token::{SlipFacts, Token};

use super::{find, insurance, paper, people};
use crate::api::DeskReply;
use crate::api::desk::{PaperElsewhere, PaperVerdict, SignedKind, SignedPaper, TicketCheck};
use crate::api::readers::Seat;
use crate::api::shared::{AgreementForm, TicketState, TicketView};
use crate::error::{AppError, Code};
use crate::errors::not_found;
use crate::hall::{Hall, Inner, Now};
use crate::papers::signed::{Signed, Unsigned};
use crate::readers::Flaw;
use crate::{papers, text, views};

/// Longest number or code that is typed and not scanned.
const TYPED_MAX: usize = 20;

/// A paper in the clerk's hand.
struct Scanned {
    facts: SlipFacts,
    shown: SignedPaper,
}

/// Reads what the scanner or the clerk brought.
pub(super) fn ticket(app: &Hall, inner: &mut Inner, now: Now, text: &str) -> Result<DeskReply, AppError> {
    let text = text.trim();
    if !text.to_ascii_uppercase().starts_with("LG") && text.len() <= TYPED_MAX {
        let id = find::by_typed(app, inner, text)?;
        return check(app, inner, now, id, None);
    }
    let signed = app.read_signed(inner, now, text).map_err(|why| unsigned(why, text))?;
    let hall = signed.signer.hall;
    let ours = hall == app.enrolment().hall();
    let Some(scanned) = scanned(&signed, now) else {
        let message = if ours {
            "这是零工卡，不是接单小票。请扫小票，或按姓名查找".to_owned()
        } else {
            format!("这是 {hall} 号大厅发的零工卡，只在那个大厅能签到。请按姓名查找，或凭身份证登记")
        };
        return Err(AppError::new(Code::QrUnknown, message));
    };
    if !ours {
        let code = ShortCode::of(scanned.facts.ticket).to_string();
        return Ok(DeskReply::PaperElsewhere(Box::new(PaperElsewhere { hall, paper: scanned.shown, code })));
    }
    agrees(app, &scanned)?;
    check(app, inner, now, scanned.facts.ticket, Some(scanned))
}

fn unsigned(why: Unsigned, text: &str) -> AppError {
    match why {
        Unsigned::NotOurs if Flaw::of(text) == Flaw::Half => {
            AppError::new(Code::QrUnknown, Flaw::Half.sentence(Seat::Desk))
        }
        Unsigned::NotOurs => {
            AppError::new(Code::QrUnknown, "不是接单小票的码。请扫小票上的二维码，或输入小票上的 6 位短码")
        }
        Unsigned::UnknownKey => AppError::new(
            Code::QrForged,
            "这张小票不是本厅签发的，签发它的机器县里也没有登记，不能用。请问清是哪个大厅的，或重新接单",
        ),
        Unsigned::Forged(machine) => AppError::new(
            Code::QrForged,
            format!("小票写的是“{machine}”签发，但签名不对，内容被改过，不能用。请收下小票并告诉主管"),
        ),
    }
}

/// What stands on a paper; nothing for a member card.
fn scanned(signed: &Signed, now: Now) -> Option<Scanned> {
    let (facts, kind) = match signed.token {
        Token::Slip(facts) if facts.place == 0 => (facts, SignedKind::Standby),
        Token::Slip(facts) => (facts, SignedKind::Slip),
        Token::Agreement(facts) => (facts, SignedKind::Agreement),
        Token::Card(_) => return None,
    };
    let today = now.hall.day();
    let shown = SignedPaper {
        kind,
        place: Some(facts.place).filter(|place| *place != 0),
        issued: text::moment(facts.issued.instant(), today),
        good_until: text::moment(facts.expires.instant(), today),
        expired: signed.expired,
        machine: signed.signer.name.clone(),
        stopped: signed.signer.stopped,
    };
    Some(Scanned { facts, shown })
}

/// Whether a paper of this hall says what the record says.
fn agrees(app: &Hall, Scanned { facts, shown }: &Scanned) -> Result<(), AppError> {
    let refuse = |code, message: String| Err(AppError::new(code, message));
    match app.store.entity(facts.ticket)? {
        Some(Entity::Ticket(ticket)) => {
            let placed = ticket.place.map_or(0, |place| place.index);
            if facts.place != 0 && facts.place != placed {
                let recorded =
                    if placed == 0 { "没有名额".to_owned() } else { format!("第 {placed} 号") };
                return refuse(
                    Code::QrForged,
                    format!("小票写的是第 {} 号，记录是{recorded}，对不上，不能用。请告诉主管", facts.place),
                );
            }
            if facts.post != ticket.post || facts.worker != app.pseudonym(ticket.worker) {
                return refuse(
                    Code::QrForged,
                    "小票上的活或人和记录不一致，不能用，请收下小票并告诉主管".into(),
                );
            }
            Ok(())
        }
        _ if shown.stopped => refuse(
            Code::QrUnknown,
            format!(
                "签发它的“{}”已经停用，本机又没有这张接单的记录，不能认。请问签发的窗口，或重新接单",
                shown.machine
            ),
        ),
        _ if shown.expired => {
            refuse(Code::QrExpired, format!("小票 {} 就过期了，记录也不在本机，请重新接单", shown.good_until))
        }
        _ => refuse(
            Code::QrUnknown,
            format!("小票是真的，但本机没有这张接单的记录，请到接单的那台机器（{}）查", shown.machine),
        ),
    }
}

fn check(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    scanned: Option<Scanned>,
) -> Result<DeskReply, AppError> {
    let shown = views::ticket(app, inner, id, now)?;
    let state = views::load_ticket(app, inner, id)?;
    let worker = people::worker_state(app, state.worker)?;
    let (employer_id, employer) = {
        let post = inner.live.posts.get(&state.post).ok_or_else(|| not_found("活"))?;
        people::employer_state(inner, &post.post.terms.employer.to_string())?
    };
    let record = Record { app, now, id, ticket: &state, shown: &shown };
    let Judged { verdict, valid, mut message } = record.judge(scanned.as_ref())?;
    let paper = scanned.map(|scanned| scanned.shown);
    if let Some(paper) = paper.as_ref().filter(|paper| paper.stopped) {
        message = format!("{message}（签发它的“{}”后来停用了，请以本机记录为准）", paper.machine);
    }
    let decided = paper::decide(app, inner, id, &AgreementForm::default())?;
    Ok(DeskReply::TicketCheck(Box::new(TicketCheck {
        valid,
        message,
        verdict,
        paper,
        worker: views::worker(inner, state.worker, &worker, now.hall.day()),
        employer: views::employer(&inner.live, employer_id, &employer),
        check: decided.view(),
        insurance: state.insurance.as_ref().map(|known| insurance::view(inner, now, known)),
        ticket: shown,
    })))
}

struct Judged {
    verdict: PaperVerdict,
    /// Whether an agreement may be made of the ticket.
    valid: bool,
    message: String,
}

impl Judged {
    fn good(verdict: PaperVerdict, message: String) -> Self {
        Self { verdict, valid: true, message }
    }

    fn bad(verdict: PaperVerdict, message: impl Into<String>) -> Self {
        Self { verdict, valid: false, message: message.into() }
    }
}

/// What the hall knows of a ticket.
struct Record<'a> {
    app: &'a Hall,
    now: Now,
    id: EntityId,
    ticket: &'a Ticket,
    shown: &'a TicketView,
}

impl Record<'_> {
    fn judge(&self, scanned: Option<&Scanned>) -> Result<Judged, AppError> {
        use PaperVerdict as V;
        let expired = scanned.filter(|scanned| scanned.shown.expired);
        Ok(match (self.shown.state, expired) {
            (TicketState::Confirmed | TicketState::Arrived, Some(Scanned { shown, .. })) => Judged::bad(
                V::Expired,
                format!(
                    "{}有效期到 {}，已经过了。请核对开工日期，需要的话重新接单",
                    name(shown.kind),
                    shown.good_until
                ),
            ),
            (TicketState::Confirmed, None) => self.standing(scanned)?,
            (TicketState::Arrived, None) => Judged::good(
                V::Used,
                format!("{}，{}已登记到岗，可以补打协议", source(scanned), self.recorded(Outcome::Arrived)?),
            ),
            (TicketState::Finished, _) => {
                let at = self.recorded(Outcome::Finished)?;
                Judged::bad(V::Used, format!("这张接单{at}登记为已经干完，不能再打协议，请登记结果"))
            }
            (TicketState::NoShow, _) => {
                let at = self.recorded(Outcome::NoShow)?;
                Judged::bad(V::Used, format!("这张接单{at}登记为没到岗，请重新接单"))
            }
            (TicketState::Released, _) => Judged::bad(V::Released, self.released()?),
            (TicketState::Provisional, _) => {
                Judged::bad(V::Standby, "这是候补票，还没有名额，不能打协议。有名额会自动转正，请看大屏叫号")
            }
            (TicketState::Lapsed, _) => {
                Judged::bad(V::Lapsed, "这张候补没有排上，已经过了答复时间，请另选活")
            }
            (TicketState::Review, _) => Judged::bad(V::Review, "退单后又登记了到岗，请主管核实"),
        })
    }

    /// A ticket whose place stands: whether this is still the paper of it.
    fn standing(&self, scanned: Option<&Scanned>) -> Result<Judged, AppError> {
        use PaperVerdict as V;
        let place = self
            .shown
            .place
            .as_ref()
            .map_or_else(String::new, |place| format!("第 {}/{} 号", place.index, place.of));
        let Some(Scanned { facts, shown }) = scanned else {
            return Ok(Judged::good(V::Valid, format!("按编号查到，名额有效（{place}），可以打协议")));
        };
        if shown.kind == SignedKind::Standby {
            let at = self.when(self.ticket.confirmed.unwrap_or(self.ticket.opened).instant());
            let message = format!("候补{at}已经转正，是{place}，可以打协议。请补打小票，候补票收回");
            return Ok(Judged::good(V::Promoted, message));
        }
        let replaced = match shown.kind {
            SignedKind::Agreement => self.made_anew(facts)?,
            SignedKind::Slip | SignedKind::Standby => self.printed_anew(facts)?,
        };
        Ok(match replaced {
            Some(message) => Judged::good(V::Replaced, message),
            None => Judged::good(V::Valid, format!("{}，名额有效（{place}），可以打协议", source(scanned))),
        })
    }

    /// Which slip counts, when it is not this one.
    fn printed_anew(&self, facts: &SlipFacts) -> Result<Option<String>, AppError> {
        let Some((_, last)) = papers::last(self.app, PaperKind::Slip, self.id)? else { return Ok(None) };
        Ok(self.number_of(facts, u32::from(last.reprint)).map(|this| {
            let this =
                if this == 0 { "第一次打的".to_owned() } else { format!("第 {this} 次补打的") };
            let at = self.when(last.ordered.instant());
            format!(
                "这张是{this}，以{at}第 {} 次补打的那张为准，这张请收回。名额是同一个，仍然有效，可以打协议",
                last.reprint
            )
        }))
    }

    /// Which agreement counts, when it is not this one.
    fn made_anew(&self, facts: &SlipFacts) -> Result<Option<String>, AppError> {
        let made = paper::made_before(self.app, self.id)?;
        let (Some(last), Some(newest)) = (made.checked_sub(1), &self.ticket.agreement) else {
            return Ok(None);
        };
        Ok(self.number_of(facts, last).map(|this| {
            let at = self.when(newest.at.instant());
            format!(
                "这是第 {} 份协议，{at}又打过第 {made} 份，以最后一份为准。名额有效，请核对双方手里的是不是同一份",
                this + 1
            )
        }))
    }

    /// The number of the paper with these facts, when it is lower than the last one's.
    fn number_of(&self, facts: &SlipFacts, last: u32) -> Option<u32> {
        (0..last).find(|n| self.app.nonce(self.id, *n) == facts.nonce)
    }

    fn released(&self) -> Result<String, AppError> {
        let Some(released) = &self.ticket.released else {
            return Ok("这张接单已经退掉，请重新接单".into());
        };
        let why = match released.reason {
            ReleaseReason::Worker => "本人退的",
            ReleaseReason::Desk => "窗口退的",
            ReleaseReason::NoShow => "没到岗",
            ReleaseReason::PostCancelled => "活取消了",
            ReleaseReason::Duplicate => "同一个活接了两次，留了另一张",
        };
        let at = self.when(released.at.instant());
        let ops = self.app.store.ops_of(self.id)?;
        let note = ops.iter().find_map(|op| match &op.fact {
            Fact::TicketReleased(fact) if op.hlc == released.at => Some(fact.note.as_str()),
            _ => None,
        });
        let note = note.filter(|note| !note.is_empty()).map(|note| format!("：{note}")).unwrap_or_default();
        Ok(format!("这张接单{at}退掉了（{why}{note}），名额不在了，不能用，请重新接单"))
    }

    /// When an outcome was recorded last.
    fn recorded(&self, outcome: Outcome) -> Result<String, AppError> {
        let ops = self.app.store.ops_of(self.id)?;
        let of = ops
            .iter()
            .filter(|op| matches!(&op.fact, Fact::OutcomeRecorded(recorded) if recorded.outcome == outcome));
        Ok(of.map(|op| op.hlc).max().map(|at| self.when(at.instant())).unwrap_or_default())
    }

    fn when(&self, at: Instant) -> String {
        format!(" {} ", text::moment(at, self.now.hall.day()))
    }
}

fn name(kind: SignedKind) -> &'static str {
    match kind {
        SignedKind::Agreement => "协议上的码",
        SignedKind::Slip | SignedKind::Standby => "小票",
    }
}

fn source(scanned: Option<&Scanned>) -> String {
    let Some(scanned) = scanned else { return "按编号查到".to_owned() };
    format!("{}验过，是本厅签发的", name(scanned.shown.kind))
}
