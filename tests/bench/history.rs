//! What a hall wrote over many months, as drafts: posts, visits, tickets and what became of them, a day an act.
//!
//! The façade would need an hour for it. The drafts are those that it writes, with the same care for places:
//! a place is given to one person, an outcome follows its ticket, a release gives the next custody version.

use hall_core::entity::{Entity, key};
use hall_core::fact::{
    AgreementMade, EmployerIdentified, EmployerRegistered, Fact, Holder, OutcomeRecorded, Pay, PlaceRight,
    PlacesMinted, PostTerms, SignedIn, TicketOpened, TicketReleased, WorkerIdentified, WorkerProfile,
};
use hall_core::vocab::{
    AgreementType, EmployerKind, Meals, Outcome, PayUnit, ReleaseReason, Settlement, Sex, SignInPlace,
    StandbyReason,
};
use hall_core::{Day, EntityId, Fen, Minute, OpId};
use hall_store::{Draft, Store};

/// A small generator (splitmix64): the bench needs the same hall each time, not good randomness.
#[derive(Debug)]
pub(crate) struct Chance(pub u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Happens this often in a hundred times.
    fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len() as u64) as usize)
    }
}

const TRADES: [(&str, &str, u32); 25] = [
    ("小工", "搬砖、和灰、清运，听工长安排", 220),
    ("瓦工", "砌墙、抹灰，自带瓦刀", 330),
    ("木工", "支模、拆模，两人一组", 340),
    ("钢筋工", "下料、绑扎，跟班走", 330),
    ("油漆工", "内墙刮腻子、刷漆", 300),
    ("电工", "临时线路敷设，听电工班长安排", 320),
    ("管道工", "拆旧管、装新管，清理现场", 300),
    ("焊工", "护栏焊接，现场有电", 340),
    ("保洁", "开荒保洁，擦玻璃、扫地", 180),
    ("家政", "打扫屋子、做饭，白天不住家", 200),
    ("护工", "医院陪护，白班", 230),
    ("月嫂", "照看产妇和婴儿", 300),
    ("搬家", "家具打包、上下楼搬运", 260),
    ("装卸", "仓库装车卸车，每件不超过 30 公斤", 240),
    ("仓管", "分拣、扫码、码货", 190),
    ("包装工", "套收缩膜、码托，跟线干", 190),
    ("普工", "流水线组装，坐着干", 200),
    ("缝纫工", "平车缝制，计件另算", 220),
    ("洗碗工", "后厨洗碗、收台", 170),
    ("服务员", "端菜、收台，会说普通话", 180),
    ("配菜工", "切菜、配菜，有健康证", 200),
    ("采摘", "大棚摘菜、装筐", 180),
    ("种植", "栽苗、浇水、除草", 180),
    ("绿化", "修剪、浇水、清运", 180),
    ("保安", "门岗值班，白班", 190),
];

/// Roads of an invented town.
const ROADS: [&str; 6] = ["北关街", "奎阳街", "工业园 2 路", "柳泉路", "东风街", "鼓楼新村"];

pub(crate) struct History<'a> {
    store: &'a Store,
    pub chance: Chance,
    me: Holder,
    next: u64,
    ops: u64,
    drafts: Vec<Draft>,
    employers: Vec<EntityId>,
    pub workers: Vec<EntityId>,
    /// Where the next worker of the day comes from: everybody once before anybody twice.
    turn: usize,
    number: u16,
}

/// Posts of a day with the places that are left.
type Market = Vec<(EntityId, PostTerms, u16, u16)>;

/// Bound of one act; the store holds it in memory.
const ACT_OPS: usize = 4_000;

impl<'a> History<'a> {
    /// Goes on with the employers and workers that the store has.
    pub(crate) fn new(store: &'a Store) -> anyhow::Result<Self> {
        let identity = store.identity();
        let all = |prefix: &[u8]| -> anyhow::Result<Vec<EntityId>> {
            Ok(store.scan(prefix, &key::end_of(prefix), usize::MAX)?.into_iter().map(|(_, id)| id).collect())
        };
        let head = store.head()?.seq;
        Ok(Self {
            store,
            chance: Chance(20_261_120),
            me: Holder { device: identity.device, epoch: identity.epoch },
            next: head + 1,
            ops: head,
            drafts: Vec::new(),
            employers: all(&key::employers())?,
            workers: all(&key::workers())?,
            turn: 0,
            number: 0,
        })
    }

    /// Ops so far, those of the present act included.
    pub(crate) fn ops(&self) -> u64 {
        self.ops
    }

    fn id(&self, seq: u64) -> EntityId {
        OpId::new(self.me.device, self.me.epoch, seq)
    }

    fn write(&mut self, draft: Draft) -> EntityId {
        let id = self.id(self.next);
        self.drafts.push(draft);
        self.next += 1;
        self.ops += 1;
        id
    }

