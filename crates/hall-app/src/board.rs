//! The board: open posts through a filter, a page at a time.

use std::collections::BTreeMap;

use hall_core::vocab::Meals;
use hall_core::{Day, EntityId};

use crate::api::kiosk::{BoardFilter, BoardPage, TradeCount};
use crate::error::AppError;
use crate::errors::bad_field;
use crate::hall::{Hall, Now};
use crate::live::{Live, LivePost};
use crate::views;

/// Cards on one page of the kiosk.
const PAGE: usize = 6;

/// A filter that reads well.
struct Filter<'a> {
    trade: Option<&'a str>,
    day: Option<Day>,
    meals: bool,
    transport: bool,
    day_pay_min: Option<u32>,
}

impl<'a> Filter<'a> {
    fn read(filter: &'a BoardFilter) -> Result<Self, AppError> {
        let day = filter.day.as_deref().filter(|day| !day.is_empty()).map(str::parse).transpose();
        Ok(Self {
            trade: filter.trade.as_deref().filter(|trade| !trade.is_empty()),
            day: day.map_err(|_| bad_field("日期不对，请重新选"))?,
            meals: filter.meals,
            transport: filter.transport,
            day_pay_min: filter.day_pay_min,
        })
    }

    fn admits(&self, live: &LivePost) -> bool {
        let terms = &live.post.terms;
        self.trade.is_none_or(|trade| terms.trade == trade)
            && self.day.is_none_or(|day| terms.first_day <= day && day <= terms.last_day)
            && (!self.meals || terms.meals != Meals::None)
            && (!self.transport || terms.transport)
            && self.day_pay_min.is_none_or(|min| live.row.day_pay.is_some_and(|pay| pay >= min))
    }
}

/// One page of the board. Posts that are full stay on it, after those that still take people.
pub(crate) fn page(
    app: &Hall,
    live: &Live,
    now: Now,
    filter: &BoardFilter,
    page: u16,
) -> Result<BoardPage, AppError> {
    let filter = Filter::read(filter)?;
    let mut full: Vec<(EntityId, &LivePost)> = Vec::new();
    let mut open: Vec<(EntityId, &LivePost)> = Vec::new();
    for (id, post) in open_posts(live, now).filter(|(_, post)| filter.admits(post)) {
        if post.left(now.promising) > 0 { open.push((id, post)) } else { full.push((id, post)) }
    }
    let total = open.len() + full.len();
    let pages = total.div_ceil(PAGE).max(1);
    let page = usize::from(page).min(pages - 1);
    let posts = open
        .into_iter()
        .chain(full)
        .skip(page * PAGE)
        .take(PAGE)
        .map(|(id, post)| views::card(app, id, post, now))
        .collect();
    Ok(BoardPage { posts, page: page as u16, pages: pages as u16, total: total as u16 })
}

/// Posts that still take people, in the order of the board.
pub(crate) fn open_posts(live: &Live, now: Now) -> impl Iterator<Item = (EntityId, &LivePost)> {
    live.board().filter(move |(_, post)| post.is_open(now.hall))
}

/// Open posts by trade, most first.
pub(crate) fn trades(live: &Live, now: Now) -> Vec<TradeCount> {
    let mut counts: BTreeMap<&str, u16> = BTreeMap::new();
    for (_, post) in open_posts(live, now) {
        let count = counts.entry(&post.post.terms.trade).or_default();
        *count = count.saturating_add(1);
    }
    let mut trades: Vec<TradeCount> =
        counts.into_iter().map(|(trade, posts)| TradeCount { trade: trade.to_owned(), posts }).collect();
    trades.sort_by(|a, b| b.posts.cmp(&a.posts).then_with(|| a.trade.cmp(&b.trade)));
    trades
}

/// The days on which open posts begin, soonest first.
pub(crate) fn days(live: &Live, now: Now) -> Vec<String> {
    let mut days: Vec<Day> = open_posts(live, now).map(|(_, post)| post.post.terms.first_day).collect();
    days.dedup();
    days.iter().map(ToString::to_string).collect()
}
