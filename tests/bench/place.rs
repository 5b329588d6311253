//! The folders of the bench: the hall as it was built, and the copy that a run works on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use hall_app::{Clock, Hall, Options};

use crate::Size;

/// Raised when what is built changes: an older store is then built anew.
const VERSION: u32 = 1;

#[derive(Debug)]
pub(crate) struct Place {
    root: PathBuf,
}

/// The copy of a run.
#[derive(Debug)]
pub(crate) struct Work {
    data: PathBuf,
}

impl Place {
    pub(crate) fn new(size: &Size) -> Self {
        let Size { ops, posts, claims, .. } = size;
        // A store of an older format would be built anew by whoever opens it first, which is no ordinary start.
        let format = hall_store::FORMAT_VERSION;
        Self { root: size.data.join(format!("v{VERSION}.{format}-{ops}-{posts}-{claims}")) }
    }

    fn built(&self) -> PathBuf {
        self.root.join("built")
    }

    fn mark(&self) -> PathBuf {
        self.root.join("complete")
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.mark().exists()
    }

    pub(crate) fn complete(&self) -> Result<()> {
        Ok(fs::write(self.mark(), "")?)
    }

    /// Removes what an interrupted run had built.
    pub(crate) fn clear(&self) -> Result<()> {
        if self.root.exists() {
            fs::remove_dir_all(&self.root)?;
        }
        fs::create_dir_all(self.built()).with_context(|| self.root.display().to_string())
    }

    pub(crate) fn open_built(&self, clock: Clock) -> Result<Hall> {
        Ok(Hall::open(Options::new(self.built(), self.root.join("keys"), clock))?)
    }

    pub(crate) fn open_work(&self, clock: Clock) -> Result<Hall> {
        Ok(Hall::open(Options::new(self.root.join("work"), self.root.join("keys"), clock))?)
    }

    /// Bytes of sled and of the journal.
    pub(crate) fn built_bytes(&self) -> Result<(u64, u64)> {
        Ok((size_of(&self.built().join("sled"))?, size_of(&self.built().join("journal"))?))
    }

    /// A file of nobody's, on the same disk.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    pub(crate) fn work_on_a_copy(&self) -> Result<Work> {
        let data = self.root.join("work");
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        copy(&self.built(), &data)?;
        Ok(Work { data })
    }
}

impl Work {
    /// Puts sled back to what it was in the night; the journal keeps the morning.
    pub(crate) fn lose_the_morning(&self, place: &Place) -> Result<()> {
        fs::remove_dir_all(self.data.join("sled"))?;
        copy(&place.built().join("sled"), &self.data.join("sled"))
    }

    /// Asks the system to forget what it holds of the files, as after a power cut; whether it did.
    pub(crate) fn out_of_memory(&self) -> Result<bool> {
        let mut all = true;
        for file in files(&self.data)? {
            fs::File::open(&file)?.sync_all()?;
            let mut from = std::ffi::OsString::from("if=");
            from.push(&file);
            let dropped = Command::new("dd")
                .arg(from)
                .args(["iflag=nocache", "count=0"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            all &= dropped.is_ok_and(|status| status.success());
        }
        Ok(all)
    }
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(dir) = target.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::copy(&file, &target)?;
        fs::File::open(&target)?.sync_all()?;
    }
    Ok(())
}

/// Bytes of all files below.
fn size_of(dir: &Path) -> Result<u64> {
    let sizes = files(dir)?.into_iter().map(|file| Ok(file.metadata()?.len()));
    sizes.sum()
}
