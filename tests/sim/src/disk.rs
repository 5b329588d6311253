//! A disk that keeps only what was synced, tears what was being written, can be full, lost, or put back to an
//! earlier image.

use std::rc::Rc;

use hall_core::mutant::{self, Bug};
use hall_log::{Frame, Frames, Op};

use crate::store::Record;

#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    records: Vec<Rc<Record>>,
    /// What is there of the frame that was being written when the power went.
    torn: Vec<u8>,
    pub full: bool,
}

/// What a copy of the disk holds.
#[derive(Clone, Debug)]
pub(crate) struct Image(Vec<Rc<Record>>);

impl Disk {
    /// Writes a record and syncs it. `false` when there is no room.
    pub(crate) fn write(&mut self, record: &Rc<Record>) -> bool {
        if !self.full {
            self.records.push(Rc::clone(record));
        }
        !self.full
    }

    /// The power goes while a frame is being written: `keep` of its bytes are there, and `blank` more as zeros,
    /// for the length of a file may be on the disk before its end is.
    pub(crate) fn tear(&mut self, ops: &[Rc<Op>], keep: f64, blank: usize) {
        if mutant::on(Bug::TornActKept) {
            self.records.push(Rc::new(Record::Ops(ops[..ops.len() / 2].to_vec())));
            return;
        }
        let ops: Vec<Op> = ops.iter().map(|op| (**op).clone()).collect();
        self.torn = Frame::encode(&ops).unwrap_or_default();
        // A frame of which only zeros at its end are missing would be whole behind the blank ones.
        let whole = self.torn.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        let kept = ((self.torn.len() as f64 * keep) as usize).min(whole);
        self.torn.truncate(kept);
        self.torn.resize(kept + blank, 0);
    }

    /// At the next start: the acts that a torn write left whole, of which there must be none, and an end of it.
    pub(crate) fn recover(&mut self) -> usize {
        Frames::new(&std::mem::take(&mut self.torn)).flatten().count()
    }

    pub(crate) fn records(&self) -> &[Rc<Record>] {
        &self.records
    }

    pub(crate) fn image(&self) -> Image {
        Image(self.records.clone())
    }

    pub(crate) fn restore(&mut self, image: &Image) {
        self.records.clone_from(&image.0);
        self.torn.clear();
    }

    /// Replaces what is there; used when a series that contradicts others is put aside.
    pub(crate) fn rewrite(&mut self, records: Vec<Rc<Record>>) {
        self.records = records;
    }

    pub(crate) fn wipe(&mut self) {
        self.records.clear();
        self.torn.clear();
    }
}
