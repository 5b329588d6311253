//! The agreement: the type that the rules decide, the findings, the PDF, the record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_core::EntityId;
use hall_core::entity::{Employer, Entity, Worker};
use hall_core::fact::{AgreementMade, EmployerIdentified, Fact, WorkerProfile};
use hall_core::rules::{Decision, Finding, Flag, Phone, check_name};
use hall_core::vocab::{AgreementType, EmployerKind, PaperKind, Severity};
use hall_log::ShortCode;
use hall_print::agreement::{
    AgreementContent, AgreementFlags, AgreementNote, EmployerFacts, JobFacts, WorkerFacts, agreement,
};
use hall_store::Draft;

use super::{Access, people, staff};
use crate::api::DeskReply;
use crate::api::desk::{AgreementCheck, AgreementMadeView};
use crate::api::shared::{AgreementForm, FileView, InsuranceForm, OverrideForm};
use crate::claims;
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::forms;
use crate::hall::{Hall, Inner, Now, county};
use crate::live::LivePost;
use crate::papers::{self, slip};
use crate::{text, views};

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
    ticket: &hall_core::entity::Ticket,
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

/// Everything that is settled before the paper is drawn.
struct Prepared {
    id: EntityId,
    by: EntityId,
    content: AgreementContent,
    findings: Vec<String>,
    drafts: Vec<Draft>,
}

pub(super) fn make(
    app: &Hall,
    caller: &str,
    ticket: &str,
    form: &AgreementForm,
    overriding: Option<&OverrideForm>,
) -> Result<DeskReply, AppError> {
    let prepared = prepare(app, caller, ticket, form, overriding)?;
    let rendered = agreement(&prepared.content, &app.fonts).map_err(|error| {
        tracing::error!(%error, "an agreement could not be set");
        AppError::new(Code::Internal, "协议排不出来，请先用手写协议，并告诉维护人员").retryable()
    })?;
    keep(app, prepared, &rendered)
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
    let clerk = super::clerk(inner, caller, now, Access::Staff)?;
    let id = forms::id(ticket, "接单")?;
    let state = views::load_ticket(app, inner, id)?;
    if !state.holds_place() {
        return Err(AppError::new(
            Code::TooLate,
            "这张接单没有名额（候补、已退或作废），不能打协议，请重新接单",
        ));
    }
    if !form.identities_checked {
        return Err(bad_field("请先核对双方证件，再勾上“双方证件已核对”"));
    }
    let paper = decide(app, inner, id, form)?;
    if let Some(error) = claims::refused(&paper.decision) {
        return Err(error);
    }
    if paper.decision.flags.contains(&Flag::AskPostType) {
        return Err(bad_field("这位女工按 50 岁还是 55 岁退休决定用哪种协议，请先问清岗位类别再选"));
    }
    let kind = paper.decision.agreement().ok_or_else(|| not_found("协议"))?;
    let passed = staff::overridden(inner, now, &paper.decision.findings, overriding)?;
    let content = content(app, inner, now, id, kind, &paper.decision, form)?;
    let mut drafts: Vec<Draft> = passed
        .into_iter()
        .map(|(supervisor, fact)| Draft::about(id, Some(supervisor), Fact::FindingsOverridden(fact)))
        .collect();
    drafts.extend(learned(app, inner, &state, form, clerk)?);
    let findings = paper.decision.findings.iter().map(|finding| finding.code.as_str().to_owned()).collect();
    Ok(Prepared { id, by: clerk, content, findings, drafts })
}

