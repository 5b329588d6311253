//! A complete look at a hall's store.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};

use hall_core::Instant;

use crate::Place;
use crate::open::HandClock;

pub(crate) fn run(place: &Place) -> anyhow::Result<ExitCode> {
    // A store that cannot be looked at is not ok either, and whoever reads the line must learn why.
    let report =
        look(place).unwrap_or_else(|error| json!({ "ok": false, "problems": [format!("{error:#}")] }));
    writeln!(std::io::stdout(), "{report}")?;
    Ok(if report["ok"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn look(place: &Place) -> anyhow::Result<Value> {
    // A look must not count as a start: a clock at zero leaves the store's time floor where it was.
    let hall = place.open(HandClock::new(Instant(0)).clock())?;
    let store = hall.store().verify()?;
    let audit = hall.audit()?;
    let ok = store.ok() && audit.ok();
    let heads: BTreeMap<String, String> =
        store.heads.iter().map(|(last, chain)| (last.to_string(), chain.to_string())).collect();
    Ok(json!({
        "ok": ok,
        "last": store.last.to_string(),
        "last_seq": store.last.seq,
        "ops": store.ops,
        "entities": store.entities,
        "absent_payloads": store.absent_payloads,
        "chain_ok": store.chain_ok,
        "contiguous": store.contiguous,
        "payloads_ok": store.payloads_ok,
        "fold_equals_replay": store.fold_equals_replay,
        "index_ok": store.index_ok,
        "journal_matches": store.journal_matches,
        "state_digest": store.state_digest.to_string(),
        "heads": heads,
        "posts": audit.posts,
        "places": audit.places,
        "tickets": audit.tickets,
        "confirmed": audit.confirmed,
        "standby": audit.standby,
        "places_ok": audit.places_ok,
        "custody_ok": audit.custody_ok,
        "problems": store.problems.iter().chain(&audit.problems).collect::<Vec<_>>(),
    }))
}
