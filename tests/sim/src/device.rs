//! One machine: its disk, its clock, what it knows, and the protocol's node while it runs.

use std::rc::Rc;

use ed25519_dalek::SigningKey;
use hall_core::entity::{PostStatus, Ticket};
use hall_core::fact::{Fact, Holder, PlaceRight, PlacesGiven};
use hall_core::mutant::{self, Bug};
use hall_core::places;
use hall_core::ticketing;
use hall_core::vocab::{DeviceRole, ReleaseReason};
use hall_core::{EntityId, Hlc, Instant};
use hall_log::series::Draft;
use hall_log::{Bearer, Certificate, Op, Series, Subject};
use hall_sync::custody::Stand;
use hall_sync::node::Identity;
use hall_sync::trust::Reader;
use hall_sync::{Node, Now, Trust};

use crate::disk::{Disk, Image};
use crate::store::{Record, Store};

/// How far another clock may be ahead and still move ours, as in the store.
const AHEAD_MS: i64 = 5 * 60_000;

/// Short, so that leases run out within a morning.
const LEASE_MS: i64 = 8 * 60_000;

/// What survives with the keys, apart from the data: how far this device's series is known to have come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guard {
    pub epoch: u16,
    pub seq: u64,
}

pub(crate) struct Device {
    pub hall: u32,
    pub role: DeviceRole,
    pub holder: Holder,
    pub key: SigningKey,
    pub certificate: Certificate,
    pub disk: Disk,
    pub guard: Guard,
    /// Earlier states of the whole disk, that somebody may put back.
    pub images: Vec<(Image, Guard)>,
    pub store: Store,
    pub series: Series,
    /// `None` while the machine is off.
    pub node: Option<Node>,
    /// Counts the starts, so that an answer to a former life is not taken for one to this.
    pub life: u32,
    /// What is in memory and not on the disk, where a deliberate bug has it so.
    pub unwritten: Vec<Rc<Record>>,
    /// Certificates that it has learned and not written yet.
    pub unkept: Vec<Certificate>,
    /// Whether it runs a later release, see [`crate::release`].
    pub later: bool,
    /// How far its clock is ahead of the true time, milliseconds.
    pub offset: i64,
    /// When its node is woken next.
    pub armed: i64,
    /// Whom it speaks to, by index of the device.
    pub upstreams: Vec<usize>,
    /// At how many more boundaries it still runs before the power goes.
    pub fuse: Option<u32>,
    /// Its image was copied or put back without the guard noticing: what it promises until somebody tells it
    /// is not the protocol's fault.
    pub astray: bool,
}

impl Device {
    pub(crate) fn new(number: u32, hall: u32, role: DeviceRole, issuer: &SigningKey, offset: i64) -> Self {
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_bytes(&seed);
        let certificate = certificate(number, hall, role, &key, issuer);
        let holder = Holder { device: number, epoch: 1 };
        Self {
            hall,
            role,
            holder,
            key,
            certificate,
            disk: Disk::default(),
            guard: Guard { epoch: 1, seq: 0 },
            images: Vec::new(),
            store: Store::new(hall, role, false),
            series: Series::new(number, 1),
            node: None,
            life: 0,
            unwritten: Vec::new(),
            unkept: Vec::new(),
            later: false,
            offset,
            armed: i64::MIN,
            upstreams: Vec::new(),
            fuse: None,
            astray: false,
        }
    }

    /// A machine made from a copy of this one's disks.
    pub(crate) fn twin(&self) -> Self {
        Self {
            key: self.key.clone(),
            certificate: self.certificate.clone(),
            disk: self.disk.clone(),
            images: Vec::new(),
            store: self.on_disk(),
            unwritten: Vec::new(),
            unkept: Vec::new(),
            node: None,
            life: 0,
            upstreams: self.upstreams.clone(),
            fuse: None,
            astray: true,
            ..*self
        }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader { hall: self.hall, role: self.role }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.node.is_some()
    }

    /// What its clock says.
    pub(crate) fn now(&self, truth: Instant) -> Instant {
        truth.plus_ms(self.offset)
    }

    /// The time for its node: the wall clock may be anything, the other one only goes forward.
    pub(crate) fn node_now(&self, truth: Instant) -> Now {
        Now { wall: self.now(truth), mono: truth }
    }

