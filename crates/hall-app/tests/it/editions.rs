//! The board by half hours: what the kiosk shows at once comes to the wall with the next edition, and a restart
//! changes nothing.

use hall_app::api::kiosk::BoardFilter;
use hall_app::api::shared::PostForm;
use hall_app::api::{DeskCommand, KioskCommand, KioskReply};

use crate::reply;
use crate::support::{Market, at};

fn on_the_kiosk(market: &Market) -> u16 {
    let board = KioskCommand::Board { filter: BoardFilter::default(), page: 0 };
    reply!(market.ask_kiosk(board).unwrap(), KioskReply::Board).total
}

#[test]
fn a_post_of_0841_is_on_the_kiosk_at_once_and_on_the_wall_from_nine() {
    let mut market = Market::new();
    market.set("08:41");
    let wall = market.wall_view();
    assert_eq!((wall.edition.number, wall.edition.at.as_str()), (12, "08:30"));
    assert_eq!((wall.edition.as_of.as_str(), wall.edition.next.as_str()), ("08:29", "09:00"));
    let form = PostForm { start: "13:00".into(), end: "18:00".into(), ..market.form() };
    let post = market.publish_form(form);
    assert_eq!(on_the_kiosk(&market), 1);
    assert!(market.wall_posts().is_empty());
    market.set("08:59");
    assert!(market.wall_posts().is_empty());
    market.set("09:00");
    let wall = market.wall_view();
    assert_eq!((wall.edition.number, wall.edition.at.as_str()), (13, "09:00"));
    assert_eq!(market.wall_posts()[0].id, post);

    // Struck out the moment it is full, and the same after a restart.
    market.take(1, &post);
    market.take(2, &post);
    assert_eq!(market.wall_posts()[0].left, 0);
    let before = market.wall_view();
    market.reopen();
    assert_eq!(market.wall_view(), before);
    market.set("12:59");
    assert_eq!(market.wall_posts().len(), 1);
    // Work that has begun is no offer any more.
    market.set("13:00");
    assert!(market.wall_posts().is_empty());
    assert_eq!(on_the_kiosk(&market), 0);
}

#[test]
fn the_day_turns_without_a_restart() {
    let market = Market::new();
    let tomorrow = PostForm { first_day: "2026-11-21".into(), ..market.form() };
    let today = market.publish(1);
    let post = market.publish_form(tomorrow);
    let ticket = market.take(1, &today);
    let next = market.take(2, &post);
    assert_eq!((ticket.number.as_str(), next.number.as_str()), ("A001", "A002"));
    market.site.set(at("2026-11-21", "05:00"));
    market.log_in(crate::support::DESK, &market.supervisor, crate::support::PIN).unwrap();
    let view = market.view();
    assert_eq!((view.figures.signed_in, view.figures.placed, view.figures.success_percent), (0, 0, None));
    assert!(view.waiting.is_empty());
    // Yesterday's promise stands, numbers begin again.
    assert_eq!(market.sign_in(2).tickets[0].id, next.id);
    let board = market.wall_posts();
    assert_eq!((board.len(), board[0].id.as_str(), board[0].left), (1, post.as_str(), 1));
    assert_eq!(market.take(3, &post).number, "A001");
    let ledger = market.act(DeskCommand::Day { day: "2026-11-20".into() });
    assert_eq!(reply!(ledger, hall_app::api::DeskReply::Tickets).len(), 1);
    market.verify();
}

#[test]
fn the_board_filters_by_trade_day_pay_meals_and_way() {
    let market = Market::new();
    let base = market.form();
    for n in 0..14_u32 {
        market.publish_form(PostForm {
            title: format!("活{n}"),
            trade: if n % 2 == 0 { "瓦工".into() } else { "保洁".into() },
            first_day: if n < 7 { crate::support::DAY.into() } else { "2026-11-21".into() },
            pay: (200 + n * 10).to_string(),
            transport: n % 3 == 0,
            meals: Some(if n % 5 == 0 {
                hall_core::vocab::Meals::None
            } else {
                hall_core::vocab::Meals::Lunch
            }),
            ..base.clone()
        });
    }
    let ask = |filter: BoardFilter, page| {
        let board = KioskCommand::Board { filter, page };
        reply!(market.ask_kiosk(board).unwrap(), KioskReply::Board)
    };
    let all = BoardFilter::default();
    let pages: Vec<_> = (0..3).map(|page| ask(all.clone(), page)).collect();
    assert_eq!((pages[0].pages, pages[0].total), (3, 14));
    let mut ids: Vec<_> =
        pages.iter().flat_map(|page| page.posts.iter().map(|post| post.id.clone())).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 14, "every post is on exactly one page");
    assert_eq!(ask(all.clone(), 99).page, 2, "a page that is not there is the last one");
    let count = |filter| ask(filter, 0).total;
    assert_eq!(count(BoardFilter { trade: Some("保洁".into()), ..all.clone() }), 7);
    assert_eq!(count(BoardFilter { day: Some("2026-11-21".into()), ..all.clone() }), 7);
    assert_eq!(count(BoardFilter { day_pay_min: Some(30_000), ..all.clone() }), 4);
    assert_eq!(count(BoardFilter { transport: true, ..all.clone() }), 5);
    assert_eq!(count(BoardFilter { meals: true, ..all.clone() }), 11);
    let bad = KioskCommand::Board { filter: BoardFilter { day: Some("昨天".into()), ..all }, page: 0 };
    crate::support::refused(market.ask_kiosk(bad), hall_app::Code::BadInput);
}
