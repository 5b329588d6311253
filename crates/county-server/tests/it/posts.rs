//! Posts of several halls: the county publishes what a desk hands over, shares it out, gives it to whoever asks.

use hall_core::entity::custody::Custody;
use hall_core::entity::{Applied, Entity, Post, PostStatus};
use hall_core::fact::{
    EmployerIdentified, EmployerRegistered, Fact, Holder, Pay, PlacesOffered, PostClosed, PostTerms,
};
use hall_core::places::Places;
use hall_core::vocab::{DeviceRole, EmployerKind, Meals, PayUnit, Settlement};
use hall_core::{COUNTY, EntityId, Fen, Hlc, Minute};
use hall_log::{Ledger as _, Op, Subject};
use hall_sync::custody::{LEASE_MS, Stand};
use hall_sync::wire::Ask;

use crate::support::device::{Device, wall};
use crate::support::site::Host;

pub(crate) fn terms(employer: EntityId) -> PostTerms {
    let tomorrow = wall().day().plus_days(1);
    PostTerms {
        employer,
        trade: "装卸".into(),
        title: "果库装车".into(),
        content: "苹果装车，每箱 15 公斤".into(),
        address: "奎山果库".into(),
        first_day: tomorrow,
        last_day: tomorrow,
        start: Minute(7 * 60),
        end: Minute(16 * 60),
        rest_minutes: 60,
        days_per_week: 1,
        pay: Pay { amount: Fen::yuan(240), unit: PayUnit::Day, settlement: Settlement::Daily },
        meals: Meals::Lunch,
        transport: true,
        requirements: String::new(),
        insurance: "用工方买意外险".into(),
        protection: "发手套".into(),
        hazards: Vec::new(),
        certificate: None,
        bring: String::new(),
        contact_name: "李工".into(),
        contact_phone: "15400000011".into(),
        contact_public: false,
        urgent: false,
        probation_days: 0,
    }
}

pub(crate) fn offer(kind: EmployerKind, places: u16) -> Fact {
    Fact::PlacesOffered(Box::new(PlacesOffered {
        places,
        terms: terms(EntityId::new(9, 9, 9)),
        employer: EmployerRegistered {
            kind, shown_name: "奎山示范果品有限公司".into(), id_tag: [3; 16]
        },
        identified: EmployerIdentified {
            salt: [5; 16],
            name: "奎山示范果品有限公司".into(),
            code: "91350100M000100Y43".into(),
            address: "奎山路 1 号".into(),
            legal_head: "赵示例".into(),
            agent: "李工".into(),
            phone: "15400000011".into(),
            papers_seen: "营业执照".into(),
        },
    }))
}

/// What a device knows of an entity, from the county's series and its own.
pub(crate) fn known(device: &Device, county: Holder, id: EntityId) -> Option<Post> {
    let read = |op: Op| Applied { id: op.envelope.id, hlc: op.envelope.hlc, by: None, fact: op.fact() };
    let series = [county, device.me].into_iter();
    let ops = series.flat_map(|series| device.ledger.ops_after(series, 0, usize::MAX).unwrap());
    let about = ops.filter(|op| op.envelope.entity == id).map(read).collect();
    Entity::fold_all(id, about).and_then(Entity::post).map(|post| *post)
}

/// Posts of the county that a device has.
pub(crate) fn county_posts(device: &Device, county: Holder) -> Vec<EntityId> {
    let ops = device.ledger.ops_after(county, 0, usize::MAX).unwrap();
    ops.iter().filter(|op| op.envelope.kind == 50).map(|op| op.envelope.entity).collect()
}

pub(crate) fn held(post: &Post, by: Holder) -> usize {
    post.places.iter().filter(|(_, place)| place.custody == Custody::Held(by)).count()
}

