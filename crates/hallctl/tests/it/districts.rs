//! A county, a hall's desk and three kiosks as processes on lines that are cut and heal, each of which is killed once
//! and comes back. In the end everything has arrived everywhere, and nobody has another's place.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use hall_core::Day;
use serde_json::{Value, json};

use crate::county::County;
use crate::hall::{employer, post, sign_in, worker};
use crate::lines::Lines;
use crate::machine::{Machine, PATIENCE};
use crate::support::{PIN, desk, kiosk, set_up};

/// By their cables' names; the machines of the hall are counted from the desk.
const MACHINES: [&str; 5] = ["county", "desk", "kiosk1", "kiosk2", "kiosk3"];
const DESK: usize = 0;
/// Two posts of ten places, and more people than that.
const PLACES: u64 = 20;
const PEOPLE: u16 = 27;

struct District {
    lines: Lines,
    county: County,
    /// The desk first.
    machines: Vec<Machine>,
    /// Where the desk listens.
    hub: String,
    posts: [String; 2],
    /// The tickets that people were given: whose, and whether they were told that it is a place and have kept it.
    given: BTreeMap<String, (u16, bool)>,
}

fn cable(machine: usize) -> &'static str {
    MACHINES[machine + 1]
}

fn view() -> Value {
    desk(&json!({ "type": "view" }))
}

impl District {
    /// A desk that joined its county, with three kiosks for which it vouched; two posts, whose places are shared out.
    fn open(lines: Lines, mut county: County) -> Self {
        county.start();
        let hall = county.order(&["hall", "add", "奎文示范零工客栈"]);
        let code = county.order(&["code", &hall, "desk", "服务台"]);
        let mut desk_machine = Machine::within(lines.namespace("desk"));
        let before = desk_machine.folder.exec(&[], &[set_up()]);
        assert_eq!(before[0]["ok"], true, "{}", before[0]);
        let address = lines.route("desk", "county", &county.address);
        join(&desk_machine, &format!("{code}@http://{address}?plain"));
        desk_machine.start(&["--listen", &lines.listen(2)]);
        let staff = desk_machine.ask(&view())["staff"][0]["id"].clone();
        desk_machine.ask(&desk(&json!({ "type": "log_in", "staff": staff, "pin": PIN })));
        let (mut hub, mut machines) = (String::new(), Vec::new());
        for name in &MACHINES[2..] {
            let add = desk(&json!({ "type": "add_device", "name": name, "role": "kiosk" }));
            let invitation = desk_machine.wait(&add, |data| data["addresses"][0].is_string());
            invitation["addresses"][0].as_str().unwrap().clone_into(&mut hub);
            let address = lines.route(name, "desk", &hub);
            let mut machine = Machine::within(lines.namespace(name));
            join(&machine, &format!("{}@{address}", invitation["text"].as_str().unwrap()));
            machine.start(&[]);
            machines.push(machine);
        }
        let all =
            |data: &Value| data["devices"].as_array().unwrap().iter().all(|row| row["reachable"] == true);
        desk_machine.wait(&desk(&json!({ "type": "devices" })), all);
        let posts = published(&mut desk_machine);
        machines.insert(DESK, desk_machine);
        let mut district = Self { lines, county, machines, hub, posts, given: BTreeMap::new() };
        for machine in &mut district.machines {
            for post in &district.posts {
                let shown = kiosk(&json!({ "type": "post", "post": post }));
                machine.wait(&shown, |post| post["card"]["left"].as_u64() >= Some(2));
            }
            // The last who was registered is known everywhere.
            machine.wait(&sign_in(PEOPLE), |session| session["visit"] == PEOPLE);
        }
        district
    }

    /// Takes a place of a post at a machine, or a position on its list; the ticket.
    #[track_caller]
    fn claim(&mut self, machine: usize, person: u16, post: usize) -> Value {
        self.machines[machine].ask(&sign_in(person));
        let claim = kiosk(&json!({ "type": "claim", "post": self.posts[post] }));
        let ticket = self.machines[machine].ask(&claim);
        let id = ticket["id"].as_str().unwrap().to_owned();
        self.given.insert(id, (person, ticket["state"] == "confirmed"));
        ticket
    }

    /// Kills a machine and starts it again: whatever it last said was done.
    fn restart(&mut self, machine: usize) {
        self.machines[machine].kill();
        let listen = ["--listen", &self.hub];
        self.machines[machine].start(if machine == DESK { &listen } else { &[] });
    }

