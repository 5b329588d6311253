//! The journal: append-only segments of frames, one frame and one sync for each act.
//!
//! A segment is named by the arrival number of its first op: ops are counted in the order in which this
//! device came to hold them, whoever wrote them. A segment begins with a header and is put in place whole,
//! so only the last frame of the last segment can ever be torn.
//!
//! Must never acknowledge what has not been synced, and never remove what a reader could still need.

mod segment;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use hall_log::{Frame, FrameError, Frames, Op};

use crate::disk;
use crate::error::{IoError, OpenError};
pub(crate) use segment::{HEADER, Header};

/// The journal, open for appending.
#[derive(Debug)]
pub(crate) struct Journal {
    dir: PathBuf,
    header: Header,
    segment_bytes: u64,
    active: File,
    active_path: PathBuf,
    active_len: u64,
    /// Ops in the journal; one whose payload came later is there twice.
    arrivals: u64,
    /// An append failed and could not be undone: the end of the file is not known any more.
    broken: bool,
}

/// Why an append did not happen.
#[derive(Debug)]
pub(crate) enum AppendError {
    /// Nothing was written and the journal goes on.
    Undone(IoError),
    /// The journal cannot go on; the next start looks at what is there.
    Broken(IoError),
}

impl AppendError {
    pub(crate) fn into_io(self) -> IoError {
        let (Self::Undone(error) | Self::Broken(error)) = self;
        error
    }
}

/// What reading the end of the journal found.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// Bytes of an interrupted write, kept in a file of their own.
    pub torn: Option<(u64, PathBuf)>,
}

impl Journal {
    /// Creates an empty journal whose first op will have number `arrivals + 1`.
    pub(crate) fn create(dir: &Path, header: Header, segment_bytes: u64) -> Result<Self, IoError> {
        disk::create_dir(dir)?;
        let path = segment::create(dir, &header)?;
        Self::append_to(dir, header, segment_bytes, path, HEADER as u64)
    }

    /// Opens the journal in `dir` and gives every op after number `known` to `replay`, frame by frame. A torn
    /// tail is copied aside and cut off. `now` names the copy.
    pub(crate) fn open<E: From<OpenError>>(
        dir: &Path,
        expected: Expected,
        known: u64,
        now: i64,
        mut replay: impl FnMut(Vec<Op>) -> Result<(), E>,
    ) -> Result<(Self, Tail), E> {
        remove_unfinished(dir).map_err(OpenError::from)?;
        let segments = list(dir).map_err(OpenError::from)?;
        let begin = segments.partition_point(|(first, _)| *first <= known + 1).saturating_sub(1);
        let mut next = None;
        let mut tail = Tail::default();
        for (n, (first, path)) in segments.iter().enumerate().skip(begin) {
            let last = n + 1 == segments.len();
            let header = segment::check(path, &expected, *first)?;
            if next.is_some_and(|next| next != *first) {
                return Err(damaged(path, 0, "ops are missing before this segment").into());
            }
            let bytes = fs::read(path).map_err(IoError::at(path)).map_err(OpenError::from)?;
            let mut arrivals = first - 1;
            let mut frames = Frames::new(&bytes[HEADER..]);
            let mut end = HEADER as u64;
            while let Some(frame) = frames.next() {
                match frame {
                    Ok(frame) => {
                        arrivals += frame.ops.len() as u64;
                        if arrivals > known {
                            replay(frame.ops)?;
                        }
                        end = (HEADER + frames.offset()) as u64;
                    }
                    Err(FrameError::Torn { .. }) if last => {
                        tail.torn = Some(cut_tail(dir, path, end, &bytes, now).map_err(OpenError::from)?);
                    }
                    Err(error) => return Err(frame_damage(path, &error).into()),
                }
            }
            next = Some(arrivals + 1);
            if last {
                let header = Header { first: arrivals + 1, ..header };
                let journal = Self::append_to(dir, header, expected.segment_bytes, path.clone(), end)
                    .map_err(OpenError::from)?;
                return Ok((journal, tail));
            }
        }
        Err(damaged(dir, 0, "there is no segment").into())
    }

    fn append_to(
        dir: &Path,
        header: Header,
        segment_bytes: u64,
        active_path: PathBuf,
        active_len: u64,
    ) -> Result<Self, IoError> {
        let active = OpenOptions::new().append(true).open(&active_path).map_err(IoError::at(&active_path))?;
        let arrivals = header.first - 1;
        Ok(Self {
            dir: dir.to_owned(),
            header,
            segment_bytes,
            active,
            active_path,
            active_len,
            arrivals,
            broken: false,
        })
    }

