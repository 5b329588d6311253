//! Fills a new hall with the sample hall of `assets/sample-hall`, through the same commands that staff use.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Context as _, bail};
use hall_app::Hall;
use hall_app::api::desk::HallForm;
use hall_app::api::paper::PrinterForm;
use hall_app::api::shared::{EmployerForm, PostForm, WorkerForm};
use hall_app::api::{DeskCommand, DeskReply};
use hall_core::vocab::PrinterUse;
use hall_core::{Instant, Minute};
use serde::Deserialize;

use crate::Place;
use crate::open::{HandClock, system_now};

/// The PIN of the sample hall's supervisor; printed, because the hall is a show.
pub(crate) const PIN: &str = "246810";
const DESK: &str = "load-sample";
const HALL: &str = include_str!("../../../assets/sample-hall/hall.json");
const EMPLOYERS: &str = include_str!("../../../assets/sample-hall/employers.json");
const POSTS: &str = include_str!("../../../assets/sample-hall/posts.json");
const WORKERS: &str = include_str!("../../../assets/sample-hall/workers.json");

#[derive(Debug, clap::Args)]
pub(crate) struct SampleArgs {
    /// Time of today (hh:mm) at which the posts are published. Keep it before 06:00, when the first begin.
    #[arg(long, value_name = "HH:MM", default_value = "04:20")]
    clock: Minute,
    /// Workers who have signed in by the end.
    #[arg(long, default_value_t = 120)]
    sign_in: usize,
    /// Of them, how many try to take a place.
    #[arg(long, default_value_t = 80)]
    claims: usize,
    /// Where this machine prints its slips, as `tcp://127.0.0.1:9100`.
    #[arg(long, value_name = "ADDRESS")]
    slips: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SampleHall {
    hall: HallForm,
    supervisor: String,
    tier: SampleTier,
}

#[derive(Debug, Deserialize)]
struct SampleTier {
    tier: u8,
    document: String,
}

#[derive(Debug, Deserialize)]
struct SampleEmployer {
    key: String,
    #[serde(flatten)]
    form: EmployerForm,
}

#[derive(Debug, Deserialize)]
struct SamplePost {
    employer_key: String,
    first_day_offset: i32,
    last_day_offset: i32,
    #[serde(flatten)]
    form: PostForm,
}

#[derive(Debug, Deserialize)]
struct SampleWorker {
    #[serde(flatten)]
    form: WorkerForm,
}

/// The data of a sample hall in a hall, with the ids that it got there.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub posts: Vec<(String, PostForm)>,
    /// Worker id and trades.
    pub workers: Vec<(String, WorkerForm)>,
}

pub(crate) fn run(place: &Place, args: &SampleArgs) -> anyhow::Result<()> {
    let at = system_now().day().at(args.clock);
    let clock = HandClock::new(at);
    let hall = place.open(clock.clock())?;
    set_up(&hall)?;
    if let Some(address) = &args.slips {
        print_slips_at(&hall, address)?;
    }
    let loaded = load(&hall, at)?;
    let (signed_in, placed) = morning(&hall, &clock, &loaded, args)?;
    let last = hall.store().identity();
    writeln!(
        std::io::stdout(),
        "sample hall: {} posts, {} workers, {signed_in} signed in, {placed} placed; device {}; PIN {PIN}",
        loaded.posts.len(),
        loaded.workers.len(),
        last.device,
    )?;
    Ok(())
}

fn print_slips_at(hall: &Hall, address: &str) -> anyhow::Result<()> {
    let DeskReply::Printers(shown) = desk(hall, DeskCommand::Printers)? else { bail!("no printers") };
    let device = shown.printers.first().context("a machine")?.device;
    let form = PrinterForm {
        device,
        used_for: PrinterUse::Slips,
        address: address.to_owned(),
        dots: 384,
        answers: true,
        duplex: false,
        text: false,
    };
    desk(hall, DeskCommand::AssignPrinter { form })?;
    Ok(())
}

fn desk(hall: &Hall, command: DeskCommand) -> anyhow::Result<DeskReply> {
    Ok(hall.desk(DESK, command)?)
}

