//! The paper agreement (协议/合同): A4, every copy complete, signed by hand.
//!
//! Which type a job gets is decided elsewhere, by rule; here the type only chooses the text. The paper never
//! claims to be signed by any other means than ink: the QR code serves to find and compare the record.

mod compose;
mod template;
mod test_sheet;

pub use test_sheet::test_sheet;

use hall_core::vocab::{AgreementType, PayUnit, Settlement, Sex};
use hall_core::{Day, Fen};

use crate::pdf::{self, Info};
use crate::qr::Modules;
use crate::slip::Reprint;
use crate::{Fonts, PrintError, Rendered};

/// Everything that an agreement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementContent {
    pub kind: AgreementType,
    /// The agreement's number in the hall, `KW-20261120-0037`.
    pub number: String,
    pub hall: String,
    /// The day on which it is made.
    pub date: Day,
    pub employer: EmployerFacts,
    pub worker: WorkerFacts,
    pub job: JobFacts,
    pub flags: AgreementFlags,
    /// Findings that both sides should read before they sign.
    pub notes: Vec<AgreementNote>,
    /// `每月2400元，每小时24元（鲁政字〔2025〕140号）`, where the county's line is known.
    pub minimum_wage: Option<String>,
    /// The signed token that finds the record again.
    pub qr: String,
    /// `7K4M-2Q`
    pub short_code: String,
    /// A third copy for the hall; only with the consent of both sides.
    pub hall_copy: bool,
}

/// The hiring side. Its kind must fit the type of the agreement; the rules see to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmployerFacts {
    Organisation {
        name: String,
        credit_code: String,
        address: String,
        legal_head: String,
        /// Who signs in place of the legal head.
        agent: Option<String>,
        phone: String,
    },
    Private {
        name: String,
        id_number: String,
        address: String,
        phone: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerFacts {
    pub name: String,
    pub sex: Sex,
    pub id_number: String,
    pub address: String,
    pub phone: String,
}

/// What is agreed about the work, in words ready to print and without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFacts {
    /// `管道工`
    pub title: String,
    pub work: String,
    pub place: String,
    /// `2026年11月20日，共1天`
    pub term: String,
    /// `9:30到17:30，共7小时`
    pub hours: String,
    /// `12:00到13:00`
    pub rest: String,
    pub pay: Fen,
    pub pay_unit: PayUnit,
    pub settlement: Settlement,
    /// `收工时` or `每周五`, where the two sides named it.
    pub pay_day: Option<String>,
    /// Social insurance beyond what the text of the type says.
    pub social_insurance: Option<String>,
    /// The policy that was taken out: insurer, number, sum, who pays.
    pub accident_insurance: Option<String>,
    /// Protective gear and conditions the employer gives.
    pub protection: String,
    pub hazards: Vec<String>,
    pub meals: String,
    pub transport: String,
}

/// What is special about the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgreementFlags {
    pub minor: bool,
    pub student: bool,
    pub pensioner: bool,
    pub past_retirement: bool,
}

/// A finding on the paper, with the rule that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementNote {
    pub text: String,
    pub source: String,
}

/// A finished agreement: all copies one after the other in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    pub pdf: Vec<u8>,
    pub copies: u32,
    pub pages_per_copy: u32,
}

/// The pages of a file that [`agreement`] made, all copies together; nothing for what is no PDF file.
pub fn pages(pdf: &[u8]) -> Option<u32> {
    let file = lopdf::Document::load_mem(pdf).ok()?;
    u32::try_from(file.get_pages().len()).ok()
}

/// Sets an agreement.
pub fn agreement(content: &AgreementContent, fonts: &Fonts) -> Result<Rendered<Agreement>, PrintError> {
    let template = template::load(content.kind)?;
    let qr = Modules::encode(&content.qr)?;
    let composed = compose::compose(content, &template, fonts)?;
    let info = Info { title: &template.title, author: &content.hall, date: content.date };
    let pdf = pdf::write(&composed.bodies, &composed.edges, &qr, &info, fonts)?;
    let paper = Agreement { pdf, copies: composed.copies, pages_per_copy: composed.bodies.len() as u32 };
    Ok(Rendered { paper, missing: composed.missing })
}

/// An agreement as it comes out once more: the file as it was made, with 补打 over the head of every page.
pub fn reprinted(pdf: &[u8], reprint: &Reprint, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    pdf::overlaid(pdf, &compose::reprint_mark(reprint, fonts), fonts)
}

impl JobFacts {
    /// `每天260元（大写：贰佰陆拾元整）`
    fn pay_words(&self) -> String {
        let unit = match self.pay_unit {
            PayUnit::Hour => "每小时",
            PayUnit::Day => "每天",
            PayUnit::Month => "每月",
            PayUnit::Job => "本项工作共",
        };
        format!("{unit}{}元（大写：{}）", self.pay, crate::rmb::capital_yuan(self.pay))
    }

    fn settlement_words(&self) -> String {
        let cycle = match self.settlement {
            Settlement::Daily => "当天结清",
            Settlement::Weekly => "每周结清",
            Settlement::HalfMonthly => "每半月结清",
            Settlement::Monthly => "每月结清",
            Settlement::OnCompletion => "做完结清",
        };
        match &self.pay_day {
            Some(day) => format!("{cycle}，{day}支付"),
            None => cycle.to_owned(),
        }
    }
}