    /// The tickets of a person as a machine shows them.
    fn tickets(&mut self, machine: usize, person: u16) -> Vec<Ticket> {
        let session = self.machines[machine].ask(&sign_in(person));
        let ticket = |ticket: &Value| {
            let text = |key: &str| ticket[key].as_str().unwrap().to_owned();
            (text("id"), text("state"), ticket["place"]["index"].as_u64())
        };
        session["tickets"].as_array().unwrap().iter().map(ticket).collect()
    }

    /// How many places people have, as the last kiosk sees it.
    fn confirmed(&mut self) -> u64 {
        let of =
            |person| self.tickets(3, person).iter().filter(|ticket| ticket.1 == "confirmed").count() as u64;
        (1..=PEOPLE).map(of).sum()
    }

    /// How many ops of each device of the hall are at a machine.
    fn ops(&mut self, machine: usize) -> BTreeMap<u64, u64> {
        let machine = &mut self.machines[machine];
        let staff = machine.ask(&view())["staff"][0]["id"].clone();
        machine.ask(&desk(&json!({ "type": "log_in", "staff": staff, "pin": PIN })));
        let devices = machine.ask(&desk(&json!({ "type": "devices" })));
        counted(devices["devices"].as_array().unwrap())
    }
}

/// Id, state, number of the place.
type Ticket = (String, String, Option<u64>);

fn counted(devices: &[Value]) -> BTreeMap<u64, u64> {
    devices.iter().map(|row| (row["device"].as_u64().unwrap(), row["ops"].as_u64().unwrap())).collect()
}

#[track_caller]
fn join(machine: &Machine, invitation: &str) {
    let joined = machine.folder.run(&["join", invitation]);
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
}

/// The hall's people, and work for them on the next two days.
fn published(desk_machine: &mut Machine) -> [String; 2] {
    for n in 1..=PEOPLE {
        desk_machine.ask(&worker(n, true));
    }
    let employer = desk_machine.ask(&employer())["id"].clone();
    let today: Day = desk_machine.ask(&view())["clock"]["day"].as_str().unwrap().parse().unwrap();
    [1, 2].map(|days| {
        let published = desk_machine.ask(&post(&today.plus_days(days).to_string(), &employer));
        published["card"]["id"].as_str().unwrap().to_owned()
    })
}

/// Everybody goes on alone: the county is away, two kiosks are, and one has only its desk.
fn apart(district: &mut District) {
    for machine in ["county", "kiosk1", "kiosk2"] {
        district.lines.cut(machine);
    }
    let mut places = BTreeSet::new();
    // Person 1 is quick, and takes the same work at two kiosks that do not hear of each other.
    let people: [(usize, usize, &[u16]); 7] = [
        (1, 0, &[1, 2, 3, 4]),
        (2, 0, &[1, 5, 6, 7]),
        (3, 0, &[8, 9]),
        (DESK, 0, &[10]),
        (1, 1, &[14, 15, 16, 17]),
        (2, 1, &[18, 19, 20, 21]),
        (3, 1, &[22, 23]),
    ];
    for (machine, post, people) in people {
        for person in people {
            let ticket = district.claim(machine, *person, post);
            let place = (post, ticket["place"]["index"].as_u64());
            assert!(place.1.is_none() || places.insert(place), "{place:?} was promised before");
        }
    }
    // Four people came to each of the two kiosks, which have three places at most.
    let waits = |ticket: &&(u16, bool)| !ticket.1;
    assert!(district.given.values().filter(waits).count() >= 4);
}

/// Each is killed once while it is alone, and knows what it promised.
fn killed(district: &mut District) {
    district.restart(1);
    assert_eq!(district.tickets(1, 2)[0].1, "confirmed");
    district.county.kill();
    district.county.restart_database();
    district.county.start();
    district.restart(DESK);
    district.claim(DESK, 11, 0);
    district.restart(3);
    district.claim(3, 24, 1);
}

/// Somebody gives his place back at a kiosk that is alone, and whoever waits there moves up at once.
fn given_back(district: &mut District) {
    // The kiosk had two or three places of the post.
    let next = if district.tickets(2, 6)[0].1 == "provisional" { 6 } else { 7 };
    let waiting = district.tickets(2, next).remove(0);
    assert_eq!((&*waiting.1, waiting.2), ("provisional", None));
    let (ticket, _, place) = district.tickets(2, 5).remove(0);
    district.machines[2].ask(&kiosk(&json!({ "type": "release", "ticket": ticket })));
    assert_eq!(district.tickets(2, next), [(waiting.0, "confirmed".to_owned(), place)]);
    district.given.insert(ticket, (5, false));
    for machine in [1, 2] {
        let stored = &district.machines[machine].ask(&view())["stored"];
        assert!(stored["in_hall"].as_u64() < stored["ops"].as_u64(), "nobody has heard of it: {stored}");
    }
}

