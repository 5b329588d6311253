//! Writing a stick: each parcel is one visit, as the answer to a desk would be that has what is written so far.

use std::collections::VecDeque;
use std::iter;
use std::path::Path;

use hall_core::vocab::DeviceRole;
use hall_store::{IoError, write_pieces};
use hall_sync::stick::{self, Export};
use hall_sync::trust::Reader;
use hall_sync::wire::{Have, Request};
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{request, words};
use crate::archive::{Archive, ArchiveError, Visit};
use crate::county::{County, now};
use crate::exchange::believing;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The hall whose desk may read all of it.
    pub hall: u32,
    pub batches: u64,
    pub ops: u64,
    pub bytes: u64,
}

/// Why no stick was written; what was there before is there.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{}", words::no_such_hall(*.0))]
    NoSuchHall(u32),
    #[error("{}", if .0.is_full() { words::FULL } else { words::NOT_WRITTEN })]
    Io(#[from] IoError),
    #[error("{}", words::TOO_LARGE)]
    TooLarge(#[from] hall_log::frame::FrameBound),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Writes everything that a desk of `hall` may have to `path`.
pub async fn export(
    archive: &impl Archive,
    county: &County,
    hall: u32,
    path: &Path,
) -> Result<Exported, ExportError> {
    let devices = archive.devices(hall).await?;
    if devices.is_empty() {
        return Err(ExportError::NoSuchHall(hall));
    }
    let (now, reader) = (now(), Reader { hall, role: DeviceRole::Desk });
    let export = Export::begin(county.identity(now), &believing(county, &devices, now), reader, now)
        .expect("the county believes its own certificate");
    let mut writing = Writing { archive, county, hall, export, pieces: VecDeque::new() };
    let mut bytes = 0;
    block_in_place(|| {
        let pieces = iter::from_fn(|| {
            let piece = Handle::current().block_on(writing.next()).transpose()?;
            Some(piece.inspect(|piece| bytes += piece.len() as u64))
        });
        write_pieces(path, pieces)
    })?;
    let stick::End { batches, ops } = writing.export.written();
    let exported = Exported { hall, batches, ops, bytes };
    tracing::info!(?exported, "a stick was written");
    Ok(exported)
}

struct Writing<'a, A> {
    archive: &'a A,
    county: &'a County,
    hall: u32,
    export: Export,
    /// What was read and is not written yet.
    pieces: VecDeque<Vec<u8>>,
}

impl<A: Archive> Writing<'_, A> {
    /// The next bytes of the file; `None` behind the last.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        if self.pieces.is_empty()
            && let Some(have) = self.export.reads()
        {
            self.read(have).await?;
        }
        Ok(self.pieces.pop_front())
    }

    /// Reads as much as one visit gives; nothing of the archive is held while it is written.
    async fn read(&mut self, have: Vec<Have>) -> Result<(), ExportError> {
        let now = now();
        let identity = self.county.identity(now);
        let request = Request { have, ..request(identity.me, &identity.certificate) };
        let visit = self.archive.visit(self.county, self.hall, &request, now).await?;
        while let Some(piece) = self.export.next(visit.ledger()).map_err(unread)? {
            self.pieces.push_back(piece);
            if self.export.reads().is_some() {
                break;
            }
        }
        Ok(visit.finish().await?)
    }
}

fn unread<E: Into<ArchiveError>>(error: stick::ExportError<E>) -> ExportError {
    match error {
        stick::ExportError::Ledger(error) => ExportError::Archive(error.into()),
        stick::ExportError::TooLarge(error) => error.into(),
    }
}
