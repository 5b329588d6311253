//! Paper through real processes: a hall that prints, printers on TCP, USB and serial lines, everything that printers
//! suffer, and a program that is killed in the middle of it. However it goes, a slip comes out once at most, and what
//! became of it is on record.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::hall::{sign_in, worker};
use crate::machine::Machine;
use crate::printer::{Printer, is_settled, printing_hall};
use crate::support::kiosk;

/// One thing that happens to a slip.
struct Case {
    /// What happens to the printer before the tap.
    before: &'static [&'static str],
    /// Where the slip comes to; the program is killed there, or as soon as the tap was answered.
    reaches: Option<(&'static str, Option<&'static str>)>,
    /// What people do about the printer.
    mended: &'static [&'static str],
    /// Where the slip comes to at last when nobody killed the program, and when somebody did.
    ends: &'static [&'static str],
    ends_killed: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        before: &[],
        reaches: None,
        mended: &[],
        ends: &["done"],
        // Killed before the printer got anything, it is found half an hour later: too late for whoever stood there.
        ends_killed: &["done", "unconfirmed", "failed"],
    },
    Case { before: &[], reaches: Some(("done", None)), mended: &[], ends: &["done"], ends_killed: &["done"] },
    Case {
        before: &["cover open"],
        reaches: Some(("waiting", Some("cover_open"))),
        mended: &["cover closed"],
        ends: &["done"],
        ends_killed: &["done"],
    },
    Case {
        before: &["roll 0"],
        reaches: Some(("waiting", Some("paper_out"))),
        mended: &["roll 100000"],
        ends: &["done"],
        ends_killed: &["done"],
    },
    Case {
        before: &["cutter jammed"],
        reaches: Some(("waiting", Some("cutter"))),
        mended: &["cutter free"],
        ends: &["done"],
        ends_killed: &["done"],
    },
    Case {
        before: &["garbled on"],
        reaches: Some(("waiting", Some("not_a_printer"))),
        mended: &["garbled off"],
        ends: &["done"],
        ends_killed: &["done"],
    },
    Case {
        before: &["mute on"],
        reaches: Some(("waiting", Some("mute"))),
        mended: &["mute off"],
        ends: &["done"],
        ends_killed: &["done"],
    },
    Case {
        before: &["after 100 cover open"],
        reaches: Some(("sending", Some("cover_open"))),
        mended: &["cover closed"],
        ends: &["done"],
        ends_killed: &["unconfirmed"],
    },
    Case {
        before: &["after 100 cutter jammed"],
        reaches: Some(("sending", Some("cutter"))),
        mended: &["cutter free"],
        ends: &["done"],
        ends_killed: &["unconfirmed"],
    },
    Case {
        before: &["roll 300"],
        reaches: Some(("sending", Some("paper_out"))),
        mended: &["roll 100000"],
        ends: &["unconfirmed"],
        ends_killed: &["unconfirmed"],
    },
    Case {
        before: &["slow 20"],
        reaches: Some(("sending", None)),
        mended: &["slow off"],
        ends: &["done"],
        ends_killed: &["done", "unconfirmed"],
    },
    Case {
        before: &["ordered off"],
        reaches: Some(("sending", None)),
        mended: &["ordered on"],
        ends: &["done", "unconfirmed"],
        ends_killed: &["done", "unconfirmed"],
    },
    Case {
        before: &["reset 9000"],
        reaches: Some(("unconfirmed", Some("interrupted"))),
        mended: &[],
        ends: &["unconfirmed"],
        ends_killed: &["unconfirmed"],
    },
    Case {
        before: &["reset 20"],
        reaches: None,
        mended: &[],
        ends: &["done", "unconfirmed", "failed"],
        ends_killed: &["done", "unconfirmed", "failed"],
    },
];

/// A hall that prints its slips at `address`, and a post with room for everybody.
fn hall(address: &str) -> (Machine, String) {
    let (mut machine, post) = printing_hall("slips", address);
    for n in 1..=2 * CASES.len() as u16 {
        machine.ask(&worker(n, false));
    }
    (machine, post)
}

fn slip_of(session: &Value) -> &Value {
    &session["tickets"][0]["slip"]
}

