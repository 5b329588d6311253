//! Agreements through real processes: a desk that prints over IPP, everything that such a printer suffers, and a program
//! that is killed in the middle of it. However it goes, an agreement comes out once at most.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::hall::worker;
use crate::machine::Machine;
use crate::printer::{Printer, is_settled, printing_hall};
use crate::support::{PIN, desk};

/// One thing that happens to an agreement; as with slips.
struct Case {
    before: &'static str,
    reaches: Option<(&'static str, Option<&'static str>)>,
    mended: &'static str,
    ends: &'static [&'static str],
    ends_killed: &'static [&'static str],
}

const DONE: &[&str] = &["done"];
/// Killed between the note that it is being sent and the first byte, it is not known to any printer.
const DONE_OR_UNKNOWN: &[&str] = &["done", "unconfirmed"];

/// The printer cannot print, then it can.
const fn waits(before: &'static str, why: &'static str, mended: &'static str) -> Case {
    Case { before, reaches: Some(("waiting", Some(why))), mended, ends: DONE, ends_killed: DONE }
}

/// The printer stops in the middle, then it goes on; it knows its papers by name, however often the program starts.
const fn stops(before: &'static str, why: &'static str) -> Case {
    Case { before, reaches: Some(("sending", Some(why))), mended: "going", ends: DONE, ends_killed: DONE }
}

const CASES: &[Case] = &[
    Case { before: "", reaches: None, mended: "", ends: DONE, ends_killed: DONE_OR_UNKNOWN },
    Case { before: "", reaches: Some(("done", None)), mended: "", ends: DONE, ends_killed: DONE },
    Case {
        before: "takes pwg",
        reaches: None,
        mended: "takes pdf",
        ends: DONE,
        ends_killed: DONE_OR_UNKNOWN,
    },
    waits("stopped media-empty-error", "paper_out", "going"),
    waits("stopped cover-open-error", "cover_open", "going"),
    waits("stopped media-jam-error", "jam", "going"),
    waits("stopped toner-empty-error", "ink_out", "going"),
    waits("stopped paused", "paused", "going"),
    waits("refuses", "paused", "accepts"),
    stops("then stopped media-empty-error", "paper_out"),
    stops("then stopped media-jam-error", "jam"),
    stops("then stopped cover-open-error", "cover_open"),
    // The line broke when the printer had it.
    Case { before: "cut after", reaches: None, mended: "", ends: DONE, ends_killed: DONE_OR_UNKNOWN },
    Case {
        before: "cut before",
        reaches: Some(("unconfirmed", Some("interrupted"))),
        mended: "",
        ends: &["unconfirmed"],
        ends_killed: &["unconfirmed"],
    },
    Case {
        before: "forgets",
        reaches: Some(("unconfirmed", Some("interrupted"))),
        mended: "completes",
        ends: &["unconfirmed"],
        ends_killed: &["unconfirmed"],
    },
    Case {
        before: "aborts 1",
        reaches: Some(("unconfirmed", Some("aborted"))),
        mended: "completes",
        ends: &["unconfirmed"],
        ends_killed: &["unconfirmed"],
    },
    Case {
        before: "aborts 0",
        reaches: Some(("failed", Some("aborted"))),
        mended: "completes",
        ends: &["failed"],
        ends_killed: &["failed"],
    },
];

/// The same hall after its program was killed.
fn again(machine: &mut Machine) {
    machine.start(&["--clock", "05:30"]);
    let view = machine.ask(&desk(&json!({ "type": "view" })));
    machine.ask(&desk(&json!({ "type": "log_in", "staff": view["staff"][0]["id"], "pin": PIN })));
}

/// Waits until a paper is as wanted.
fn comes_to(machine: &mut Machine, paper: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let found = |data: &Value| {
        let papers = data["papers"].as_array()?;
        papers.iter().find(|row| row["id"] == *paper).filter(|row| wanted(row)).cloned()
    };
    let shown = machine.wait(&desk(&json!({ "type": "printers" })), |data| found(data).is_some());
    found(&shown).unwrap()
}

/// One person's agreement through one case.
fn agreement(machine: &mut Machine, printer: &mut Printer, post: &str, n: u16, case: &Case, killed: bool) {
    let what = format!("{:?} killed: {killed}", case.before);
    printer.tell(case.before);
    let person = machine.ask(&worker(n, false));
    let ticket = machine.ask(&desk(&json!({ "type": "dispatch", "post": post, "worker": person["id"] })));
    let made = machine.ask(&desk(&json!({
        "type": "make_agreement", "ticket": ticket["id"], "form": { "identities_checked": true },
        "overriding": null,
    })));
    let paper = &made["paper"]["id"];
    if let Some((state, why)) = case.reaches {
        comes_to(machine, paper, |row| row["state"] == state && row["why"] == json!(why));
    }
    if killed {
        machine.kill();
    }
    printer.tell(case.mended);
    if killed {
        again(machine);
    }
    let ended = comes_to(machine, paper, is_settled)["state"].as_str().unwrap().to_owned();
    let expected = if killed { case.ends_killed } else { case.ends };
    assert!(expected.contains(&ended.as_str()), "{what}: {ended}, not {expected:?}");
    let out = printer.papers().len();
    let at_most = usize::from(ended != "failed");
    assert!(
        (usize::from(ended == "done")..=at_most).contains(&out),
        "{what}: {out} came out, and it is {ended}"
    );
    if ended == "failed" {
        // It is sure that none came out, so the next one is the first.
        let listed = machine.ask(&desk(&json!({ "type": "print_again", "paper": paper })));
        let next = &listed["papers"][0];
        assert_eq!((&next["kind"], &next["reprint"]), (&json!("agreement"), &json!(0)), "{what}");
        comes_to(machine, &next["id"], |row| row["state"] == "done");
        assert_eq!(printer.papers().len(), 1, "{what}");
    }
}

#[test]
fn faults_and_kills_over_ipp() {
    let mut printer = Printer::start(&["--ipp", "127.0.0.1:0"]);
    let (mut machine, post) = printing_hall("pages", &printer.at);
    let runs = CASES.iter().flat_map(|case| [(case, false), (case, true)]);
    let mut count = 0;
    for (n, (case, killed)) in (1..).zip(runs) {
        agreement(&mut machine, &mut printer, &post, n, case, killed);
        count += 1;
    }
    machine.stop();
    machine.folder.verified();
    // The harness shows what goes past its capture.
    let told = format!("ipp: {count} agreements, each once at most\n");
    std::io::stderr().write_all(told.as_bytes()).unwrap();
}
