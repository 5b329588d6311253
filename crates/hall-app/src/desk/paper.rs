//! The agreement: the type that the rules decide, the findings, the PDF, the record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_core::EntityId;
use hall_core::entity::{Entity, Ticket, Worker};
use hall_core::fact::{AgreementMade, Fact, InsuranceRecorded, PaperOrdered, WorkerProfile};
use hall_core::rules::{Decision, Flag};
use hall_core::vocab::{PaperKind, Severity};
use hall_print::agreement::{Agreement, AgreementContent, agreement};
use hall_print::{PrintError, Rendered, pictures};
use hall_store::Draft;

use super::content::content;
use super::{Access, insurance, people, staff};
use crate::api::DeskReply;
use crate::api::desk::{AgreementCheck, AgreementMadeView, AgreementPreview};
use crate::api::shared::{AgreementForm, FileView, OverrideForm};
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::hall::{Hall, Inner, Now};
use crate::papers::{self, slip};
use crate::{claims, forms, views};

const KIND: &str = "agreements";

/// What the rules say of a ticket's paper.
pub(super) struct Paper {
    decision: Decision,
}

impl Paper {
    pub(super) fn view(&self) -> AgreementCheck {
        AgreementCheck {
            agreement: self.decision.agreement(),
            flags: self.decision.flags.iter().map(|flag| flag_code(*flag).to_owned()).collect(),
            findings: self.decision.findings.iter().map(views::finding).collect(),
            blocked: self.decision.findings.iter().any(|finding| finding.severity == Severity::Block),
        }
    }
}

fn flag_code(flag: Flag) -> &'static str {
    match flag {
        Flag::Under16 => "under_16",
        Flag::Minor16To17 => "minor_16_17",
        Flag::Student => "student",
        Flag::Pensioner => "pensioner",
        Flag::PastRetirementAge => "past_retirement_age",
        Flag::AskPostType => "ask_post_type",
    }
}

/// Decides the paper of a ticket with what the desk has just seen.
pub(super) fn decide(
    app: &Hall,
    inner: &mut Inner,
    id: EntityId,
    form: &AgreementForm,
) -> Result<Paper, AppError> {
    let ticket = views::load_ticket(app, inner, id)?;
    views::load_post(app, inner, ticket.post)?;
    let worker = worker_as_seen(app, inner, &ticket, form)?;
    Ok(Paper { decision: claims::decision(app, inner, &worker, ticket.post)? })
}

fn worker_as_seen(
    app: &Hall,
    inner: &Inner,
    ticket: &Ticket,
    form: &AgreementForm,
) -> Result<Worker, AppError> {
    let mut worker = people::worker_state(app, ticket.worker)?;
    worker.post_type = form.post_type.or(worker.post_type);
    let certificate = inner.live.posts.get(&ticket.post).and_then(|post| post.post.terms.certificate.clone());
    if form.certificate_seen {
        worker.certificates.extend(certificate);
    }
    Ok(worker)
}

pub(super) fn check(
    app: &Hall,
    inner: &mut Inner,
    ticket: &str,
    form: &AgreementForm,
) -> Result<DeskReply, AppError> {
    let id = forms::id(ticket, "接单")?;
    Ok(DeskReply::AgreementCheck(decide(app, inner, id, form)?.view()))
}

/// A ticket whose paper can be made, and what is on it.
struct Settled {
    id: EntityId,
    ticket: Ticket,
    decision: Decision,
    policy: Option<InsuranceRecorded>,
    content: AgreementContent,
}

/// Everything that is settled before the paper is drawn.
struct Prepared {
    id: EntityId,
    by: EntityId,
    content: AgreementContent,
    findings: Vec<String>,
    drafts: Vec<Draft>,
}

