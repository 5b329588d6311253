//! The wall's rotation: every open post gets the same time, an urgent one twice that.
//!
//! Pages have equal time. A round shows each post on one page, grouped by trade; urgent posts come again on
//! pages of their own, spread over the round.

use std::collections::BTreeMap;

/// A post as the rotation sees it; `item` is whatever the caller shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot<'a, T> {
    pub trade: &'a str,
    pub urgent: bool,
    pub item: T,
}

/// One page: the trades on it, in order, and its posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub trades: Vec<String>,
    pub items: Vec<T>,
}

/// Rows of a page at which the board is still legible from five metres.
pub const ROWS: usize = 8;

/// One round over `posts`, whose order is kept within a trade. Trades come in the order of their first post.
pub fn pages<T: Clone>(posts: &[Slot<'_, T>]) -> Vec<Page<T>> {
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    for post in posts {
        let next = ranks.len();
        ranks.entry(post.trade).or_insert(next);
    }
    let mut by_trade: Vec<&Slot<'_, T>> = posts.iter().collect();
    by_trade.sort_by_cached_key(|post| ranks.get(post.trade));
    let urgent: Vec<&Slot<'_, T>> = by_trade.iter().copied().filter(|post| post.urgent).collect();

    let regular: Vec<Page<T>> = by_trade.chunks(ROWS).map(page).collect();
    let mut again: Vec<Page<T>> = urgent.chunks(ROWS).map(page).collect();
    // A round of one page shows everything all the time: nothing can be more visible than that.
    if regular.len() < 2 {
        return regular;
    }
    let stride = regular.len().div_ceil(again.len().max(1));
    let mut round = Vec::with_capacity(regular.len() + again.len());
    for (n, page) in regular.into_iter().enumerate() {
        // Half a stride after the start: an urgent page never follows itself over the end of the round.
        if n % stride == stride / 2 && !again.is_empty() {
            round.push(again.remove(0));
        }
        round.push(page);
    }
    round.append(&mut again);
    round
}

fn page<T: Clone>(slots: &[&Slot<'_, T>]) -> Page<T> {
    let mut trades: Vec<String> = Vec::new();
    for slot in slots {
        // Posts of one trade stand together.
        if trades.last().is_none_or(|last| last != slot.trade) {
            trades.push(slot.trade.to_owned());
        }
    }
    Page { trades, items: slots.iter().map(|slot| slot.item.clone()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_post_has_its_time_and_urgent_ones_twice(
            posts in prop::collection::vec((0_u8..6, any::<bool>()), 0..120)
        ) {
            let trades = ["小工", "瓦工", "保洁", "装卸", "绿化", "电工"];
            let posts: Vec<Slot<'_, usize>> = posts
                .into_iter()
                .enumerate()
                .map(|(item, (trade, urgent))| Slot { trade: trades[usize::from(trade)], urgent, item })
                .collect();
            let round = pages(&posts);
            for post in &posts {
                let shown = round.iter().flat_map(|page| &page.items).filter(|item| **item == post.item).count();
                let due = if post.urgent && posts.len() > ROWS { 2 } else { 1 };
                prop_assert_eq!(shown, due);
            }
            for page in &round {
                prop_assert!((1..=ROWS).contains(&page.items.len()));
                let mut named: Vec<&str> = page.items.iter().map(|item| posts[*item].trade).collect();
                named.dedup();
                prop_assert_eq!(&named, &page.trades);
                named.sort_unstable();
                named.dedup();
                prop_assert_eq!(named.len(), page.trades.len());
            }
        }
    }

    #[test]
    fn an_empty_board_has_no_page() {
        assert_eq!(pages::<u8>(&[]), []);
    }
}