/// What the steward of a device decides, written into its series.
pub(crate) fn decide(
    device: &mut Device,
    county: Holder,
    id: EntityId,
    with: impl Fn(&Stand<'_>) -> Vec<Fact>,
) -> usize {
    let post = known(device, county, id).unwrap();
    let facts = with(&Stand {
        me: device.me,
        now: wall(),
        trusted: true,
        lease_ms: LEASE_MS,
        id,
        post: &post,
        places: &Places::default(),
        waiting: &[],
    });
    for fact in &facts {
        device.state(Subject::Entity(id), fact);
    }
    facts.len()
}

pub(crate) fn answer(stand: &Stand<'_>) -> Vec<Fact> {
    stand.answers()
}

fn wish(device: &mut Device, post: EntityId, count: u16) {
    device.wish(vec![Ask { since: Hlc::new(wall(), 0), post, count, to: device.me }]);
}

/// Two desks that have exchanged, and a post of the first one's hall that was published at the county.
struct Market {
    near: Device,
    far: Device,
    county: Holder,
    own: EntityId,
    shared: EntityId,
}

fn market(site: &impl Host) -> Market {
    let mut desks = [0, 1].map(|_| Device::enrol(site, site.add_hall(), DeviceRole::Desk));
    for desk in &mut desks {
        desk.write(1);
        desk.sync(&site.address());
    }
    let [mut near, mut far] = desks;
    let county = site.county().me();
    let published = near.state(Subject::New, &Fact::PostPublished(terms(EntityId::new(9, 9, 9))));
    let own = published[0].envelope.entity;
    near.state(Subject::Entity(own), &offer(EmployerKind::Organisation, 6));
    near.sync(&site.address());
    far.sync(&site.address());
    let shared = county_posts(&far, county);
    assert_eq!((shared.len(), shared[0].device), (1, COUNTY));
    assert_eq!(county_posts(&near, county), shared);
    Market { near, far, county, own, shared: shared[0] }
}

fn a_post_is_shared_among_halls(site: &impl Host) {
    let Market { mut near, mut far, county, own, shared } = market(site);
    let post = known(&far, county, shared).unwrap();
    assert_eq!((post.headcount(), post.taken_over.unwrap().0), (6, own));
    assert_eq!(held(&post, county), 2, "one in five stays, at least");
    // Both accept their shares; then one asks for more than there is.
    for desk in [&mut near, &mut far] {
        assert_eq!(decide(desk, county, shared, answer), 1);
        desk.sync(&site.address());
        assert_eq!(held(&known(desk, county, shared).unwrap(), desk.me), 2);
    }
    wish(&mut far, shared, 5);
    far.sync(&site.address());
    decide(&mut far, county, shared, answer);
    far.sync(&site.address());
    let post = known(&far, county, shared).unwrap();
    assert_eq!((held(&post, far.me), held(&post, county)), (4, 0));
    far.wish(Vec::new());

    // What the other does not need comes back, and goes to whoever still asks.
    let back = |stand: &Stand<'_>| {
        let ask = Ask { since: Hlc::new(wall(), 0), post: shared, count: 1, to: county };
        stand.grant(&ask).map(Fact::PlacesGiven).into_iter().collect()
    };
    assert_eq!(decide(&mut near, county, shared, back), 1);
    near.sync(&site.address());
    wish(&mut far, shared, 1);
    far.sync(&site.address());
    assert_eq!(decide(&mut far, county, shared, answer), 1);
    assert_eq!(held(&known(&far, county, shared).unwrap(), far.me), 5);

    // The hall whose post it was calls the work off.
    near.state(
        Subject::Entity(own),
        &Fact::PostClosed(PostClosed { reason: "下雨".into(), cancelled: true }),
    );
    near.sync(&site.address());
    far.sync(&site.address());
    assert_eq!(known(&far, county, shared).unwrap().status, PostStatus::Cancelled);
}

fn an_offer_is_taken_up_once(site: &impl Host) {
    let Market { mut near, mut far, county, own, .. } = market(site);
    let head = far.has(county);
    // All of it again, as after a lost answer.
    let ops = near.ledger.ops_after(near.me, 0, usize::MAX).unwrap();
    near.ask(&site.address(), &near.request(&ops)).unwrap();
    far.sync(&site.address());
    assert_eq!(far.has(county), head);
    // A private person's offer, and that of somebody who is no desk.
    near.state(Subject::Entity(own), &offer(EmployerKind::Private, 3));
    near.sync(&site.address());
    let mut kiosk = Device::enrol(site, near.hall, DeviceRole::Kiosk);
    kiosk.state(Subject::Entity(own), &offer(EmployerKind::Organisation, 3));
    kiosk.sync(&site.address());
    far.sync(&site.address());
    assert_eq!(county_posts(&far, county).len(), 1);
    // A second offer of the same post is a second one.
    near.state(Subject::Entity(own), &offer(EmployerKind::Organisation, 3));
    near.sync(&site.address());
    far.sync(&site.address());
    assert_eq!(county_posts(&far, county).len(), 2);
}

fn another_hall_calls_nothing_off(site: &impl Host) {
    let Market { mut near, mut far, county, own, shared } = market(site);
    let closed = Fact::PostClosed(PostClosed { reason: "不要了".into(), cancelled: true });
    far.state(Subject::Entity(own), &closed);
    far.state(Subject::Entity(own), &offer(EmployerKind::Organisation, 3));
    far.sync(&site.address());
    near.sync(&site.address());
    assert_eq!(known(&near, county, shared).unwrap().status, PostStatus::Open);
    assert_eq!(county_posts(&near, county), [shared]);
}

/// Somebody asks for a post of another hall, or in another's name: nothing is given.
fn who_may_not_ask_is_given_nothing(site: &impl Host) {
    let Market { near, mut far, county, own, shared } = market(site);
    let asks = [(own, far.me), (shared, near.me)];
    for (post, to) in asks {
        far.wish(vec![Ask { since: Hlc::new(wall(), 0), post, count: 1, to }]);
        let head = far.has(county);
        far.sync(&site.address());
        assert_eq!(far.has(county), head);
    }
}

on_both!(
    another_hall_calls_nothing_off,
    a_post_is_shared_among_halls,
    an_offer_is_taken_up_once,
    who_may_not_ask_is_given_nothing
);
