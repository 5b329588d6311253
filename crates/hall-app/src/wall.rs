//! The wall's one command. Everything it answers may be read by anybody in the hall.

use hall_core::EntityId;
use hall_core::edition::Edition;
use hall_core::rotation::{self, Slot};

use crate::api::wall::{RightsView, WallPage, WallView};
use crate::api::{WallCommand, WallReply};
use crate::board;
use crate::error::AppError;
use crate::hall::{Hall, Inner, Now, county};
use crate::live::LivePost;
use crate::{text, views};

/// How long a page of eight rows stays: long enough to read it twice from five metres.
const PAGE_SECONDS: u16 = 12;
/// How long a standby ticket that got a place is called, milliseconds.
const CALL_MS: i64 = 30 * 60_000;
const CALLS_MAX: usize = 6;

pub(crate) fn run(app: &Hall, command: WallCommand) -> Result<WallReply, AppError> {
    let WallCommand::View = command;
    let (inner, now) = app.today()?;
    Ok(WallReply::View(view(app, &inner, now)))
}

fn view(app: &Hall, inner: &Inner, now: Now) -> WallView {
    let live = &inner.live;
    let edition = Edition::at(now.hall);
    // An edition is what was published before it began; what fills up is struck out at once all the same.
    let slots: Vec<Slot<'_, (EntityId, &LivePost)>> = board::open_posts(live, now)
        // A stamp beyond the edition is of a clock that was wrong before a supervisor accepted the present one.
        .filter(|(_, post)| {
            let published = post.post.published;
            edition.carries(published) || published.instant() >= edition.ends()
        })
        .map(|(id, post)| Slot {
            trade: &post.post.terms.trade,
            urgent: post.post.terms.urgent && (post.left(now.promising) > 0 || post.elsewhere() > 0),
            item: (id, post),
        })
        .collect();
    let cards = |page: rotation::Page<(EntityId, &LivePost)>| {
        let posts = page.items.into_iter().map(|(id, post)| views::card(app, id, post, now)).collect();
        WallPage { trades: page.trades, posts }
    };
    let pages = rotation::pages(&slots).into_iter().map(cards).collect();
    let (_, placed) = live.placed_today();
    WallView {
        hall: views::hall(live),
        edition: views::edition(now),
        clock: views::clock(now),
        pages,
        page_seconds: PAGE_SECONDS,
        open_posts: slots.len() as u16,
        places_left: slots.iter().map(|slot| slot.item.1.left(now.promising)).sum(),
        placed_today: placed as u16,
        calls: calls(inner, now),
        rights: rights(app, inner, now),
    }
}

/// Numbers of standby tickets that have a place since a short while, newest first.
fn calls(inner: &Inner, now: Now) -> Vec<String> {
    let live = &inner.live;
    let mut promoted: Vec<_> = live
        .opened
        .iter()
        .filter_map(|(_, id)| live.tickets.get(id))
        .filter(|ticket| ticket.standby.is_some() && ticket.holds_place() && ticket.attendance.is_none())
        .filter_map(|ticket| Some((ticket.confirmed?.instant(), ticket.number)))
        .filter(|(at, _)| now.hall.0 - at.0 < CALL_MS)
        .collect();
    promoted.sort_unstable_by(|a, b| b.cmp(a));
    promoted.into_iter().take(CALLS_MAX).map(|(_, number)| text::ticket_number(number)).collect()
}

fn rights(app: &Hall, inner: &Inner, now: Now) -> RightsView {
    let county = county(&inner.live);
    let line = app.book.minimum_wage(&county, now.hall.day());
    RightsView {
        hourly_minimum: line.as_ref().map(|line| line.hour.0),
        monthly_minimum: line.as_ref().map(|line| line.month.0),
        document: line.map(|line| format!("{} 起 {}", line.from, line.document)).unwrap_or_default(),
        complaint_phone: "12333".into(),
        legal_aid_phone: "12348".into(),
    }
}
