//! Looking at everything: chains, contiguity, payloads, states, index, journal. Reads in pages, so that the
//! whole store never has to fit into memory.

use std::collections::BTreeMap;
use std::fmt;

use hall_core::entity::{Applied, Entity};
use hall_core::fact::Scope;
use hall_core::{EntityId, OpId};
use hall_log::{Chain, CheckError, Head, Op, check};

use crate::error::ReadError;
use crate::fold::{self, Folded, open_state};
use crate::journal;
use crate::store::Store;
use crate::tables::{Table, TablesError, missing_key};

const PAGE: usize = 512;
/// Bound of the problems that a report spells out.
const PROBLEMS_MAX: usize = 50;

/// A digest of all states that does not depend on the order of the entities.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct StateDigest(pub [u8; 32]);

impl StateDigest {
    fn add(&mut self, id: EntityId, state: &Entity) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&id.to_bytes()).update(&state.encode());
        for (sum, byte) in self.0.iter_mut().zip(hasher.finalize().as_bytes()) {
            *sum ^= byte;
        }
    }
}

impl fmt::Display for StateDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StateDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateDigest({self})")
    }
}

/// What a complete look at the store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    pub ops: u64,
    pub entities: u64,
    /// The last op of the device's own series.
    pub last: OpId,
    /// Payloads that were erased or never came.
    pub absent_payloads: u64,
    /// Every op links to the one before it.
    pub chain_ok: bool,
    /// No number is missing in any series, and each ends where its head says.
    pub contiguous: bool,
    /// Every payload that is here opens and is the one its envelope names.
    pub payloads_ok: bool,
    /// Every state equals the fold of its ops.
    pub fold_equals_replay: bool,
    /// The index holds exactly the keys of the states.
    pub index_ok: bool,
    /// The journal holds the same ops, byte for byte.
    pub journal_matches: bool,
    pub state_digest: StateDigest,
    /// The last op of every series with its chain: the same on two stores exactly when they hold the same ops.
    pub heads: Vec<(OpId, Chain)>,
    /// The first problems, in words.
    pub problems: Vec<String>,
}

impl VerifyReport {
    pub fn ok(&self) -> bool {
        self.chain_ok
            && self.contiguous
            && self.payloads_ok
            && self.fold_equals_replay
            && self.index_ok
            && self.journal_matches
    }

    fn problem(&mut self, text: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(text);
        }
    }
}

impl Store {
    /// A digest of all states, equal on two stores exactly when their states are.
    pub fn state_digest(&self) -> Result<StateDigest, ReadError> {
        let mut digest = StateDigest::default();
        self.each(Table::States, |key, value| {
            let id = EntityId::from_bytes(key).ok_or(TablesError::Malformed("a key of a state"))?;
            let folded = open_state(&self.seal, id, value).ok_or(TablesError::Malformed("a state"))?;
            if let Some(entity) = &folded.entity {
                digest.add(id, entity);
            }
            Ok(())
        })?;
        Ok(digest)
    }

    /// Checks the whole store. Nothing is written in the meantime. When sled turns out to be wrong and the
    /// journal right, the next start rebuilds sled.
    pub fn verify(&self) -> Result<VerifyReport, ReadError> {
        let writer = self.writer();
        let mut report = VerifyReport {
            ops: 0,
            entities: 0,
            last: OpId::new(self.identity.device, self.identity.epoch, 0),
            absent_payloads: 0,
            chain_ok: true,
            contiguous: true,
            payloads_ok: true,
            fold_equals_replay: true,
            index_ok: true,
            journal_matches: true,
            state_digest: StateDigest::default(),
            heads: Vec::new(),
            problems: Vec::new(),
        };
        let brought = self.verify_series(&mut report)?;
        self.verify_states(&mut report)?;
        let whole = self.verify_journal(&mut report, writer.journal.arrivals(), brought)?;
        if whole && !report.ok() {
            tracing::error!(problems = ?report.problems, "sled is wrong and the journal is right");
            self.tables.mark_for_rebuild("verify found sled wrong");
        }
        Ok(report)
    }