/// The pages as they would come out now. Nothing is written down, so whoever looks may still think better of it.
pub(super) fn preview(
    app: &Hall,
    caller: &str,
    ticket: &str,
    form: &AgreementForm,
) -> Result<DeskReply, AppError> {
    let content = {
        let (mut guard, now) = app.today()?;
        super::clerk(&mut guard, caller, now, Access::Staff)?;
        settle(app, &mut guard, now, ticket, form)?.content
    };
    let rendered = draw(app, &content)?;
    let pages = pictures(&rendered.paper.pdf).map_err(|error| unset(&error))?;
    Ok(DeskReply::AgreementPreview(AgreementPreview {
        agreement: content.kind,
        copies: rendered.paper.copies as u8,
        width: pages.first().map_or(0, |page| page.width as u16),
        height: pages.first().map_or(0, |page| page.height as u16),
        pages: pages.iter().map(|page| BASE64.encode(&page.png)).collect(),
        missing: rendered.missing.iter().map(ToString::to_string).collect(),
    }))
}

pub(super) fn make(
    app: &Hall,
    caller: &str,
    ticket: &str,
    form: &AgreementForm,
    overriding: Option<&OverrideForm>,
) -> Result<DeskReply, AppError> {
    let prepared = prepare(app, caller, ticket, form, overriding)?;
    let rendered = draw(app, &prepared.content)?;
    keep(app, prepared, &rendered)
}

fn draw(app: &Hall, content: &AgreementContent) -> Result<Rendered<Agreement>, AppError> {
    agreement(content, &app.fonts).map_err(|error| unset(&error))
}

fn unset(error: &PrintError) -> AppError {
    tracing::error!(%error, "an agreement could not be set");
    AppError::new(Code::Internal, "协议排不出来，请先用手写协议，并告诉维护人员").retryable()
}

fn settle(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    ticket: &str,
    form: &AgreementForm,
) -> Result<Settled, AppError> {
    let id = forms::id(ticket, "接单")?;
    let ticket = views::load_ticket(app, inner, id)?;
    if !ticket.holds_place() {
        return Err(AppError::new(
            Code::TooLate,
            "这张接单没有名额（候补、已退或作废），不能打协议，请重新接单",
        ));
    }
    let Paper { decision } = decide(app, inner, id, form)?;
    if let Some(error) = claims::refused(&decision) {
        return Err(error);
    }
    if decision.flags.contains(&Flag::AskPostType) {
        return Err(bad_field("这位女工按 50 岁还是 55 岁退休决定用哪种协议，请先问清岗位类别再选"));
    }
    let kind = decision.agreement().ok_or_else(|| not_found("协议"))?;
    let policy = form.insurance.as_ref().map(insurance::read).transpose()?;
    let content = content(app, inner, now, id, kind, &decision, (form, policy.as_ref()))?;
    Ok(Settled { id, ticket, decision, policy, content })
}

fn prepare(
    app: &Hall,
    caller: &str,
    ticket: &str,
    form: &AgreementForm,
    overriding: Option<&OverrideForm>,
) -> Result<Prepared, AppError> {
    let (mut guard, now) = app.today()?;
    let inner = &mut *guard;
    let by = super::clerk(inner, caller, now, Access::Staff)?;
    let Settled { id, ticket, decision, policy, content } = settle(app, inner, now, ticket, form)?;
    if !form.identities_checked {
        return Err(bad_field("请先核对双方证件，再勾上“双方证件已核对”"));
    }
    let passed = staff::overridden(inner, now, &decision.findings, overriding)?;
    let mut drafts: Vec<Draft> = passed
        .into_iter()
        .map(|(supervisor, fact)| Draft::about(id, Some(supervisor), Fact::FindingsOverridden(fact)))
        .collect();
    drafts.extend(learned(app, inner, &ticket, form, by)?);
    drafts.extend(policy.and_then(|policy| insurance::draft(id, &ticket, Some(by), policy)));
    let findings = decision.findings.iter().map(|finding| finding.code.as_str().to_owned()).collect();
    Ok(Prepared { id, by, content, findings, drafts })
}

