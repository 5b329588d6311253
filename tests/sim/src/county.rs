//! The county's database. What a request brings is there when its transaction commits, and whoever waits for a
//! row waits: transactions of one hall follow each other, those of different halls do not. Each op gets the next
//! number of its hall's cursor, and a reader follows the cursor.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use hall_core::OpId;
use hall_core::mutant::{self, Bug};
use hall_log::Op;
use hall_sync::Input;
use hall_sync::push::Judged;
use hall_sync::wire::{Payload, Signed};

use crate::setup::COUNTY;
use crate::world::{Event, World};

/// What of the database outlives a transaction and is not in the log itself.
#[derive(Debug, Default)]
pub(crate) struct County {
    /// Transactions that have begun.
    open: BTreeMap<u64, Transaction>,
    /// Requests that wait for the row of their hall.
    waiting: BTreeMap<u32, VecDeque<(u64, Signed)>>,
    cursors: BTreeMap<u32, Cursor>,
    /// The next number in each hall of the transaction that is being committed.
    next: BTreeMap<u32, u64>,
}

#[derive(Debug)]
struct Transaction {
    /// The halls whose rows it holds, with the first number it gives in each: after a backup a device brings the
    /// county's own series along with those of its hall.
    first: BTreeMap<u32, u64>,
    judged: Judged,
    payloads: Vec<Payload>,
}

/// The ops of a hall in the order of their commits.
#[derive(Debug, Default)]
struct Cursor {
    numbered: BTreeMap<u64, OpId>,
    known: BTreeSet<OpId>,
    /// How far the reader is, and what he has been given.
    read: u64,
    delivered: BTreeSet<OpId>,
}

impl Cursor {
    fn next(&self) -> u64 {
        self.numbered.last_key_value().map_or(0, |(last, _)| *last) + 1
    }
}

impl County {
    fn is_locked(&self, hall: u32) -> bool {
        self.open.values().any(|transaction| transaction.first.contains_key(&hall))
    }

    /// A crash undoes what was not committed.
    pub(crate) fn crashed(&mut self) {
        self.open.clear();
        self.waiting.clear();
    }
}

impl World {
    /// Whether the county's own row is free, and it is up.
    pub(crate) fn county_may_write(&self) -> bool {
        self.devices[COUNTY].is_up() && !self.county.is_locked(self.devices[COUNTY].hall)
    }

    /// A request reached the county; one that pushes waits for the rows of the halls whose series it brings.
    pub(crate) fn county_asked(&mut self, link: u64, message: Signed) {
        let pushed = message.request().map(|request| request.push).unwrap_or_default();
        let mut halls = pushed.iter().filter_map(|run| self.hall_of(run.series.device));
        let locked = halls.find(|hall| self.county.is_locked(*hall));
        if let Some(hall) = locked.filter(|_| !mutant::on(Bug::CursorFromHighest)) {
            self.cover.mark("row awaited");
            self.county.waiting.entry(hall).or_default().push_back((link, message));
        } else {
            self.drive(COUNTY, Input::Request { link, message });
        }
    }

    /// Begins to write what a request brought.
    pub(crate) fn begin(&mut self, job: u64, judged: Judged, payloads: Vec<Payload>) {
        let halls: BTreeSet<u32> = judged.ops.iter().map(|op| self.home(op.envelope.id)).collect();
        let first = halls.into_iter().map(|hall| (hall, self.county.cursors.entry(hall).or_default().next()));
        let first = first.collect();
        self.county.open.insert(job, Transaction { first, judged, payloads });
        let after = self.rng.i64(1..400);
        let life = self.devices[COUNTY].life;
        self.at(after, Event::Commit { job, life });
    }

    pub(crate) fn end_transaction(&mut self, job: u64) {
        let Some(Transaction { first, judged, payloads }) = self.county.open.remove(&job) else { return };
        self.county.next.clone_from(&first);
        let Some(stored) = self.import(COUNTY, judged, payloads) else { return };
        self.drive(COUNTY, Input::Imported { job, stored });
        for hall in first.into_keys() {
            while !self.county.is_locked(hall) && self.devices[COUNTY].is_up() {
                let next = self.county.waiting.get_mut(&hall).and_then(VecDeque::pop_front);
                let Some((link, message)) = next else { break };
                self.county_asked(link, message);
            }
        }
    }

    /// The hall in whose cursor an op has its number.
    fn home(&self, op: OpId) -> u32 {
        self.hall_of(op.device).unwrap_or_default()
    }

    /// Invariant 6: the cursor has no gap, and gives no number twice. The numbers are written with the ops.
    pub(crate) fn number(&mut self, ops: &[Rc<Op>]) {
        let me = self.devices[COUNTY].holder;
        let mut wrong = None;
        for id in ops.iter().map(|op| op.envelope.id) {
            let hall = self.home(id);
            let cursor = self.county.cursors.entry(hall).or_default();
            let next = cursor.next();
            let number = match self.county.next.get_mut(&hall) {
                // Its own acts are transactions that nothing comes between.
                _ if id.holder() == me => next,
                Some(number) => {
                    *number += 1;
                    *number - 1
                }
                None => 0,
            };
            if number != next || !cursor.known.insert(id) {
                wrong = Some(format!("I6: {id} gets number {number} after {} of hall {hall}", next - 1));
            }
            cursor.numbered.insert(number, id);
        }
        if let Some(wrong) = wrong {
            self.fail(wrong);
        }
    }

    /// Whoever follows the cursors reads what is new.
    pub(crate) fn read_on(&mut self) {
        for cursor in self.county.cursors.values_mut() {
            let news: Vec<(u64, OpId)> =
                cursor.numbered.range(cursor.read + 1..).map(|(number, id)| (*number, *id)).collect();
            for (number, id) in news {
                cursor.read = number;
                cursor.delivered.insert(id);
            }
        }
    }

    /// An earlier state of the database was put back: its cursors are as they were, its readers too.
    pub(crate) fn cursors_put_back(&mut self) {
        let store = &self.devices[COUNTY].store;
        for cursor in self.county.cursors.values_mut() {
            cursor.numbered.retain(|_, id| store.holds(*id));
            cursor.known.retain(|id| store.holds(*id));
            cursor.delivered.retain(|id| store.holds(*id));
            cursor.read = cursor.read.min(cursor.next() - 1);
        }
    }

    /// Invariant 6: who follows the cursors has been given everything.
    pub(crate) fn all_delivered(&mut self) {
        self.read_on();
        let delivered: BTreeSet<OpId> =
            self.county.cursors.values().flat_map(|cursor| cursor.delivered.iter().copied()).collect();
        let ids = self.devices[COUNTY].store.series.values().flatten().map(|op| op.envelope.id);
        let missed = ids.into_iter().find(|id| !delivered.contains(id));
        if let Some(id) = missed {
            self.fail(format!("I6: {id} was never delivered to who follows the cursor"));
        }
    }
}
