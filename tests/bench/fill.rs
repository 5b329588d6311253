//! Builds the hall: set up through the façade, with the workers who will come to the kiosk; its months of
//! history as drafts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant as Clock;

use anyhow::{Context as _, Result, bail, ensure};
use hall_app::Hall;
use hall_app::api::desk::HallForm;
use hall_app::api::shared::{EmployerForm, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply};
use hall_core::rules::identity::check_character;
use hall_core::{Day, Instant, Minute};
use serde::Deserialize;

use crate::Size;
use crate::history::{History, is_there};
use crate::place::Place;
use crate::row::say;

/// The day on which everything is measured, at 05:30.
pub(crate) const TODAY: (i16, i8, i8) = (2026, 11, 20);
/// Posts of a day in the hall's past.
const POSTS_A_DAY: u64 = 200;
pub(crate) const DESK: &str = "desk";
const PIN: &str = "280519";

/// A clock that is moved by hand.
#[derive(Clone, Debug)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn new(at: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(at.0)))
    }

    pub(crate) fn pass_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> hall_app::Clock {
        let at = Arc::clone(&self.0);
        Arc::new(move || Instant(at.load(Ordering::SeqCst)))
    }
}

pub(crate) fn today() -> Result<Day> {
    let (year, month, day) = TODAY;
    Day::new(year, month, day).context("no such day")
}

pub(crate) fn run(place: &Place, size: &Size) -> Result<()> {
    let begun = Clock::now();
    let today = today()?;
    let open = (size.posts / 50).max(10).min(size.posts);
    let days = ((size.posts - open) / POSTS_A_DAY).clamp(1, 2_000) as i32;
    let first = today.plus_days(-days);
    let clock = HandClock::new(first.plus_days(-1).at(Minute(480)));
    let hall = place.open_built(clock.clock())?;
    set_up(&hall)?;
    for n in 0..size.claims {
        clock.pass_ms(1_000);
        let form = worker(n).context("a worker")?;
        hall.desk(DESK, DeskCommand::RegisterWorker { form, sign_in: false })?;
    }
    say(&format!("set up and {} workers registered in {:.0?}", size.claims, begun.elapsed()));

    let mut history = History::new(hall.store())?;
    ensure!(is_there(hall.store(), history.workers[0])?, "the workers are not there");
    history.employers(600.min(size.ops / 100), first.plus_days(-1))?;
    history.workers((size.ops / 50).max(size.claims), first.plus_days(-1))?;
    // Two ops a post, and two for those who come this morning.
    let (morning, mut posts) = ((size.claims / 2).max(4), size.posts - open);
    let past = size.ops.saturating_sub(2 * open + morning);
    for n in 0..days {
        let left = (days - n) as u64;
        let until = history.ops() + past.saturating_sub(history.ops()) / left;
        let of_day = posts.div_ceil(left);
        posts -= of_day;
        history.day(first.plus_days(n), of_day, until)?;
        if n % 50 == 49 {
            say(&format!("{} ops in {:.0?}", history.ops(), begun.elapsed()));
        }
    }
    history.today(today, open, morning)?;
    let ops = history.ops();
    drop(hall);
    let (sled, journal) = place.built_bytes()?;
    say(&format!(
        "built {ops} ops and {} posts in {:.0?}: sled {} MiB, journal {} MiB",
        size.posts,
        begun.elapsed(),
        sled >> 20,
        journal >> 20
    ));
    Ok(())
}

#[derive(Deserialize)]
struct SampleHall {
    hall: HallForm,
    supervisor: String,
    tier: SampleTier,
}

#[derive(Deserialize)]
struct SampleTier {
    tier: u8,
    document: String,
}

/// Set up as the sample hall, with its employers.
pub(crate) fn set_up(hall: &Hall) -> Result<()> {
    let sample: SampleHall = serde_json::from_str(include_str!("../../assets/sample-hall/hall.json"))?;
    hall.desk(DESK, DeskCommand::SetUp { hall: sample.hall, name: sample.supervisor, pin: PIN.into() })?;
    hall.desk(DESK, DeskCommand::EnterTier { tier: sample.tier.tier, document: sample.tier.document })?;
    let employers: Vec<EmployerForm> =
        serde_json::from_str(include_str!("../../assets/sample-hall/employers.json"))?;
    for form in employers {
        match hall.desk(DESK, DeskCommand::RegisterEmployer { form })? {
            DeskReply::Employer(_) => {}
            other => bail!("an employer, not {other:?}"),
        }
    }
    Ok(())
}

/// The identity number of the n-th worker at the kiosk, in an area that is not assigned.
pub(crate) fn id_number(n: u64) -> Option<String> {
    let born = Day::new(1970, 1, 1)?.plus_days((n * 4 % 9_000) as i32);
    let body = format!("379901{}{:03}", born.number(), n % 1_000);
    let check = check_character(&body)?;
    Some(format!("{body}{check}"))
}

pub(crate) fn worker(n: u64) -> Option<WorkerForm> {
    Some(WorkerForm {
        name: "李试工".into(),
        id_number: id_number(n)?,
        phone: format!("154{n:08}"),
        address: "奎山县石桥镇 1 号".into(),
        trades: vec!["小工".into()],
        certificates: Vec::new(),
        post_type: None,
        pension: false,
        student: false,
    })
}
