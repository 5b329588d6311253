//! A disk that keeps only what was synced, can be full, lost, or put back to an earlier image.

use std::rc::Rc;

use hall_log::Certificate;

use crate::store::Record;

#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    records: Vec<Rc<Record>>,
    pub certificates: Vec<Certificate>,
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

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().map(|record| &**record)
    }

    pub(crate) fn image(&self) -> Image {
        Image(self.records.clone())
    }

    pub(crate) fn restore(&mut self, image: &Image) {
        self.records.clone_from(&image.0);
    }

    /// Replaces what is there; used when a series that contradicts others is put aside.
    pub(crate) fn rewrite(&mut self, records: Vec<Rc<Record>>) {
        self.records = records;
    }

    pub(crate) fn wipe(&mut self) {
        self.records.clear();
        self.certificates.clear();
    }
}
