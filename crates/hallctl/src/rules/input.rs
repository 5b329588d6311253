//! Reads the questions. Generous with form (numbers as text, one word or a list), strict with meaning: what is
//! out of range is refused by name.

use std::time::{SystemTime, UNIX_EPOCH};

use hall_core::money::Fen;
use hall_core::rules::{County, CountyTier, IdNumber, Job, Pay, PostText, Tier, Worker};
use hall_core::time::{Day, Instant};
use hall_core::vocab::{EmployerKind, PayUnit, PostType, Sex};
use serde_json::Value;

use super::expected;

/// Why a line cannot be answered.
#[derive(Debug)]
pub(super) struct InputError {
    pub(super) code: &'static str,
    pub(super) message: String,
}

pub(super) fn bad(message: String) -> InputError {
    InputError { code: "bad_field", message }
}

type Read<T> = Result<T, InputError>;

/// The first of `names` that is there and not null.
fn field<'a>(object: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.get(name)).filter(|value| !value.is_null())
}

fn required<'a>(object: &'a Value, names: &[&str]) -> Read<&'a Value> {
    field(object, names).ok_or_else(|| InputError {
        code: "missing_field",
        message: format!("缺少 {}，请补上后重发", names[0]),
    })
}

fn object<'a>(input: &'a Value, name: &str) -> Read<&'a Value> {
    required(input, &[name])?;
    let value = &input[name];
    if value.is_object() { Ok(value) } else { Err(expected(name, " JSON 对象")) }
}

fn text(value: &Value, name: &str) -> Read<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(expected(name, "文字")),
    }
}

fn texts(object: &Value, names: &[&str]) -> Read<Vec<String>> {
    match field(object, names) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| text(item, names[0])).collect(),
        Some(one) => Ok(vec![text(one, names[0])?]),
    }
}

fn day(value: &Value, name: &str) -> Read<Day> {
    let text = text(value, name)?;
    text.trim().parse().map_err(|_| expected(name, "存在的日期，形如 2026-11-20"))
}

fn number(value: &Value, name: &str) -> Read<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite()).ok_or_else(|| expected(name, "数字"))
}

/// A whole number within bounds; `default` when it is not given.
fn whole(object: &Value, name: &str, bounds: (u16, u16), default: u16) -> Read<u16> {
    let Some(value) = field(object, &[name]) else {
        return Ok(default);
    };
    let given = number(value, name)?;
    let (least, most) = bounds;
    if given.fract() == 0.0 && given >= f64::from(least) && given <= f64::from(most) {
        Ok(given as u16)
    } else {
        Err(expected(name, &format!(" {least} 到 {most} 的整数")))
    }
}

fn yes(object: &Value, name: &str) -> Read<bool> {
    match field(object, &[name]) {
        None => Ok(false),
        Some(Value::Bool(yes)) => Ok(*yes),
        Some(value) => match number(value, name) {
            Ok(0.0) => Ok(false),
            Ok(1.0) => Ok(true),
            _ => Err(expected(name, " true 或 false")),
        },
    }
}

fn sex(value: &Value) -> Read<Sex> {
    match text(value, "sex")?.trim().to_lowercase().as_str() {
        "male" | "m" | "man" | "男" => Ok(Sex::Male),
        "female" | "f" | "woman" | "女" => Ok(Sex::Female),
        _ => Err(expected("sex", " male 或 female")),
    }
}

fn post_type(object: &Value) -> Read<Option<PostType>> {
    let Some(value) = field(object, &["post_type"]) else {
        return Ok(None);
    };
    match text(value, "post_type")?.trim() {
        "50" => Ok(Some(PostType::Fifty)),
        "55" => Ok(Some(PostType::FiftyFive)),
        "" => Ok(None),
        _ => Err(expected("post_type", " 50 或 55")),
    }
}

/// The injected day, or the machine's.
pub(super) fn today(input: &Value) -> Read<Day> {
    if let Some(value) = field(input, &["today"]) {
        return day(value, "today");
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)).day())
}

/// The text of a number; the line may also be the bare text.
pub(super) fn number_text(input: &Value, names: &[&str]) -> Read<String> {
    match input {
        Value::String(text) => Ok(text.clone()),
        _ => text(required(input, names)?, names[0]),
    }
}

/// Birth date, sex and a woman's post type.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) birth_date: Day,
    pub(super) sex: Sex,
    pub(super) post_type: Option<PostType>,
}

/// Birth date and sex, as such or from an identity number.
pub(super) fn person(worker: &Value, today: Day) -> Read<Person> {
    let id = match field(worker, &["id_number"]) {
        Some(value) => Some(
            IdNumber::parse(&text(value, "id_number")?, today)
                .map_err(|error| InputError { code: error.code(), message: error.to_string() })?,
        ),
        None => None,
    };
    let birth_date = match (field(worker, &["birth_date"]), &id) {
        (None, Some(id)) => id.birth(),
        _ => day(required(worker, &["birth_date"])?, "birth_date")?,
    };
    let sex = match (field(worker, &["sex"]), &id) {
        (None, Some(id)) => id.sex(),
        _ => sex(required(worker, &["sex"])?)?,
    };
    Ok(Person { birth_date, sex, post_type: post_type(worker)? })
}

/// One question about a paper.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) worker: Worker,
    pub(super) employer: EmployerKind,
    pub(super) job: Job,
    pub(super) county: County,
}

