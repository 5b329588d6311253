//! One test for each step of the main job.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use hall_tests::desk::{Desk, Employer, WalkIn};
use hall_tests::hall::{PIN, today};
use hall_tests::kiosk::Kiosk;
use hall_tests::people::id_number;
use hall_tests::wall::Wall;

use crate::support::{
    CREDIT_CODE, EMPLOYER, Hall, TITLE, TRADE, employer, fresh_hall, hall_with, hall_with_post, post,
    prepared, worker,
};

const SOON: Duration = Duration::from_secs(20);

fn desk(hall: &Hall) -> Desk<'_> {
    Desk(hall.screens.desk().unwrap())
}

fn kiosk(hall: &Hall) -> Kiosk<'_> {
    Kiosk(hall.screens.kiosk().unwrap())
}

fn wall(hall: &Hall) -> Wall<'_> {
    Wall(hall.screens.wall().unwrap())
}

/// Step 1, from the very first start: the hall is set up, an employer and a post are registered.
#[test]
fn a_clerk_sets_up_the_hall_and_publishes_a_post() {
    let hall = fresh_hall();
    let clerk = desk(&hall);
    clerk.set_up("奎山试用零工客栈", "379901", "王主管", PIN).unwrap();
    if !clerk.0.find_all("[data-testid=\"login\"]").unwrap().is_empty() {
        clerk.log_in(PIN).unwrap();
    }
    clerk
        .register_employer(&Employer {
            name: EMPLOYER,
            code: CREDIT_CODE,
            address: "奎山县东环路 66 号",
            phone: "15400000002",
            legal_head: "张家帅",
            papers: "营业执照",
        })
        .unwrap();
    let day = today().to_string();
    let fields = [
        ("trade", TRADE),
        ("title", TITLE),
        ("content", "果库门口装车，苹果每箱 15 公斤，用手推车"),
        ("address", "奎山县西环路 120 号"),
        ("first-day", &day),
        ("start", "07:30"),
        ("end", "16:30"),
        ("places", "2"),
        ("pay", "260"),
        ("requirements", "搬得动 15 公斤"),
        ("insurance", "单位缴工伤保险"),
        ("protection", "发手套、防滑鞋"),
        ("contact-name", "孙主任"),
        ("contact-phone", "15400000003"),
    ];
    clerk
        .draft_post(EMPLOYER, &fields, &[("unit", "day"), ("settlement", "daily"), ("meals", "lunch")])
        .unwrap();
    clerk.publish().unwrap();
    kiosk(&hall).open_post(TITLE).unwrap();
    assert_eq!(wall(&hall).is_full(TITLE).unwrap(), None, "it was published after this edition came out");
    let hall = hall.restart("05:30");
    assert!(!wall(&hall).wait_for(TITLE, SOON).unwrap(), "the next edition has it, with places left");
}