    fn begin(&mut self, fact: Fact) -> EntityId {
        self.write(Draft::new(None, fact))
    }

    fn say(&mut self, about: EntityId, fact: Fact) {
        // Within an act an entity can be named by the id that it will get.
        self.write(Draft::about(about, None, fact));
    }

    /// Makes what was written durable, as of `day` and `minute`.
    pub(crate) fn keep(&mut self, day: Day, minute: u16) -> anyhow::Result<()> {
        let drafts = std::mem::take(&mut self.drafts);
        self.store.commit(day.at(Minute(minute)), drafts)?;
        anyhow::ensure!(self.store.head()?.seq + 1 == self.next, "somebody else writes here");
        Ok(())
    }

    fn keep_when_large(&mut self, day: Day, minute: u16) -> anyhow::Result<()> {
        if self.drafts.len() >= ACT_OPS { self.keep(day, minute) } else { Ok(()) }
    }

    pub(crate) fn employers(&mut self, count: u64, day: Day) -> anyhow::Result<()> {
        for n in self.employers.len() as u64..count {
            let shown_name = format!("奎山县第 {n} 用工单位");
            let registered = EmployerRegistered {
                kind: EmployerKind::Organisation,
                shown_name: shown_name.clone(),
                id_tag: self.chance.bytes(),
            };
            let id = self.begin(Fact::EmployerRegistered(registered));
            let identity = EmployerIdentified {
                salt: self.chance.bytes(),
                name: shown_name,
                code: format!("9137990100000{n:05}"),
                address: format!("{} {n} 号", ROADS[n as usize % ROADS.len()]),
                legal_head: "孙大海".into(),
                agent: "周平".into(),
                phone: format!("154{n:08}"),
                papers_seen: "营业执照".into(),
            };
            self.say(id, Fact::EmployerIdentified(identity));
            self.employers.push(id);
            self.keep_when_large(day, 480)?;
        }
        self.keep(day, 480)
    }

    pub(crate) fn workers(&mut self, count: u64, day: Day) -> anyhow::Result<()> {
        for n in self.workers.len() as u64..count {
            let born = Day::new(1958 + (n % 45) as i16, 1 + (n % 12) as i8, 1 + (n % 28) as i8);
            let trades =
                vec![TRADES[n as usize % 25].0.to_owned(), TRADES[(n as usize * 7 + 3) % 25].0.to_owned()];
            let profile = WorkerProfile {
                id_tag: Some(self.chance.bytes()),
                masked_name: Some("王**".into()),
                born,
                sex: Some(if n.is_multiple_of(3) { Sex::Female } else { Sex::Male }),
                trades: Some(trades),
                ..WorkerProfile::default()
            };
            let id = self.begin(Fact::WorkerRegistered(profile));
            let identity = WorkerIdentified {
                salt: self.chance.bytes(),
                name: format!("王某{n}"),
                id_number: format!("379901{n:012}"),
                phone: format!("154{n:08}"),
                address: format!("奎山县石桥镇 {n} 号"),
            };
            self.say(id, Fact::WorkerIdentified(identity));
            self.workers.push(id);
            self.keep_when_large(day, 480)?;
        }
        self.keep(day, 480)
    }

    fn terms(&mut self, first_day: Day, start: u16) -> PostTerms {
        let n = self.chance.below(25) as usize;
        let (trade, content, pay) = TRADES[n];
        let days = if self.chance.percent(15) { self.chance.below(5) as i32 } else { 0 };
        let road = ROADS[self.chance.below(6) as usize];
        PostTerms {
            employer: self.chance.pick(&self.employers).copied().unwrap_or(OpId::new(1, 1, 1)),
            trade: trade.into(),
            title: format!("{trade}临时用工"),
            content: content.into(),
            address: format!("{road} {} 号院，进门找穿蓝马甲的班长", self.chance.below(300) + 1),
            first_day,
            last_day: first_day.plus_days(days),
            start: Minute(start),
            end: Minute((start + 480).min(1_410)),
            rest_minutes: 60,
            days_per_week: 6,
            pay: Pay {
                amount: Fen::yuan(pay + 10 * self.chance.below(6) as u32),
                unit: PayUnit::Day,
                settlement: Settlement::Daily,
            },
            meals: if self.chance.percent(60) { Meals::Lunch } else { Meals::None },
            transport: self.chance.percent(30),
            requirements: "身体好，能干活，听安排".into(),
            insurance: "用工方买当日意外险".into(),
            protection: "发安全帽、手套、口罩".into(),
            hazards: Vec::new(),
            certificate: None,
            bring: "身份证、水杯".into(),
            contact_name: "王班长".into(),
            contact_phone: format!("154{:08}", self.chance.below(100_000_000)),
            contact_public: self.chance.percent(50),
            urgent: self.chance.percent(10),
            probation_days: 0,
        }
    }

