//! The soak: generated market days through the real commands, one line for every durable op.
//!
//! Everything random comes from the seed and the number of ops already there, so a run that was cut off and
//! started again goes on with another stretch of the same endless sequence of mornings.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use hall_app::api::kiosk::Credential;
use hall_app::api::shared::{OutcomeForm, PostForm, TicketState, TicketView};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_app::{AppError, Code, Hall};
use hall_core::vocab::{Outcome, PayUnit, Settlement};
use hall_core::{Day, Instant, Minute};

use crate::Place;
use crate::open::HandClock;
use crate::sample::{self, PIN};

#[derive(Debug, clap::Args)]
pub(crate) struct SoakArgs {
    /// Stops after about so many ops.
    #[arg(long, value_name = "N")]
    ops: u64,
    /// Another seed makes other days.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Workers of the sample hall that take part.
    #[arg(long, default_value_t = 200)]
    workers: usize,
}

const DESK: &str = "load-sample";
const KIOSK: &str = "kiosk";
const OPENS: Minute = Minute(270);
const CLOSES: Minute = Minute(20 * 60);
/// Posts that a morning begins with.
const POSTS_A_DAY: u32 = 30;

/// A small generator (splitmix64): the soak needs repeatable, not good, randomness.
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len())) }
    }
}

struct Market<'a> {
    hall: &'a Hall,
    clock: HandClock,
    chance: Chance,
    acked: u64,
    employers: Vec<String>,
    workers: Vec<(String, String)>,
    posts: Vec<String>,
}

pub(crate) fn run(place: &Place, args: &SoakArgs) -> anyhow::Result<()> {
    let base: Day = "2026-11-20".parse()?;
    let clock = HandClock::new(base.at(OPENS));
    let hall = place.open(clock.clock())?;
    let before = hall.store().head()?.seq;
    let seen = hall.store().time_floor().instant();
    clock.set(clock.get().max(seen.plus_ms(1_000)));
    let mut market = Market {
        hall: &hall,
        clock,
        chance: Chance(args.seed ^ before.wrapping_mul(0x2545_f491_4f6c_dd1d)),
        acked: before,
        employers: Vec::new(),
        workers: Vec::new(),
        posts: Vec::new(),
    };
    market.enter(args.workers)?;
    while market.acked - before < args.ops {
        market.step()?;
    }
    Ok(())
}