/// Step 1, refused: the form says what the rules find before anything is published.
#[test]
fn an_unlawful_post_is_shown_its_findings() {
    let hall = hall_with_post(1);
    let clerk = desk(&hall);
    clerk.log_in(PIN).unwrap();
    let fields = [("trade", TRADE), ("title", "只招男工，35 岁以下"), ("pay", "20"), ("places", "1")];
    clerk.draft_post(EMPLOYER, &fields, &[("unit", "day")]).unwrap();
    let begun = Instant::now();
    while clerk.findings().unwrap().len() < 2 {
        assert!(begun.elapsed() < SOON, "the findings were {:?}", clerk.findings());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Step 2: after a restart the wall shows the last edition at once.
#[test]
fn the_wall_is_back_at_once_after_a_restart() {
    let hall = hall_with_post(3);
    assert!(!wall(&hall).wait_for(TITLE, SOON).unwrap());
    let before = wall(&hall).edition().unwrap();
    let hall = hall.restart("05:12");
    assert!(!wall(&hall).wait_for(TITLE, Duration::from_secs(5)).unwrap());
    assert_eq!(wall(&hall).edition().unwrap(), before, "the same half hour, the same edition");
}

/// Step 3: a walk-in is registered and signed in; nobody's whole number is on any screen.
#[test]
fn a_walk_in_is_registered_and_signs_in() {
    let hall = hall_with_post(1);
    let clerk = desk(&hall);
    clerk.log_in(PIN).unwrap();
    let number = id_number("19790105", 715);
    clerk
        .register_and_sign_in(&WalkIn {
            name: "曲海䶮",
            id_number: &number,
            phone: "15400007103",
            trades: &[TRADE],
        })
        .unwrap();
    assert!(clerk.0.text().unwrap().contains("曲海䶮"));
    clerk.go("dispatch").unwrap();
    clerk.0.find("[data-testid=\"row-waiting\"]").unwrap();
    for screen in [hall.screens.desk(), hall.screens.wall(), hall.screens.kiosk()] {
        assert!(!screen.unwrap().text().unwrap().contains(&number), "a whole identity number is shown");
    }
}

/// Steps 2 to 4: two taps take the place, the slip appears, and the wall strikes the post out within a second.
#[test]
fn a_worker_takes_the_last_place_and_the_wall_says_so() {
    let hall = hall_with(|place| {
        let hall = prepared(place);
        let employer = hall.employer(employer()).unwrap();
        hall.post(post(&employer, TITLE, 1)).unwrap();
        hall.worker(worker(1), true).unwrap();
        hall.worker(worker(3), true).unwrap();
    });
    assert!(!wall(&hall).wait_for(TITLE, SOON).unwrap());
    kiosk(&hall).open_post(TITLE).unwrap();
    kiosk(&hall).want(&worker(1).id_number).unwrap();
    let code = kiosk(&hall).confirm().unwrap();
    let struck = wall(&hall).wait_until_full(TITLE, SOON).unwrap();
    assert!(struck < Duration::from_secs(1), "it took {struck:?}");

    assert_eq!(kiosk(&hall).ticket_state().unwrap(), "confirmed");
    kiosk(&hall).0.drawn("[data-testid=\"slip\"]").unwrap();
    let slip = kiosk(&hall).shown("slip").unwrap();
    assert!(slip.attribute("src").unwrap().unwrap().starts_with("data:image/png;base64,"));
    assert!(code.len() > 5, "the code is {code}");
    kiosk(&hall).finish().unwrap();

    kiosk(&hall).open_post(TITLE).unwrap();
    kiosk(&hall).want(&worker(3).id_number).unwrap();
    kiosk(&hall).confirm().unwrap();
    assert_eq!(kiosk(&hall).ticket_state().unwrap(), "provisional", "a standby ticket, not a second place");
    kiosk(&hall).finish().unwrap();
    assert!(!kiosk(&hall).shows("person").unwrap(), "the kiosk has forgotten who was here");
}

/// Step 5 and 6: the desk finds the ticket by its code, makes the paper, and records the outcome.
#[test]
fn the_desk_makes_the_paper_and_records_the_outcome() {
    let mut code = String::new();
    let hall = hall_with(|place| {
        let hall = prepared(place);
        let employer = hall.employer(employer()).unwrap();
        let post = hall.post(post(&employer, TITLE, 1)).unwrap();
        hall.worker(worker(1), true).unwrap();
        code = hall.claim(&worker(1).id_number, &post).unwrap().code;
    });
    let clerk = desk(&hall);
    clerk.log_in(PIN).unwrap();
    clerk.open_ticket(&code).unwrap();
    let path = clerk.make_agreement().unwrap();
    assert!(fs::read(&path).unwrap().starts_with(b"%PDF-"));
    let text = Command::new("pdftotext").args([&path, "-"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    for field in [EMPLOYER, worker(1).name.as_str(), "260", &clerk.shown("agreement-number").unwrap()] {
        assert!(text.contains(field), "the paper lacks {field}:\n{text}");
    }
    clerk.outcome("arrived").unwrap();
    let figures = clerk.shown("figures").unwrap();
    assert!(figures.contains("100%") || figures.contains("100 %"), "{figures}");
}

/// A mistyped code is explained, and nothing is found by chance.
#[test]
fn an_unknown_ticket_is_explained() {
    let hall = hall_with_post(1);
    let clerk = desk(&hall);
    clerk.log_in(PIN).unwrap();
    clerk.scan("LG1NOTATICKETOFTHISHALL").unwrap();
    let refused = clerk.0.find("[data-testid=\"ticket-refused\"]").unwrap();
    assert!(!refused.text().unwrap().is_empty());
}

/// The kiosk forgets whoever walks away: a warning at 45 seconds, then everything is cleared.
#[test]
fn the_kiosk_forgets_whoever_walks_away() {
    let hall = hall_with(|place| {
        let hall = prepared(place);
        hall.worker(worker(1), true).unwrap();
    });
    let here = kiosk(&hall);
    here.tap("sign-in").unwrap();
    here.type_id_number(&worker(1).id_number).unwrap();
    here.shown("person").unwrap();
    std::thread::sleep(Duration::from_secs(44));
    here.shown("idle").unwrap();
    std::thread::sleep(Duration::from_secs(12));
    here.shown("sign-in").unwrap();
    assert!(!here.shows("person").unwrap() && !here.shows("idle").unwrap());
}
