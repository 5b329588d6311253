//! The hall's three windows as a test sees them: one program on a folder of its own, and who is who among the
//! windows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::webdriver::{Session, until};

/// All windows lie on one test display, side by side where they fit; nothing depends on what covers what.
const WINDOWS: &str = "\
[kiosk]
fullscreen = false
position = [0, 0]
size = [1080, 1920]

[desk]
position = [1080, 0]
size = [1600, 900]

[wall]
fullscreen = false
position = [1080, 900]
size = [1920, 1080]
";

/// Where one hall of a test or a demonstration lies.
#[derive(Debug)]
pub struct Place {
    pub folder: PathBuf,
    pub config: PathBuf,
}

impl Place {
    /// Writes the settings of a hall whose clock starts at `clock` (`hh:mm`).
    pub fn new(folder: &Path, clock: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let config = folder.join("config.toml");
        let places = "data = \"data\"\nkeys = \"keys\"\nlogs = \"logs\"\n";
        fs::write(&config, format!("{places}clock_start = \"{clock}\"\n\n{WINDOWS}"))?;
        Ok(Self { folder: folder.to_owned(), config })
    }

    /// Waits until no program holds the data any more.
    pub fn wait_until_free(&self) -> Result<()> {
        until(|| {
            let lock = fs::File::open(self.data().join("shell.lock"))?;
            Ok(lock.try_lock().ok())
        })
        .context("the program did not end")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }
}

/// The running program and its windows.
#[derive(Debug)]
pub struct Screens {
    session: Session,
    handles: BTreeMap<String, String>,
}

impl Screens {
    pub fn open(shell: &Path, place: &Place) -> Result<Self> {
        let config = place.config.to_str().context("a folder name that is text")?;
        let session = Session::start(shell, &["--config", config])?;
        let mut screens = Self { session, handles: BTreeMap::new() };
        until(|| {
            screens.look_around()?;
            Ok((screens.handles.len() == 3).then_some(()))
        })
        .context("not all three windows opened")?;
        Ok(screens)
    }

    fn look_around(&mut self) -> Result<()> {
        for handle in self.session.windows()? {
            self.session.switch(&handle)?;
            let address = self.session.address()?;
            let page = address.rsplit('/').next().and_then(|page| page.split(".html").next());
            if let Some(page @ ("kiosk" | "desk" | "wall")) = page {
                self.handles.insert(page.to_owned(), handle);
            }
        }
        Ok(())
    }

    pub fn kiosk(&self) -> Result<&Session> {
        self.on("kiosk")
    }

    pub fn desk(&self) -> Result<&Session> {
        self.on("desk")
    }

    pub fn wall(&self) -> Result<&Session> {
        self.on("wall")
    }

    fn on(&self, label: &str) -> Result<&Session> {
        let handle = self.handles.get(label).with_context(|| format!("no window {label}"))?;
        self.session.switch(handle)?;
        Ok(&self.session)
    }
}