/// The employers of the sample, without a hall.
pub(crate) fn employers() -> anyhow::Result<Vec<EmployerForm>> {
    let employers: Vec<SampleEmployer> = serde_json::from_str(EMPLOYERS)?;
    Ok(employers.into_iter().map(|employer| employer.form).collect())
}

/// The first workers of the sample, without a hall.
pub(crate) fn people(max: usize) -> anyhow::Result<Vec<WorkerForm>> {
    let workers: Vec<SampleWorker> = serde_json::from_str(WORKERS)?;
    Ok(workers.into_iter().take(max).map(|worker| worker.form).collect())
}

/// Sets up a new hall as the sample hall; the supervisor is logged in afterwards.
pub(crate) fn set_up(hall: &Hall) -> anyhow::Result<()> {
    let sample: SampleHall = serde_json::from_str(HALL).context("the sample hall does not parse")?;
    desk(hall, DeskCommand::SetUp { hall: sample.hall, name: sample.supervisor, pin: PIN.into() })?;
    desk(hall, DeskCommand::EnterTier { tier: sample.tier.tier, document: sample.tier.document })?;
    Ok(())
}

/// Registers the sample's employers and workers and publishes its posts as of `at`.
pub(crate) fn load(hall: &Hall, at: Instant) -> anyhow::Result<Loaded> {
    let mut employers = BTreeMap::new();
    for SampleEmployer { key, form } in serde_json::from_str::<Vec<SampleEmployer>>(EMPLOYERS)? {
        let DeskReply::Employer(employer) = desk(hall, DeskCommand::RegisterEmployer { form })? else {
            bail!("an employer was not answered with an employer")
        };
        employers.insert(key, employer.id);
    }
    let posts = publish(hall, at, &employers)?;
    let mut workers = Vec::new();
    for form in people(usize::MAX)? {
        let command = DeskCommand::RegisterWorker { form: form.clone(), sign_in: false };
        let DeskReply::Worker(worker) = desk(hall, command)? else {
            bail!("a worker was not answered with a worker")
        };
        workers.push((worker.id, form));
    }
    Ok(Loaded { posts, workers })
}

fn publish(
    hall: &Hall,
    at: Instant,
    employers: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<(String, PostForm)>> {
    let mut posts = Vec::new();
    for post in serde_json::from_str::<Vec<SamplePost>>(POSTS)? {
        let mut form = post.form;
        let employer = employers.get(&post.employer_key).context("a sample post names no employer")?;
        form.employer.clone_from(employer);
        form.first_day = at.day().plus_days(post.first_day_offset).to_string();
        form.last_day = at.day().plus_days(post.last_day_offset).to_string();
        let command = DeskCommand::PublishPost { form: form.clone(), overriding: None };
        let DeskReply::Post(published) = desk(hall, command)? else {
            bail!("a post was not answered with a post")
        };
        posts.push((published.card.id, form));
    }
    Ok(posts)
}

/// The first workers of the morning come in and take what fits their trades, a few seconds apart.
fn morning(
    hall: &Hall,
    clock: &HandClock,
    loaded: &Loaded,
    args: &SampleArgs,
) -> anyhow::Result<(usize, usize)> {
    let mut placed = 0;
    for (n, (worker, form)) in loaded.workers.iter().take(args.sign_in).enumerate() {
        clock.set(clock.get().plus_ms(7_000));
        desk(hall, DeskCommand::SignIn { worker: worker.clone() })?;
        if n >= args.claims {
            continue;
        }
        let fits = loaded.posts.iter().filter(|(_, post)| form.trades.contains(&post.trade));
        // What the law or an earlier claim refuses is tried at the next post, as a person would.
        for (post, _) in fits.skip(n % 3).take(4) {
            let command = DeskCommand::Dispatch { post: post.clone(), worker: worker.clone() };
            if let Ok(DeskReply::Ticket(ticket)) = hall.desk(DESK, command) {
                placed += usize::from(ticket.place.is_some());
                break;
            }
        }
    }
    Ok((args.sign_in.min(loaded.workers.len()), placed))
}
