//! A post of several halls, as processes: one hall hands places to the county, people of another take them, and when
//! the work is called off both hear of it.

use serde_json::{Value, json};

use crate::county::County;
use crate::hall::{employer, post, worker};
use crate::machine::Machine;
use crate::support::{PIN, desk, set_up};

/// A hall that has worked alone, joined to the county, its supervisor at the desk; and its day.
pub(crate) fn hall(county: &County, name: &str) -> (Machine, String) {
    let number = county.order(&["hall", "add", name]);
    let code = county.order(&["code", number.trim(), "desk", "服务台"]);
    let mut machine = Machine::new();
    machine.folder.exec(&[], &[set_up()]);
    let joined = machine.folder.run(&["join", &format!("{}@http://{}", code.trim(), county.address)]);
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    machine.start(&[]);
    let view = desk(&json!({ "type": "view" }));
    let view = machine.wait(&view, |view| view["stored"]["at_county"] == view["stored"]["ops"]);
    let staff = view["staff"][0]["id"].clone();
    let today = machine.ask(&desk(&json!({ "type": "log_in", "staff": staff, "pin": PIN })));
    (machine, today["clock"]["day"].as_str().unwrap().to_owned())
}

/// The dispatch list, and in it the posts of the county.
pub(crate) fn of_county(view: &Value) -> Vec<Value> {
    let cards = view["posts"].as_array().unwrap().iter().map(|row| &row["card"]);
    cards.filter(|card| card["of_county"] == true).cloned().collect()
}

#[test]
fn places_that_one_hall_hands_over_are_taken_in_another() {
    let mut county = County::in_folder("127.0.0.1:0".into());
    county.start();
    let (mut near, day) = hall(&county, "奎文示范零工客栈");
    let (mut far, _) = hall(&county, "潍城示范零工市场");
    let employer = near.ask(&employer());
    let tomorrow = day.parse::<hall_core::Day>().unwrap().plus_days(1).to_string();
    let published = near.ask(&post(&tomorrow, &employer["id"]));
    let own = published["card"]["id"].as_str().unwrap().to_owned();
    assert_eq!(published["offerable"], 9, "one of the ten stays");
    let offered = near.ask(&desk(&json!({ "type": "offer_places", "post": own, "places": 6 })));
    assert_eq!((&offered["offered"], &offered["card"]["places"]), (&json!(6), &json!(4)));

    // Each hall gets its share: one in five stays at the county, the others are halved.
    let view = desk(&json!({ "type": "view" }));
    let seen = far.wait(&view, |view| of_county(view).first().is_some_and(|card| card["left"] == 2));
    let shared = of_county(&seen)[0]["id"].as_str().unwrap().to_owned();
    near.wait(&view, |view| of_county(view).first().is_some_and(|card| card["left"] == 2));
    let edit = desk(&json!({ "type": "post", "post": shared }));
    assert_eq!(far.ask(&edit)["employer"]["name"], "示范建筑劳务有限公司");
    for refused in [
        desk(&json!({ "type": "set_places", "post": shared, "places": 3 })),
        desk(&json!({ "type": "close_post", "post": shared, "reason": "不要了", "cancelled": true })),
    ] {
        assert!(far.refused(&refused).contains("县里"), "{refused}");
    }

    // Four people in the far hall: two get its places, the others those that lay at the county.
    let mut tickets = Vec::new();
    for n in 1..=4 {
        let person = far.ask(&worker(n, true));
        let sent = desk(&json!({ "type": "dispatch", "post": shared, "worker": person["id"] }));
        tickets.push(far.ask(&sent)["id"].clone());
    }
    let confirmed = |post: &Value| {
        let tickets = post["tickets"].as_array().unwrap();
        let mut places: Vec<u64> = tickets
            .iter()
            .filter(|ticket| ticket["state"] == "confirmed")
            .map(|ticket| ticket["place"]["index"].as_u64().unwrap())
            .collect();
        places.sort_unstable();
        places.dedup();
        places.len()
    };
    far.wait(&edit, |post| confirmed(post) == 4);

    // The hall that published calls the work off: the tickets of the other fall, too.
    near.ask(&desk(&json!({ "type": "close_post", "post": own, "reason": "下雨停工", "cancelled": true })));
    let fallen = |post: &Value| {
        post["card"]["closed"] == true
            && post["tickets"].as_array().unwrap().iter().all(|ticket| ticket["state"] == "released")
    };
    far.wait(&edit, fallen);
    for machine in [&mut near, &mut far] {
        machine.stop();
        machine.folder.verified();
    }
}
