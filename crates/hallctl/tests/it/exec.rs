//! `hallctl exec` and `hallctl commands`: one JSON line in, one JSON line out.

use serde_json::{Value, json};

use crate::support::{Folder, PIN, desk, kiosk, lines, set_up};

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or("none")
}

#[test]
fn every_example_is_a_command_that_exec_reads() {
    let folder = Folder::new();
    let output = folder.run(&["commands"]);
    assert!(output.status.success());
    let examples = lines(&output);
    assert!(examples.len() > 45, "{}", examples.len());
    for screen in ["kiosk", "desk", "wall"] {
        assert!(examples.iter().any(|line| line.contains(&format!("\"screen\":\"{screen}\""))));
    }
    let answers = folder.exec_text(&[], &format!("{}\n", examples.join("\n")));
    assert_eq!(answers.len(), examples.len());
    for (answer, example) in answers.iter().zip(&examples) {
        assert_ne!(code(answer), "bad_command", "{example}");
        assert_ne!(code(answer), "internal", "{example}");
    }
    folder.verified();
}

#[test]
fn bad_lines_are_answered_and_the_next_line_still_read() {
    let folder = Folder::new();
    let number = "379901198002140018";
    let text = format!(
        "not json\n\n{{}}\n[1]\n{{\"screen\":\"desk\"}}\n{{\"screen\":\"roof\",\"command\":{{\"type\":\"view\"}}}}\n\
         {{\"screen\":\"kiosk\",\"command\":{{\"type\":\"erase_worker\",\"worker\":\"1.1.1\",\"reason\":\"x\"}}}}\n\
         {{\"screen\":\"desk\",\"command\":{{\"type\":\"register_worker\",\"form\":\"{number}\",\"sign_in\":true}}}}\n\
         {{\"screen\":\"wall\",\"command\":{{\"type\":\"view\"}}}}\n"
    );
    let answers = folder.exec_text(&[], &text);
    assert_eq!(answers.len(), 8, "an empty line is none");
    for answer in &answers[..7] {
        assert_eq!((answer["ok"].as_bool(), code(answer)), (Some(false), "bad_command"), "{answer}");
        assert!(!answer.to_string().contains(number), "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("看不懂这条命令"), "{answer}");
    }
    assert_eq!(answers[7]["ok"], true);
    assert_eq!(answers[7]["reply"]["type"], "view");
}

#[test]
fn a_log_in_holds_for_the_following_lines_and_not_for_the_next_run() {
    let folder = Folder::new();
    let find = desk(&json!({ "type": "find", "text": "周" }));
    let answers = folder.exec(&[], &[find.clone(), set_up(), find.clone()]);
    assert_eq!(code(&answers[0]), "not_set_up");
    assert_eq!(answers[1]["ok"], true, "{}", answers[1]);
    assert_eq!(answers[2]["reply"]["type"], "found");

    let staff = answers[1]["reply"]["data"]["session"]["staff"]["id"].clone();
    let log_in = |pin: &str| desk(&json!({ "type": "log_in", "staff": staff, "pin": pin }));
    let lines =
        [find.clone(), log_in("918273"), log_in(PIN), find.clone(), desk(&json!({ "type": "lock" })), find];
    let answers = folder.exec(&[], &lines);
    let codes: Vec<&str> = answers.iter().map(code).collect();
    assert_eq!(codes, ["locked", "wrong_pin", "none", "none", "none", "locked"]);
}

#[test]
fn a_place_is_taken_over_lines_at_a_given_time() {
    let folder = Folder::new();
    let today = &folder.exec(&["--clock", "05:00"], &[set_up()])[0];
    let day = today["reply"]["data"]["clock"]["day"].as_str().unwrap().to_owned();
    assert_eq!(today["reply"]["data"]["clock"]["time"], "05:00");
    let staff = &today["reply"]["data"]["session"]["staff"]["id"];
    let employer = desk(&json!({ "type": "register_employer", "form": {
        "kind": "organisation", "name": "示范建筑劳务有限公司", "code": "91350100M000100Y43",
        "address": "工业园 7 路", "legal_head": "赵示例", "phone": "15400000001", "papers_seen": "营业执照",
    }}));
    let worker = desk(&json!({ "type": "register_worker", "sign_in": true, "form": {
        "name": "周示例", "id_number": "11010519491231002X", "phone": "15400000003", "trades": ["瓦工"],
    }}));
    let log_in = desk(&json!({ "type": "log_in", "staff": staff, "pin": PIN }));
    // Ids are known from what was written before: hall 1, supervisor 2, employer 3, worker 5, visit 7.
    let post = desk(&json!({ "type": "publish_post", "form": {
        "employer": "1.1.3", "trade": "瓦工", "title": "砌墙", "content": "砌花坛", "address": "锦绣园",
        "first_day": day, "start": "09:30", "end": "17:30", "rest_minutes": 60, "places": "1", "pay": "350",
        "unit": "day", "settlement": "daily", "requirements": "会砌砖", "insurance": "意外险",
        "protection": "安全帽",
    }}));
    let sign_in = kiosk(
        &json!({ "type": "sign_in", "credential": { "by": "id_number", "text": "11010519491231002x" } }),
    );
    let claim = kiosk(&json!({ "type": "claim", "post": "1.1.8" }));
    let view = json!({ "screen": "wall", "command": { "type": "view" } });
    let answers = folder
        .exec(&["--clock", "05:01"], &[log_in, employer, worker, post, sign_in, claim.clone(), claim, view]);
    for answer in &answers[..6] {
        assert_eq!(answer["ok"], true, "{answer}");
    }
    assert_eq!(answers[5]["reply"]["data"]["place"]["index"], 1, "{}", answers[5]);
    assert_eq!(code(&answers[6]), "already_holds");
    assert_eq!(answers[7]["reply"]["data"]["placed_today"], 1);
    let report = folder.verified();
    assert_eq!((&report["posts"], &report["confirmed"]), (&json!(1), &json!(1)), "{report}");
}

#[test]
fn a_second_tool_on_the_same_folder_is_refused() {
    let folder = Folder::new();
    let mut first = folder.command(&["exec"]);
    let mut child =
        first.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, b"{\"screen\":\"wall\",\"command\":{\"type\":\"view\"}}\n")
        .unwrap();
    let mut answer = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut answer).unwrap();
    let second = folder.run(&["verify"]);
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    let report: Value = serde_json::from_str(&lines(&second)[0]).unwrap();
    assert_eq!(report["ok"], false);
    assert!(report["problems"][0].as_str().unwrap().contains("不能再开第二个"), "{report}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
    folder.verified();
}
