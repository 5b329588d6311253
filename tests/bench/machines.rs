//! A hall of several machines: the desk, and those that joined it with a code of its own.

use std::path::{Path, PathBuf};
use std::time::Instant as Began;

use anyhow::{Context as _, Result, bail};
use hall_app::api::{DeskCommand, DeskReply};
use hall_app::lines::Invitation;
use hall_app::{Clock, Hall, Options};
use hall_core::Minute;
use hall_core::fact::Holder;
use hall_core::vocab::DeviceRole;

use crate::fill::{self, DESK, today};

/// The morning's clock, 05:30 when it is made, running.
pub(crate) fn clock() -> Result<Clock> {
    let (at, begun) = (today()?.at(Minute(330)), Began::now());
    Ok(std::sync::Arc::new(move || {
        at.plus_ms(i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX))
    }))
}

/// Where one machine lies.
pub(crate) struct Machine {
    folder: PathBuf,
    clock: Clock,
}

impl Machine {
    pub(crate) fn new(folder: &Path, name: &str, clock: &Clock) -> Self {
        Self { folder: folder.join(name), clock: Clock::clone(clock) }
    }

    pub(crate) fn open(&self) -> Result<Hall> {
        let (data, keys) = (self.folder.join("data"), self.folder.join("keys"));
        Ok(Hall::open(Options::new(data, keys, Clock::clone(&self.clock)))?)
    }

    /// Set up as the sample hall; its supervisor is logged in.
    pub(crate) fn open_desk(&self) -> Result<Hall> {
        let hall = self.open()?;
        fill::set_up(&hall)?;
        Ok(hall)
    }

    /// A new machine of the desk's hall, that joined without a line.
    pub(crate) fn open_joined(&self, desk: &Hall, role: DeviceRole) -> Result<Hall> {
        let (invitation, blank) = (invitation(desk, role)?, self.open()?);
        let enrolled = desk.enrol(&blank.application(&invitation))?;
        blank.join(&enrolled, &invitation, "127.0.0.1:1")?;
        drop(blank);
        self.open()
    }
}

/// A code of the desk for another machine.
pub(crate) fn invitation(desk: &Hall, role: DeviceRole) -> Result<Invitation> {
    match desk.desk(DESK, DeskCommand::AddDevice { name: "自助机".into(), role })? {
        DeskReply::Invitation(shown) => {
            format!("{}@{}", shown.text, shown.addresses.join(",")).parse().context("an invitation")
        }
        other => bail!("an invitation, not {other:?}"),
    }
}

/// The series in which a machine writes.
pub(crate) fn series(hall: &Hall) -> Holder {
    let identity = hall.store().identity();
    Holder { device: identity.device, epoch: identity.epoch }
}
