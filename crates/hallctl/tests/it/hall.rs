//! A hall of three machines as processes with real lines between them: TLS, HTTP/2, keys that are pinned. The desk's
//! machine is killed in the middle of the morning and comes back.

use hall_core::Day;
use hall_core::rules::identity::check_character;
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::support::{Folder, PIN, desk, kiosk, set_up};

pub(crate) fn number(n: u16) -> String {
    let body = format!("37990119800214{n:03}");
    format!("{body}{}", check_character(&body).unwrap())
}

pub(crate) fn worker(n: u16, sign_in: bool) -> Value {
    desk(&json!({ "type": "register_worker", "sign_in": sign_in, "form": {
        "name": "周示例", "id_number": number(n), "phone": format!("154{n:08}"), "trades": ["瓦工"],
    }}))
}

pub(crate) fn sign_in(n: u16) -> Value {
    kiosk(&json!({ "type": "sign_in", "credential": { "by": "id_number", "text": number(n) } }))
}

pub(crate) fn employer() -> Value {
    desk(&json!({ "type": "register_employer", "form": {
        "kind": "organisation", "name": "示范建筑劳务有限公司", "code": "91350100M000100Y43",
        "address": "工业园 7 路", "legal_head": "赵示例", "phone": "15400000001", "papers_seen": "营业执照",
    }}))
}

pub(crate) fn post(day: &str, employer: &Value) -> Value {
    desk(&json!({ "type": "publish_post", "form": {
        "employer": employer, "trade": "瓦工", "title": "小区砌墙", "content": "砌花坛围墙", "address": "城东锦绣园",
        "first_day": day, "start": "09:30", "end": "17:30", "rest_minutes": 60, "places": "10", "pay": "350",
        "unit": "day", "settlement": "daily", "meals": "lunch", "requirements": "会砌砖", "insurance": "用工方买意外险",
        "protection": "发安全帽", "contact_name": "王师傅", "contact_phone": "15400000002",
    }}))
}

/// A desk with two kiosks that joined it, and a post of ten places, shared out.
fn hall() -> (Machine, String, [Machine; 2], String) {
    let mut desk_machine = Machine::new();
    desk_machine.start(&["--listen", "127.0.0.1:0"]);
    let today = desk_machine.ask(&set_up());
    let add = |n: u8| desk(&json!({ "type": "add_device", "name": format!("自助机 {n}"), "role": "kiosk" }));
    let mut address = String::new();
    let kiosks = [1, 2].map(|n| {
        let invitation = desk_machine.wait(&add(n), |data| data["addresses"][0].is_string());
        invitation["addresses"][0].as_str().unwrap().clone_into(&mut address);
        let text = format!("{}@{address}", invitation["text"].as_str().unwrap());
        let mut machine = Machine::new();
        let joined = machine.folder.run(&["join", &text]);
        assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
        let used = Folder::of_one_of_several().run(&["join", &text]);
        assert!(String::from_utf8_lossy(&used.stderr).contains("已经用过"), "a code is good once");
        machine.start(&[]);
        machine
    });
    // Whoever cannot be reached gets no share.
    let all = |data: &Value| data["devices"].as_array().unwrap().iter().all(|row| row["reachable"] == true);
    desk_machine.wait(&desk(&json!({ "type": "devices" })), all);
    for n in 1..12 {
        desk_machine.ask(&worker(n, true));
    }
    let employer = desk_machine.ask(&employer());
    let tomorrow = today["clock"]["day"].as_str().unwrap().parse::<Day>().unwrap().plus_days(1).to_string();
    let published = desk_machine.ask(&post(&tomorrow, &employer["id"]));
    let post = published["card"]["id"].as_str().unwrap().to_owned();
    (desk_machine, address, kiosks, post)
}

#[test]
fn a_hall_goes_on_when_its_desk_is_killed_and_comes_together_again() {
    let (mut desk_machine, address, mut kiosks, post) = hall();
    let shown = kiosk(&json!({ "type": "post", "post": post }));
    let claim = kiosk(&json!({ "type": "claim", "post": post }));
    for machine in &mut kiosks {
        machine.wait(&shown, |post| post["card"]["left"] == 4);
        // The last who was registered is known here, too.
        machine.wait(&sign_in(11), |session| session["masked_name"].is_string());
    }
    desk_machine.kill();
    let mut numbers = Vec::new();
    for n in 1..=8 {
        let machine = &mut kiosks[usize::from(n % 2)];
        machine.ask(&sign_in(n));
        let ticket = machine.ask(&claim);
        numbers.push(ticket["place"]["index"].as_u64().unwrap());
        assert_eq!(ticket["reach"], "device");
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 8, "nobody was promised another's place");
    kiosks[0].ask(&sign_in(9));
    let waiting = kiosks[0].ask(&claim);
    assert_eq!(
        (&waiting["state"], &waiting["standby"]["reason"]),
        (&json!("provisional"), &json!("none_here"))
    );
    kiosks[1].kill();
    desk_machine.start(&["--listen", &address]);
    kiosks[1].start(&[]);
    // Whoever waited gets one of the two that lay at the desk.
    let session = kiosks[0].wait(&sign_in(9), |session| session["tickets"][0]["state"] == "confirmed");
    assert!(!numbers.contains(&session["tickets"][0]["place"]["index"].as_u64().unwrap()));
    let view = desk_machine.ask(&desk(&json!({ "type": "view" })));
    let supervisor = view["staff"][0]["id"].clone();
    desk_machine.ask(&desk(&json!({ "type": "log_in", "staff": supervisor, "pin": PIN })));
    let edit = desk(&json!({ "type": "post", "post": post }));
    let confirmed = |post: &Value| {
        post["tickets"].as_array().unwrap().iter().filter(|ticket| ticket["state"] == "confirmed").count()
    };
    desk_machine.wait(&edit, |post| confirmed(post) == 9);
    kiosks[1].wait(&sign_in(1), |session| session["tickets"][0]["reach"] == "hall");
    for machine in kiosks.iter_mut().chain([&mut desk_machine]) {
        machine.stop();
        machine.folder.verified();
    }
}
