//! Measures the store: `measure DIR OPS POSTS` fills a store in DIR, then times single commits, openings after
//! a kill, a rebuild from the journal and a full verification.

#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant as Clock};

use hall_core::fact::{Fact, Holder, Pay, PlacesMinted, PostTerms, TicketOpened};
use hall_core::vocab::{Meals, PayUnit, Settlement};
use hall_core::{Day, EntityId, Fen, Instant, Minute, OpId};
use hall_store::{Draft, Store, StoreConfig, StoreKeys};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [dir, ops, posts] => measure(Path::new(dir), ops.parse()?, posts.parse()?),
        // The child of `after_a_kill`: opens, commits a little, and dies without closing.
        [dir] => {
            let begin = Clock::now();
            let store = open(Path::new(dir))?;
            let opened = begin.elapsed();
            let memory = memory_mib()?;
            commits(&store, 300)?;
            println!(
                "open, new process   {opened:>9.1?}   memory {memory} MiB, after 300 commits {} MiB",
                memory_mib()?
            );
            std::process::abort()
        }
        _ => Err("measure DIR OPS POSTS".into()),
    }
}

fn open(dir: &Path) -> Result<Store, Failure> {
    let keys = StoreKeys::load_or_create(&dir.join("keys"))?;
    let (store, report) =
        Store::open(&StoreConfig::new(dir.join("data"), keys, 1), Instant(1_795_122_000_000))?;
    if !report.is_quiet() {
        println!("{report:?}");
    }
    Ok(store)
}

fn measure(dir: &Path, ops: u64, posts: u64) -> Result<(), Failure> {
    let store = open(dir)?;
    let begin = Clock::now();
    fill(&store, ops, posts)?;
    println!("fill                {:>9.1?}   {} ops", begin.elapsed(), store.head()?.seq);
    let mut times = commits(&store, 5000)?;
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    println!("commit              p50 {:.2?}  p99 {:.2?}  p99.9 {:.2?}", at(0.5), at(0.99), at(0.999));
    let mut times = bare_syncs(dir)?;
    times.sort();
    println!(
        "the sync alone      p50 {:.2?}  p99 {:.2?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
    let mut times = reads(&store, posts)?;
    times.sort();
    println!(
        "read an entity      p50 {:.2?}  p99 {:.2?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
    store.close()?;
    time("open, after closing", || open(dir)?.close().map_err(Failure::from))?;
    for _ in 0..3 {
        Command::new(std::env::current_exe()?).arg(dir).stderr(std::process::Stdio::null()).status()?;
    }
    let store = open(dir)?;
    let digest = store.state_digest()?;
    time("verify", || {
        let report = store.verify()?;
        if report.ok() { Ok(()) } else { Err(format!("{report:?}").into()) }
    })?;
    store.close()?;
    println!("memory              {} MiB", memory_mib()?);
    println!(
        "on disk             sled {} MiB, journal {} MiB",
        size_mib(&dir.join("data/sled"))?,
        size_mib(&dir.join("data/journal"))?
    );
    std::fs::remove_dir_all(dir.join("data/sled"))?;
    time("rebuild", || {
        let store = open(dir)?;
        if store.state_digest()? == digest { Ok(store.close()?) } else { Err("another digest".into()) }
    })
}

fn time(what: &str, f: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let begin = Clock::now();
    f()?;
    println!("{what:<19} {:>9.1?}", begin.elapsed());
    Ok(())
}

fn post(n: u64) -> Result<Fact, Failure> {
    let first_day = Day::new(2026, 11, 20).ok_or("a day")?;
    Ok(Fact::PostPublished(PostTerms {
        employer: OpId::new(1, 1, 1),
        trade: "搬运".to_owned(),
        title: format!("装卸工 {n}"),
        content: "仓库装车卸车，每件不超过 30 公斤".to_owned(),
        address: "张店区柳泉路物流园 3 号库".to_owned(),
        first_day,
        last_day: first_day.plus_days((n % 30) as i32),
        start: Minute(8 * 60),
        end: Minute(17 * 60),
        rest_minutes: 60,
        days_per_week: 6,
        pay: Pay { amount: Fen(22_000), unit: PayUnit::Day, settlement: Settlement::Daily },
        meals: Meals::Lunch,
        transport: true,
        requirements: "能吃苦".to_owned(),
        insurance: "工伤保险".to_owned(),
        protection: "发手套、安全鞋".to_owned(),
        hazards: Vec::new(),
        certificate: None,
        bring: "身份证".to_owned(),
        contact_name: "刘经理".to_owned(),
        contact_phone: "13800000000".to_owned(),
        contact_public: true,
        urgent: false,
        probation_days: 0,
    }))
}

/// `posts` posts, and for each its places and tickets until there are `ops` ops.
fn fill(store: &Store, ops: u64, posts: u64) -> Result<(), Failure> {
    let mut now = Instant(1_795_122_000_000);
    let per_post = (ops / posts).saturating_sub(2);
    for n in 0..posts {
        now = now.plus_ms(20);
        let mut drafts = vec![Draft::new(None, post(n)?)];
        let minted =
            PlacesMinted { first: 1, count: 12, holder: Holder { device: 1, epoch: 1 }, gver: 1, cver: None };
        drafts.push(Draft::follow(0, None, Fact::PlacesMinted(minted)));
        let entity = OpId::new(1, 1, store.head()?.seq + 1);
        for m in 0..per_post {
            drafts.push(Draft::new(None, ticket(entity, n * per_post + m)?));
        }
        store.commit(now, drafts)?;
    }
    Ok(())
}

fn ticket(post: EntityId, n: u64) -> Result<Fact, Failure> {
    Ok(Fact::TicketOpened(TicketOpened {
        worker: OpId::new(1, 1, 1 + n % 50_000),
        post,
        number: (n % 500) as u16,
        first_day: Day::new(2026, 11, 20).ok_or("a day")?,
        place: None,
        standby: None,
    }))
}

/// Single claims, each durable before the next.
fn commits(store: &Store, count: u64) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    for n in 0..count {
        let drafts = vec![Draft::new(None, ticket(OpId::new(1, 1, 1), n)?)];
        let begin = Clock::now();
        store.commit(Instant(1_795_130_000_000), drafts)?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

/// What the disk itself takes for a durable append of that size.
fn bare_syncs(dir: &Path) -> Result<Vec<Duration>, Failure> {
    let mut file = std::fs::File::create(dir.join("bare"))?;
    let mut times = Vec::new();
    for _ in 0..2000 {
        let begin = Clock::now();
        file.write_all(&[7; 200])?;
        file.sync_data()?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

fn reads(store: &Store, posts: u64) -> Result<Vec<Duration>, Failure> {
    let from = hall_core::entity::key::post_until(Day::new(2026, 11, 20).ok_or("a day")?);
    let rows = store.scan(&from[..1], &hall_core::entity::key::end_of(&from[..1]), posts as usize)?;
    let mut times = Vec::new();
    for (_, id) in rows.iter().step_by((rows.len() / 5000).max(1)) {
        let begin = Clock::now();
        store.entity(*id)?.ok_or("a post")?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

fn memory_mib() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse::<u64>()? >> 10)
}

fn size_mib(dir: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes >> 20)
}
