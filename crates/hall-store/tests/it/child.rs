//! What this test binary does when it is started as a child: it kills, fills and probes where a test of its
//! own process could not. Started by the harness itself, these return at once.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hall_core::fact::Fact;
use hall_log::{Op, Series, Subject};
use hall_store::{CommitError, Draft, OpenError, Received, Store};

use crate::support::{MORNING, config, identified, renamed, seal_on, worker};

const JOB: &str = "HALL_STORE_JOB";
const ROOT: &str = "HALL_STORE_ROOT";

/// A child that does `job` on the store below `root`.
pub(crate) fn command(job: &str, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child::job", "--nocapture"])
        .env(JOB, job)
        .env(ROOT, root)
        .env("RUST_BACKTRACE", "0");
    command
}

/// Runs a child to its end and returns what it said.
pub(crate) fn run(job: &str, root: &Path) -> String {
    said(&String::from_utf8(command(job, root).output().unwrap().stdout).unwrap())
}

/// The child's own lines, without those of the harness.
pub(crate) fn said(output: &str) -> String {
    let lines: Vec<&str> =
        output.lines().filter_map(|line| line.split_once("say ").map(|(_, said)| said)).collect();
    lines.join("\n")
}

/// A running child whose lines are read one by one.
pub(crate) fn start(job: &str, root: &Path) -> (Child, impl Iterator<Item = String>) {
    let mut child = command(job, root).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (
        child,
        lines
            .map_while(Result::ok)
            .filter_map(|line| line.split_once("say ").map(|(_, said)| said.to_owned())),
    )
}

#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn say(text: &str) {
    println!("say {text}");
    std::io::stdout().flush().unwrap();
}

#[test]
fn job() {
    let Ok(job) = std::env::var(JOB) else { return };
    let root = PathBuf::from(std::env::var(ROOT).unwrap());
    match job.as_str() {
        "open" => match Store::open(&config(&root, 1), MORNING) {
            Ok(_) => say("Opened"),
            Err(OpenError::AlreadyOpen) => say("AlreadyOpen"),
            Err(OpenError::Io(_)) => say("Io"),
            Err(error) => say(&format!("{error:?}")),
        },
        "commit" => commit_until_killed(&root),
        "erase" => erase_until_killed(&root),
        "receive" => receive_until_killed(&root),
        "fill" => fill(&root),
        other => panic!("{other}"),
    }
}

#[test]
fn probing() {
    let Some(dir) = std::env::args().next_back().map(PathBuf::from).filter(|dir| dir.is_dir()) else {
        return;
    };
    hall_store::probe(&dir).unwrap();
}

fn commit_until_killed(root: &Path) {
    let mut config = config(root, 1);
    config.segment_bytes = 4 << 10;
    let (store, report) = Store::open(&config, MORNING).unwrap();
    say(&format!("opened {report:?}"));
    let mut n = store.head().unwrap().seq;
    loop {
        let drafts = match n % 3 {
            0 => vec![Draft::new(None, worker(n)), Draft::follow(0, None, identified(&format!("王小{n}")))],
            1 => vec![Draft::about(hall_core::OpId::new(1, 1, 1), None, renamed(&format!("李{n}")))],
            _ => vec![Draft::new(None, worker(n))],
        };
        let applied = store.commit(MORNING.plus_ms(n as i64), drafts).unwrap();
        n = applied.last().unwrap().id.seq;
        say(&format!("acked {n}"));
    }
}

fn erase_until_killed(root: &Path) {
    let (store, _) = Store::open(&config(root, 1), MORNING).unwrap();
    let ops: Vec<hall_core::OpId> = (1..=store.head().unwrap().seq)
        .map(|seq| hall_core::OpId::new(1, 1, seq))
        .filter(|id| store.op(*id).unwrap().unwrap().fact.kind() == 32)
        .collect();
    say("erasing");
    store.erase(&ops).unwrap();
    say("erased");
}

/// What another device wrote, the same in every process.
pub(crate) fn other_series() -> Vec<Op> {
    let mut series = Series::new(2, 1);
    let draft = |n: u64| {
        let (subject, fact) = if n.is_multiple_of(2) {
            (Subject::New, worker(n))
        } else {
            (Subject::Draft(0), identified(&format!("王小{n}")))
        };
        let (kind, schema, scope, payload) = (fact.kind(), Fact::schema(), fact.scope(), fact.encode());
        hall_log::Draft { subject, by: None, kind, schema, scope, payload }
    };
    let act =
        |n: u64| series.append(MORNING.plus_ms(n as i64), vec![draft(2 * n), draft(2 * n + 1)]).unwrap();
    (0..300).flat_map(act).collect()
}

/// Receives an op without its payload, a seal on it, and then the payload.
fn receive_until_killed(root: &Path) {
    let (store, report) = Store::open(&config(root, 1), MORNING).unwrap();
    say(&format!("opened {report:?}"));
    let heard = store.heads().unwrap().iter().find(|head| head.0 == 2).map_or(0, |head| head.2.seq);
    // The last one again: its payload may not have come.
    for op in &other_series()[heard.saturating_sub(1) as usize..] {
        let ops = vec![Op { payload: None, ..op.clone() }];
        let seals = vec![seal_on(op, 0)];
        store.receive(MORNING, Received { ops, seals, ..Received::default() }).unwrap();
        let payloads = vec![(op.envelope.id, op.payload.clone().unwrap())];
        store.receive(MORNING, Received { payloads, ..Received::default() }).unwrap();
        say(&format!("acked {}", op.envelope.id.seq));
    }
    say("done");
    std::thread::park();
}

/// Commits until the disk refuses; says what was acknowledged and what the refusal was.
fn fill(root: &Path) {
    let mut config = config(root, 1);
    config.free_floor_bytes = 0;
    config.segment_bytes = 64 << 20;
    let (store, _) = Store::open(&config, MORNING).unwrap();
    let text = "满".repeat(2300);
    for n in 0..10_000_u64 {
        match store.commit(MORNING, vec![Draft::new(None, worker(n)), Draft::follow(0, None, renamed(&text))])
        {
            Ok(applied) => say(&format!("acked {}", applied[1].id.seq)),
            Err(CommitError::SavedReopenNeeded { ids }) => {
                say(&format!("saved {}", ids.last().unwrap().seq));
                break;
            }
            Err(error) => {
                say(&format!("other {error:?}"));
                break;
            }
        }
    }
}
