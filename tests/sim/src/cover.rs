//! Which faults and branches a run met: a simulation that never meets one proves nothing about it.

use std::collections::BTreeMap;

/// How many seeds met each mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cover(BTreeMap<&'static str, u64>);

/// Every mark that must be met in at least one seed of a hundred.
pub(crate) const MARKS: &[&str] = &[
    "claim confirmed",
    "claim provisional: none here",
    "claim provisional: full",
    "claim provisional: clock",
    "standby promoted",
    "released at home",
    "released elsewhere",
    "gift sent",
    "gift accepted",
    "gift refused",
    "asked and granted",
    "wanted by others and given",
    "shared out",
    "post of the county",
    "asked and granted by the county",
    "given back to the county",
    "gave way to the same worker's other ticket",
    "more places",
    "places burned",
    "post cancelled",
    "reclaimed: seal",
    "reclaimed: evidence",
    "reclaimed: override",
    "epoch ended",
    "worker erased",
    "payload filled",
    "unknown kind carried",
    "later kind carried",
    "later field carried",
    "undecodable payload carried",
    "post revised",
    "upgraded",
    "downgraded",
    "line cut both ways",
    "line from a kiosk to the desk cut",
    "line from a kiosk to the county cut",
    "line from the desk to the county cut",
    "kiosks with a line to the county",
    "line cut one way",
    "message lost",
    "message twice",
    "message late",
    "message overtaken",
    "connection broken",
    "body truncated",
    "answered by a portal",
    "row awaited",
    "crash before the barrier",
    "crash after the barrier",
    "crash between two outputs",
    "write torn",
    "disk lost",
    "disk rolled back, noticed",
    "disk rolled back, unnoticed",
    "disk cloned",
    "county put back to a backup",
    "disk full",
    "clock jumped",
    "clock reset",
    "clock set right at once",
    "fenced: rolled back",
    "fenced: forked",
    "evidence kept",
    "newcomer settled",
];

impl Cover {
    pub(crate) fn mark(&mut self, mark: &'static str) {
        debug_assert!(MARKS.contains(&mark), "{mark} is not listed");
        self.0.insert(mark, 1);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (mark, count) in &other.0 {
            *self.0.entry(mark).or_default() += count;
        }
    }

    pub(crate) fn of(&self, mark: &str) -> u64 {
        self.0.get(mark).copied().unwrap_or(0)
    }
}