pub(super) fn decide(input: &Value) -> Read<Asked> {
    let today = today(input)?;
    let worker = object(input, "worker")?;
    let person = person(worker, today)?;
    let job = job(object(input, "job")?, today)?;
    if person.birth_date > job.first_day {
        return Err(bad("birth_date 晚于开工日期，请核对后重发".to_owned()));
    }
    Ok(Asked {
        worker: Worker {
            birth_date: person.birth_date,
            sex: person.sex,
            post_type: person.post_type,
            pension: yes(worker, "pension")?,
            student: yes(worker, "student")?,
            certificates: texts(worker, &["certificates", "certificate"])?,
        },
        employer: employer(input)?,
        job,
        county: county(input)?,
    })
}

fn employer(input: &Value) -> Read<EmployerKind> {
    let kind = match field(input, &["employer"]) {
        None => return Ok(EmployerKind::Organisation),
        Some(object @ Value::Object(_)) => required(object, &["kind"])?,
        Some(word) => word,
    };
    match text(kind, "employer.kind")?.trim() {
        "organisation" | "organization" | "单位" => Ok(EmployerKind::Organisation),
        "private" | "个人" => Ok(EmployerKind::Private),
        _ => Err(expected("employer.kind", " organisation 或 private")),
    }
}

fn county(input: &Value) -> Read<County> {
    let names = ["county", "county_code"];
    let Some(value) = field(input, &names).or_else(|| field(&input["job"], &names)) else {
        return Ok(County::new(""));
    };
    if !value.is_object() {
        return Ok(County::new(text(value, "county")?.trim()));
    }
    let code = text(required(value, &["code"])?, "county.code")?;
    let entered = match field(value, &["tier"]) {
        None => None,
        Some(_) => Some(CountyTier {
            tier: Tier(whole(value, "tier", (1, 9), 1)? as u8),
            document: text(required(value, &["document"])?, "county.document")?,
        }),
    };
    Ok(County { code: code.trim().to_owned(), entered })
}

fn job(job: &Value, today: Day) -> Read<Job> {
    let first_day = match field(job, &["date", "first_day"]) {
        Some(value) => day(value, "date")?,
        None => today,
    };
    let hours = match field(job, &["hours_per_day"]) {
        Some(value) => number(value, "hours_per_day")?,
        None => 8.0,
    };
    if !(hours > 0.0 && hours <= 24.0) {
        return Err(expected("hours_per_day", "大于 0、不超过 24 的数"));
    }
    let days = whole(job, "days", (1, 366), 1)?;
    let mut hazards = Vec::new();
    for code in texts(job, &["hazards", "hazard"])? {
        let hazard = code.trim().parse().map_err(|_| {
            bad(format!("hazards 里没有“{}”这一项，代码表见 hallctl rules --help", code.trim()))
        })?;
        hazards.push(hazard);
    }
    let venue = match field(job, &["venue"]) {
        None => None,
        Some(value) => {
            let code = text(value, "venue")?;
            let code = code.trim();
            let venue = code.parse();
            Some(
                venue
                    .map_err(|_| bad(format!("venue 里没有“{code}”这一项，代码表见 hallctl rules --help")))?,
            )
        }
    };
    Ok(Job {
        first_day,
        days,
        minutes_per_day: (hours * 60.0).round() as u16,
        days_per_week: whole(job, "days_per_week", (1, 7), days.min(6))? as u8,
        pay: pay(field(job, &["pay"]))?,
        hazards,
        venue,
        probation_days: whole(job, "probation_days", (0, 3_660), 0)?,
        certificate_required: texts(job, &["certificate_required"])?.into_iter().next(),
    })
}

fn pay(pay: Option<&Value>) -> Read<Pay> {
    let Some(pay) = pay else {
        return Ok(Pay { amount: Fen(0), unit: PayUnit::Job, cycle_days: None });
    };
    let yuan = number(required(pay, &["amount"])?, "pay.amount")?;
    if !(0.0..=10_000_000.0).contains(&yuan) {
        return Err(expected("pay.amount", " 0 到 10000000 的元数"));
    }
    let unit = match text(required(pay, &["unit"])?, "pay.unit")?.trim() {
        "hour" => PayUnit::Hour,
        "day" => PayUnit::Day,
        "month" => PayUnit::Month,
        "job" => PayUnit::Job,
        _ => return Err(expected("pay.unit", " hour、day、month 或 job")),
    };
    let cycle_days = match field(pay, &["cycle_days"]) {
        None => None,
        Some(_) => Some(whole(pay, "cycle_days", (1, 3_660), 1)?),
    };
    Ok(Pay { amount: Fen((yuan * 100.0).round() as u32), unit, cycle_days })
}

/// The ten items, or a bare text.
pub(super) fn post(input: &Value) -> Read<PostText> {
    if let Value::String(text) = input {
        return Ok(PostText { text: Some(text.clone()), ..PostText::default() });
    }
    let post = field(input, &["post"]).unwrap_or(input);
    if !post.is_object() {
        return Err(expected("post", " JSON 对象或一段文字"));
    }
    let item = |name: &str| field(post, &[name]).map(|value| text(value, name)).transpose();
    Ok(PostText {
        employer: item("employer")?,
        title: item("title")?,
        headcount: item("headcount")?,
        content: item("content")?,
        place: item("place")?,
        conditions: item("conditions")?,
        employment_type: item("employment_type")?,
        wage: item("wage")?,
        insurance: item("insurance")?,
        protection: item("protection")?,
        text: item("text")?,
    })
}