/// One worker's slip through one case; how it ended.
fn slip(machine: &mut Machine, printer: &mut Printer, post: &str, n: u16, case: &Case, killed: bool) {
    let what = format!("{:?} killed: {killed}", case.before);
    for word in case.before {
        printer.tell(word);
    }
    machine.ask(&sign_in(n));
    let ticket = machine.ask(&kiosk(&json!({ "type": "claim", "post": post })));
    let ask = kiosk(&json!({ "type": "slip", "ticket": ticket["id"] }));
    let shown = machine.ask(&ask);
    let png = BASE64.decode(shown["png"].as_str().unwrap()).unwrap();
    if let Some((state, why)) = case.reaches {
        // One that is quickly done may be past it.
        machine.wait(&sign_in(n), |session| {
            let slip = slip_of(session);
            (slip["state"] == state && slip["why"] == json!(why)) || (why.is_none() && is_settled(slip))
        });
    }
    if killed {
        machine.kill();
    }
    for word in case.mended {
        printer.tell(word);
    }
    if killed {
        // Half a picture would swallow whatever comes next, as it does in real ones.
        printer.tell("off-and-on");
        machine.start(&["--clock", "05:30"]);
    }
    let session = machine.wait(&sign_in(n), |session| is_settled(slip_of(session)));
    let ended = slip_of(&session)["state"].as_str().unwrap().to_owned();
    let expected = if killed { case.ends_killed } else { case.ends };
    assert!(expected.contains(&ended.as_str()), "{what}: {ended}, not {expected:?}");
    // Another look prints nothing unless it is sure that nothing came out.
    let again = machine.ask(&ask);
    if ended == "failed" {
        assert_eq!(again["paper"]["reprint"], 0, "{what}");
        machine.wait(&sign_in(n), |session| slip_of(session)["state"] == "done");
    } else {
        assert_eq!(again["paper"]["id"], shown["paper"]["id"], "{what}");
    }
    if case.before.iter().any(|word| word.starts_with("reset")) {
        printer.tell("off-and-on");
    }
    let whole = printer.papers().iter().filter(|paper| **paper == png).count();
    let least = usize::from(ended != "unconfirmed");
    assert!((least..=1).contains(&whole), "{what}: {whole} came out, and it is {ended}");
}

/// Every case on one line, each with and without a kill.
fn every_case(pty: bool, address: fn(&str) -> String) {
    let line: &[&str] = if pty { &["--pty"] } else { &["--listen", "127.0.0.1:0"] };
    let mut printer = Printer::start(line);
    let (mut machine, post) = hall(&address(&printer.at));
    // A pty that is dropped comes back under another name, as no cable does.
    let cases = CASES.iter().filter(|case| !pty || !case.before.iter().any(|word| word.starts_with("reset")));
    let runs = cases.flat_map(|case| [(case, false), (case, true)]);
    let mut count = 0;
    for (n, (case, killed)) in (1..).zip(runs) {
        slip(&mut machine, &mut printer, &post, n, case, killed);
        count += 1;
    }
    machine.stop();
    machine.folder.verified();
    // The harness shows what goes past its capture.
    let told = format!("{}: {count} slips, each once at most\n", address("a printer"));
    std::io::stderr().write_all(told.as_bytes()).unwrap();
}

#[test]
fn faults_and_kills_on_a_tcp_line() {
    every_case(false, |at| format!("tcp://{at}"));
}

#[test]
fn faults_and_kills_on_a_usb_line() {
    every_case(true, |at| format!("usb:{at}"));
}

#[test]
fn faults_and_kills_on_a_serial_line() {
    every_case(true, |at| format!("serial:{at}"));
}

/// Two hundred workers in a row: all slips come out in order, and nothing grows but the log.
#[test]
fn many_slips_in_a_row() {
    let mut printer = Printer::start(&["--listen", "127.0.0.1:0"]);
    let (mut machine, post) = hall(&format!("tcp://{}", printer.at));
    let mut expected = Vec::new();
    for n in 1..=2 * CASES.len() as u16 {
        machine.ask(&sign_in(n));
        let ticket = machine.ask(&kiosk(&json!({ "type": "claim", "post": post })));
        let shown = machine.ask(&kiosk(&json!({ "type": "slip", "ticket": ticket["id"] })));
        expected.push(BASE64.decode(shown["png"].as_str().unwrap()).unwrap());
    }
    let out: Vec<Vec<u8>> = expected.iter().map(|_| printer.paper()).collect();
    assert!(out == expected);
    assert!(printer.papers().is_empty());
    machine.stop();
    let files = machine.folder.data().join("files");
    assert!(!files.exists(), "nothing of a slip lies anywhere");
}
