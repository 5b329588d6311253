//! The program as its operator meets it: health, numbers, stopping, and a database that goes and comes.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;

use hall_core::vocab::DeviceRole;
use hall_sync::wire::{self, Answer, Refused, Signed};
use serde_json::Value;

use crate::support::cluster::Cluster;
use crate::support::device::{Device, apply, new_key, post};
use crate::support::http::Line;
use crate::support::site::{Host as _, Postgres, Site};

const PROGRAM: &str = env!("CARGO_BIN_EXE_county-server");

fn own_postgres() -> (Arc<Cluster>, Site) {
    let cluster = Arc::new(Cluster::own());
    let site = Site::on(Postgres::Own(Arc::clone(&cluster)), PROGRAM);
    (cluster, site)
}

fn health(site: &Site) -> u16 {
    Line::open(&site.address()).ask("GET", "/healthz", b"").status
}

#[test]
fn without_its_database_it_says_so_and_goes_on_when_it_is_back() {
    let (cluster, site) = own_postgres();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let ops = kiosk.write(10);
    let (code, key) = (site.code(hall, DeviceRole::Wall), new_key());
    assert_eq!(health(&site), 200);
    cluster.order("stop");
    assert_eq!(health(&site), 503);
    let reply = apply(&site.address(), &code, &key);
    assert_eq!(reply.status, 503);
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body["error"], "unavailable");
    let message = wire::encode(&Signed::by(&kiosk.request(&ops), &kiosk.key));
    let (status, answer) = post(&site.address(), &message);
    assert_eq!((status, answer), (503, Err(Refused::Unavailable)));
    cluster.order("start");
    assert_eq!(health(&site), 200);
    kiosk.sync(&site.address());
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0"), "10");
    assert_eq!(apply(&site.address(), &code, &key).status, 200, "the code is as good as before");
}

#[test]
fn a_database_that_is_read_only_takes_nothing_and_acknowledges_nothing() {
    let (cluster, site) = own_postgres();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let ops = kiosk.write(10);
    cluster.sql("postgres", "ALTER SYSTEM SET default_transaction_read_only = on");
    cluster.order("reload");
    // A reload reaches each connection in its own time.
    let request = kiosk.request(&ops);
    let until = |wanted: &dyn Fn(&Answer) -> bool| {
        (0..20_000).map(|_| kiosk.ask(&site.address(), &request)).any(|answer| wanted(&answer))
    };
    assert!(until(&|answer| *answer == Err(Refused::Unavailable)), "a read-only database was written");
    cluster.sql("postgres", "ALTER SYSTEM RESET default_transaction_read_only");
    cluster.order("reload");
    assert!(until(&Result::is_ok));
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0"), "10");
}

#[test]
fn a_database_that_is_full_takes_nothing_and_acknowledges_nothing() {
    let (cluster, site) = own_postgres();
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    // No file may grow beyond 4 MiB: to PostgreSQL, its disk is full.
    cluster.order("stop");
    cluster.order("limit 8192");
    cluster.order("start");
    let batches: Vec<_> = (0..40).map(|_| kiosk.write_noise(40, 7_000)).collect();
    let taken = batches
        .iter()
        .position(|ops| kiosk.ask(&site.address(), &kiosk.request(ops)) == Err(Refused::Unavailable))
        .expect("11 MB fitted into files of 4 MiB");
    let rows = || site.sql("SELECT count(*), coalesce(max(cur), 0) FROM ops WHERE hall > 0");
    let expected = format!("{0}|{0}", taken * 40);
    assert_eq!(rows(), expected, "all that was acknowledged, and no part of what was not");
    assert_eq!(health(&site), 200);
    // Reading goes on.
    let response = kiosk.ask(&site.address(), &kiosk.request(&[])).unwrap();
    assert_eq!(response.acks.iter().find(|have| have.series == kiosk.me).unwrap().seq, taken as u64 * 40);
    cluster.order("stop");
    cluster.order("limit unlimited");
    cluster.order("start");
    kiosk.sync(&site.address());
    assert_eq!(rows(), "1600|1600");
}

#[test]
fn a_database_of_another_county_is_not_served() {
    let site = Site::open(PROGRAM);
    let elsewhere = tempfile::tempdir().unwrap();
    let key = elsewhere.path().join("county.key");
    let with_key = |arguments: &[&str]| site.command(arguments).env("COUNTY_KEY", &key).output().unwrap();
    assert!(!with_key(&["serve"]).status.success(), "there is no key");
    assert!(!with_key(&["init"]).status.success(), "the new key is not this database's");
    assert!(!with_key(&["serve"]).status.success());
    std::fs::write(&key, "not a key").unwrap();
    assert!(!with_key(&["init"]).status.success());
    assert_eq!(site.run(&["init"]), "", "its own key still is");
}

