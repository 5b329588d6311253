//! `hallctl rules …` over the real binary.

use std::io::Write;
use std::process::{Command, Stdio};

use hall_core::rules::{Hazard, RuleBook, Venue};
use serde_json::{Value, json};

/// Feeds the lines and returns the answers, one a line, as they came.
fn ask(question: &str, lines: &str) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hallctl"))
        .args(["rules", question])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let feeder = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success(), "exit {:?}", output.status);
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ask_one(question: &str, input: &Value) -> Value {
    let mut answers = ask(question, &format!("{input}\n"));
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn ordinary() -> Value {
    json!({
        "today": "2026-11-20",
        "worker": { "birth_date": "1990-05-01", "sex": "male" },
        "employer": { "kind": "organisation" },
        "job": {
            "date": "2026-11-21", "hours_per_day": 4, "days": 5, "days_per_week": 5,
            "pay": { "amount": 25, "unit": "hour", "cycle_days": 7 },
        },
        "county": "370705",
    })
}

fn changed(change: impl Fn(&mut Value)) -> Value {
    let mut input = ordinary();
    change(&mut input);
    input
}

#[test]
fn the_paper_with_its_findings() {
    let answer = ask_one("decide", &ordinary());
    let expected = json!({
        "ok": true, "decision": "part_time_contract", "paper": "非全日制劳动合同", "flags": [], "findings": [],
    });
    assert_eq!(answer, expected);

    let answer = ask_one("decide", &changed(|input| input["job"]["pay"]["amount"] = json!("22.5")));
    assert_eq!(codes(&answer), ["pay_below_hourly_minimum"]);
    let finding = &answer["findings"][0];
    assert_eq!(finding["severity"], "block");
    assert!(finding["message"].as_str().unwrap().contains("22.5 元"), "{finding}");
    assert!(finding["source"].as_str().unwrap().contains("鲁政字〔2025〕140号"), "{finding}");
}

#[test]
fn refusals_name_their_reason() {
    let answer = ask_one("decide", &changed(|input| input["worker"]["birth_date"] = json!("2011-01-01")));
    assert_eq!((&answer["decision"], &answer["reason"]), (&json!("refuse"), &json!("under_16")));
    assert_eq!(answer["flags"], json!(["under_16"]));

    let mine = |input: &mut Value| {
        input["worker"]["sex"] = json!("female");
        input["job"]["hazards"] = json!(["mine"]);
    };
    assert_eq!(ask_one("decide", &changed(mine))["reason"], "female_forbidden_work");
}

#[test]
fn fields_left_out_have_their_defaults() {
    let answer = ask_one(
        "decide",
        &json!({ "today": "2026-11-20", "worker": { "birth_date": "1990-05-01", "sex": "男" }, "job": {} }),
    );
    assert_eq!(answer["decision"], "task_contract");
    assert_eq!(codes(&answer), ["pay_not_checkable", "minimum_wage_unknown"]);
    let from_id = changed(|input| {
        input["worker"] = json!({ "id_number": "11010519491231002X" });
    });
    assert_eq!(ask_one("decide", &from_id)["flags"], json!(["past_retirement_age"]));
    let entered = changed(|input| {
        input["county"] = json!({ "code": "370799", "tier": 1, "document": "本县文件" });
        input["job"]["pay"]["amount"] = json!(23.99);
    });
    assert_eq!(codes(&ask_one("decide", &entered)), ["pay_below_hourly_minimum"]);
}

#[test]
fn a_bad_line_is_answered_and_the_next_is_read() {
    let good = ordinary().to_string();
    let deep = "[".repeat(100_000);
    let lines = format!("{{\"worker\":\n\n\u{FEFF}{good}\n[]\n\"x\"\n17\nnull\n{deep}\n{good}");
    let answers = ask("decide", &lines);
    let ok: Vec<bool> = answers.iter().map(|answer| answer["ok"].as_bool().unwrap()).collect();
    assert_eq!(ok, [false, true, false, false, false, false, false, true]);
    assert_eq!(answers[0]["error"]["code"], "bad_json");
    assert_eq!(answers[2]["error"]["code"], "missing_field");
    assert_eq!(answers[6]["error"]["code"], "bad_json");
}

type Change = fn(&mut Value);

#[test]
fn fields_out_of_range_are_named() {
    let cases: [(&str, Change); 15] = [
        ("birth_date", |input| input["worker"]["birth_date"] = json!("1990-02-30")),
        ("birth_date", |input| input["worker"]["birth_date"] = json!("2027-01-01")),
        ("sex", |input| input["worker"]["sex"] = json!("x")),
        ("post_type", |input| input["worker"]["post_type"] = json!(52)),
        ("pension", |input| input["worker"]["pension"] = json!("maybe")),
        ("employer.kind", |input| input["employer"]["kind"] = json!("state")),
        ("date", |input| input["job"]["date"] = json!("tomorrow")),
        ("hours_per_day", |input| input["job"]["hours_per_day"] = json!(0)),
        ("hours_per_day", |input| input["job"]["hours_per_day"] = json!(24.5)),
        ("days", |input| input["job"]["days"] = json!(0)),
        ("days_per_week", |input| input["job"]["days_per_week"] = json!(8)),
        ("pay.amount", |input| input["job"]["pay"]["amount"] = json!(-1)),
        ("pay.unit", |input| input["job"]["pay"]["unit"] = json!("year")),
        ("hazards", |input| input["job"]["hazards"] = json!(["lion"])),
        ("tier", |input| input["county"] = json!({ "code": "370799", "tier": 0, "document": "x" })),
    ];
    for (name, change) in cases {
        let answer = ask_one("decide", &changed(change));
        assert_eq!(answer["ok"], false, "{name}");
        assert_eq!(answer["error"]["code"], "bad_field", "{name}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(name) && message.contains(|c| "请见".contains(c)), "{name}: {message}");
    }
}

#[test]
fn identity_numbers_never_come_back_whole() {
    let answers = ask(
        "id",
        "{\"id\":\"11010519491231002x\",\"today\":\"2026-11-20\"}\n{\"id\":\"110105194912310021\"}\n\
         {\"id\":110105491231002}\n\"\"\n{}\n",
    );
    let expected = json!({
        "ok": true, "decision": "accept", "valid": true,
        "birth_date": "1949-12-31", "sex": "female", "masked": "110105********002X",
    });
    assert_eq!(answers[0], expected);
    let reasons: Vec<&Value> = answers[1..4].iter().map(|answer| &answer["reason"]).collect();
    assert_eq!(reasons, ["bad_check", "legacy_15", "empty"]);
    assert_eq!(answers[4]["error"]["code"], "missing_field");
    for answer in &answers {
        assert!(!answer.to_string().contains("19491231002"), "{answer}");
    }
}

#[test]
fn credit_codes() {
    let answers =
        ask("credit-code", "{\"code\":\"91370000000000000X\"}\n{\"code\":\"\"}\n{\"code\":\"91\"}\n");
    let reasons: Vec<&Value> = answers.iter().map(|answer| &answer["reason"]).collect();
    assert_eq!(reasons, ["bad_check", "empty", "bad_length"]);
    let example = help().lines().find(|line| line.contains("{\"code\":")).unwrap().trim().to_owned();
    assert_eq!(ask("credit-code", &example)[0]["decision"], "accept");
}

#[test]
fn retirement_days() {
    let answers = ask(
        "retirement",
        "{\"birth_date\":\"1965-01-31\",\"sex\":\"male\",\"today\":\"2026-11-20\"}\n\
         {\"birth_date\":\"1975-06-15\",\"sex\":\"female\",\"today\":\"2026-11-20\"}\n\
         {\"birth_date\":\"1975-06-15\",\"sex\":\"female\",\"post_type\":55,\"today\":\"2026-11-20\"}\n",
    );
    assert_eq!(answers[0]["retirement_day"], "2025-02-28");
    assert_eq!((&answers[0]["age_years"], &answers[0]["age_months"]), (&json!(60), &json!(1)));
    assert_eq!(answers[0]["reached"], true);
    assert_eq!(answers[1]["decision"], "ask_post_type");
    assert_eq!(answers[1]["50"]["retirement_day"], "2025-09-15");
    assert_eq!(answers[1]["flags"], json!(["ask_post_type"]));
    assert_eq!(
        (&answers[2]["decision"], &answers[2]["category"]),
        (&json!("not_reached"), &json!("woman_55"))
    );
}

#[test]
fn posts() {
    let post = json!({
        "employer": "某劳务公司", "title": "小工", "headcount": 4, "content": "搬砖", "place": "奎文区北宫街 100 号",
        "conditions": "无特殊要求", "employment_type": "日结零工", "wage": "260 元/天", "insurance": "意外险",
        "protection": "发安全帽", "text": "男女不限",
    });
    let answer = ask_one("post", &post);
    assert_eq!((&answer["decision"], &answer["findings"]), (&json!("publish"), &json!([])));

    let mut bad = post;
    bad["headcount"] = Value::Null;
    bad["text"] = json!("限男，身份证先押着");
    let answer = ask_one("post", &bad);
    assert_eq!(answer["decision"], "block");
    assert_eq!(codes(&answer), ["headcount_missing", "gender", "id_card_retention"]);
    assert_eq!(answer["findings"][1]["phrase"], "限男");
}

fn help() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hallctl")).args(["rules", "--help"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_documents_every_code_and_its_example_works() {
    let (help, book) = (help(), RuleBook::builtin());
    for &hazard in Hazard::ALL {
        assert!(help.contains(&format!("{:<28}{}", hazard.as_str(), book.hazard_name(hazard))), "{hazard:?}");
    }
    for &venue in Venue::ALL {
        assert!(help.contains(&format!("{:<28}{}", venue.as_str(), book.venue_name(venue))), "{venue:?}");
    }
    for trade in book.special_trades() {
        assert!(help.contains(&format!("{:<28}{}", trade.code, trade.certificate)), "{}", trade.code);
    }
    for (question, line) in [
        ("decide", "{\"today\""),
        ("id", "{\"id\""),
        ("retirement", "{\"birth_date\""),
        ("post", "{\"title\""),
    ] {
        let example = help.lines().find(|text| text.trim_start().starts_with(line)).unwrap();
        assert_eq!(ask(question, example.trim())[0]["ok"], true, "{question}");
    }
}
