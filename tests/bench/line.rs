//! The exchange of a hall over its real lines, TLS and HTTP/2 on loopback: a long backlog, a new machine, and a place
//! that goes where somebody asks for it. Both ends run in this process and share its cores.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Began};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hall_app::api::kiosk::Credential;
use hall_app::api::shared::{EmployerForm, PostForm, TicketState};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_app::{Hall, lines};
use hall_core::entity::Entity;
use hall_core::fact::Holder;
use hall_core::vocab::{DeviceRole, Meals, PayUnit, Settlement};
use hall_log::Ledger;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::fill::{DESK, id_number, today, worker};
use crate::history::History;
use crate::machines::{self, Machine, invitation, series};
use crate::row::{Row, Times};
use crate::sync::Sync;

const KIOSK: &str = "kiosk";
/// Days that a kiosk is alone before its line comes, of which seven are a week.
const DAYS: i32 = 10;
/// Of a hundred ops of a day so many are of a post that is published, two each.
const POSTS_PERCENT: u64 = 10;
const LOOK: Duration = Duration::from_millis(200);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(5);

/// A machine whose lines are open.
struct Online {
    hall: Arc<Hall>,
    lines: JoinHandle<()>,
}

impl Online {
    fn open(runtime: &Runtime, hall: Hall, listen: Option<SocketAddr>) -> Self {
        let hall = Arc::new(hall);
        let running = Arc::clone(&hall);
        let lines = runtime.spawn(async move {
            if let Err(error) = lines::run(running, listen).await {
                crate::row::say(&format!("the lines ended: {error}"));
            }
        });
        Self { hall, lines }
    }

    /// Waits until something is so; it is looked at after each change, and now and then for what tells of none.
    fn wait<T>(&self, runtime: &Runtime, what: &str, look: impl Fn(&Hall) -> Result<Option<T>>) -> Result<T> {
        let mut changes = self.hall.changes();
        let waiting = async {
            loop {
                if let Some(seen) = look(&self.hall)? {
                    return Ok(seen);
                }
                // Nothing is lost when it is over: one look too many.
                let _looked_at_anyway = tokio::time::timeout(LOOK, changes.changed()).await;
            }
        };
        runtime.block_on(async { tokio::time::timeout(PATIENCE, waiting).await }).context(what.to_owned())?
    }

    /// Waits until so many ops of a series are here.
    fn wait_for(&self, runtime: &Runtime, of: Holder, ops: u64) -> Result<()> {
        let here = |hall: &Hall| Ok((Ledger::head(hall.store(), of)?.seq >= ops).then_some(()));
        self.wait(runtime, "ops of another machine", here)
    }
}

impl Drop for Online {
    fn drop(&mut self) {
        self.lines.abort();
    }
}

/// Measures in `folder` and leaves the records that were exchanged there.
pub(crate) fn run(folder: &Path, size: &Sync) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let clock = machines::clock()?;
    let hub = Machine::new(folder, "hub", &clock).open_desk()?;
    let employer = registered(&hub)?;
    let hub = Online::open(&runtime, hub, Some((Ipv4Addr::LOCALHOST, 0).into()));
    hub.wait(&runtime, "a hub", |hall| {
        Ok((!invitation(hall, DeviceRole::Kiosk)?.addresses.is_empty()).then_some(()))
    })?;

    let backlog = drain(&runtime, &hub, &Machine::new(folder, "alone", &clock), size)?;
    write_records(&backlog, &folder.join(RECORDS))?;
    let new = bootstrap(&runtime, &hub, &Machine::new(folder, "new", &clock))?;
    drop(backlog);
    transfers(&runtime, &hub, &new, &employer, size.transfers)
}

pub(crate) const RECORDS: &str = "records.jsonl";