    /// Ops in the journal.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// Whether an append failed in a way that only reading the file again can clear up.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Makes one frame of `count` ops durable. Must not be called when the journal is broken.
    pub(crate) fn append(&mut self, frame: &[u8], count: usize) -> Result<(), AppendError> {
        if self.active_len > self.segment_bytes {
            self.rotate().map_err(AppendError::Undone)?;
        }
        if let Err(source) = self.active.write_all(frame).and_then(|()| self.active.sync_data()) {
            let error = IoError { path: self.active_path.clone(), source };
            // After a failed sync nobody knows what is on the disk: cut back and sync that, or give up.
            let undone = self.active.set_len(self.active_len).and_then(|()| self.active.sync_all());
            self.broken = undone.is_err();
            return Err(if self.broken { AppendError::Broken(error) } else { AppendError::Undone(error) });
        }
        self.active_len += frame.len() as u64;
        self.arrivals += count as u64;
        Ok(())
    }

    /// Closes the active segment and begins the next one.
    pub(crate) fn rotate(&mut self) -> Result<(), IoError> {
        let header = Header { first: self.arrivals + 1, ..self.header };
        let path = segment::create(&self.dir, &header)?;
        self.active = OpenOptions::new().append(true).open(&path).map_err(IoError::at(&path))?;
        self.active_path = path;
        self.active_len = HEADER as u64;
        Ok(())
    }

    /// Says in a segment of its own that the device writes in `epoch` from now on.
    pub(crate) fn begin_epoch(&mut self, epoch: u16) -> Result<(), IoError> {
        if self.header.epoch == epoch {
            return Ok(());
        }
        self.header.epoch = epoch;
        self.rotate()
    }

    /// Begins the next segment unless the active one is empty: what came before can then be rewritten.
    pub(crate) fn close_active(&mut self) -> Result<(), IoError> {
        if self.active_len > HEADER as u64 { self.rotate() } else { Ok(()) }
    }

    /// The segments that will never be appended to again.
    pub(crate) fn closed_segments(&self) -> Result<Vec<PathBuf>, IoError> {
        Ok(list(&self.dir)?
            .into_iter()
            .map(|(_, path)| path)
            .filter(|path| *path != self.active_path)
            .collect())
    }
}

/// What the headers of a store's journal must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub identity: (u32, u16),
    pub fingerprint: [u8; 8],
    pub segment_bytes: u64,
}

/// The segments of a journal in order, with the number of the first op of each.
pub(crate) fn list(dir: &Path) -> Result<Vec<(u64, PathBuf)>, IoError> {
    let mut segments: Vec<(u64, PathBuf)> = disk::names_with(dir, "")?
        .into_iter()
        .filter_map(|path| {
            let first = path.file_name()?.to_str()?.strip_suffix(segment::SUFFIX)?.parse().ok()?;
            Some((first, path))
        })
        .collect();
    segments.sort();
    Ok(segments)
}

/// The header of the newest segment, if the folder holds a journal.
pub(crate) fn newest_header(dir: &Path) -> Result<Option<Header>, OpenError> {
    if !dir.is_dir() {
        return Ok(None);
    }
    list(dir)?.last().map(|(_, path)| segment::read_header(path)).transpose()
}

/// Reads every frame of one segment.
pub(crate) fn read_segment(path: &Path, mut each: impl FnMut(Frame)) -> Result<(), OpenError> {
    let bytes = fs::read(path).map_err(IoError::at(path))?;
    segment::parse(path, &bytes)?;
    for frame in Frames::new(&bytes[HEADER..]) {
        each(frame.map_err(|error| frame_damage(path, &error))?);
    }
    Ok(())
}

/// Puts `frames` in the place of what a closed segment holds.
pub(crate) fn rewrite_segment(path: &Path, frames: &[Vec<Op>]) -> Result<(), OpenError> {
    let mut bytes = segment::read_header(path)?.encode().to_vec();
    for ops in frames {
        bytes.extend(Frame::encode(ops).map_err(|bound| damaged(path, 0, &bound.to_string()))?);
    }
    Ok(disk::write_durably(path, &bytes)?)
}

/// A rewriting that was cut short left a copy of a segment, which may hold what has been erased since.
fn remove_unfinished(dir: &Path) -> Result<(), IoError> {
    for path in disk::names_with(dir, "")? {
        if path.extension().is_some_and(|extension| extension == "tmp") {
            disk::remove_file(&path)?;
        }
    }
    Ok(())
}

