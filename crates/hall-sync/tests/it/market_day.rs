//! A market day as one device writes it: the ops that the compression is trained on and measured with.
//!
//! Of a hundred ops 45 are claims, 18 sign-ins, 10 revised posts, 11 changed profiles, the rest what else
//! happens. The texts are those of the sample hall. Posts and workers are split in two: what the dictionary is
//! trained on is never what it is measured with.

use hall_core::fact::{
    AgreementMade, Fact, Holder, OutcomeRecorded, Pay, PlaceRight, PlacesGiven, PlacesMinted, PlacesTaken,
    PostClosed, PostTerms, SignedIn, TicketConfirmed, TicketOpened, TicketReleased, WorkerIdentified,
    WorkerProfile,
};
use hall_core::vocab::{
    AgreementType, Meals, Outcome, PayUnit, ReleaseReason, Settlement, Sex, SignInPlace, StandbyReason,
};
use hall_core::{Day, EntityId, Fen, Instant, Minute, OpId};
use hall_log::{Draft, Op, Series, Subject};
use serde_json::Value;

const POSTS: &str = include_str!("../../../../assets/sample-hall/posts.json");
const WORKERS: &str = include_str!("../../../../assets/sample-hall/workers.json");
/// Whose workers and posts the device speaks of: most were registered at the desk.
const DESK: Holder = Holder { device: 1, epoch: 1 };

/// Which half of the sample hall a day is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Trained,
    Measured,
}

/// A small generator (splitmix64): the same day each time is what is needed, not good randomness.
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// A day, op by op.
#[derive(Debug)]
pub(crate) struct MarketDay {
    chance: Chance,
    series: Series,
    at: Instant,
    day: Day,
    adverts: Vec<Value>,
    people: Vec<Value>,
    posts: Vec<(EntityId, PostTerms)>,
    tickets: Vec<EntityId>,
    staff: EntityId,
    /// What still belongs to the last act.
    queue: Vec<(Subject, Option<EntityId>, Fact)>,
    number: u16,
}

impl MarketDay {
    /// A day of device `device`; `seed` names it.
    pub(crate) fn new(half: Half, device: u32, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let kept = |text: &str| -> Vec<Value> {
            let all: Vec<Value> = serde_json::from_str(text).unwrap();
            let rest = usize::from(half == Half::Measured);
            all.into_iter().enumerate().filter(|(n, _)| n % 2 == rest).map(|(_, value)| value).collect()
        };
        let day = Day::new(2026, 11, 20).unwrap().plus_days(chance.below(300) as i32);
        let mut it = Self {
            chance,
            series: Series::new(device, 1),
            at: day.at(Minute(270)),
            day,
            adverts: kept(POSTS),
            people: kept(WORKERS),
            posts: Vec::new(),
            tickets: Vec::new(),
            staff: OpId::new(DESK.device, DESK.epoch, 2),
            queue: Vec::new(),
            number: 0,
        };
        // What is on the board when the day begins was written before it.
        for _ in 0..60 {
            let terms = it.terms();
            let id = it.desk_id();
            it.posts.push((id, terms));
        }
        for _ in 0..40 {
            let id = it.desk_id();
            it.tickets.push(id);
        }
        it
    }

    /// The next `count` ops.
    pub(crate) fn ops(&mut self, count: usize) -> Vec<Op> {
        (0..count).map(|_| self.op()).collect()
    }

    fn op(&mut self) -> Op {
        if self.queue.is_empty() {
            self.act();
            // At the peak a device writes about every five seconds.
            self.at = self.at.plus_ms(400 + self.chance.below(10_000) as i64);
        }
        let (subject, by, fact) = self.queue.remove(0);
        let schema = Fact::schema();
        let draft =
            Draft { subject, by, kind: fact.kind(), schema, scope: fact.scope(), payload: fact.encode() };
        let op = self.series.append(self.at, vec![draft]).unwrap().remove(0);
        match fact {
            Fact::PostPublished(terms) => self.posts.push((op.envelope.id, terms)),
            Fact::TicketOpened(_) => self.tickets.push(op.envelope.id),
            _ => {}
        }
        op
    }

    fn act(&mut self) {
        // A registered worker and a published post are two ops each.
        match self.chance.below(1_000) {
            0..466 => self.claim(),
            466..652 => self.sign_in(),
            652..756 => self.revise(),
            756..870 => self.change_profile(),
            870..915 => self.outcome(),
            915..935 => self.release(),
            935..945 => self.confirm(),
            945..970 => self.register(),
            970..980 => self.publish(),
            980..990 => self.give(),
            990..997 => self.agreement(),
            _ => self.close(),
        }
    }