/// What the desk learned of the worker while making the paper is kept for the next time.
fn learned(
    app: &Hall,
    inner: &Inner,
    ticket: &Ticket,
    form: &AgreementForm,
    by: EntityId,
) -> Result<Option<Draft>, AppError> {
    let before = people::worker_state(app, ticket.worker)?;
    let seen = worker_as_seen(app, inner, ticket, form)?;
    if seen.post_type == before.post_type && seen.certificates == before.certificates {
        return Ok(None);
    }
    let mut certificates = seen.certificates;
    certificates.dedup();
    let changed = WorkerProfile {
        post_type: seen.post_type,
        certificates: Some(certificates),
        ..WorkerProfile::default()
    };
    Ok(Some(Draft::about(ticket.worker, Some(by), Fact::WorkerChanged(changed))))
}

fn keep(app: &Hall, prepared: Prepared, rendered: &Rendered<Agreement>) -> Result<DeskReply, AppError> {
    let Prepared { id, by, content, findings, mut drafts } = prepared;
    let paper = &rendered.paper;
    let name = format!("{}.pdf", content.number);
    let (mut guard, now) = app.today()?;
    let inner = &mut *guard;
    // While the paper was drawn the place may have been given back at a kiosk.
    if !views::load_ticket(app, inner, id)?.holds_place() {
        return Err(AppError::new(Code::TooLate, "打协议的时候这张接单退掉了，协议作废，请重新接单"));
    }
    let file_hash = app.store.put_file(KIND, &name, &paper.pdf)?;
    let made = AgreementMade {
        agreement: content.kind,
        number: content.number.clone(),
        file: name.clone(),
        file_hash,
        copies: paper.copies as u8,
        findings,
        // The form's tick says that both were asked.
        hall_copy_agreed: content.hall_copy.then_some(true),
    };
    drafts.push(Draft::about(id, Some(by), Fact::AgreementMade(made)));
    // Whatever was printed before was another agreement.
    let first = PaperOrdered { kind: PaperKind::Agreement, about: Some(id), reprint: 0 };
    let order = papers::numbered(app, inner, Some(by), first);
    let is_ordered = order.is_some();
    drafts.extend(order);
    let applied = app.commit(inner, now, drafts)?;
    let ordered = applied.last().filter(|_| is_ordered).map(|op| op.id);
    let order = ordered.and_then(|id| inner.live.papers.get(&id).map(|paper| (id, paper)));
    let order = order.map(|(id, paper)| papers::view::paper(app, inner, id, paper));
    slip::report_missing(inner, &rendered.missing);
    Ok(DeskReply::Agreement(AgreementMadeView {
        number: content.number,
        agreement: content.kind,
        pages: (paper.copies * paper.pages_per_copy) as u16,
        copies: paper.copies as u8,
        path: app.store.file_path(KIND, &name)?.display().to_string(),
        file: FileView { name, data: BASE64.encode(&paper.pdf) },
        missing: rendered.missing.iter().map(ToString::to_string).collect(),
        paper: order,
    }))
}

/// How many agreements were made of a ticket.
pub(super) fn made_before(app: &Hall, ticket: EntityId) -> Result<u32, AppError> {
    let ops = app.store.ops_of(ticket)?;
    Ok(ops.iter().filter(|op| matches!(op.fact, Fact::AgreementMade(_))).count() as u32)
}

pub(super) fn file(app: &Hall, ticket: &str) -> Result<DeskReply, AppError> {
    let id = forms::id(ticket, "接单")?;
    let Some(Entity::Ticket(ticket)) = app.store.entity(id)? else { return Err(not_found("接单")) };
    let agreement = ticket.agreement.ok_or_else(|| not_found("协议"))?;
    let bytes = agreement_file(app, &agreement)?;
    Ok(DeskReply::File(FileView { name: agreement.file, data: BASE64.encode(bytes) }))
}

/// The agreement as it was made.
pub(crate) fn agreement_file(
    app: &Hall,
    agreement: &hall_core::entity::Agreement,
) -> Result<Vec<u8>, AppError> {
    Ok(app.store.read_file(KIND, &agreement.file, &agreement.file_hash)?)
}
