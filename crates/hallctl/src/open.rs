//! Opening a hall from the command line.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use hall_app::{Clock, Hall, Options, Probe};
use hall_core::{Instant, Minute};

use crate::Place;

/// What the machine's clock says.
pub(crate) fn system_now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The machine's clock, or one that stood at `start` of today when it was made and runs from there.
pub(crate) fn clock(start: Option<Minute>) -> Clock {
    let made = system_now();
    let offset = start.map_or(0, |start| made.day().at(start).0 - made.0);
    Arc::new(move || system_now().plus_ms(offset))
}

/// A clock that the caller moves by hand.
#[derive(Clone, Debug)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn new(at: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(at.0)))
    }

    pub(crate) fn set(&self, at: Instant) {
        self.0.store(at.0, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.get())
    }
}

impl Place {
    pub(crate) fn open(&self, clock: Clock) -> anyhow::Result<Hall> {
        let data = self.data.clone().context("name the hall's data folder: --data DIR")?;
        let keys = match &self.keys {
            Some(keys) => keys.clone(),
            None => default_keys()?,
        };
        let mut options = Options::new(data, keys, clock);
        options.device = self.device;
        if let Ok(executable) = std::env::current_exe() {
            options.probe = Probe::Child { executable, arguments: vec!["probe-store".into()] };
        }
        Ok(Hall::open(options)?)
    }
}

fn default_keys() -> anyhow::Result<PathBuf> {
    let config = dirs::config_dir().context("the system names no configuration folder; give --keys DIR")?;
    Ok(config.join("linggong-hall").join("keys"))
}
