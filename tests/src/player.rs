//! The main job through the real windows: a clerk adds a post, two workers take its places, the slip appears, the
//! paper is made, the wall strikes the post out. Then the hall gets a second kiosk, and the line to it is cut. What was
//! seen is written down.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hall_core::Minute;
use serde::Serialize;

use crate::county::County;
use crate::cut::{self, TwoKiosks};
use crate::desk::{Desk, WalkIn};
use crate::hall::PIN;
use crate::kiosk::Kiosk;
use crate::people::id_number;
use crate::printer::Printer;
use crate::screens::{Place, Screens};
use crate::wall::Wall;
use crate::webdriver::Session;

/// When the played morning begins: the sample's early workers have come, no post of today has begun, and the
/// next edition, which brings the new post to the wall, is two minutes away.
const CLOCK: &str = "05:28";
const HALL: &str = "奎山示范零工客栈";
pub(crate) const EMPLOYER: &str = "奎山磐筑建筑劳务有限公司";
const TITLE: &str = "冷库装卸苹果";
pub(crate) const TRADE: &str = "装卸";
/// A round of the wall shows every open post of the sample once.
const A_ROUND: Duration = Duration::from_mins(10);

/// One step as it happened.
#[derive(Debug, Serialize)]
pub struct Step {
    pub done: String,
    pub picture: String,
    pub milliseconds: u64,
}

/// The record that stays beside the pictures.
#[derive(Debug, Default, Serialize)]
pub struct Job {
    pub post: String,
    pub ticket_code: String,
    pub place: String,
    pub standby: String,
    pub agreement_number: String,
    pub agreement_verdict: String,
    pub figures: String,
    pub two_kiosks: TwoKiosks,
    pub steps: Vec<Step>,
}

/// The programs that the player needs, as built.
#[derive(Debug)]
pub struct Programs {
    pub shell: PathBuf,
    pub hallctl: PathBuf,
    pub county: PathBuf,
}

pub(crate) struct Player<'a> {
    screens: Screens,
    printer: Printer,
    out: &'a Path,
    /// When the windows opened, and the step that is played now began.
    opened: Instant,
    begun: Instant,
    pub(crate) job: Job,
}

/// Loads the sample hall into a folder of its own, takes it into a county, opens its windows and plays.
pub fn play(programs: &Programs, out: &Path) -> Result<Job> {
    fs::create_dir_all(out)?;
    let folder = tempfile::tempdir()?;
    let county = County::start(&programs.county, &folder.path().join("county"))?;
    let place = Place::new(&folder.path().join("desk"), CLOCK)?;
    let printer = Printer::start()?;
    hallctl(programs, &place, &["load-sample", "--slips", &printer.address])?;
    hallctl(programs, &place, &["join", &county.invite(HALL)?, "--clock", CLOCK])?;
    let (screens, opened) = (Screens::open(&programs.shell, &place)?, Instant::now());
    let mut player = Player { screens, printer, out, opened, begun: opened, job: Job::default() };
    TITLE.clone_into(&mut player.job.post);
    player.clerk_adds_a_post()?;
    player.workers_come()?;
    player.last_place_goes()?;
    player.paper_is_made()?;
    player.outcome_is_recorded()?;
    cut::play(&mut player, programs, folder.path(), &county)?;
    let record = serde_json::to_string_pretty(&player.job)?;
    fs::write(out.join("main-job.json"), record + "\n")?;
    Ok(player.job)
}

/// Does something to a machine whose windows are not open.
pub(crate) fn hallctl(programs: &Programs, place: &Place, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(&programs.hallctl);
    command.arg("--data").arg(place.data()).arg("--keys").arg(place.keys()).args(arguments);
    let done = command.output().with_context(|| format!("{} does not start", programs.hallctl.display()))?;
    ensure!(done.status.success(), "{}: {}", arguments[0], String::from_utf8_lossy(&done.stderr));
    Ok(())
}

