//! Measures how fast one process takes ops over HTTP into PostgreSQL and gives them out again, everything on one
//! machine.
//!
//! `cargo build --release -p county-server && cargo run --release -p county-server --example ingest`, with the
//! number of lines, of requests on each and of ops in a request behind it, if wished. PostgreSQL is one of its own
//! with the settings that it comes with: what is acknowledged has been synced to the disk. What people read goes to
//! standard error; to standard output goes a JSON row for each figure that `cargo xtask bench` shows.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for whoever tunes the server"
)]
#![allow(dead_code, reason = "the tests' support does more than is needed here")]

#[path = "../../hall-sync/tests/it/market_day.rs"]
mod market_day;
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use county_server::County;
use ed25519_dalek::SigningKey;
use hall_core::fact::Holder;
use hall_core::vocab::DeviceRole;
use hall_log::seal::STRIDE;
use hall_log::{Certificate, Op, Seal};
use hall_sync::run::pack;
use hall_sync::wire::{self, Answer, Have, LIMITS, Request, Response, Signed, VERSION};
use market_day::{Half, MarketDay};
use serde_json::json;
use support::cluster::Cluster;
use support::http::Line;
use support::site::{Host as _, Postgres, Site};

/// Those that PostgreSQL comes with, and its own account of where the time goes.
const SETTINGS: &str = "-c listen_addresses= -c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track_planning=on";
const STATEMENTS: &str = "SELECT round((total_plan_time * 1000 / $total)::numeric, 2) || ' + ' || round((total_exec_time * 1000 / $total)::numeric, 2)
    || '  ' || calls || ' x ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 60)
    FROM pg_stat_statements WHERE calls > 10 ORDER BY total_plan_time + total_exec_time DESC LIMIT 8";
/// Devices of a hall.
const DEVICES: u32 = 6;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let number = |n: usize, default| numbers.get(n).copied().unwrap_or(default);
    let (lines, requests, ops) = (number(0, 8), number(1, 100), number(2, 500));
    let program = std::env::current_exe().unwrap().parent().unwrap().with_file_name("county-server");
    let cluster = Arc::new(Cluster::start(SETTINGS));
    let site = Site::on(Postgres::Own(Arc::clone(&cluster)), program.to_str().unwrap());
    let county = site.county();
    let halls: Vec<u32> = (0..lines).map(|_| site.add_hall()).collect();
    let messages = at_once(&halls, |hall| market_of(&county, *hall, requests, ops));
    let bytes: usize = messages.iter().flatten().map(Vec::len).sum();
    let total = lines * requests * ops;
    site.sql("CREATE EXTENSION pg_stat_statements");

    let per_op = bytes as f64 / total as f64;
    eprintln!("{lines} lines, {ops} ops a request, {per_op:.1} B/op on the wire");
    print_row("wire", per_op, "B/op", &format!("{ops} ops a message"));
    let address = site.address();
    measured("push", total, &cluster, &site, || {
        at_once(&messages, |messages| push(&address, messages)).concat()
    });
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0"), total.to_string());
    let size = |which: &str| -> f64 {
        let sql = format!("SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relname ~ '^{which}$'");
        site.sql(&sql).parse::<f64>().unwrap() / total as f64
    };
    eprintln!(
        "in the database {:.0} B/op of rows, {:.0} and {:.0} of their two indexes",
        size("ops_[0-9]+"),
        size("ops_[0-9]+_pkey"),
        size("ops_[0-9]+_hall_cur_key"),
    );
    measured("pull", total, &cluster, &site, || {
        at_once(&halls, |hall| pull(&address, &county, *hall, requests * ops)).concat()
    });
}