/// A second desk that was alone for days; the same measurement, carried on, is how fast a device pushes.
fn drain(runtime: &Runtime, hub: &Online, machine: &Machine, size: &Sync) -> Result<Online> {
    let blank = machine.open()?;
    runtime.block_on(lines::join(&blank, &invitation(&hub.hall, DeviceRole::Desk)?))?;
    drop(blank);
    let kiosk = machine.open()?;
    let week = size.records * 7 / u64::from(DAYS.unsigned_abs());
    write_alone(&kiosk, size.records)?;
    let (of, begun) = (series(&kiosk), Began::now());
    let kiosk = Online::open(runtime, kiosk, None);
    hub.wait_for(runtime, of, week)?;
    let drained = begun.elapsed();
    hub.wait_for(runtime, of, size.records)?;
    let pushed = begun.elapsed();
    Row::ms("seven days alone, drained", drained, None)
        .with_note(format!("{week} ops, durable at the hub"))
        .send()?;
    rate("device to hub, push", size.records, pushed).with_note(ops_in(size.records, pushed)).send()?;
    Ok(kiosk)
}

/// Some days of market.
fn write_alone(kiosk: &Hall, records: u64) -> Result<()> {
    let first = today()?.plus_days(-DAYS);
    let mut history = History::new(kiosk.store())?;
    history.employers(records / 400, first.plus_days(-1))?;
    history.workers(records / 20, first.plus_days(-1))?;
    for n in 0..DAYS {
        let of_day = records.saturating_sub(history.ops()).div_ceil(u64::from((DAYS - n).unsigned_abs()));
        let until = history.ops() + of_day;
        history.day(first.plus_days(n), of_day * POSTS_PERCENT / 100, until)?;
    }
    ensure!(history.ops() >= records, "too few records");
    Ok(())
}

/// A new machine that joins and gets everything, which is how fast a device pulls.
fn bootstrap(runtime: &Runtime, hub: &Online, machine: &Machine) -> Result<Online> {
    let here = hub.hall.store().heads()?;
    let ops: u64 = here.iter().map(|(.., head)| head.seq).sum();
    let begun = Began::now();
    let blank = machine.open()?;
    runtime.block_on(lines::join(&blank, &invitation(&hub.hall, DeviceRole::Kiosk)?))?;
    drop(blank);
    let kiosk = machine.open()?;
    let joined = Began::now();
    let kiosk = Online::open(runtime, kiosk, None);
    for (device, epoch, head) in here {
        kiosk.wait_for(runtime, Holder { device, epoch }, head.seq)?;
    }
    let (all, pulled) = (begun.elapsed(), joined.elapsed());
    let entities = entities(&kiosk.hall)?;
    Row::ms("a new machine, until it has all", all, None)
        .with_note(format!("{ops} ops of {entities} entities"))
        .send()?;
    rate("hub to device, pull", ops, pulled).with_note(ops_in(ops, pulled)).send()?;
    Ok(kiosk)
}

/// Somebody taps at a kiosk that has no place of the post: it asks the desk, which gives one.
fn transfers(runtime: &Runtime, hub: &Online, kiosk: &Online, employer: &str, count: u64) -> Result<()> {
    let mut posts = Vec::new();
    for n in 0..count {
        hub.hall.desk(
            DESK,
            DeskCommand::RegisterWorker { form: worker(n).context("a worker")?, sign_in: true },
        )?;
        let command = DeskCommand::PublishPost { form: post(employer)?, overriding: None };
        match hub.hall.desk(DESK, command)? {
            DeskReply::Post(post) => posts.push(post.card.id),
            other => bail!("a post, not {other:?}"),
        }
    }
    kiosk.wait_for(runtime, series(&hub.hall), hub.hall.store().head()?.seq)?;
    let mut times = Times::default();
    for (n, post) in posts.into_iter().enumerate() {
        let text = id_number(n as u64).context("a number")?;
        kiosk.hall.kiosk(KIOSK, KioskCommand::SignIn { credential: Credential::IdNumber { text } })?;
        times.measure(|| transfer(runtime, kiosk, post))?;
        kiosk.hall.kiosk(KIOSK, KioskCommand::SignOut)?;
    }
    let note = format!("{} taps at a kiosk without places, until confirmed", times.len());
    Row::ms("a place by LAN, p50", times.percentile(50), None).send()?;
    Row::ms("a place by LAN, p99", times.percentile(99), 300.0).with_note(note).send()
}

