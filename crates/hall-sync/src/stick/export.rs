//! Writing a stick: everything that the reader may hold, series by series, as a line would carry it to somebody who
//! has nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hall_core::Instant;
use hall_core::fact::Holder;
use hall_log::Ledger;
use hall_log::frame::FrameBound;

use super::{Batch, End, Header, KIND_BATCH, KIND_END, KIND_HEADER, StickError, beginning, encode};
use crate::node::Identity;
use crate::pull::{Parcel, Sender};
use crate::trust::{Reader, Trust};
use crate::wire::{Have, LIMITS, Refused};

/// Why a stick is not written to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError<E> {
    #[error("the log cannot be read")]
    Ledger(#[source] E),
    #[error("a run does not fit into a frame")]
    TooLarge(#[from] FrameBound),
}

/// A stick as it is being written, one batch in memory at a time.
#[derive(Debug)]
pub struct Export {
    identity: Identity,
    trust: Trust,
    reader: Reader,
    now: Instant,
    /// How far each series is written.
    have: BTreeMap<Holder, Have>,
    /// Devices whose certificate is written.
    certified: BTreeSet<u32>,
    written: End,
    frames: VecDeque<Vec<u8>>,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Header,
    Batches,
    End,
    Nothing,
}

impl Export {
    /// Begins a stick for `reader`. The writer must be a device for which somebody vouches that it trusts itself.
    pub fn begin(
        identity: Identity,
        trust: &Trust,
        reader: Reader,
        now: Instant,
    ) -> Result<Self, StickError> {
        let mut trust = trust.clone();
        if trust.learn(&identity.certificate, now) == Err(Refused::Certificate) {
            return Err(StickError::Stranger);
        }
        Ok(Self {
            identity,
            trust,
            reader,
            now,
            have: BTreeMap::new(),
            certified: BTreeSet::new(),
            written: End::default(),
            frames: VecDeque::new(),
            step: Step::Header,
        })
    }

    /// What was written so far.
    pub fn written(&self) -> End {
        self.written
    }

    /// Whether the next bytes come from the log, and then how far each series is written: a log that is read
    /// beforehand is read from there on.
    pub fn reads(&self) -> Option<Vec<Have>> {
        let from_log = matches!(self.step, Step::Header | Step::Batches) && self.frames.is_empty();
        from_log.then(|| self.have.values().copied().collect())
    }

    /// The next bytes of the file; `None` behind the last.
    pub fn next<L: Ledger>(&mut self, ledger: &L) -> Result<Option<Vec<u8>>, ExportError<L::Error>> {
        while self.frames.is_empty() {
            match self.step {
                Step::Header => {
                    self.frames.push_back(beginning().to_vec());
                    self.frames.push_back(encode(KIND_HEADER, &self.header())?);
                    self.step = Step::Batches;
                }
                Step::Batches => {
                    let parcel = self.parcel(ledger).map_err(ExportError::Ledger)?;
                    // What a relayed series has behind its last seal is left for its author.
                    if !parcel.more || parcel.runs.is_empty() {
                        self.step = Step::End;
                    }
                    self.pack(parcel)?;
                }
                Step::End => {
                    self.frames.push_back(encode(KIND_END, &self.written)?);
                    self.step = Step::Nothing;
                }
                Step::Nothing => break,
            }
        }
        Ok(self.frames.pop_front())
    }

    /// Series that are in no file from here: nobody whose certificate is here wrote them, so nobody could check them.
    pub fn left_out<L: Ledger>(&self, ledger: &L) -> Result<Vec<Holder>, L::Error> {
        let heads = ledger.heads()?.into_iter().map(|(series, _)| series);
        Ok(heads.filter(|series| self.trust.bearer(series.device).is_none()).collect())
    }

    fn header(&self) -> Header {
        Header {
            hall: self.reader.hall,
            from: self.identity.me,
            certificate: self.identity.certificate.clone(),
            reader: self.reader.role,
            at: self.now,
        }
    }

    fn parcel<L: Ledger>(&self, ledger: &L) -> Result<Parcel, L::Error> {
        let Identity { me, key, .. } = &self.identity;
        let sender = Sender { me: *me, trust: &self.trust, key, now: self.now };
        sender.parcel(self.reader, &self.have, LIMITS, ledger)
    }

    fn pack(&mut self, parcel: Parcel) -> Result<(), FrameBound> {
        for run in parcel.runs {
            let (series, end) = (run.series, run.first + u64::from(run.count) - 1);
            let seals: Vec<_> = parcel.seals.iter().filter(|seal| seal.series == series).copied().collect();
            if let Some(seal) = seals.iter().find(|seal| seal.seq == end) {
                self.have.insert(series, Have::new(series, end, seal.chain));
            }
            let mut certificates = Vec::new();
            if self.certified.insert(series.device) {
                certificates.extend(self.trust.certificate(series.device).cloned());
            }
            self.written.count(&run);
            self.frames.push_back(encode(KIND_BATCH, &Batch { run, seals, certificates })?);
        }
        Ok(())
    }
}