    fn say(&mut self, about: EntityId, by: Option<EntityId>, fact: Fact) {
        self.queue.push((Subject::Entity(about), by, fact));
    }

    fn begin(&mut self, by: Option<EntityId>, fact: Fact) {
        self.queue.push((Subject::New, by, fact));
    }

    /// An op that the desk wrote some time in the last months.
    fn desk_id(&mut self) -> EntityId {
        OpId::new(DESK.device, DESK.epoch, 1 + self.chance.below(60_000))
    }

    fn post(&mut self) -> EntityId {
        self.chance.pick(&self.posts).0
    }

    fn ticket(&mut self) -> EntityId {
        *self.chance.pick(&self.tickets)
    }

    fn right(&mut self) -> PlaceRight {
        PlaceRight { index: 1 + self.chance.below(24) as u16, gver: 1, cver: 1 + self.chance.below(4) as u32 }
    }

    fn claim(&mut self) {
        self.number += 1;
        let place = self.chance.percent(85).then(|| self.right());
        let opened = TicketOpened {
            worker: self.desk_id(),
            post: self.post(),
            number: self.number,
            first_day: self.day,
            standby: if place.is_some() { None } else { Some(StandbyReason::Full) },
            place,
        };
        self.begin(None, Fact::TicketOpened(opened));
    }

    fn sign_in(&mut self) {
        let worker = self.desk_id();
        self.begin(None, Fact::SignedIn(SignedIn { worker, day: self.day, place: SignInPlace::Kiosk }));
    }

    fn revise(&mut self) {
        let n = self.chance.below(self.posts.len() as u64) as usize;
        let (id, terms) = &mut self.posts[n];
        match self.chance.below(3) {
            0 => terms.pay.amount = Fen(terms.pay.amount.0 + 1_000),
            1 => terms.start = Minute(terms.start.0 + 30),
            _ => terms.urgent = !terms.urgent,
        }
        let (id, terms) = (*id, terms.clone());
        self.say(id, Some(self.staff), Fact::PostRevised(terms));
    }

    fn change_profile(&mut self) {
        let person = self.chance.pick(&self.people).clone();
        let worker = self.desk_id();
        let profile = if self.chance.percent(80) {
            WorkerProfile { trades: Some(texts(&person["trades"])), ..WorkerProfile::default() }
        } else {
            WorkerProfile { pension: Some(true), ..WorkerProfile::default() }
        };
        self.say(worker, Some(self.staff), Fact::WorkerChanged(profile));
    }

    fn outcome(&mut self) {
        let outcome =
            *self.chance.pick(&[Outcome::Arrived, Outcome::Finished, Outcome::Paid, Outcome::NoShow]);
        let amount = (outcome == Outcome::Paid).then(|| Fen::yuan(150 + 10 * self.chance.below(20) as u32));
        let ticket = self.ticket();
        let fact = OutcomeRecorded { outcome, amount, note: String::new() };
        self.say(ticket, Some(self.staff), Fact::OutcomeRecorded(fact));
    }

    fn release(&mut self) {
        let fact = TicketReleased {
            reason: ReleaseReason::Worker,
            cver: Some(2 + self.chance.below(4) as u32),
            note: String::new(),
        };
        let ticket = self.ticket();
        self.say(ticket, None, Fact::TicketReleased(fact));
    }

    fn confirm(&mut self) {
        let place = self.right();
        let ticket = self.ticket();
        self.say(ticket, None, Fact::TicketConfirmed(TicketConfirmed { place }));
    }

    fn register(&mut self) {
        let person = self.chance.pick(&self.people).clone();
        let name = text(&person["name"]);
        // Numbers that differ in every record, as those of real people do.
        let id_number = format!("37990{}19{:011}", self.chance.below(9), self.chance.below(100_000_000_000));
        let profile = WorkerProfile {
            id_tag: Some(self.chance.bytes()),
            masked_name: name.chars().next().map(|first| format!("{first}**")),
            born: Day::new(1955 + self.chance.below(50) as i16, 1 + self.chance.below(12) as i8, 11),
            sex: Some(if self.chance.percent(60) { Sex::Male } else { Sex::Female }),
            trades: Some(texts(&person["trades"])),
            ..WorkerProfile::default()
        };
        let identified = WorkerIdentified {
            salt: self.chance.bytes(),
            name,
            id_number,
            phone: format!("154{:08}", self.chance.below(100_000_000)),
            address: text(&person["address"]),
        };
        let id = self.series.next_id(0);
        self.begin(Some(self.staff), Fact::WorkerRegistered(profile));
        self.say(id, Some(self.staff), Fact::WorkerIdentified(identified));
    }

