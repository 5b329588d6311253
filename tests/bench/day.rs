//! What people feel at the kiosk, in a hall with its years behind it.

use std::io::Write as _;
use std::time::{Duration, Instant as Clock};

use anyhow::{Context as _, Result, bail, ensure};
use hall_app::api::kiosk::{BoardFilter, BoardPage, Credential};
use hall_app::api::{KioskCommand, KioskReply, WallCommand, WallReply};
use hall_app::{Code, Hall};
use hall_core::Minute;

use crate::Size;
use crate::fill::{HandClock, id_number, today};
use crate::history::Chance;
use crate::place::Place;
use crate::row::{Row, Times};

const KIOSK: &str = "kiosk";
/// 05:30, when the hall is full.
const NOW: Minute = Minute(330);
/// Between two workers, milliseconds of the hall's time.
const STEP_MS: i64 = 1_000;

pub(crate) fn run(place: &Place, size: &Size) -> Result<()> {
    let clock = HandClock::new(today()?.at(NOW));
    let hall = place.open_work(clock.clock())?;
    let mut board = Times::default();
    let posts = read_board(&hall, &mut board)?;
    let (mut sign_in, mut claim, mut slip) = (Times::default(), Times::default(), Times::default());
    let mut chance = Chance(7);
    let mut refused = 0;
    for n in 0..size.claims {
        clock.pass_ms(STEP_MS);
        let text = id_number(n).context("a number")?;
        let credential = Credential::IdNumber { text };
        sign_in.measure(|| hall.kiosk(KIOSK, KioskCommand::SignIn { credential }))?;
        filter(&hall, &mut board, &mut chance, n)?;
        match take(&hall, &mut claim, &mut chance, &posts)? {
            Some(ticket) if n % 20 == 0 => {
                let draw = KioskCommand::Slip { ticket };
                slip.measure(|| hall.kiosk(KIOSK, draw))?;
            }
            Some(_) => {}
            None => refused += 1,
        }
        hall.kiosk(KIOSK, KioskCommand::SignOut)?;
    }
    ensure!(refused <= 2 + size.claims / 20, "{refused} of {} workers found nothing", size.claims);
    let mut wall = Times::default();
    for _ in 0..size.claims.min(300) {
        wall.measure(|| hall.wall("wall", WallCommand::View))?;
    }
    let count = |times: &Times| format!("{} times", times.len());
    let disk = syncs(place)?;
    let rows = [
        load()?,
        Row::ms("claim, p50", claim.percentile(50), None).with_note(count(&claim)),
        Row::ms("claim, p99", claim.percentile(99), 10.0),
        Row::ms("  the disk alone, p50", disk.percentile(50), None)
            .with_note("a bare append and fdatasync".into()),
        Row::ms("  the disk alone, p99", disk.percentile(99), None),
        Row::ms("sign-in, p99", sign_in.percentile(99), None).with_note(count(&sign_in)),
        Row::ms("board query, p50", board.percentile(50), None).with_note(format!(
            "{} times, {} open posts",
            board.len(),
            posts.len()
        )),
        Row::ms("board query, p99", board.percentile(99), 5.0),
        Row::ms("wall view, p50", wall.percentile(50), None),
        Row::ms("wall view, p99", wall.percentile(99), None),
        Row::ms("slip at the kiosk, p99", slip.percentile(99), None)
            .with_note("drawn and kept in the spool".into()),
        Row::new("memory at its peak", memory_mib()?, "MiB", 120.0)
            .with_note("of the process that did all this".into()),
    ];
    rows.iter().try_for_each(Row::send)
}

/// Posts that a worker tries.
const TRIES: usize = 5;

/// Takes a place, or a position among those who wait, at the first post that is possible: some work already at
/// that time. Only what was taken is measured, a refusal is quick.
fn take(hall: &Hall, times: &mut Times, chance: &mut Chance, posts: &[String]) -> Result<Option<String>> {
    for _ in 0..TRIES {
        let post = chance.pick(posts).context("the board is empty")?.clone();
        let begun = Clock::now();
        let reply = hall.kiosk(KIOSK, KioskCommand::Claim { post });
        let took = begun.elapsed();
        match reply {
            Ok(KioskReply::Ticket(ticket)) => {
                times.add(took);
                return Ok(Some(ticket.id));
            }
            Ok(other) => bail!("a ticket, not {other:?}"),
            Err(error) if matches!(error.code, Code::Overlap | Code::AlreadyHolds) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Turns every page of the board.
fn read_board(hall: &Hall, times: &mut Times) -> Result<Vec<String>> {
    let mut posts = Vec::new();
    let mut page = 0;
    loop {
        let board = times.measure(|| query(hall, BoardFilter::default(), page))?;
        posts.extend(board.posts.into_iter().map(|post| post.id));
        page += 1;
        if page >= board.pages {
            return Ok(posts);
        }
    }
}

fn query(hall: &Hall, filter: BoardFilter, page: u16) -> Result<BoardPage> {
    match hall.kiosk(KIOSK, KioskCommand::Board { filter, page })? {
        KioskReply::Board(board) => Ok(board),
        other => bail!("a board, not {other:?}"),
    }
}

/// What a worker looks for.
fn filter(hall: &Hall, times: &mut Times, chance: &mut Chance, n: u64) -> Result<()> {
    let trades = ["小工", "瓦工", "保洁", "装卸", "绿化", "电工"];
    let trade = chance.pick(&trades).map(|trade| (*trade).to_owned());
    let day = Some(today()?.plus_days((n % 4) as i32).to_string());
    let filters = [
        BoardFilter { trade: trade.clone(), ..BoardFilter::default() },
        BoardFilter { trade, day: day.clone(), meals: true, ..BoardFilter::default() },
        BoardFilter { day, day_pay_min: Some(22_000), transport: true, ..BoardFilter::default() },
    ];
    for filter in filters {
        times.measure(|| query(hall, filter, 0))?;
    }
    Ok(())
}

/// What the disk itself takes for a durable append of about that size.
fn syncs(place: &Place) -> Result<Times> {
    let path = place.scratch();
    let mut file = std::fs::File::create(&path)?;
    let mut times = Times::default();
    for _ in 0..500 {
        times.measure(|| file.write_all(&[7; 400]).and_then(|()| file.sync_data()))?;
    }
    std::fs::remove_file(path)?;
    Ok(times)
}

/// Opens the hall and shows the wall once.
pub(crate) fn start(place: &Place) -> Result<()> {
    let clock = HandClock::new(today()?.at(NOW).plus_ms(3_600_000));
    let begun = Clock::now();
    let hall = place.open_work(clock.clock())?;
    let opened = begun.elapsed();
    let WallReply::View(view) = hall.wall("wall", WallCommand::View)?;
    ensure!(view.open_posts > 0, "the wall is empty");
    let shown: Duration = begun.elapsed();
    Row::ms("", shown, 2_000.0).with_note(format!("opened after {opened:.0?}")).send()?;
    Row::new(", memory", memory_mib()?, "MiB", 120.0).send()
}

/// Above the number of its cores, times measured here are the neighbours'.
pub(crate) fn load() -> Result<Row> {
    let loads = std::fs::read_to_string("/proc/loadavg")?;
    let load = loads.split_whitespace().next().context("no load")?.parse()?;
    Ok(Row::new("load of the machine", load, "", None).with_note("what else ran in the last minute".into()))
}

/// The most memory that this process has held.
pub(crate) fn memory_mib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kib / 1024.0)
}