    fn each(
        &self,
        table: Table,
        mut row: impl FnMut(&[u8], &[u8]) -> Result<(), TablesError>,
    ) -> Result<(), TablesError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = self.tables.page(table, after.as_deref(), PAGE)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, value) in &rows {
                row(key, value)?;
            }
        }
    }

    /// How many ops have, or had, their payload here.
    fn verify_series(&self, report: &mut VerifyReport) -> Result<u64, TablesError> {
        let (mut brought, mut missing) = (0, 0);
        let mut heads: BTreeMap<(u32, u16), Head> = BTreeMap::new();
        self.each(Table::Ops, |key, value| {
            report.ops += 1;
            let (chain, envelope) = self.tables.parse_op(value)?;
            let id = envelope.id;
            if OpId::from_bytes(key) != Some(id) {
                report.contiguous = false;
                report.problem(format!("op {id} has the key of another"));
            }
            if self.tables.get(Table::Payloads, key)?.is_some() {
                brought += 1;
            } else if envelope.scope != Scope::Device {
                missing += 1;
                if self.tables.get(Table::Missing, &missing_key(envelope.scope, id))?.is_none() {
                    report.payloads_ok = false;
                    report.problem(format!("nobody will ask for the payload of op {id}"));
                }
            }
            let payload = fold::read_payload(&self.tables, &self.seal, id);
            let payload = payload.unwrap_or_else(|error| {
                report.payloads_ok = false;
                report.problem(format!("op {id}: {error}"));
                None
            });
            report.absent_payloads += u64::from(payload.is_none());
            let head = heads.entry((id.device, id.epoch)).or_insert(Head::origin(id.device, id.epoch));
            let op = Op { envelope, chain, payload };
            let next = Head { seq: id.seq, chain, hlc: op.envelope.hlc };
            if let Err(error) = check(head, &op) {
                match error {
                    CheckError::Gap { .. } | CheckError::Known { .. } => {
                        report.contiguous = false;
                    }
                    CheckError::PayloadMismatch { .. } => report.payloads_ok = false,
                    _ => report.chain_ok = false,
                }
                report.problem(error.to_string());
            }
            *head = next;
            Ok(())
        })?;
        for (device, epoch, head) in self.tables.heads()? {
            report.heads.push((OpId::new(device, epoch, head.seq), head.chain));
            if heads.remove(&(device, epoch)) != Some(head) {
                report.contiguous = false;
                report.problem(format!("series {device}.{epoch} does not end at {}", head.seq));
            }
        }
        if let Some((device, epoch)) = heads.keys().next() {
            report.contiguous = false;
            report.problem(format!("series {device}.{epoch} has no head"));
        }
        report.last.seq = self.tables.head(self.identity.device, self.identity.epoch)?.seq;
        self.each(Table::Missing, |_, _| {
            missing -= 1_i64;
            Ok(())
        })?;
        if missing != 0 {
            report.payloads_ok = false;
            report.problem(format!("{} payloads are asked for that are not missing", -missing));
        }
        Ok(brought)
    }

    fn verify_states(&self, report: &mut VerifyReport) -> Result<(), TablesError> {
        let mut keys = 0_u64;
        let mut current: Option<EntityId> = None;
        let mut rows = 0_u64;
        self.each(Table::ByEntity, |key, _| {
            rows += 1;
            let entity = key.get(..OpId::LEN).and_then(EntityId::from_bytes);
            let entity = entity.ok_or(TablesError::Malformed("a row of an entity"))?;
            if current.replace(entity) != Some(entity) {
                keys += self.verify_entity(entity, report)?;
            }
            Ok(())
        })?;
        if rows != report.ops {
            report.fold_equals_replay = false;
            report.problem(format!("{rows} ops belong to entities"));
        }
        let (mut states, mut index) = (0_u64, 0_u64);
        self.each(Table::States, |_, _| {
            states += 1;
            Ok(())
        })?;
        self.each(Table::Index, |_, _| {
            index += 1;
            Ok(())
        })?;
        if states != report.entities {
            report.fold_equals_replay = false;
            report.problem(format!("{states} states for {} entities", report.entities));
        }
        if index != keys {
            report.index_ok = false;
            report.problem(format!("{index} index rows for {keys} keys"));
        }
        Ok(())
    }

    /// Compares one entity with the fold of its ops; how many index keys it has.
    fn verify_entity(&self, id: EntityId, report: &mut VerifyReport) -> Result<u64, TablesError> {
        report.entities += 1;
        let ops = fold::ops_of(&self.tables, &self.seal, id)?;
        let last = ops.iter().map(Applied::order).max();
        let replayed = Folded { last, entity: Entity::fold_all(id, ops) };
        let stored = fold::read_state(&self.tables, &self.seal, id)?;
        if stored != replayed {
            report.fold_equals_replay = false;
            report.problem(format!("the state of entity {id} is not the fold of its ops"));
        }
        let Some(entity) = replayed.entity else { return Ok(0) };
        report.state_digest.add(id, &entity);
        let mut keys = entity.keys();
        keys.sort();
        keys.dedup();
        for key in &keys {
            let row = [&key[..], &id.to_bytes()].concat();
            if self.tables.get(Table::Index, &row)?.is_none() {
                report.index_ok = false;
                report.problem(format!("an index key of entity {id} is missing"));
            }
        }
        Ok(keys.len() as u64)
    }

    /// Compares the journal with sled; whether the journal by itself is whole.
    fn verify_journal(
        &self,
        report: &mut VerifyReport,
        arrivals: u64,
        brought: u64,
    ) -> Result<bool, TablesError> {
        let (mut found, mut repeated, mut payloads) = (0_u64, 0_u64, 0_u64);
        let mut whole = true;
        let mut heads: BTreeMap<(u32, u16), Head> = BTreeMap::new();
        for (first, path) in journal::list(&self.journal_dir).map_err(TablesError::Io)? {
            if first != found + 1 {
                whole = false;
                report.problem(format!("the journal lacks ops before its op {first}"));
            }
            let mut failed = None;
            let read = journal::read_segment(&path, |frame| {
                found += frame.ops.len() as u64;
                for mut op in frame.ops {
                    match self.is_in_tables(&op) {
                        Ok(true) => {}
                        Ok(false) => {
                            report.journal_matches = false;
                            report.problem(format!(
                                "op {} differs between sled and the journal",
                                op.envelope.id
                            ));
                        }
                        Err(error) => failed = Some(error),
                    }
                    let id = op.envelope.id;
                    let head =
                        heads.entry((id.device, id.epoch)).or_insert(Head::origin(id.device, id.epoch));
                    // Sealed here; that it is what the envelope names follows from sled's being the same.
                    let payload = op.payload.take().is_some();
                    payloads += u64::from(payload);
                    match check(head, &op) {
                        Ok(next) => *head = next,
                        // Its payload came later.
                        Err(CheckError::Known { .. }) if payload => repeated += 1,
                        Err(error) => {
                            whole = false;
                            report.problem(format!("journal: {error}"));
                        }
                    }
                }
            });
            if let Some(error) = failed {
                return Err(error);
            }
            if let Err(error) = read {
                whole = false;
                report.problem(error.to_string());
            }
        }
        if self.tables.arrivals()? != arrivals {
            report.contiguous = false;
            report.problem(format!("{arrivals} ops and payloads came and another number was counted"));
        }
        if found != arrivals {
            whole = false;
            report.problem(format!("the journal holds {found} arrivals and should hold {arrivals}"));
        }
        report.journal_matches &= whole && found - repeated == report.ops && payloads == brought;
        Ok(whole)
    }

    fn is_in_tables(&self, op: &Op) -> Result<bool, TablesError> {
        let key = op.envelope.id.to_bytes();
        let here = self.tables.get(Table::Ops, &key)?;
        let payload = self.tables.get(Table::Payloads, &key)?;
        let expected = [&op.chain.0[..], &op.envelope.encode()].concat();
        Ok(here.is_some_and(|here| *here == *expected) && (op.payload.is_none() || payload == op.payload))
    }
}
