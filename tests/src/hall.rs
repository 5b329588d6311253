//! A hall prepared through the façade, before any window opens: the same commands that the screens send.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use hall_app::api::desk::{DeskReply, DeskView, HallForm};
use hall_app::api::kiosk::{Credential, KioskReply};
use hall_app::api::shared::{EmployerForm, PostForm, TicketView, WorkerForm, WorkerView};
use hall_app::api::{DeskCommand, KioskCommand};
use hall_app::{AppError, Hall, Options};
use hall_core::{Day, Instant, Minute};

use crate::screens::Place;

/// The supervisor's PIN in every prepared hall.
pub const PIN: &str = "246810";
const DESK: &str = "desk";
const KIOSK: &str = "kiosk";

/// An open hall whose clock stands still until it is moved.
#[derive(Debug)]
pub struct Prepared {
    hall: Hall,
    now: Arc<AtomicI64>,
}

impl Prepared {
    /// Opens the place's store at a minute of today.
    pub fn open(place: &Place, minute: u16) -> Result<Self> {
        let now = Arc::new(AtomicI64::new(today().at(Minute(minute)).0));
        let shown = Arc::clone(&now);
        let clock: hall_app::Clock = Arc::new(move || Instant(shown.load(Ordering::SeqCst)));
        let hall = Hall::open(Options::new(place.data(), place.keys(), clock))?;
        Ok(Self { hall, now })
    }

    /// The façade itself, for what no screen asks.
    pub fn hall(&self) -> &Hall {
        &self.hall
    }

    pub fn pass_seconds(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub fn desk(&self, command: DeskCommand) -> Result<DeskReply, AppError> {
        self.hall.desk(DESK, command)
    }

    pub fn kiosk(&self, command: KioskCommand) -> Result<KioskReply, AppError> {
        self.hall.kiosk(KIOSK, command)
    }

    pub fn view(&self) -> Result<DeskView> {
        match self.desk(DeskCommand::View)? {
            DeskReply::View(view) => Ok(*view),
            other => bail!("a view, not {other:?}"),
        }
    }

    /// First start: the hall, its supervisor, and the supervisor logged in.
    pub fn set_up(&self, hall: HallForm, supervisor: &str) -> Result<()> {
        self.desk(DeskCommand::SetUp { hall, name: supervisor.to_owned(), pin: PIN.to_owned() })?;
        let staff = self.view()?.staff.into_iter().next().context("a supervisor")?.id;
        self.desk(DeskCommand::LogIn { staff, pin: PIN.to_owned() })?;
        Ok(())
    }

    pub fn employer(&self, form: EmployerForm) -> Result<String> {
        match self.desk(DeskCommand::RegisterEmployer { form })? {
            DeskReply::Employer(employer) => Ok(employer.id),
            other => bail!("an employer, not {other:?}"),
        }
    }

    pub fn post(&self, form: PostForm) -> Result<String> {
        match self.desk(DeskCommand::PublishPost { form, overriding: None })? {
            DeskReply::Post(post) => Ok(post.card.id),
            other => bail!("a post, not {other:?}"),
        }
    }

    pub fn worker(&self, form: WorkerForm, sign_in: bool) -> Result<WorkerView> {
        match self.desk(DeskCommand::RegisterWorker { form, sign_in })? {
            DeskReply::Worker(worker) => Ok(worker),
            other => bail!("a worker, not {other:?}"),
        }
    }

    /// A worker takes a place at the kiosk, and goes.
    pub fn claim(&self, id_number: &str, post: &str) -> Result<TicketView> {
        let credential = Credential::IdNumber { text: id_number.to_owned() };
        self.kiosk(KioskCommand::SignIn { credential })?;
        let KioskReply::Ticket(ticket) = self.kiosk(KioskCommand::Claim { post: post.to_owned() })? else {
            bail!("a ticket")
        };
        self.kiosk(KioskCommand::SignOut)?;
        Ok(*ticket)
    }
}

/// The calendar day of the machine, which a demonstration's clock keeps.
pub fn today() -> Day {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(since.as_millis() as i64).day()
}
