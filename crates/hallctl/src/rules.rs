//! `hallctl rules …`: asks the rules of the law from outside, one JSON object a line in, one JSON answer a line
//! out. Reads no hall and writes nothing. A line that cannot be used gets an answer that says why, and the next
//! line is read.

mod input;

use std::io::{self, BufRead, Write};

use clap::{Args, Subcommand};
use hall_core::rules::retirement::{retirement_age_months, retirement_source};
use hall_core::rules::{
    CreditCode, Decision, Finding, IdNumber, RetirementCategory, RuleBook, Verdict, check_post, decide,
    retirement_day,
};
use hall_core::vocab::{AgreementType, Severity, Sex};
use serde_json::{Value, json};

use input::{InputError, bad};

/// Ask the rules: the paper to sign, numbers, retirement, the wording of a post
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("rules/help.txt"))]
pub(crate) struct RulesCommand {
    #[command(subcommand)]
    question: Question,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Question {
    /// Which paper worker and employer sign, or why they may not, with every finding
    Decide,
    /// Check a citizen identity number
    Id,
    /// Check a unified social credit code
    CreditCode,
    /// The day on which somebody reaches retirement age
    Retirement,
    /// The ten items and the wording of a post
    Post,
}

impl RulesCommand {
    /// Answers every line of standard input.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let book = RuleBook::builtin();
        let mut out = io::stdout().lock();
        let mut line = Vec::new();
        let mut stdin = io::stdin().lock();
        loop {
            line.clear();
            if stdin.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            // A file saved on Windows may begin with a byte-order mark.
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_start_matches('\u{FEFF}').trim();
            if text.is_empty() {
                continue;
            }
            let answer = self.question.answer(&book, text);
            let answer = answer.unwrap_or_else(
                |error| json!({ "ok": false, "error": { "code": error.code, "message": error.message } }),
            );
            writeln!(out, "{answer}")?;
            out.flush()?;
        }
    }
}

impl Question {
    fn answer(self, book: &RuleBook, line: &str) -> Result<Value, InputError> {
        let input: Value = serde_json::from_str(line).map_err(|error| InputError {
            code: "bad_json",
            message: format!("第 {} 列起不是完整的 JSON，请每行写一个 JSON 对象", error.column()),
        })?;
        match self {
            Self::Decide => {
                let asked = input::decide(&input)?;
                Ok(decision(&decide(book, &asked.worker, asked.employer, &asked.job, &asked.county)))
            }
            Self::Id => id(&input),
            Self::CreditCode => credit_code(&input),
            Self::Retirement => retirement(book, &input),
            Self::Post => Ok(post(&check_post(book, &input::post(&input)?))),
        }
    }
}

fn paper_name(agreement: AgreementType) -> &'static str {
    match agreement {
        AgreementType::PartTimeContract => "非全日制劳动合同",
        AgreementType::TaskContract => "以完成一定工作任务为期限的劳动合同",
        AgreementType::ServiceAgreement => "劳务协议",
        AgreementType::OverAgeWrittenAgreement => "书面用工协议",
    }
}

fn decision(decision: &Decision) -> Value {
    let mut answer = json!({ "ok": true, "flags": decision.flags, "findings": decision.findings });
    match decision.verdict {
        Verdict::Refuse(refusal) => {
            answer["decision"] = json!("refuse");
            answer["reason"] = json!(refusal);
        }
        Verdict::Agreement(agreement) => {
            answer["decision"] = json!(agreement);
            answer["paper"] = json!(paper_name(agreement));
        }
    }
    answer
}

fn refuse(reason: &str, message: &str) -> Value {
    json!({ "ok": true, "decision": "refuse", "valid": false, "reason": reason, "message": message })
}

/// The number itself is never printed, only its masked form.
fn id(input: &Value) -> Result<Value, InputError> {
    let text = input::number_text(input, &["id", "id_number", "number", "text"])?;
    Ok(match IdNumber::parse(&text, input::today(input)?) {
        Ok(id) => json!({
            "ok": true, "decision": "accept", "valid": true,
            "birth_date": id.birth(), "sex": id.sex(), "masked": id.masked(),
        }),
        Err(error) => refuse(error.code(), &error.to_string()),
    })
}

fn credit_code(input: &Value) -> Result<Value, InputError> {
    let text = input::number_text(input, &["code", "credit_code", "number", "text"])?;
    Ok(match CreditCode::parse(&text) {
        Ok(code) => json!({ "ok": true, "decision": "accept", "valid": true, "code": code.as_str() }),
        Err(error) => refuse(error.code(), &error.to_string()),
    })
}

fn retirement(book: &RuleBook, input: &Value) -> Result<Value, InputError> {
    let today = input::today(input)?;
    let person = input::person(input, today)?;
    let row = |category| {
        let months = retirement_age_months(book, person.birth_date, category);
        let day = retirement_day(book, person.birth_date, category);
        let (source, known) = retirement_source(book, category);
        json!({
            "category": category, "retirement_day": day, "age_years": months / 12, "age_months": months % 12,
            "reached": day <= today, "source": source, "known": known,
        })
    };
    let mut answer = match (person.sex, person.post_type) {
        (Sex::Female, None) => {
            let (at_50, at_55) = (row(RetirementCategory::Woman50), row(RetirementCategory::Woman55));
            let decides = at_50["reached"] != at_55["reached"];
            json!({
                "decision": "ask_post_type", "flags": if decides { vec!["ask_post_type"] } else { vec![] },
                "50": at_50, "55": at_55,
            })
        }
        (sex, post_type) => {
            let category = post_type.map_or(RetirementCategory::Man60, |p| RetirementCategory::of(sex, p));
            let mut answer = row(category);
            let reached = answer["reached"] == json!(true);
            answer["decision"] = json!(if reached { "reached" } else { "not_reached" });
            answer["flags"] = if reached { json!(["past_retirement_age"]) } else { json!([]) };
            answer
        }
    };
    answer["ok"] = json!(true);
    Ok(answer)
}

fn post(findings: &[Finding]) -> Value {
    let blocked = findings.iter().any(|finding| finding.severity == Severity::Block);
    json!({
        "ok": true, "decision": if blocked { "block" } else { "publish" }, "flags": [], "findings": findings,
    })
}

/// A field of a wrong kind.
fn expected(name: &str, what: &str) -> InputError {
    bad(format!("{name} 应是{what}，请改正后重发"))
}