impl Player<'_> {
    pub(crate) fn desk(&self) -> Result<Desk<'_>> {
        self.screens.desk().map(Desk)
    }

    pub(crate) fn kiosk(&self) -> Result<Kiosk<'_>> {
        self.screens.kiosk().map(Kiosk)
    }

    /// The minute that the clocks of the hall show.
    pub(crate) fn clock(&self) -> Result<String> {
        let begun: Minute = CLOCK.parse().ok().context("a time")?;
        let minutes = self.opened.elapsed().as_secs() / 60;
        Ok(Minute(begun.0 + u16::try_from(minutes)?).to_string())
    }

    fn wall(&self) -> Result<Wall<'_>> {
        self.screens.wall().map(Wall)
    }

    /// Keeps a picture of the window and the time that the step took.
    pub(crate) fn note(
        &mut self,
        label: &str,
        window: fn(&Screens) -> Result<&Session>,
        done: &str,
    ) -> Result<()> {
        let shown = window(&self.screens)?.picture()?;
        self.keep(label, &shown, done)
    }

    pub(crate) fn keep(&mut self, label: &str, shown: &[u8], done: &str) -> Result<()> {
        let number = self.job.steps.len() + 1;
        let picture = format!("{number:02}-{label}.png");
        fs::write(self.out.join(&picture), shown)?;
        let milliseconds = u64::try_from(self.begun.elapsed().as_millis())?;
        self.job.steps.push(Step { done: done.to_owned(), picture, milliseconds });
        self.begun = Instant::now();
        Ok(())
    }

    fn clerk_adds_a_post(&mut self) -> Result<()> {
        self.desk()?.log_in(PIN)?;
        self.note("desk", Screens::desk, "The clerk logs in; the sample hall is open")?;
        let today = crate::hall::today().to_string();
        let fields = [
            ("trade", TRADE),
            ("title", TITLE),
            ("content", "冷库门口装车、卸车，苹果每箱 15 公斤，用手推车"),
            ("address", "奎山县西环路 120 号果品冷库"),
            ("first-day", today.as_str()),
            ("start", "07:30"),
            ("end", "16:30"),
            ("rest", "60"),
            ("places", "2"),
            ("pay", "260"),
            ("requirements", "搬得动 15 公斤"),
            ("insurance", "单位缴工伤保险"),
            ("protection", "发手套、防滑鞋"),
            ("contact-name", "孙主任"),
            ("contact-phone", "15400005678"),
        ];
        let choices = [("unit", "day"), ("settlement", "daily"), ("meals", "lunch")];
        self.desk()?.draft_post(EMPLOYER, &fields, &choices)?;
        self.screens.desk()?.find("[data-testid=\"post-urgent\"]")?.tap()?;
        self.note("desk-post", Screens::desk, "The clerk types a post with two places")?;
        self.desk()?.publish()?;
        self.note("desk-published", Screens::desk, "The post is published")
    }

    /// The first two walk-ins register at the desk; a member of the hall's records would only sign in.
    fn workers_come(&mut self) -> Result<()> {
        for worker in walk_ins() {
            self.desk()?.register_and_sign_in(&worker.as_typed())?;
        }
        self.note("desk-walk-in", Screens::desk, "Three walk-ins are registered and signed in")?;

        let first = &walk_ins()[0];
        self.note("kiosk", Screens::kiosk, "The kiosk shows the board to everybody")?;
        self.kiosk()?.filter_trade(TRADE)?;
        self.kiosk()?.open_post(TITLE)?;
        self.note("kiosk-post", Screens::kiosk, "A worker opens the post: pay first")?;
        self.kiosk()?.want(&first.id_number)?;
        self.note("kiosk-confirm", Screens::kiosk, "The worker has said who it is; one more tap")?;
        self.job.ticket_code = self.kiosk()?.confirm()?;
        ensure!(self.kiosk()?.ticket_state()? == "confirmed", "the first worker got no place");
        self.job.place = self.kiosk()?.shown("ticket-title")?.text()?;
        self.screens.kiosk()?.drawn("[data-testid=\"slip\"]")?;
        let slip = self.kiosk()?.shown("slip")?.attribute("src")?.context("a drawn slip")?;
        let (_, png) = slip.split_once("base64,").context("a slip in the page")?;
        let slip = STANDARD.decode(png)?;
        fs::write(self.out.join("slip.png"), &slip)?;
        self.note("kiosk-slip", Screens::kiosk, "The place is confirmed and the slip appears")?;
        let paper = self.printer.paper()?.to_png()?;
        ensure!(paper == slip, "the paper is not the slip that was shown");
        self.keep("paper", &paper, "The slip comes out of the printer, dot for dot as it was shown")?;
        self.kiosk()?.finish()
    }

    fn last_place_goes(&mut self) -> Result<()> {
        let [_, second, third] = walk_ins();
        let open = self.wall()?.wait_for(TITLE, A_ROUND)?;
        ensure!(!open, "the wall strikes out a post that has a place left");
        self.note("wall", Screens::wall, "The wall shows the post with one place left")?;

        self.kiosk()?.filter_trade(TRADE)?;
        self.kiosk()?.open_post(TITLE)?;
        self.kiosk()?.want(&second.id_number)?;
        self.kiosk()?.confirm()?;
        self.note("kiosk-last", Screens::kiosk, "The second worker takes the last place")?;
        self.kiosk()?.finish()?;
        self.wall()?.wait_until_full(TITLE, A_ROUND)?;
        self.note("wall-full", Screens::wall, "The wall has struck the post out")?;

        self.kiosk()?.filter_trade(TRADE)?;
        self.kiosk()?.open_post(TITLE)?;
        self.kiosk()?.want(&third.id_number)?;
        self.kiosk()?.confirm()?;
        ensure!(self.kiosk()?.ticket_state()? == "provisional", "nobody may get a third of two places");
        self.job.standby = self.kiosk()?.shown("ticket-title")?.text()?;
        self.note("kiosk-standby", Screens::kiosk, "The third worker gets an honest standby ticket")?;
        self.kiosk()?.finish()
    }

    fn paper_is_made(&mut self) -> Result<()> {
        let code = self.job.ticket_code.clone();
        self.desk()?.open_ticket(&code)?;
        self.job.agreement_verdict = self.desk()?.shown("agreement-decision")?;
        self.note("desk-ticket", Screens::desk, "The desk finds the ticket by its code")?;
        let paper = self.desk()?.make_agreement()?;
        self.job.agreement_number = self.desk()?.shown("agreement-number")?;
        fs::copy(&paper, self.out.join("agreement.pdf")).with_context(|| paper.clone())?;
        self.note("desk-agreement", Screens::desk, "The agreement is made, two copies")
    }

    fn outcome_is_recorded(&mut self) -> Result<()> {
        self.desk()?.outcome("arrived")?;
        self.job.figures = self.desk()?.shown("figures")?;
        self.note(
            "desk-outcome",
            Screens::desk,
            "The worker has arrived; the day's figure is at the bottom",
        )?;
        self.desk()?.go("printers")?;
        self.note("desk-printers", Screens::desk, "What became of every paper, and how the printers are")
    }
}

pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) id_number: String,
    pub(crate) phone: &'static str,
}

impl Person {
    pub(crate) fn as_typed(&self) -> WalkIn<'_> {
        WalkIn { name: self.name, id_number: &self.id_number, phone: self.phone, trades: &[TRADE] }
    }
}

fn walk_ins() -> [Person; 3] {
    [
        Person { name: "高文䶮", id_number: id_number("19860412", 711), phone: "15400007101" },
        Person { name: "丁世堃", id_number: id_number("19910823", 713), phone: "15400007102" },
        Person { name: "曲海滨", id_number: id_number("19790105", 715), phone: "15400007103" },
    ]
}