    /// The time by which it keeps to the bounds of what it has from others.
    pub(crate) fn promising(&self, truth: Instant) -> Instant {
        hall_core::clock::promising(self.now(truth), self.series.head().hlc)
    }

    pub(crate) fn trusts_clock(&self, truth: Instant) -> bool {
        hall_core::clock::is_trusted(self.now(truth), self.store.clock.instant())
    }

    /// The power comes back: everything is read from the disk. A series that is shorter than the guard says was
    /// rolled back, and a new epoch begins. How many whole acts a torn write left, which must be none.
    pub(crate) fn start(&mut self, truth: Instant, issuer: &SigningKey, upstreams: Vec<Reader>) -> usize {
        let half = self.disk.recover();
        let mut trust = Trust::new([issuer.verifying_key()]);
        self.store = Store::new(self.hall, self.role, self.later);
        let records: Vec<Rc<Record>> = self.disk.records().to_vec();
        let now = self.now(truth);
        for record in &records {
            self.store.apply(record);
            self.see(record, now);
            if let Record::Certificates(certificates) = &**record {
                for certificate in certificates {
                    let _known_to_be_good = trust.learn(certificate, now);
                }
            }
        }
        if self.is_short() {
            self.next_epoch(0);
        }
        self.resume();
        self.life += 1;
        self.armed = i64::MIN;
        let identity =
            Identity { me: self.holder, certificate: self.certificate.clone(), key: self.key.clone() };
        // What is on the disk need not be written again.
        trust.news();
        self.node = Some(Node::new(identity, trust, upstreams, self.node_now(truth)));
        half
    }

    /// Whether the guard knows more of its series than is here: its start begins a new epoch.
    pub(crate) fn is_short(&self) -> bool {
        let here = (self.holder.epoch, self.store.head_of(self.holder).seq);
        here < (self.guard.epoch, self.guard.seq) && !mutant::on(Bug::SequenceReused)
    }

    /// What its disk says, without a start.
    pub(crate) fn on_disk(&self) -> Store {
        let mut store = Store::new(self.hall, self.role, self.later);
        for record in self.disk.records() {
            store.apply(record);
        }
        store
    }

    pub(crate) fn next_epoch(&mut self, beyond: u16) {
        self.holder.epoch = self.guard.epoch.max(self.holder.epoch).max(beyond) + 1;
        self.guard = Guard { epoch: self.holder.epoch, seq: 0 };
        self.resume();
    }

    /// The writer goes on at the end of its series, with a clock not behind what it has seen.
    fn resume(&mut self) {
        let mut head = self.store.head_of(self.holder);
        head.hlc = head.hlc.max(self.store.clock);
        self.series = Series::resume(self.holder.device, self.holder.epoch, head);
    }

    /// Lets the stamps of a record move the clock, as far as they are believable.
    fn see(&mut self, record: &Record, now: Instant) {
        let Record::Ops(ops) = record else { return };
        let limit = now.plus_ms(AHEAD_MS);
        for op in ops {
            let own = op.envelope.id.holder() == self.holder;
            if own || op.envelope.hlc.instant() <= limit || mutant::on(Bug::ClockUnbounded) {
                self.store.clock = self.store.clock.max(op.envelope.hlc);
            }
        }
    }

    /// Takes a durable record over; the entities it touched.
    pub(crate) fn take(&mut self, record: &Record, truth: Instant) -> Vec<EntityId> {
        let touched = self.store.apply(record);
        let now = self.now(truth);
        self.see(record, now);
        self.resume();
        touched
    }

    /// Numbers and chains facts; nothing is kept yet.
    pub(crate) fn ops(&self, truth: Instant, facts: Vec<(Subject, Fact)>) -> Vec<Rc<Op>> {
        let draft = |(subject, fact): (Subject, Fact)| Draft {
            subject,
            by: None,
            kind: fact.kind(),
            schema: Fact::schema(),
            scope: fact.scope_of(self.role),
            payload: fact.encode(),
        };
        self.chained(truth, facts.into_iter().map(draft).collect())
    }

    pub(crate) fn chained(&self, truth: Instant, drafts: Vec<Draft>) -> Vec<Rc<Op>> {
        let mut series = self.series;
        series
            .append(self.now(truth), drafts)
            .expect("drafts refer to earlier ones")
            .into_iter()
            .map(Rc::new)
            .collect()
    }

