//! Halls, devices, lines and a county on a virtual clock, under every fault that the design speaks of.
//!
//! Every run is a function of its seed. What must hold is checked at every promise and when everything has come
//! together; see `check`. What is simulated is the disk, the line, the clock and the people; what runs is the
//! real protocol, the real decisions about places and the real folds.

#![allow(clippy::print_stdout, clippy::print_stderr)] // what it finds is its output

mod check;
mod county;
mod cover;
mod device;
mod disk;
mod faults;
#[cfg(mutants)]
mod mutants;
mod net;
mod peace;
mod release;
mod setup;
mod store;
mod truth;
mod work;
mod world;

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Watch;

use anyhow::{Result, bail};
use clap::Parser;

use crate::cover::{Cover, MARKS};
use crate::world::{Event, Trace, World};

/// A morning is thousands of small things that come and go; with the system's allocator it takes a quarter longer.
#[cfg(not(windows))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Simulates mornings, each from a seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Prints what happens; for one seed.
    #[arg(long)]
    trace: bool,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Switches on one deliberate bug after the other and says how many mornings each survives. Only in a build
    /// with `--cfg mutants`.
    #[cfg(mutants)]
    #[arg(long)]
    mutants: bool,
}

/// After so many seeds a line says how far it is.
const PROGRESS: u64 = 1_000;
/// Of so many seeds that fail the last lines are shown.
const ENDINGS: usize = 3;
/// A seed that takes longer is worth a look, seconds.
const SLOW_S: u64 = 5;

/// What one seed came to.
#[derive(Default)]
struct Outcome {
    violation: Option<String>,
    cover: Cover,
    virtual_ms: i64,
    /// Tells two runs apart.
    digest: u64,
}

fn main() -> std::process::ExitCode {
    match simulate() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn simulate() -> Result<()> {
    let arguments = Arguments::parse();
    #[cfg(mutants)]
    if arguments.mutants {
        return mutants::all_found(&arguments);
    }
    let begun = Watch::now();
    let Findings { cover, virtual_ms, mut failed, .. } = mornings(&arguments, false);
    let took = begun.elapsed().as_secs_f64();
    let rare = report(&cover, arguments.seeds);
    println!(
        "{} seeds in {took:.1} s: {:.1} seeds/s, {:.0} times real time",
        arguments.seeds,
        arguments.seeds as f64 / took,
        virtual_ms as f64 / 1e3 / took
    );
    failed.sort();
    for (seed, violation) in failed.iter().take(ENDINGS) {
        println!("seed {seed}, which ends with {violation}:");
        for line in ending(*seed) {
            println!("{line}");
        }
    }
    if let Some((seed, _)) = failed.first() {
        let (failed, seeds) = (failed.len(), arguments.seeds);
        bail!("{failed} of {seeds} seeds failed; --seeds 1 --from {seed} --trace shows the first");
    }
    if !rare.is_empty() && arguments.seeds >= 1_000 {
        bail!("met in fewer than one seed of a hundred: {rare:?}");
    }
    Ok(())
}

/// What many mornings came to.
#[derive(Default)]
struct Findings {
    seeds: u64,
    cover: Cover,
    virtual_ms: i64,
    failed: Vec<(u64, String)>,
}

/// Runs the seeds, on as many threads as were asked for; `first` stops at the first violation.
fn mornings(arguments: &Arguments, first: bool) -> Findings {
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from + arguments.seeds;
    let findings = Mutex::new(Findings::default());
    let begun = Watch::now();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            let outcome = watched(seed, arguments.trace);
            let mut findings = findings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            findings.cover.add(&outcome.cover);
            findings.virtual_ms += outcome.virtual_ms;
            findings.seeds += 1;
            if findings.seeds.is_multiple_of(PROGRESS) && !first {
                let (rate, failed) =
                    (findings.seeds as f64 / begun.elapsed().as_secs_f64(), findings.failed.len());
                println!("{} seeds, {failed} failed, {rate:.1} seeds/s", findings.seeds);
            }
            if let Some(violation) = outcome.violation {
                if !first {
                    println!("seed {seed}: {violation}");
                }
                findings.failed.push((seed, violation));
                if first {
                    next.store(end, Ordering::Relaxed);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(work);
        }
    });
    findings.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs a seed; one in a hundred twice, for the same seed is the same morning.
fn watched(seed: u64, trace: bool) -> Outcome {
    let started = Watch::now();
    let mut outcome = run(seed, if trace { Trace::Print } else { Trace::Off });
    let took = started.elapsed().as_secs();
    if took >= SLOW_S {
        eprintln!("seed {seed} took {took} s");
    }
    if seed.is_multiple_of(100) && run(seed, Trace::Off).digest != outcome.digest {
        outcome.violation.get_or_insert("the seed does not repeat".into());
    }
    outcome
}

/// Prints how often each mark was met; those that are too rare.
fn report(cover: &Cover, seeds: u64) -> Vec<&'static str> {
    for mark in MARKS {
        println!("{:>6.2} %  {mark}", cover.of(mark) as f64 * 100.0 / seeds as f64);
    }
    MARKS.iter().copied().filter(|mark| cover.of(mark) * 100 < seeds).collect()
}

