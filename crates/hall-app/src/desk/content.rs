//! What an agreement says: from the hall's record and the clerk's form to the words of the paper.

use hall_core::EntityId;
use hall_core::entity::{Employer, Worker};
use hall_core::fact::{EmployerIdentified, InsuranceRecorded};
use hall_core::rules::{Decision, Finding, Flag};
use hall_core::vocab::{AgreementType, EmployerKind, Severity};
use hall_log::ShortCode;
use hall_print::agreement::{
    AgreementContent, AgreementFlags, AgreementNote, EmployerFacts, JobFacts, WorkerFacts,
};

use super::{insurance, paper, people};
use crate::api::shared::AgreementForm;
use crate::error::AppError;
use crate::errors::{bad_field, not_found};
use crate::forms;
use crate::hall::{Hall, Inner, Now, county};
use crate::live::LivePost;
use crate::{text, views};

pub(super) fn content(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    id: EntityId,
    kind: AgreementType,
    decision: &Decision,
    (form, policy): (&AgreementForm, Option<&InsuranceRecorded>),
) -> Result<AgreementContent, AppError> {
    let ticket = views::load_ticket(app, inner, id)?;
    let worker = people::worker_state(app, ticket.worker)?;
    let live = inner.live.posts.get(&ticket.post).ok_or_else(|| not_found("活"))?;
    let employer = inner.live.employers.get(&live.post.terms.employer).ok_or_else(|| not_found("用工方"))?;
    let county = county(&inner.live);
    let line = app.book.minimum_wage(&county, live.post.terms.first_day);
    let hall = views::hall(&inner.live).name;
    let insurance = policy.map(|policy| insurance::words(policy, &hall));
    Ok(AgreementContent {
        kind,
        number: number(now, id, ticket.number),
        hall,
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
        qr: app.agreement_token(id, &ticket, live.span().ends(), (paper::made_before(app, id)?, now)),
        short_code: ShortCode::of(id).to_string(),
        hall_copy: form.hall_copy,
    })
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