#[cfg(unix)]
#[test]
fn the_key_is_for_its_owner_only_and_no_log_shows_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::open(PROGRAM);
    let file = site.key_file();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let output = site.output(&["revoke", "1"]);
    let said = [output.stdout, output.stderr].concat();
    let secret = std::fs::read_to_string(&file).unwrap();
    assert!(!String::from_utf8_lossy(&said).contains(secret.trim()));
}

#[test]
fn the_log_is_json_and_speaks_of_no_person() {
    let site = Site::open(PROGRAM);
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut serving = site.serve_to(log.reopen().unwrap());
    let hall = site.add_hall();
    let code = site.code(hall, DeviceRole::Kiosk);
    let reply = apply(&serving.address, &code, &new_key());
    assert_eq!(reply.status, 200);
    assert_eq!(apply(&serving.address, &code, &new_key()).status, 403);
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let ops = kiosk.write_said(9, "Zhang San 370705199001011234");
    kiosk.ask(&serving.address, &kiosk.request(&ops[..5])).unwrap();
    // A gap, a fork and garbage, each of which is reported.
    kiosk.ask(&serving.address, &kiosk.request(&ops[7..])).unwrap();
    let mut copy = Device::new(&site, kiosk.key.clone(), kiosk.certificate.clone());
    let forked = copy.write_said(5, "Li Si 370705199001011235");
    copy.ask(&serving.address, &copy.request(&forked)).unwrap();
    post(&serving.address, b"Wang Wu").1.unwrap_err();
    assert!(serving.terminate());
    let text = std::fs::read_to_string(log.path()).unwrap();
    assert!(text.lines().count() >= 6, "{text}");
    for line in text.lines() {
        let _json: Value = serde_json::from_str(line).unwrap();
    }
    for word in ["370705199001", "Zhang", "Li Si", "Wang", "自助机", &code, &code.replace('-', "")] {
        assert!(!text.contains(word), "{word} is in\n{text}");
    }
}

#[test]
fn migrating_again_changes_nothing() {
    let site = Site::open(PROGRAM);
    let shape = || site.sql("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'");
    let before = shape();
    site.run(&["migrate"]);
    assert_eq!(shape(), before);
}

#[test]
fn it_counts_what_it_does_and_describes_itself() {
    let site = Site::open(PROGRAM);
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    kiosk.write(12);
    kiosk.sync(&site.address());
    post(&site.address(), b"garbage").1.unwrap_err();
    let mut line = Line::open(&site.address());
    let metrics = line.ask("GET", "/metrics", b"");
    let text = String::from_utf8(metrics.body).unwrap();
    for expected in [
        "county_ops_taken_total 12\n",
        "county_exchanges_total{outcome=\"malformed\"} 1\n",
        "county_enrolments_total{outcome=\"enrolled\"} 1\n",
        "county_exchange_seconds_count",
        "county_db_connections ",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    let document: Value = serde_json::from_slice(&line.ask("GET", "/openapi.json", b"").body).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(line.ask("GET", "/nothing", b"").status, 404);
    assert_eq!(line.ask("GET", "/v1/sync", b"").status, 405);
}

#[test]
fn told_to_stop_it_finishes_what_is_at_hand() {
    let mut site = Site::open(PROGRAM);
    let hall = site.add_hall();
    let mut kiosk = Device::enrol(&site, hall, DeviceRole::Kiosk);
    let ops = kiosk.write(50);
    let body = wire::encode(&Signed::by(&kiosk.request(&ops), &kiosk.key));
    let address = site.address();
    // Half a request is on its way when the word comes.
    let mut line = TcpStream::connect(&address).unwrap();
    let (first, rest) = body.split_at(body.len() / 2);
    write!(line, "POST /v1/sync HTTP/1.1\r\nHost: county\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
    line.write_all(first).unwrap();
    // Another one is answered, so the first has been accepted too.
    assert_eq!(health(&site), 200);
    let mut server = site.take_server();
    let stopped = std::thread::spawn(move || server.terminate());
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    line.write_all(rest).unwrap();
    assert!(stopped.join().unwrap());
    assert_eq!(site.sql("SELECT count(*) FROM ops WHERE hall > 0"), "50");
}
