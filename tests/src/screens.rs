//! The hall's three windows as a test sees them: one program on a folder of its own, and who is who among the
//! windows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::webdriver::{Session, until};

/// All windows lie on one test display, side by side where they fit; nothing depends on what covers what.
const KIOSK: &str = "\
[kiosk]
fullscreen = false
position = [0, 0]
size = [1080, 1920]
";
const DESK_AND_WALL: &str = "
[desk]
position = [1080, 0]
size = [1600, 900]

[wall]
fullscreen = false
position = [1080, 900]
size = [1920, 1080]
";

/// Where a machine serves others. No interface bears this address, so nobody finds it on the network by himself: only
/// whoever has an invitation of it gets there, by the line that he is given.
const LISTEN: &str = "127.0.0.2:0";

/// Where one machine of a test or a demonstration lies.
#[derive(Debug)]
pub struct Place {
    pub folder: PathBuf,
    pub config: PathBuf,
    windows: usize,
}

impl Place {
    /// Writes the settings of a hall's first machine, with all three windows, whose clock starts at `clock` (`hh:mm`).
    pub fn new(folder: &Path, clock: &str) -> Result<Self> {
        Self::with_devices(folder, clock, "")
    }

    /// Such a machine with what `devices` adds to its settings, tables of their own.
    pub fn with_devices(folder: &Path, clock: &str, devices: &str) -> Result<Self> {
        Self::with_windows(folder, clock, 3, &[KIOSK, DESK_AND_WALL, devices].concat())
    }

    /// Of a machine that is only a kiosk.
    pub fn kiosk(folder: &Path, clock: &str) -> Result<Self> {
        Self::with_windows(folder, clock, 1, KIOSK)
    }

    fn with_windows(folder: &Path, clock: &str, windows: usize, named: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let config = folder.join("config.toml");
        let places = "data = \"data\"\nkeys = \"keys\"\nlogs = \"logs\"\n";
        let settings = format!("{places}listen = \"{LISTEN}\"\nclock_start = \"{clock}\"\n\n{named}");
        fs::write(&config, settings)?;
        Ok(Self { folder: folder.to_owned(), config, windows })
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
            Ok((screens.handles.len() == place.windows).then_some(()))
        })
        .context("not all windows opened")?;
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