impl Market<'_> {
    /// Sets up a new hall, or logs in to one that soak made before and finds its people again.
    fn enter(&mut self, workers: usize) -> anyhow::Result<()> {
        let DeskReply::View(view) = self.hall.desk(DESK, DeskCommand::View)? else {
            bail!("the desk did not answer with its view")
        };
        if view.set_up {
            self.log_in()?;
        } else {
            sample::set_up(self.hall)?;
            self.ack()?;
        }
        for employer in sample::employers()?.into_iter().take(12) {
            if let DeskReply::Employer(employer) =
                self.desk(DeskCommand::RegisterEmployer { form: employer })?
            {
                self.employers.push(employer.id);
            }
        }
        for form in sample::people(workers)? {
            let number = form.id_number.clone();
            if let DeskReply::Worker(worker) =
                self.desk(DeskCommand::RegisterWorker { form, sign_in: false })?
            {
                self.workers.push((worker.id, number));
            }
        }
        Ok(())
    }

    /// Prints a line for every op since the last time; all of them are durable.
    fn ack(&mut self) -> anyhow::Result<()> {
        let identity = self.hall.store().identity();
        let head = self.hall.store().head()?.seq;
        let mut out = std::io::stdout().lock();
        for seq in self.acked + 1..=head {
            writeln!(out, "acked {}.{}.{seq}", identity.device, identity.epoch)?;
        }
        out.flush()?;
        self.acked = head;
        Ok(())
    }

    fn desk(&mut self, command: DeskCommand) -> anyhow::Result<DeskReply> {
        Ok(self.try_desk(command)??)
    }

    /// What the desk answers; a desk that locked itself after a quiet stretch is opened again.
    fn try_desk(&mut self, command: DeskCommand) -> anyhow::Result<Result<DeskReply, AppError>> {
        let mut reply = self.hall.desk(DESK, command.clone());
        if matches!(&reply, Err(error) if error.code == Code::Locked) {
            self.log_in()?;
            reply = self.hall.desk(DESK, command);
        }
        self.ack()?;
        Ok(reply)
    }

    fn log_in(&self) -> anyhow::Result<()> {
        let DeskReply::View(view) = self.hall.desk(DESK, DeskCommand::View)? else {
            bail!("the desk did not answer with its view")
        };
        let staff = view.staff.first().context("the hall has no staff")?.id.clone();
        self.hall
            .desk(DESK, DeskCommand::LogIn { staff, pin: PIN.into() })
            .context("this hall was not made by soak; give a new folder")?;
        Ok(())
    }

    /// One thing that happens in the hall. What a rule refuses is part of the day and changes nothing.
    fn step(&mut self) -> anyhow::Result<()> {
        let now = self.clock.get().plus_ms(1_000 + self.chance.below(40_000) as i64);
        self.clock.set(now);
        if now.minute() >= CLOSES || now.minute() < OPENS {
            self.next_morning(now);
        }
        if self.posts.is_empty() {
            self.morning_posts()?;
        }
        match self.chance.below(100) {
            0..=24 => self.sign_in_at_desk(),
            25..=64 => self.visit_kiosk(),
            65..=79 => self.record_outcome(),
            80..=87 => self.dispatch(),
            88..=92 => self.publish(),
            _ => self.change_places(),
        }
    }

    fn next_morning(&mut self, now: Instant) {
        let day = if now.minute() >= CLOSES { now.day().plus_days(1) } else { now.day() };
        self.clock.set(day.at(OPENS));
        self.posts.clear();
    }

    fn morning_posts(&mut self) -> anyhow::Result<()> {
        for _ in 0..POSTS_A_DAY {
            self.publish()?;
        }
        Ok(())
    }

    fn publish(&mut self) -> anyhow::Result<()> {
        let now = self.clock.get();
        let start = now.minute().0 + 60 + 30 * self.chance.below(10) as u16;
        if start >= 18 * 60 {
            return Ok(());
        }
        let employer = self.chance.pick(&self.employers).cloned().context("no employer")?;
        let trades = ["小工", "瓦工", "保洁", "装卸", "搬家", "绿化"];
        let trade = trades[self.chance.below(trades.len())];
        let form = PostForm {
            employer,
            trade: trade.into(),
            title: format!("{trade}临时用工"),
            content: format!("{trade}，现场听工长安排"),
            address: format!("北关街 {} 号", self.chance.below(200) + 1),
            first_day: now.day().to_string(),
            start: Minute(start).to_string(),
            end: Minute((start + 240).min(1_380)).to_string(),
            places: (self.chance.below(5) + 1).to_string(),
            pay: (200 + 10 * self.chance.below(15)).to_string(),
            unit: Some(PayUnit::Day),
            settlement: Some(Settlement::Daily),
            requirements: "身体好，能干活".into(),
            insurance: "用工方买意外险".into(),
            protection: "发手套".into(),
            contact_name: "王师傅".into(),
            contact_phone: "15400000001".into(),
            ..PostForm::default()
        };
        if let DeskReply::Post(post) = self.desk(DeskCommand::PublishPost { form, overriding: None })? {
            self.posts.push(post.card.id);
        }
        Ok(())
    }

    fn sign_in_at_desk(&mut self) -> anyhow::Result<()> {
        let worker = self.chance.pick(&self.workers).cloned().context("no worker")?.0;
        self.desk(DeskCommand::SignIn { worker })?;
        Ok(())
    }

    /// A worker comes to the kiosk, gives a place back or takes one, and leaves.
    fn visit_kiosk(&mut self) -> anyhow::Result<()> {
        let (_, number) = self.chance.pick(&self.workers).cloned().context("no worker")?;
        let sign_in = KioskCommand::SignIn { credential: Credential::IdNumber { text: number } };
        let KioskReply::Session(session) = self.kiosk(sign_in)?.context("sign-in was refused")? else {
            bail!("sign-in was not answered with a session")
        };
        let releasable = session.tickets.iter().find(|ticket| ticket.can_release);
        match releasable {
            Some(ticket) if self.chance.below(3) == 0 => {
                self.kiosk(KioskCommand::Release { ticket: ticket.id.clone() })?;
            }
            _ => {
                if let Some(post) = self.chance.pick(&self.posts).cloned() {
                    self.kiosk(KioskCommand::Claim { post })?;
                }
            }
        }
        self.kiosk(KioskCommand::SignOut)?;
        Ok(())
    }

    /// `None` when the hall said no for a reason of the day; an error when the hall itself is broken.
    fn kiosk(&mut self, command: KioskCommand) -> anyhow::Result<Option<KioskReply>> {
        let reply = self.hall.kiosk(KIOSK, command);
        self.ack()?;
        allow(reply)
    }

    fn dispatch(&mut self) -> anyhow::Result<()> {
        let worker = self.chance.pick(&self.workers).cloned().context("no worker")?.0;
        let Some(post) = self.chance.pick(&self.posts).cloned() else { return Ok(()) };
        allow(self.try_desk(DeskCommand::Dispatch { post, worker })?)?;
        Ok(())
    }

    fn record_outcome(&mut self) -> anyhow::Result<()> {
        let Some(post) = self.chance.pick(&self.posts).cloned() else { return Ok(()) };
        let DeskReply::Post(post) = self.desk(DeskCommand::Post { post })? else {
            bail!("a post was not answered with a post")
        };
        let Some(ticket) = self.chance.pick(&post.tickets).cloned() else { return Ok(()) };
        let form = self.outcome(&ticket);
        allow(self.try_desk(DeskCommand::RecordOutcome { ticket: ticket.id, form })?)?;
        Ok(())
    }

    fn outcome(&mut self, ticket: &TicketView) -> OutcomeForm {
        let outcome = match (ticket.state, self.chance.below(10)) {
            (TicketState::Confirmed, 0) => Outcome::NoShow,
            (TicketState::Confirmed, _) => Outcome::Arrived,
            (TicketState::Arrived, _) => Outcome::Finished,
            (_, 0) => Outcome::Unpaid,
            _ => Outcome::Paid,
        };
        OutcomeForm { outcome, amount: "260".into(), note: String::new() }
    }

    fn change_places(&mut self) -> anyhow::Result<()> {
        let Some(post) = self.chance.pick(&self.posts).cloned() else { return Ok(()) };
        let places = self.chance.below(6) as u16 + 1;
        allow(self.try_desk(DeskCommand::SetPlaces { post, places })?)?;
        Ok(())
    }
}

/// What a rule or the day refuses is fine; what is broken ends the soak.
fn allow<R>(reply: Result<R, AppError>) -> anyhow::Result<Option<R>> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(error)
            if matches!(error.code, Code::Storage | Code::DiskFull | Code::Internal | Code::Locked) =>
        {
            Err(error.into())
        }
        Err(_) => Ok(None),
    }
}