/// Long enough for every line to be given up. A proxy says at once that a line is gone; only a cable is silent.
fn silent(district: &mut District) {
    if !matches!(district.lines, Lines::Cables { .. }) {
        return;
    }
    for machine in [1, 2] {
        district.machines[machine].wait(&view(), |view| view["stored"]["lines"]["hub"]["up"] == false);
    }
    let desk_machine = &mut district.machines[DESK];
    desk_machine.wait(&view(), |view| view["stored"]["lines"]["county"]["up"] == false);
}

/// The lines come back, and machines die while they catch up.
fn together(district: &mut District) {
    for machine in ["county", "kiosk1", "kiosk2"] {
        district.lines.heal(machine);
    }
    district.county.kill();
    district.county.start();
    // This one was not started anew since its cable was pulled.
    district.machines[2].wait(&view(), |view| view["stored"]["lines"]["hub"]["up"] == true);
    district.restart(2);
    district.restart(DESK);
    for (machine, person, post) in [(DESK, 12, 0), (1, 13, 0), (2, 25, 1), (3, 26, 1), (DESK, PEOPLE, 1)] {
        district.claim(machine, person, post);
    }
    let begun = Instant::now();
    loop {
        let ops: Vec<_> = (0..district.machines.len()).map(|machine| district.ops(machine)).collect();
        let (county, confirmed) = (counted(&district.county.devices()), district.confirmed());
        if ops.iter().all(|ops| *ops == county) && confirmed == PLACES {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{confirmed} have a place; {ops:?}; the county {county:?}");
    }
}

/// Every machine shows every ticket that was given, with the same state; who was told that he has a place has it.
fn kept(district: &mut District) {
    let mut given: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for (id, (person, _)) in &district.given {
        given.entry(*person).or_default().insert(id.clone());
    }
    for (person, ids) in given {
        let tickets = district.tickets(DESK, person);
        for machine in 1..district.machines.len() {
            assert_eq!(district.tickets(machine, person), tickets, "person {person} at {}", cable(machine));
        }
        assert_eq!(tickets.iter().map(|ticket| ticket.0.clone()).collect::<BTreeSet<_>>(), ids);
        let promised = ids.iter().any(|id| district.given[id].1);
        let has = tickets.iter().filter(|ticket| ticket.1 == "confirmed").count();
        // The one who was quick keeps one of his two places.
        assert!(has == 1 || (has == 0 && !promised), "person {person}: {tickets:?}");
    }
}

/// The same series to the last op everywhere, the same states wherever the same may be read.
fn agreed(mut district: District) {
    district.machines.iter_mut().for_each(Machine::stop);
    let reports: Vec<Value> = district.machines.iter().map(|machine| machine.folder.verified()).collect();
    let mut heads = reports[DESK]["heads"].as_object().unwrap().clone();
    for report in &reports {
        assert_eq!(report["heads"], reports[DESK]["heads"]);
        assert_eq!((&report["places"], &report["confirmed"]), (&json!(PLACES), &json!(PLACES)));
        assert_eq!(report["standby"], reports[DESK]["standby"]);
    }
    for report in &reports[2..] {
        assert_eq!(report["state_digest"], reports[1]["state_digest"]);
    }
    let mut at_county = serde_json::Map::new();
    for device in district.county.devices() {
        at_county.extend(device["heads"].as_object().unwrap().clone());
    }
    // Of the county's own series it says nothing here.
    heads.retain(|last, _| !last.starts_with("0."));
    assert_eq!(Value::from(heads), Value::from(at_county));
}

#[test]
fn over_cables_and_postgresql() {
    let lines = Lines::between(&MACHINES);
    let county = County::over_postgres(lines.namespace("county"), lines.listen(1));
    let mut district = District::open(lines, county);
    apart(&mut district);
    silent(&mut district);
    killed(&mut district);
    given_back(&mut district);
    together(&mut district);
    kept(&mut district);
    agreed(district);
}

#[test]
fn over_proxies_and_a_folder() {
    let lines = Lines::proxies();
    let county = County::in_folder(lines.listen(1));
    let mut district = District::open(lines, county);
    apart(&mut district);
    killed(&mut district);
    given_back(&mut district);
    together(&mut district);
    kept(&mut district);
    agreed(district);
}