/// A panic is a finding like any other.
fn run(seed: u64, trace: Trace) -> Outcome {
    hall_log::signature::rehearse();
    let mut world: Option<World> = None;
    let ended =
        std::panic::catch_unwind(AssertUnwindSafe(|| morning(world.insert(setup::world(seed, trace)))));
    let Some(world) = &mut world else {
        return Outcome { violation: Some("panicked before dawn".into()), ..Outcome::default() };
    };
    if let Err(panic) = ended {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        world.violation.get_or_insert(format!("panicked: {text}"));
    }
    Outcome {
        violation: world.violation.take(),
        digest: world.digest(),
        cover: std::mem::take(&mut world.cover),
        virtual_ms: world.now.0 - setup::DAWN.0,
    }
}

/// What happened last in a morning that failed.
fn ending(seed: u64) -> Vec<String> {
    let mut world = setup::world(seed, Trace::Last(RefCell::default()));
    let _known_to_fail = std::panic::catch_unwind(AssertUnwindSafe(|| morning(&mut world)));
    match world.trace {
        Trace::Last(lines) => lines.into_inner().into(),
        Trace::Off | Trace::Print => Vec::new(),
    }
}

fn morning(world: &mut World) {
    let end = setup::DAWN.plus_ms(setup::MORNING_MS + setup::PEACE_MS);
    while world.violation.is_none() {
        let Some(event) = world.next(end) else { break };
        handle(world, event);
    }
    if world.violation.is_none() {
        world.at_peace();
    }
}

fn handle(world: &mut World, event: Event) {
    match event {
        Event::Tick { device, life } => {
            let due = world.devices[device].armed == world.now.0;
            if due && world.devices[device].life == life && world.devices[device].is_up() {
                world.drive(device, hall_sync::Input::Tick);
            }
        }
        Event::Letter(letter) => world.receive(&letter),
        Event::Commit { job, life } => {
            if world.devices[setup::COUNTY].life == life && world.devices[setup::COUNTY].is_up() {
                world.end_transaction(job);
            }
        }
        Event::Start(n) => world.start(n),
        Event::Work => work::work(world),
        Event::Fault => faults::fault(world),
        Event::Minute => {
            world.read_on();
            for n in 0..world.devices.len() {
                world.settle(n);
            }
            world.at(60_000, Event::Minute);
        }
        Event::ClockSet(n) => faults::clock_set(world, n),
        Event::CountyPost => work::county_post(world),
        Event::Edition => work::edition(world),
        Event::Heal => faults::heal(world),
        Event::Newcomer => setup::newcomer(world),
        Event::Settled { device, owed } => world.has_settled(device, &owed),
    }
}
