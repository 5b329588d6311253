//! Whatever bytes lie where the store's files were: it opens or says why not, and with the right bytes back
//! everything is there.

use std::fs;
use std::path::{Path, PathBuf};

use hall_log::frame::{HEADER, body_length, enclose};
use hall_store::{OpenError, Received, StateDigest, Store};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::child::other_series;
use crate::support::{MORNING, Site, assert_verified, copy_dir, market, seal_on};

/// Bytes of a segment's header.
const SEGMENT_HEADER: usize = 32;

/// A closed store with ops and seals of its own and of another device, and a copy of its folders.
struct Kept {
    site: Site,
    copy: PathBuf,
    digest: StateDigest,
}

impl Kept {
    fn new() -> Self {
        let site = Site::new();
        let store = site.open();
        market(&store, 30);
        let ops = other_series()[..200].to_vec();
        let seals = [64, 128, 192, 200].map(|seq: usize| seal_on(&ops[seq - 1], 0)).to_vec();
        store.receive(MORNING, Received { ops, seals, ..Received::default() }).unwrap();
        let digest = store.state_digest().unwrap();
        store.close().unwrap();
        let copy = site.dir.path().join("kept");
        for folder in ["data", "keys"] {
            copy_dir(&site.dir.path().join(folder), &copy.join(folder));
        }
        Self { site, copy, digest }
    }

    /// Everything as it was.
    fn restore(&self) {
        for folder in ["data", "keys"] {
            fs::remove_dir_all(self.site.dir.path().join(folder)).unwrap();
            copy_dir(&self.copy.join(folder), &self.site.dir.path().join(folder));
        }
    }

    fn assert_whole(&self, store: &Store) {
        assert_eq!(store.state_digest().unwrap(), self.digest);
        assert_verified(store);
    }

    /// Opens what is there. A store that opens has everything or says that it has not.
    fn look(&self) -> Result<(), OpenError> {
        let (store, opened) = self.site.try_open()?;
        let report = store.verify().unwrap();
        let said = !report.ok() || opened.torn.is_some() || opened.rolled_back.is_some();
        assert!(said || report.state_digest == self.digest, "{opened:?} {report:?}");
        Ok(())
    }
}

fn run<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value)) {
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(strategy, |value| {
            test(value);
            Ok(())
        })
        .unwrap();
}

fn flips() -> impl Strategy<Value = Vec<(Index, u8)>> {
    proptest::collection::vec((any::<Index>(), 1_u8..), 1..4)
}

fn flip(bytes: &mut [u8], flips: &[(Index, u8)]) {
    for (position, flip) in flips {
        bytes[position.index(bytes.len())] ^= flip;
    }
}

#[test]
fn no_bytes_in_place_of_a_segment_make_opening_panic_or_lie() {
    let kept = Kept::new();
    let segments = kept.site.segments();
    let rest = proptest::collection::vec(any::<u8>(), 0..300);
    run(24, &(any::<Index>(), any::<bool>(), any::<bool>(), rest), |(which, header, sled, rest)| {
        kept.restore();
        let path = &segments[which.index(segments.len())];
        let begin = if header { fs::read(path).unwrap()[..SEGMENT_HEADER].to_vec() } else { Vec::new() };
        fs::write(path, [begin, rest].concat()).unwrap();
        if !sled {
            fs::remove_dir_all(kept.site.data().join("sled")).unwrap();
        }
        let _typed = kept.look();
    });
    kept.restore();
    kept.assert_whole(&kept.site.open());
}

/// The frames of a segment: where each begins, and its body.
fn bodies(bytes: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut found) = (SEGMENT_HEADER, Vec::new());
    while let Some(length) = bytes[at..].first_chunk::<HEADER>().and_then(|header| body_length(*header)) {
        found.push((at, length));
        at += HEADER + length;
    }
    assert_eq!(at, bytes.len());
    found
}

/// A disk does not do that; somebody who can count a checksum does.
#[test]
fn an_altered_frame_with_a_right_checksum_is_found() {
    let kept = Kept::new();
    let segments = kept.site.segments();
    let altered = |path: &Path, which: Index, flips: &[(Index, u8)]| {
        let bytes = fs::read(path).unwrap();
        let frames = bodies(&bytes);
        let (at, length) = frames[which.index(frames.len())];
        let end = at + HEADER + length;
        let mut body = bytes[at + HEADER..end].to_vec();
        flip(&mut body, flips);
        [&bytes[..at], &enclose(&body).unwrap(), &bytes[end..]].concat()
    };
    run(24, &(any::<Index>(), any::<Index>(), flips(), any::<bool>()), |(segment, frame, flips, sled)| {
        kept.restore();
        let path = &segments[segment.index(segments.len())];
        let before = fs::read(path).unwrap();
        let bytes = altered(path, frame, &flips);
        fs::write(path, &bytes).unwrap();
        if !sled {
            fs::remove_dir_all(kept.site.data().join("sled")).unwrap();
        }
        if let Ok((store, _)) = kept.site.try_open() {
            assert!(
                bytes == before || !store.verify().unwrap().ok(),
                "an altered op passes for one that was written"
            );
        }
    });
    kept.restore();
    kept.assert_whole(&kept.site.open());
}

#[test]
fn no_bytes_in_place_of_the_seals_stop_anything() {
    let kept = Kept::new();
    let path = kept.site.journal().join("seals");
    let whole = fs::read(&path).unwrap();
    let other = proptest::collection::vec(any::<u8>(), 0..300);
    run(24, &(any::<bool>(), flips(), any::<Index>(), other), |(random, flips, cut, other)| {
        kept.restore();
        let mut bytes = whole.clone();
        flip(&mut bytes, &flips);
        bytes.truncate(1 + cut.index(bytes.len()));
        fs::write(&path, if random { other } else { bytes }).unwrap();
        let store = kept.site.open();
        kept.assert_whole(&store);
        // What comes again is kept again.
        let last = seal_on(&other_series()[199], 90_000);
        store.receive(MORNING, Received { seals: vec![last], ..Received::default() }).unwrap();
        drop(store);
        let kept_seals = hall_log::Ledger::seals(&kept.site.open(), last.series, 199, 200).unwrap();
        assert_eq!(kept_seals, [last]);
    });
}

/// The small files beside them: whose store it is, the guard, the mark for a rebuild, a wish to erase.
#[test]
fn no_bytes_in_place_of_a_small_file_make_opening_panic_or_lie() {
    let kept = Kept::new();
    let root = kept.site.dir.path().to_owned();
    let files =
        ["data/CREATED", "data/REBUILD", "data/erase.todo", "keys/guard", "keys/epoch", "keys/store.key"];
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..80),
        "[0-9\n ]{0,40}".prop_map(String::into_bytes),
        "linggong store [0-9]{1,12}\ndevice [0-9]{1,12}\nepoch [0-9]{1,6}\nkey [0-9a-f]{0,20}"
            .prop_map(String::into_bytes),
    ];
    run(60, &(0..files.len(), bytes), |(which, bytes)| {
        kept.restore();
        let path = root.join(files[which]);
        fs::write(&path, bytes).unwrap();
        // The keys are read before the store is opened.
        if hall_store::StoreKeys::load_or_create(&root.join("keys")).is_ok() {
            let _typed = kept.look();
        }
    });
    kept.restore();
    kept.assert_whole(&kept.site.open());
}
