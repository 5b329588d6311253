//! Random mornings through the façade itself: what the screens show is what the store says, after a restart and
//! in another store as well.

use hall_app::Code;
use hall_app::api::desk::DeskView;
use hall_app::api::shared::{OutcomeForm, PostForm, TicketState};
use hall_app::api::wall::WallView;
use hall_app::api::{DeskCommand, DeskReply, KioskCommand};
use hall_core::Instant;
use hall_core::vocab::Outcome;
use hall_store::{Store, StoreConfig, StoreKeys};

use crate::reply;
use crate::support::{DAY, DESK, Market, PIN, at, worker_form};

const WORKERS: u16 = 30;

/// A small generator (splitmix64), so that a failing morning can be had again by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// One random thing at a kiosk or the desk. What a rule refuses is part of the morning.
fn step(market: &Market, chance: &mut Chance, posts: &mut Vec<String>, workers: &[String]) {
    market.pass(chance.below(25_000) as i64);
    let post = posts[chance.below(posts.len() as u64) as usize].clone();
    let n = chance.below(u64::from(WORKERS));
    let allowed = |result: Result<(), hall_app::AppError>| {
        if let Err(error) = result {
            let broken = [Code::Storage, Code::DiskFull, Code::Internal, Code::Locked, Code::NotFound];
            assert!(!broken.contains(&error.code), "{error:?}");
        }
    };
    match chance.below(12) {
        0..=5 => {
            let session = market.sign_in(n as u16);
            let live = session.tickets.iter().find(|ticket| ticket.can_release);
            match live {
                Some(ticket) if chance.below(2) == 0 => {
                    allowed(market.ask_kiosk(KioskCommand::Release { ticket: ticket.id.clone() }).map(drop));
                }
                _ => allowed(market.claim(&post).map(drop)),
            }
        }
        6 | 7 => {
            let worker = workers[n as usize].clone();
            allowed(market.ask(DeskCommand::Dispatch { post, worker }).map(drop));
        }
        8 => {
            let tickets = market.post(&post).tickets;
            let Some(ticket) = tickets.get(chance.below(8) as usize) else { return };
            let outcome = Outcome::ALL[chance.below(5) as usize];
            let form = OutcomeForm { outcome, amount: "200".into(), note: String::new() };
            allowed(market.ask(DeskCommand::RecordOutcome { ticket: ticket.id.clone(), form }).map(drop));
        }
        9 => {
            let places = chance.below(6) as u16 + 1;
            allowed(market.ask(DeskCommand::SetPlaces { post, places }).map(drop));
        }
        10 if chance.below(6) == 0 => {
            let close =
                DeskCommand::ClosePost { post, reason: "人够了".into(), cancelled: chance.below(2) == 0 };
            allowed(market.ask(close).map(drop));
        }
        _ if chance.below(3) == 0 => posts.push(publish(market, chance, posts.len())),
        _ => {
            let tickets = market.view().tickets;
            let Some(ticket) = tickets.get(chance.below(20) as usize) else { return };
            let release = DeskCommand::Release { ticket: ticket.id.clone(), note: String::new() };
            allowed(market.ask(release).map(drop));
        }
    }
}

fn publish(market: &Market, chance: &mut Chance, n: usize) -> String {
    let start = market.site.now().minute().0 / 30 * 30 + 60 + chance.below(8) as u16 * 30;
    let hhmm = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    market.publish_form(PostForm {
        title: format!("活{n}"),
        start: hhmm(start),
        end: hhmm(start + 240),
        rest_minutes: 0,
        places: (chance.below(4) + 1).to_string(),
        pay: "260".into(),
        ..market.form()
    })
}

/// Everything on the screens that comes from the store.
fn shown(market: &Market) -> (DeskView, WallView, Vec<hall_app::api::desk::PostEdit>) {
    let mut view = market.view();
    view.session = None;
    let posts = view.posts.iter().map(|post| market.post(&post.card.id)).collect();
    (view, market.wall_view(), posts)
}

fn copy_of(store: &Store, now: Instant, chance: &mut Chance) -> hall_store::StateDigest {
    let dir = tempfile::tempdir().unwrap();
    let keys = StoreKeys::load_or_create(&dir.path().join("keys")).unwrap();
    let mut config = StoreConfig::new(dir.path().join("data"), keys, 9);
    config.free_floor_bytes = 1 << 20;
    let (copy, _) = Store::open(&config, now).unwrap();
    let last = store.head().unwrap().seq;
    let mut heard = 0;
    while heard < last {
        // Batches of any size, and some of it twice.
        let from = heard.saturating_sub(chance.below(20));
        let ops = store.ops_after(1, 1, from, 1 + chance.below(300) as usize).unwrap();
        heard = heard.max(from + ops.len() as u64);
        let report = copy.import(now, ops).unwrap();
        assert!(report.refused.is_empty() && report.forks.is_empty(), "{report:?}");
    }
    let report = copy.verify().unwrap();
    assert!(report.ok(), "{:?}", report.problems);
    report.state_digest
}

#[test]
fn random_mornings_show_the_same_after_a_restart_and_elsewhere() {
    let (mut confirmed, mut standby) = (0, 0);
    for seed in [7, 8, 9] {
        let mut chance = Chance(seed);
        let mut market = Market::new();
        let workers: Vec<String> = (0..WORKERS)
            .map(|n| {
                let register = DeskCommand::RegisterWorker { form: worker_form(n), sign_in: n % 3 == 0 };
                reply!(market.act(register), DeskReply::Worker).id
            })
            .collect();
        let mut posts = vec![publish(&market, &mut chance, 0)];
        for round in 0..4 {
            for _ in 0..120 {
                step(&market, &mut chance, &mut posts, &workers);
                if market.view().session.is_none() {
                    market.log_in(DESK, &market.supervisor, PIN).unwrap();
                }
            }
            let before = shown(&market);
            let audit = market.audit().unwrap();
            assert!(audit.ok(), "seed {seed}: {audit:?}");
            market.reopen();
            assert!(shown(&market) == before, "seed {seed}, round {round}: a restart changed a screen");
        }
        market.verify();
        let digest = market.store().state_digest().unwrap();
        assert_eq!(copy_of(market.store(), at(DAY, "23:00"), &mut chance), digest, "seed {seed}");
        let audit = market.audit().unwrap();
        confirmed += audit.confirmed;
        standby += audit.standby;
        let states: Vec<TicketState> = market.view().tickets.iter().map(|ticket| ticket.state).collect();
        assert!(states.contains(&TicketState::Released), "{states:?}");
    }
    assert!(confirmed > 30 && standby > 3, "{confirmed} confirmed, {standby} standby");
}