    /// Standby tickets of this device that still wait for `post`, first come first.
    pub(crate) fn waiting(&self, post: EntityId, now: Instant) -> Vec<(EntityId, Hlc)> {
        let Some(terms) = self.store.post(post) else { return Vec::new() };
        let in_time = now < ticketing::decide_by(terms.span());
        let waits = |ticket: &Ticket| ticket.is_live() && ticket.place.is_none();
        let mut waiting: Vec<(EntityId, Hlc)> = self
            .store
            .tickets(post)
            .filter(|(id, ticket)| in_time && id.holder() == self.holder && waits(ticket))
            .map(|(id, ticket)| (id, ticket.opened))
            .collect();
        waiting.sort_by_key(|(id, opened)| (*opened, *id));
        waiting
    }

    /// Answers to gifts, places whose time is over, and tickets that give way to an earlier one of the same
    /// person.
    pub(crate) fn tidy(&self, post: EntityId, truth: Instant) -> Vec<(Subject, Fact)> {
        let now = self.now(truth);
        let Some(terms) = self.store.post(post) else { return Vec::new() };
        let about = |fact| (Subject::Entity(post), fact);
        let mut facts: Vec<(Subject, Fact)> = self
            .stand(post, truth, |stand| {
                let answers = stand.answers();
                // What is being answered cannot be given away in the same breath.
                let expired = stand.expired().filter(|_| answers.is_empty()).map(Fact::PlacesGiven);
                answers.into_iter().chain(expired).map(about).collect()
            })
            .unwrap_or_default();
        let tickets: Vec<(EntityId, &Ticket)> = self.store.tickets(post).collect();
        for mine in tickets.iter().filter(|(id, _)| id.holder() == self.holder) {
            if tickets.iter().any(|other| ticketing::gives_way(*mine, *other))
                && let Ok(gone) = ticketing::release(mine.1, terms.span(), now, ReleaseReason::Duplicate, "")
            {
                facts.push((Subject::Entity(mine.0), Fact::TicketReleased(gone)));
            }
        }
        facts
    }

    /// Standby tickets that get a place now.
    pub(crate) fn promotions(&self, post: EntityId, truth: Instant) -> Vec<(Subject, Fact)> {
        let now = self.now(truth);
        let Some(terms) = self.store.post(post) else { return Vec::new() };
        let open = terms.status == PostStatus::Open && now < terms.span().begins();
        if !open || !self.trusts_clock(truth) {
            return Vec::new();
        }
        let free = self.free(post, truth);
        let waiting: Vec<EntityId> = self.waiting(post, now).into_iter().map(|(id, _)| id).collect();
        places::promote(&free, &waiting)
            .into_iter()
            .map(|(ticket, place)| {
                let confirmed = hall_core::fact::TicketConfirmed { place };
                (Subject::Entity(ticket), Fact::TicketConfirmed(confirmed))
            })
            .collect()
    }

    /// Places that it may promise now.
    pub(crate) fn free(&self, post: EntityId, truth: Instant) -> Vec<PlaceRight> {
        let Some(terms) = self.store.post(post) else { return Vec::new() };
        self.store.places(post).usable(post, terms, self.holder, self.promising(truth))
    }

    /// What `with` decides about a post, as this device sees it.
    pub(crate) fn stand<T>(
        &self,
        post: EntityId,
        truth: Instant,
        with: impl FnOnce(&Stand<'_>) -> T,
    ) -> Option<T> {
        let now = self.now(truth);
        let (terms, places, waiting) =
            (self.store.post(post)?, self.store.places(post), self.waiting(post, now));
        let stand = Stand {
            me: self.holder,
            now: self.promising(truth),
            trusted: self.trusts_clock(truth),
            lease_ms: LEASE_MS,
            id: post,
            post: terms,
            places: &places,
            waiting: &waiting,
        };
        Some(with(&stand))
    }

    pub(crate) fn gift(post: EntityId, given: PlacesGiven) -> (Subject, Fact) {
        (Subject::Entity(post), Fact::PlacesGiven(given))
    }
}

pub(crate) fn certificate(
    number: u32,
    hall: u32,
    role: DeviceRole,
    key: &SigningKey,
    issuer: &SigningKey,
) -> Certificate {
    let bearer = Bearer {
        hall,
        device: number,
        role,
        key: key.verifying_key().to_bytes(),
        issued: Instant(0).into(),
        expires: Instant(4_000_000_000_000).into(),
    };
    Certificate::issue(bearer, issuer)
}