    fn publish(&mut self) {
        let terms = self.terms();
        let id = self.series.next_id(0);
        let minted = PlacesMinted {
            first: 1,
            count: 1 + self.chance.below(20) as u16,
            holder: DESK,
            gver: 1,
            cver: None,
        };
        self.begin(Some(self.staff), Fact::PostPublished(terms));
        self.say(id, Some(self.staff), Fact::PlacesMinted(minted));
    }

    fn give(&mut self) {
        let post = self.post();
        let first = self.right();
        let places: Vec<_> = (0..=self.chance.below(6) as u16)
            .map(|n| PlaceRight { index: first.index + n, ..first })
            .collect();
        let not_after = Some(self.day.at(Minute(420)));
        let to = Holder { device: 2 + self.chance.below(4) as u32, epoch: 1 };
        if self.chance.percent(50) {
            self.say(post, None, Fact::PlacesGiven(PlacesGiven { places, to, not_after }));
        } else {
            let gift = self.desk_id();
            self.say(post, None, Fact::PlacesAccepted(PlacesTaken { gift, places, not_after }));
        }
    }

    fn agreement(&mut self) {
        let number = format!("{}-{:04}", self.day, self.chance.below(900));
        let made = AgreementMade {
            agreement: *self.chance.pick(AgreementType::ALL),
            file: format!("{number}.pdf"),
            number,
            file_hash: self.chance.bytes(),
            copies: 2,
            findings: Vec::new(),
            hall_copy_agreed: None,
        };
        let ticket = self.ticket();
        self.say(ticket, Some(self.staff), Fact::AgreementMade(made));
    }

    fn close(&mut self) {
        let post = self.post();
        let closed = PostClosed { reason: "人已招满".into(), cancelled: false };
        self.say(post, Some(self.staff), Fact::PostClosed(closed));
    }

    fn terms(&mut self) -> PostTerms {
        let advert = self.chance.pick(&self.adverts).clone();
        let day = |offset: &Value| self.day.plus_days(offset.as_i64().unwrap() as i32);
        let (first_day, last_day) = (day(&advert["first_day_offset"]), day(&advert["last_day_offset"]));
        let unit = match advert["unit"].as_str().unwrap() {
            "hour" => PayUnit::Hour,
            "month" => PayUnit::Month,
            "job" => PayUnit::Job,
            _ => PayUnit::Day,
        };
        let settlement = match advert["settlement"].as_str().unwrap() {
            "weekly" => Settlement::Weekly,
            "on_completion" => Settlement::OnCompletion,
            _ => Settlement::Daily,
        };
        let meals = match advert["meals"].as_str().unwrap() {
            "lunch" => Meals::Lunch,
            "all" => Meals::All,
            _ => Meals::None,
        };
        PostTerms {
            employer: self.desk_id(),
            trade: text(&advert["trade"]),
            title: text(&advert["title"]),
            content: text(&advert["content"]),
            address: text(&advert["address"]),
            first_day,
            last_day,
            start: text(&advert["start"]).parse().unwrap(),
            end: text(&advert["end"]).parse().unwrap(),
            rest_minutes: advert["rest_minutes"].as_u64().unwrap_or(0) as u16,
            days_per_week: advert["days_per_week"].as_u64().unwrap_or(0) as u8,
            pay: Pay { amount: yuan(&text(&advert["pay"])), unit, settlement },
            meals,
            transport: advert["transport"] == true,
            requirements: text(&advert["requirements"]),
            insurance: text(&advert["insurance"]),
            protection: text(&advert["protection"]),
            hazards: texts(&advert["hazards"]),
            certificate: advert["certificate"].as_str().map(Into::into),
            bring: text(&advert["bring"]),
            contact_name: text(&advert["contact_name"]),
            contact_phone: format!("154{:08}", self.chance.below(100_000_000)),
            contact_public: advert["contact_public"] == true,
            urgent: advert["urgent"] == true,
            probation_days: 0,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

/// `260` or `22.5`.
fn yuan(text: &str) -> Fen {
    let (whole, tenths) = text.split_once('.').unwrap_or((text, "0"));
    Fen(whole.parse::<u32>().unwrap() * 100 + tenths.parse::<u32>().unwrap() * 10)
}
