//! The hall gets a second kiosk, the line to it is cut, and people come to both. Nobody is promised another's place,
//! and when the line is back everybody knows all of it, the county too.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::county::County;
use crate::kiosk::Kiosk;
use crate::line::Line;
use crate::people::id_number;
use crate::player::{EMPLOYER, Person, Player, Programs, TRADE, hallctl};
use crate::screens::{Place, Screens};
use crate::webdriver::{until, within};

const TITLE: &str = "果品冷库倒垛";
/// As long as the longest pause before a line is tried again.
const RECONNECT: Duration = Duration::from_mins(5);
const NAME: &str = "自助机 2";

/// The record of it.
#[derive(Debug, Default, Serialize)]
pub struct TwoKiosks {
    pub post: String,
    /// What the first kiosk's ticket says, taken while the line was cut, and what the second one's.
    pub first: String,
    pub second: String,
    /// What the ticket of whoever came too late says, and what is still so when the line is back.
    pub standby: String,
    pub standby_afterwards: String,
    /// What the county has of the desk's and of the second kiosk's log, ops.
    pub county_has: [u64; 2],
}

/// The second machine and the line to it.
struct Second {
    screens: Screens,
    line: Line,
}

impl Second {
    fn kiosk(&self) -> Result<Kiosk<'_>> {
        self.screens.kiosk().map(Kiosk)
    }
}

pub(crate) fn play(
    player: &mut Player<'_>,
    programs: &Programs,
    folder: &Path,
    county: &County,
) -> Result<()> {
    TITLE.clone_into(&mut player.job.two_kiosks.post);
    let second = a_kiosk_joins(player, programs, folder)?;
    places_are_shared(player, &second)?;
    second.line.cut();
    the_last_places_go(player, &second)?;
    second.line.mend();
    all_is_known(player, &second)?;
    the_county_has_it(player, county)
}

fn a_kiosk_joins(player: &mut Player<'_>, programs: &Programs, folder: &Path) -> Result<Second> {
    let (invitation, desk) = player.desk()?.invite_kiosk(NAME)?;
    player.note("desk-invitation", Screens::desk, "The supervisor invites a second kiosk")?;
    player.desk()?.close_invitation()?;
    let line = Line::to(desk)?;
    let clock = player.clock()?;
    let place = Place::kiosk(&folder.join("kiosk"), &clock)?;
    hallctl(programs, &place, &["join", &format!("{invitation}@{}", line.address), "--clock", &clock])?;
    let second = Second { screens: Screens::open(&programs.shell, &place)?, line };
    second.kiosk()?.shown("post-card").context("the hall's posts came to the second kiosk")?;
    player.desk()?.reaches(NAME)?;
    player.note("desk-machines", Screens::desk, "It has joined, and the hall's board is on it")?;
    Ok(second)
}

/// Of two places one stays at the desk's machine and one goes to the kiosk that can be reached.
fn places_are_shared(player: &mut Player<'_>, second: &Second) -> Result<()> {
    for person in people() {
        player.desk()?.register_and_sign_in(&person.as_typed())?;
    }
    let today = crate::hall::today().to_string();
    let fields = [
        ("trade", TRADE),
        ("title", TITLE),
        ("content", "冷库里倒垛，苹果每箱 15 公斤，用手推车"),
        ("address", "奎山县西环路 120 号果品冷库"),
        ("first-day", today.as_str()),
        ("start", "08:00"),
        ("end", "17:00"),
        ("rest", "60"),
        ("places", "2"),
        ("pay", "240"),
        ("requirements", "搬得动 15 公斤"),
        ("insurance", "单位缴工伤保险"),
        ("protection", "发手套、防滑鞋、棉衣"),
        ("contact-name", "孙主任"),
        ("contact-phone", "15400005678"),
    ];
    let choices = [("unit", "day"), ("settlement", "daily"), ("meals", "lunch")];
    player.desk()?.draft_post(EMPLOYER, &fields, &choices)?;
    player.desk()?.publish()?;
    let kiosk = second.kiosk()?;
    kiosk.filter_trade(TRADE)?;
    kiosk.open_post(TITLE)?;
    kiosk.shown("want").context("a place came to the second kiosk")?;
    player.keep("kiosk-2-post", &kiosk.0.picture()?, "A place of the new post lies at the second kiosk")
}