/// What the desk learned of the worker while making the paper is kept for the next time.
fn learned(
    app: &Hall,
    inner: &Inner,
    ticket: &hall_core::entity::Ticket,
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

fn keep(
    app: &Hall,
    prepared: Prepared,
    rendered: &hall_print::Rendered<hall_print::agreement::Agreement>,
) -> Result<DeskReply, AppError> {
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
    };
    drafts.push(Draft::about(id, Some(by), Fact::AgreementMade(made)));
    let order = papers::draft(app, inner, Some(by), PaperKind::Agreement, Some(id))?;
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

fn content(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    kind: AgreementType,
    decision: &Decision,
    form: &AgreementForm,
) -> Result<AgreementContent, AppError> {
    let ticket = views::load_ticket(app, inner, id)?;
    let worker = people::worker_state(app, ticket.worker)?;
    let live = inner.live.posts.get(&ticket.post).ok_or_else(|| not_found("活"))?;
    let employer = inner.live.employers.get(&live.post.terms.employer).ok_or_else(|| not_found("用工方"))?;
    let county = county(&inner.live);
    let line = app.book.minimum_wage(&county, live.post.terms.first_day);
    let insurance = form.insurance.as_ref().map(insurance_text).transpose()?;
    Ok(AgreementContent {
        kind,
        number: number(now, id, ticket.number),
        hall: views::hall(&inner.live).name,
        date: now.hall.day(),
        employer: employer_facts(employer)?,
        worker: worker_facts(&worker)?,
        job: job_facts(app, live, insurance),
        flags: AgreementFlags {
            minor: decision.flags.contains(&Flag::Minor16To17),
            student: decision.flags.contains(&Flag::Student),
            pensioner: decision.flags.contains(&Flag::Pensioner),
            past_retirement: decision.flags.contains(&Flag::PastRetirementAge),
        },
        notes: decision
            .findings
            .iter()
            .filter(|finding| finding.severity != Severity::Info)
            .map(note)
            .collect(),
        minimum_wage: line
            .map(|line| format!("每月{}元，每小时{}元（{}）", line.month, line.hour, line.document)),
        qr: app.agreement_token(id, &ticket, live.span().ends(), (made_before(app, id)?, now)),
        short_code: ShortCode::of(id).to_string(),
        hall_copy: form.hall_copy,
    })
}

/// How many agreements were made of a ticket.
pub(super) fn made_before(app: &Hall, ticket: EntityId) -> Result<u32, AppError> {
    let ops = app.store.ops_of(ticket)?;
    Ok(ops.iter().filter(|op| matches!(op.fact, Fact::AgreementMade(_))).count() as u32)
}

/// `20261120-A037-7K4M2Q`: the day, the ticket, and the code that keeps two devices apart.
fn number(now: Now, id: EntityId, ticket: u16) -> String {
    let code = ShortCode::of(id).to_string().replace('-', "");
    format!("{}-{}-{code}", now.hall.day().number(), text::ticket_number(ticket))
}

fn note(finding: &Finding) -> AgreementNote {
    AgreementNote { text: finding.message.clone(), source: finding.source.clone() }
}

fn employer_facts(employer: &Employer) -> Result<EmployerFacts, AppError> {
    let missing = || bad_field("本机没有用工方的证件信息，请先在“用工方”里补登记");
    let EmployerIdentified { name, code, address, legal_head, agent, phone, .. } =
        employer.identity.clone().ok_or_else(missing)?;
    Ok(match employer.kind {
        EmployerKind::Organisation => EmployerFacts::Organisation {
            name,
            credit_code: code,
            address,
            legal_head,
            agent: Some(agent).filter(|agent| !agent.is_empty()),
            phone,
        },
        EmployerKind::Private => EmployerFacts::Private { name, id_number: code, address, phone },
    })
}

fn worker_facts(worker: &Worker) -> Result<WorkerFacts, AppError> {
    let identity =
        worker.identity.clone().ok_or_else(|| bad_field("本机没有这个人的证件信息，请先在“登记”里补登记"))?;
    Ok(WorkerFacts {
        name: identity.name,
        sex: worker.sex,
        id_number: identity.id_number,
        address: identity.address,
        phone: identity.phone,
    })
}

fn job_facts(app: &Hall, live: &LivePost, accident_insurance: Option<String>) -> JobFacts {
    let (terms, span) = (&live.post.terms, live.span());
    let long = |day: hall_core::Day| format!("{}年{}月{}日", day.0.year(), day.0.month(), day.0.day());
    let job = forms::job_of(terms);
    let term = if span.days() <= 1 {
        format!("{}，共1天", long(span.first_day))
    } else {
        format!(
            "{}到{}，工作{}天，每周最多{}天",
            long(span.first_day),
            long(span.last_day),
            job.days,
            job.days_per_week
        )
    };
    let over = if span.end > span.start { "" } else { "次日" };
    let hazards = terms.hazards.iter().map(|code| {
        let hazard = code.parse().ok().map(|hazard| app.book.hazard_name(hazard).to_owned());
        let venue = || code.parse().ok().map(|venue| app.book.venue_name(venue).to_owned());
        hazard.or_else(venue).unwrap_or_else(|| code.clone())
    });
    JobFacts {
        title: terms.title.clone(),
        work: terms.content.clone(),
        place: terms.address.clone(),
        term,
        hours: format!("{}到{over}{}，每天工作{}", terms.start, terms.end, duration(job.minutes_per_day)),
        rest: match terms.rest_minutes {
            0 => "班中休息由双方现场商定".to_owned(),
            minutes => format!("每班休息{}", duration(minutes)),
        },
        pay: terms.pay.amount,
        pay_unit: terms.pay.unit,
        settlement: terms.pay.settlement,
        pay_day: None,
        social_insurance: Some(terms.insurance.clone()).filter(|text| !text.is_empty()),
        accident_insurance,
        protection: terms.protection.clone(),
        hazards: hazards.collect(),
        meals: text::meals(terms.meals).to_owned(),
        transport: if terms.transport { "用工方接送" } else { "自行前往" }.to_owned(),
    }
}

fn duration(minutes: u16) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}分钟"),
        (hours, 0) => format!("{hours}小时"),
        (hours, minutes) => format!("{hours}小时{minutes}分钟"),
    }
}

/// The policy as it was shown, read and checked; the hall records it and vouches for nothing.
fn insurance_text(form: &InsuranceForm) -> Result<String, AppError> {
    let text = |name: &str, value: &str| {
        forms::filled(value, 60).map_err(|error| bad_field(format!("保险{name}：{error}")))
    };
    let insurer = text("公司", &form.insurer)?;
    let number = text("单号", &form.number)?;
    let payer = check_name(&form.payer).map_err(|error| bad_field(format!("保费由谁付：{error}")))?;
    let phone = Phone::parse(&form.claim_phone).map(|phone| phone.as_str().to_owned()).or_else(|error| {
        // Claim lines are often five digits, 95519 and the like.
        let digits = form.claim_phone.trim();
        let short =
            digits.len() == 5 && digits.starts_with("95") && digits.bytes().all(|b| b.is_ascii_digit());
        if short { Ok(digits.to_owned()) } else { Err(bad_field(format!("理赔电话：{error}"))) }
    })?;
    if form.days == 0 || form.sum == 0 {
        return Err(bad_field("保险天数和保额要大于 0，请照保单填"));
    }
    let (days, sum) = (form.days, form.sum);
    Ok(format!("{insurer}，保单号{number}，保{days}天，保额{sum}元，保费由{payer}付，理赔电话{phone}"))
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
