//! The sample hall: 奎山示范零工客栈, a county hall that does not exist, for the demo, the tests and the benches.
//!
//! `cargo xtask sample` writes `assets/sample-hall/*.json`. The output is a pure function of the tables here and
//! of one seed: the same bytes on every machine, and a test compares them with the committed files. Nothing in
//! it may be a real person, firm, number or advertisement.

mod draw;
mod employers;
mod names;
mod people;
mod posts;
mod work;
mod workers;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use anyhow::Context;
use hall_core::Day;
use serde::{Deserialize, Serialize};

use people::{COUNTY, Registry};

const COUNTY_NAME: &str = "奎山县";

/// Ages are as of this day; posts carry offsets and are always fresh.
fn day_of_making() -> Day {
    Day::new(2026, 11, 20).expect("the calendar has this day")
}

/// What the first start of the sample's machine enters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SampleHall {
    hall: HallSettings,
    supervisor: String,
    tier: EnteredTier,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct HallSettings {
    name: String,
    county: String,
    address: String,
    phone: String,
    window: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct EnteredTier {
    tier: u8,
    document: String,
}

/// How much was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    employers: usize,
    posts: usize,
    places: u32,
    workers: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { employers, posts, places, workers } = self;
        write!(f, "sample hall: {employers} employers, {posts} posts with {places} places, {workers} workers")
    }
}

/// The whole sample in memory.
#[derive(Debug)]
struct Sample {
    hall: SampleHall,
    employers: Vec<employers::SampleEmployer>,
    posts: Vec<posts::SamplePost>,
    workers: Vec<workers::SampleWorker>,
}

impl Sample {
    fn make() -> Self {
        let mut people = Registry::default();
        let hall = SampleHall {
            hall: HallSettings {
                name: "奎山示范零工客栈".to_owned(),
                county: COUNTY.to_owned(),
                address: format!("{COUNTY_NAME}北关街 88 号"),
                phone: people.phone(),
                window: "2 号窗口".to_owned(),
            },
            supervisor: "示范主管".to_owned(),
            tier: EnteredTier {
                tier: 2,
                document: "示范数据：虚构县，按二档演示，不是任何真实文件".to_owned(),
            },
        };
        let employers = employers::employers(&mut people);
        let posts = posts::posts(&employers);
        let workers = workers::workers(&mut people);
        let employers = employers.into_iter().map(|employer| employer.form).collect();
        Self { hall, employers, posts, workers }
    }

    /// The files by name, as they are committed.
    fn files(&self) -> anyhow::Result<[(&'static str, String); 4]> {
        let mut hall = serde_json::to_string_pretty(&self.hall)?;
        hall.push('\n');
        Ok([
            ("hall.json", hall),
            ("employers.json", one_a_line(&self.employers)?),
            ("posts.json", one_a_line(&self.posts)?),
            ("workers.json", one_a_line(&self.workers)?),
        ])
    }

    fn counts(&self) -> Counts {
        Counts {
            employers: self.employers.len(),
            posts: self.posts.len(),
            places: self.posts.iter().filter_map(|post| post.places.parse::<u32>().ok()).sum(),
            workers: self.workers.len(),
        }
    }
}

/// A JSON array with one record a line, so that a change shows as the lines it touches.
fn one_a_line<T: Serialize>(records: &[T]) -> anyhow::Result<String> {
    let lines: Vec<String> = records.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

/// Writes the sample under `root`, the folder of the workspace.
pub(crate) fn write(root: &Path) -> anyhow::Result<Counts> {
    let sample = Sample::make();
    let folder = root.join("assets/sample-hall");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in sample.files()? {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(sample.counts())
}