fn cut_tail(dir: &Path, path: &Path, end: u64, bytes: &[u8], now: i64) -> Result<(u64, PathBuf), IoError> {
    let torn = &bytes[end as usize..];
    let copy = disk::free_name(dir, "torn", now);
    disk::write_durably(&copy, torn)?;
    let file = OpenOptions::new().write(true).open(path).map_err(IoError::at(path))?;
    file.set_len(end).and_then(|()| file.sync_all()).map_err(IoError::at(path))?;
    Ok((torn.len() as u64, copy))
}

fn frame_damage(path: &Path, error: &FrameError) -> OpenError {
    let (FrameError::Torn { offset } | FrameError::Corrupt { offset } | FrameError::Body { offset, .. }) =
        error;
    damaged(path, (HEADER + offset) as u64, &error.to_string())
}

pub(crate) fn damaged(segment: &Path, offset: u64, detail: &str) -> OpenError {
    OpenError::JournalDamaged { segment: segment.to_owned(), offset, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use hall_log::{Draft, Series, Subject};

    use super::*;

    const HEADER_OF_ONE: Header = Header { device: 1, epoch: 1, first: 1, fingerprint: [7; 8] };
    const LIMITED: &str = "HALL_STORE_LIMITED";

    fn ops(series: &mut Series, bytes: usize) -> Vec<Op> {
        let payload = vec![1; bytes];
        let scope = hall_core::fact::Scope::Hall;
        let draft = Draft { subject: Subject::New, by: None, kind: 1, schema: 1, scope, payload };
        series.append(hall_core::Instant(0), vec![draft]).unwrap()
    }

    fn replayed(dir: &Path, known: u64) -> (Journal, u64) {
        let expected = Expected { identity: (1, 1), fingerprint: [7; 8], segment_bytes: 1 << 20 };
        let mut count = 0;
        let (journal, _) = Journal::open::<OpenError>(dir, expected, known, 0, |ops| {
            count += ops.len() as u64;
            Ok(())
        })
        .unwrap();
        (journal, count)
    }

    #[test]
    fn reading_begins_behind_what_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(dir.path(), HEADER_OF_ONE, 500).unwrap();
        let mut series = Series::new(1, 1);
        for _ in 0..20 {
            let ops = ops(&mut series, 200);
            journal.append(&Frame::encode(&ops).unwrap(), 1).unwrap();
        }
        assert!(list(dir.path()).unwrap().len() > 5);
        for known in 0..=20 {
            let (journal, count) = replayed(dir.path(), known);
            assert_eq!((journal.arrivals(), count), (20, 20 - known));
        }
        // A segment that is already behind is not even looked at.
        fs::write(&list(dir.path()).unwrap()[0].1, b"gone").unwrap();
        assert_eq!(replayed(dir.path(), 12).1, 8);
    }

    /// Runs [`at_the_limit`] in a child whose files may not grow past 64 KiB; the signal that would end it
    /// there is ignored, so that its writes come back short.
    #[test]
    fn a_short_write_is_undone() {
        let dir = tempfile::tempdir().unwrap();
        let script = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
        let child = Command::new("bash")
            .args(["-c", script, "bash"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "journal::tests::at_the_limit"])
            .env(LIMITED, dir.path())
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        let (journal, count) = replayed(dir.path(), 0);
        assert_eq!(count, journal.arrivals());
        assert!(count > 10, "the child did its work");
    }

    #[test]
    fn at_the_limit() {
        let Ok(dir) = std::env::var(LIMITED) else { return };
        let dir = Path::new(&dir);
        let mut journal = Journal::create(dir, HEADER_OF_ONE, 1 << 20).unwrap();
        let mut series = Series::new(1, 1);
        let refused = loop {
            let before = series;
            let ops = ops(&mut series, 5000);
            if let Err(error) = journal.append(&Frame::encode(&ops).unwrap(), 1) {
                series = before;
                break error;
            }
        };
        assert!(matches!(&refused, AppendError::Undone(error) if error.is_full()), "{refused:?}");
        let length = fs::metadata(&journal.active_path).unwrap().len();
        assert!(length == journal.active_len && length < 64 << 10, "the short write was cut off");
        // A smaller act still fits, right behind the last whole frame.
        let small = ops(&mut series, 10);
        journal.append(&Frame::encode(&small).unwrap(), 1).unwrap();
        let (again, count) = replayed(dir, 0);
        assert_eq!((again.arrivals(), count), (journal.arrivals(), journal.arrivals()));
    }
}