/// Does `work` for each of `of` in a thread of its own.
fn at_once<T: Sync, R: Send>(of: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = of.iter().map(|one| scope.spawn(move || work(one))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Does `work`, which says how long each request took, and prints what it cost.
fn measured(what: &str, total: usize, cluster: &Cluster, site: &Site, work: impl FnOnce() -> Vec<Duration>) {
    site.sql("SELECT pg_stat_statements_reset()");
    let (before, begun) = (Cpu::now(cluster, site), Instant::now());
    let mut times = work();
    let (seconds, spent) = (begun.elapsed().as_secs_f64(), Cpu::now(cluster, site));
    times.sort_unstable();
    let per_op = |seconds: f64| seconds * 1e6 / total as f64;
    let rate = total as f64 / seconds;
    let cpu = [spent.server - before.server, spent.postgres - before.postgres].map(per_op);
    let note =
        format!("{total} ops; an op takes {:.1} µs of the server, {:.1} µs of PostgreSQL", cpu[0], cpu[1]);
    print_row(what, rate, "ops/s", &note);
    eprintln!("{what}: {total} ops in {seconds:.2} s: {rate:.0} ops/s");
    eprintln!("  request p50 {:.1?}, p99 {:.1?}", times[times.len() / 2], times[times.len() * 99 / 100]);
    eprintln!(
        "  processor time an op: server {:.1} µs, PostgreSQL {:.1} µs, this program {:.1} µs",
        cpu[0],
        cpu[1],
        per_op(spent.own - before.own),
    );
    eprintln!("  PostgreSQL, µs an op of planning and of doing:");
    for line in site.sql(&STATEMENTS.replace("$total", &total.to_string())).lines() {
        eprintln!("    {line}");
    }
}

fn print_row(what: &str, value: f64, unit: &str, note: &str) {
    println!("{}", json!({ "what": what, "value": value, "unit": unit, "budget": null, "note": note }));
}

/// The messages of a hall whose devices push in turn.
fn market_of(county: &County, hall: u32, requests: usize, ops: usize) -> Vec<Vec<u8>> {
    let mut devices: Vec<Author> = (0..DEVICES).map(|n| Author::new(county, hall, n)).collect();
    let count = devices.len();
    let mut have = BTreeMap::new();
    (0..requests).map(|n| devices[n % count].message(ops, &mut have)).collect()
}

struct Author {
    me: Holder,
    key: SigningKey,
    certificate: Certificate,
    day: MarketDay,
}

impl Author {
    fn new(county: &County, hall: u32, n: u32) -> Self {
        let device = 1_000 + hall * (DEVICES + 1) + n;
        let key = support::device::new_key();
        let now = county_server::county::now();
        let certificate = county.certify(hall, device, DeviceRole::Desk, &key.verifying_key(), now);
        let day = MarketDay::new(Half::Measured, device, device.into());
        Self { me: Holder { device, epoch: 1 }, key, certificate, day }
    }

    /// The next batch as the device's node would send it: sealed at every stride and at the end. `have` is what all
    /// of the hall have, so that nobody pulls.
    fn message(&mut self, count: usize, have: &mut BTreeMap<Holder, Have>) -> Vec<u8> {
        let ops: Vec<Op> = self.day.ops(count);
        let last = ops.last().unwrap();
        let sealed = ops
            .iter()
            .filter(|op| op.envelope.id.seq.is_multiple_of(STRIDE) || op.envelope.id == last.envelope.id);
        let seal = |op: &Op| Seal::sign(self.me, op.envelope.id.seq, op.chain, op.envelope.hlc, &self.key);
        have.insert(self.me, Have::new(self.me, last.envelope.id.seq, last.chain));
        let request = Request {
            push: pack(&ops, |_| true).into_iter().collect(),
            seals: sealed.map(seal).collect(),
            ..self.question(have)
        };
        wire::encode(&Signed::by(&request, &self.key))
    }

    fn question(&self, have: &BTreeMap<Holder, Have>) -> Request {
        Request {
            version: VERSION,
            from: self.me,
            certificate: self.certificate.clone(),
            have: have.values().copied().collect(),
            push: Vec::new(),
            seals: Vec::new(),
            certificates: Vec::new(),
            asks: Vec::new(),
            wants: Vec::new(),
            payloads: Vec::new(),
            wait_ms: 0,
            limits: LIMITS,
        }
    }
}

/// Sends one message after another; how long each took.
fn push(address: &str, messages: &[Vec<u8>]) -> Vec<Duration> {
    let mut line = Line::open(address);
    let one = |message: &Vec<u8>| {
        let (response, took) = ask(&mut line, message);
        assert_eq!(response.refused, []);
        took
    };
    messages.iter().map(one).collect()
}

/// Pulls all of a hall as a new device does, page after page.
fn pull(address: &str, county: &County, hall: u32, expected: usize) -> Vec<Duration> {
    let wall = Author::new(county, hall, DEVICES);
    let (mut line, mut have, mut times) = (Line::open(address), BTreeMap::new(), Vec::new());
    let mut pulled = 0;
    loop {
        let message = wire::encode(&Signed::by(&wall.question(&have), &wall.key));
        let (response, took) = ask(&mut line, &message);
        times.push(took);
        pulled += response.pull.iter().map(|run| usize::from(run.count)).sum::<usize>();
        // The last seal of a series is on the last op that came.
        have.extend(
            response.seals.iter().map(|seal| (seal.series, Have::new(seal.series, seal.seq, seal.chain))),
        );
        if !response.more {
            assert_eq!(pulled, expected);
            return times;
        }
    }
}

fn ask(line: &mut Line, message: &[u8]) -> (Response, Duration) {
    let begun = Instant::now();
    let reply = line.ask("POST", "/v1/sync", message);
    let took = begun.elapsed();
    let answer: Answer = minicbor::decode(&reply.body).unwrap();
    (answer.unwrap(), took)
}

/// Seconds of processor time so far, by `/proc`.
struct Cpu {
    server: f64,
    postgres: f64,
    own: f64,
}

impl Cpu {
    fn now(cluster: &Cluster, site: &Site) -> Self {
        let postmaster: u32 = std::fs::read_to_string(cluster.folder.join("data/postmaster.pid"))
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let children = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid: u32 = entry.unwrap().file_name().to_str()?.parse().ok()?;
            (pid == postmaster || stat(pid)?.1 == postmaster).then(|| stat(pid).map(|stat| stat.0))?
        });
        Self {
            server: stat(site.pid()).unwrap().0,
            postgres: children.sum(),
            own: stat(std::process::id()).unwrap().0,
        }
    }
}

/// Processor seconds, with those of children that ended, and the parent.
fn stat(pid: u32) -> Option<(f64, u32)> {
    const TICKS_A_SECOND: f64 = 100.0;
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<f64>().ok()).sum();
    Some((ticks / TICKS_A_SECOND, fields.get(1)?.parse().ok()?))
}