    fn post(&mut self, market: &mut Market, first_day: Day, start: u16) {
        let terms = self.terms(first_day, start);
        let id = self.begin(Fact::PostPublished(terms.clone()));
        let count = 1 + self.chance.below(12) as u16;
        self.say(
            id,
            Fact::PlacesMinted(PlacesMinted { first: 1, count, holder: self.me, gver: 1, cver: None }),
        );
        market.push((id, terms, 0, count));
    }

    fn next_worker(&mut self) -> EntityId {
        self.turn = (self.turn + 7_919) % self.workers.len().max(1);
        self.workers.get(self.turn).copied().unwrap_or(OpId::new(1, 1, 1))
    }

    /// One worker comes; most take a place.
    fn visit(&mut self, day: Day, market: &mut Market) -> Option<EntityId> {
        let worker = self.next_worker();
        let place = if self.chance.percent(60) { SignInPlace::Kiosk } else { SignInPlace::Desk };
        self.begin(Fact::SignedIn(SignedIn { worker, day, place }));
        if market.is_empty() || self.chance.percent(22) {
            return None;
        }
        let n = self.chance.below(market.len() as u64) as usize;
        let (post, terms, taken, places) = &mut market[n];
        let right = (*taken < *places).then(|| PlaceRight { index: *taken + 1, gver: 1, cver: 1 });
        *taken += u16::from(right.is_some());
        self.number += 1;
        let opened = TicketOpened {
            worker,
            post: *post,
            number: self.number,
            first_day: terms.first_day,
            place: right,
            standby: if right.is_none() { Some(StandbyReason::Full) } else { None },
        };
        let ticket = self.begin(Fact::TicketOpened(opened));
        right.map(|_| ticket)
    }

    /// What became of a ticket in the end.
    fn fate(&mut self, ticket: EntityId) {
        let released =
            |reason| Fact::TicketReleased(TicketReleased { reason, cver: Some(2), note: String::new() });
        let outcome =
            |outcome, amount| Fact::OutcomeRecorded(OutcomeRecorded { outcome, amount, note: String::new() });
        match self.chance.below(100) {
            0..10 => self.say(ticket, released(ReleaseReason::Worker)),
            10..13 => {
                self.say(ticket, outcome(Outcome::NoShow, None));
                self.say(ticket, released(ReleaseReason::NoShow));
            }
            n => {
                if n < 50 {
                    let made = AgreementMade {
                        agreement: AgreementType::TaskContract,
                        number: format!("KS-{ticket}"),
                        file: format!("KS-{ticket}.pdf"),
                        file_hash: self.chance.bytes(),
                        copies: 2,
                        findings: Vec::new(),
                        hall_copy_agreed: None,
                    };
                    self.say(ticket, Fact::AgreementMade(made));
                }
                self.say(ticket, outcome(Outcome::Arrived, None));
                self.say(ticket, outcome(Outcome::Finished, None));
                let paid = if n < 98 { Outcome::Paid } else { Outcome::Unpaid };
                self.say(ticket, outcome(paid, Some(Fen::yuan(240))));
            }
        }
    }

    /// A day of the past: `posts` posts, and visits until there are `until` ops.
    pub(crate) fn day(&mut self, day: Day, posts: u64, until: u64) -> anyhow::Result<()> {
        let mut market = Market::new();
        self.number = 0;
        for _ in 0..posts {
            let start = 360 + 30 * self.chance.below(8) as u16;
            self.post(&mut market, day, start);
        }
        while self.ops < until {
            if let Some(ticket) = self.visit(day, &mut market) {
                self.fate(ticket);
            }
            self.keep_when_large(day, 270)?;
        }
        self.keep(day, 270)
    }

    /// This morning: posts that are open today, and the first people. The day's last post begins late enough for
    /// the bench.
    pub(crate) fn today(&mut self, day: Day, posts: u64, visits: u64) -> anyhow::Result<()> {
        let mut market = Market::new();
        self.number = 0;
        for _ in 0..posts {
            let ahead = if self.chance.percent(60) { 0 } else { 1 + self.chance.below(6) as i32 };
            let start = 450 + 30 * self.chance.below(10) as u16;
            self.post(&mut market, day.plus_days(ahead), start);
            self.keep_when_large(day, 240)?;
        }
        self.keep(day, 240)?;
        for _ in 0..visits {
            self.visit(day, &mut market);
            self.keep_when_large(day, 285)?;
        }
        self.keep(day, 285)
    }
}

/// How many entities of the built store can be read: a look before anything is measured.
pub(crate) fn is_there(store: &Store, id: EntityId) -> anyhow::Result<bool> {
    Ok(matches!(store.entity(id)?, Some(Entity::Worker(_))))
}