fn transfer(runtime: &Runtime, kiosk: &Online, post: String) -> Result<()> {
    let ticket = match kiosk.hall.kiosk(KIOSK, KioskCommand::Claim { post })? {
        KioskReply::Ticket(ticket) => ticket,
        other => bail!("a ticket, not {other:?}"),
    };
    ensure!(ticket.state == TicketState::Provisional, "there was a place at the kiosk");
    let id = ticket.id.parse().ok().context("an id")?;
    kiosk.wait(runtime, "a place", |hall| match hall.store().entity(id)? {
        Some(Entity::Ticket(ticket)) => Ok(ticket.holds_place().then_some(())),
        _ => Ok(None),
    })
}

pub(crate) fn registered(hub: &Hall) -> Result<String> {
    let employers: Vec<EmployerForm> =
        serde_json::from_str(include_str!("../../assets/sample-hall/employers.json"))?;
    let form = employers.into_iter().next().context("an employer")?;
    match hub.desk(DESK, DeskCommand::Employers { text: form.name })? {
        DeskReply::Employers(found) => Ok(found.into_iter().next().context("no employer")?.id),
        other => bail!("employers, not {other:?}"),
    }
}

/// One place, so that it stays at the desk when places are shared out.
pub(crate) fn post(employer: &str) -> Result<PostForm> {
    Ok(PostForm {
        employer: employer.into(),
        trade: "装卸".into(),
        title: "冷库装卸".into(),
        content: "冷库门口装车，每箱 15 公斤".into(),
        address: "西环路 120 号冷库".into(),
        first_day: today()?.plus_days(1).to_string(),
        last_day: String::new(),
        start: "08:00".into(),
        end: "17:00".into(),
        rest_minutes: 60,
        days_per_week: 0,
        places: "1".into(),
        pay: "240".into(),
        unit: Some(PayUnit::Day),
        settlement: Some(Settlement::Daily),
        meals: Some(Meals::Lunch),
        transport: false,
        requirements: "搬得动 15 公斤".into(),
        insurance: "单位缴工伤保险".into(),
        protection: "发手套、防滑鞋".into(),
        hazards: Vec::new(),
        certificate: String::new(),
        bring: String::new(),
        contact_name: "孙主任".into(),
        contact_phone: "15400005678".into(),
        contact_public: false,
        urgent: false,
        probation_days: 0,
    })
}

/// The ops of a machine, for whoever else would replicate them: one JSON document a line.
fn write_records(of: &Online, path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let (store, series) = (of.hall.store(), series(&of.hall));
    let mut last = 0;
    loop {
        let ops = store.ops_after(series.device, series.epoch, last, 1_000)?;
        let Some(end) = ops.last() else { return Ok(file.flush()?) };
        last = end.envelope.id.seq;
        for op in ops {
            let envelope = op.envelope;
            let record = json!({
                "_id": envelope.id.to_string(),
                "at": envelope.hlc.0,
                "entity": envelope.entity.to_string(),
                "kind": envelope.kind,
                "schema": envelope.schema,
                "by": envelope.by.map(|by| by.to_string()),
                "payload": op.payload.map(|payload| STANDARD.encode(payload)),
            });
            writeln!(file, "{record}")?;
        }
    }
}

fn entities(hall: &Hall) -> Result<u64> {
    let mut entities = 0;
    for (device, epoch, _) in hall.store().heads()? {
        let mut last = 0;
        while let ops = hall.store().ops_after(device, epoch, last, 1_000)?
            && let Some(end) = ops.last()
        {
            last = end.envelope.id.seq;
            entities += ops.iter().filter(|op| op.envelope.entity == op.envelope.id).count() as u64;
        }
    }
    Ok(entities)
}

fn rate(what: &str, ops: u64, took: Duration) -> Row {
    Row::rate(what, ops as f64 / took.as_secs_f64(), "ops", None)
}

fn ops_in(ops: u64, took: Duration) -> String {
    format!("{ops} ops in {:.2} s", took.as_secs_f64())
}