fn the_last_places_go(player: &mut Player<'_>, second: &Second) -> Result<()> {
    let [one, other, late] = people();
    let kiosk = second.kiosk()?;
    kiosk.want(&one.id_number)?;
    kiosk.confirm()?;
    kiosk.0.drawn("[data-testid=\"slip\"]")?;
    ensure!(kiosk.ticket_state()? == "confirmed", "the place that lies here can be promised without a line");
    player.job.two_kiosks.second = kiosk.shown("ticket-title")?.text()?;
    player.keep(
        "kiosk-2-cut",
        &kiosk.0.picture()?,
        "The line is cut; the second kiosk promises its own place",
    )?;
    kiosk.finish()?;

    take(player.kiosk()?, &other)?;
    ensure!(player.kiosk()?.ticket_state()? == "confirmed", "the desk's machine has the other place");
    player.job.two_kiosks.first = player.kiosk()?.shown("ticket-title")?.text()?;
    player.note("kiosk-1-cut", Screens::kiosk, "The first kiosk promises the last place, another one")?;
    player.kiosk()?.finish()?;

    take(kiosk, &late)?;
    ensure!(kiosk.ticket_state()? == "provisional", "no third person may get one of two places");
    player.job.two_kiosks.standby = standing(kiosk)?;
    player.keep(
        "kiosk-2-standby",
        &kiosk.0.picture()?,
        "Whoever comes too late gets an honest standby ticket",
    )?;
    kiosk.finish()
}

/// Takes what there is of the post, from the board on.
fn take(kiosk: Kiosk<'_>, person: &Person) -> Result<()> {
    kiosk.filter_trade(TRADE)?;
    kiosk.open_post(TITLE)?;
    kiosk.want(&person.id_number)?;
    kiosk.confirm()?;
    kiosk.0.drawn("[data-testid=\"slip\"]")
}

/// The words of the ticket that is shown.
fn standing(kiosk: Kiosk<'_>) -> Result<String> {
    let words = kiosk.shown("ticket-head")?.text()?;
    Ok(words.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; "))
}

fn all_is_known(player: &mut Player<'_>, second: &Second) -> Result<()> {
    within(RECONNECT, || {
        let tickets = player.desk()?.open_post(TITLE)?;
        if tickets == people().len() {
            return Ok(Some(()));
        }
        player.desk()?.close_post()?;
        Ok(None)
    })
    .context("what the second kiosk did came to the desk")?;
    player.note("desk-healed", Screens::desk, "The line is back: two have the two places, one stands by")?;
    player.desk()?.close_post()?;

    let [.., late] = people();
    let kiosk = second.kiosk()?;
    kiosk.tap("sign-in")?;
    kiosk.type_id_number(&late.id_number)?;
    kiosk.tap("show-slip")?;
    let before = player.job.two_kiosks.standby.clone();
    player.job.two_kiosks.standby_afterwards =
        until(|| Ok(Some(standing(kiosk)?).filter(|now| *now != before)))
            .context("it knows that all is taken")?;
    kiosk.0.drawn("[data-testid=\"slip\"]")?;
    ensure!(kiosk.ticket_state()? == "provisional", "nobody gets a place that is another's");
    player.keep(
        "kiosk-2-healed",
        &kiosk.0.picture()?,
        "The second kiosk knows, too, that all places are taken",
    )?;
    kiosk.tap("back")?;
    kiosk.finish()
}

fn the_county_has_it(player: &mut Player<'_>, county: &County) -> Result<()> {
    player.desk()?.is_at_county()?;
    player.desk()?.go("devices")?;
    let here = player.desk()?.ops_of(NAME)?;
    player.job.two_kiosks.county_has = within(RECONNECT, || {
        let devices = county.devices()?;
        let has = |role| devices.iter().find(|device| device.role == role).map_or(0, |device| device.ops);
        Ok((has("kiosk") == here).then(|| [has("desk"), has("kiosk")]))
    })
    .context("both machines' logs reach the county")?;
    player.note("desk-county", Screens::desk, "The county has all that both machines wrote")
}

fn people() -> [Person; 3] {
    [
        Person { name: "于春妮", id_number: id_number("19830309", 722), phone: "15400007104" },
        Person { name: "栾德胜", id_number: id_number("19880617", 725), phone: "15400007105" },
        Person { name: "迟守业", id_number: id_number("19760921", 727), phone: "15400007106" },
    ]
}
