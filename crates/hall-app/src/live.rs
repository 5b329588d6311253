//! What the hall looks like now, in memory: the posts that can still matter, their places, their tickets,
//! today's visits. Derived from the store at start, at midnight and after every commit, and never the only
//! holder of anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hall_core::entity::{
    Attendance, Device, Employer, Entity, Hall as HallFacts, Paper, Post, PostStatus, Printer, Span, Ticket,
    Visit, Worker, key,
};
use hall_core::fact::{Holder, PlaceRight};
use hall_core::places::Places;
use hall_core::ticketing::{self, Held};
use hall_core::vocab::PayUnit;
use hall_core::{Day, EntityId, Hlc, Instant};
use hall_store::{ReadError, Store};

use crate::text::{NUMBERS, UNLETTERED};

/// Rows read from the index at once. Far more than share one key.
const SCAN_PAGE: usize = 50_000;

/// A post that has not ended, with what its tickets say.
#[derive(Debug)]
pub(crate) struct LivePost {
    id: EntityId,
    me: Holder,
    pub post: Box<Post>,
    pub places: Places,
    /// Provisional tickets in the order of promotion.
    pub standbys: Vec<EntityId>,
    /// Those of them that this machine wrote: it alone lets them move up.
    ours: Vec<EntityId>,
    pub tickets: BTreeSet<EntityId>,
    pub row: Row,
}

/// What a filter looks at, small enough to run over every open post.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub begins: Instant,
    /// Fen for one day of work; `None` when the pay cannot be counted by the day.
    pub day_pay: Option<u32>,
    pub open: bool,
}

impl LivePost {
    pub(crate) fn span(&self) -> Span {
        self.post.span()
    }

    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.row.open && now < self.row.begins
    }

    /// Standby tickets that still wait for an answer, in the order of promotion.
    pub(crate) fn waiting(&self, now: Instant) -> &[EntityId] {
        if now < ticketing::decide_by(self.span()) { &self.standbys } else { &[] }
    }

    /// Those of this machine.
    pub(crate) fn waiting_here(&self, now: Instant) -> &[EntityId] {
        if now < ticketing::decide_by(self.span()) { &self.ours } else { &[] }
    }

    /// Places that this machine may promise now, lowest number first.
    pub(crate) fn free(&self, now: Instant) -> Vec<PlaceRight> {
        self.places.usable(self.id, &self.post, self.me, now)
    }

    /// Free places that lie on other machines.
    pub(crate) fn elsewhere(&self) -> usize {
        let here = self.places.free(&self.post, self.me).len();
        self.post.headcount().saturating_sub(usize::from(self.places.taken()) + here)
    }

    /// Places that this machine can give to the next person who asks.
    pub(crate) fn left(&self, now: Instant) -> u16 {
        self.free(now).len().saturating_sub(self.waiting_here(now).len()) as u16
    }
}

/// The order of the board: soonest first, then the better pay.
pub(crate) type BoardKey = (Instant, std::cmp::Reverse<u32>, EntityId);

#[derive(Debug)]
pub(crate) struct Live {
    pub day: Day,
    pub hall: Option<(EntityId, HallFacts)>,
    pub staff: BTreeMap<EntityId, hall_core::entity::Staff>,
    pub posts: HashMap<EntityId, LivePost>,
    pub board: BTreeSet<BoardKey>,
    pub tickets: HashMap<EntityId, Ticket>,
    pub by_worker: HashMap<EntityId, BTreeSet<EntityId>>,
    /// Today's visits in the order of call.
    pub visits: BTreeMap<(Hlc, EntityId), Visit>,
    /// Today's visit of each worker.
    pub visit_of: HashMap<EntityId, (Hlc, EntityId)>,
    /// Tickets taken today, newest last.
    pub opened: BTreeSet<(Hlc, EntityId)>,
    pub employers: HashMap<EntityId, Employer>,
    /// The machines that were enrolled, of this hall and, where the county tells, of others.
    pub devices: BTreeMap<EntityId, Device>,
    /// Which machine prints on what.
    pub printers: BTreeMap<EntityId, Printer>,
    /// Papers that were ordered today, and those of which something is left to do or to find out.
    pub papers: BTreeMap<EntityId, Paper>,
    papers_of: HashMap<EntityId, BTreeSet<EntityId>>,
    /// Workers who were looked at today; a cache.
    pub workers: HashMap<EntityId, Worker>,
    me: Holder,
}

impl Live {
    /// Reads from the store everything that `day` needs.
    pub(crate) fn load(store: &Store, me: Holder, day: Day) -> Result<Self, ReadError> {
        let mut live = Self {
            day,
            hall: None,
            staff: BTreeMap::new(),
            posts: HashMap::new(),
            board: BTreeSet::new(),
            tickets: HashMap::new(),
            by_worker: HashMap::new(),
            visits: BTreeMap::new(),
            visit_of: HashMap::new(),
            opened: BTreeSet::new(),
            employers: HashMap::new(),
            devices: BTreeMap::new(),
            printers: BTreeMap::new(),
            papers: BTreeMap::new(),
            papers_of: HashMap::new(),
            workers: HashMap::new(),
            me,
        };
        for id in entities(store, &key::hall())?.into_iter().chain(entities(store, &key::staff())?) {
            live.refresh(store, id)?;
        }
        for id in entities(store, &key::employers())?.into_iter().chain(entities(store, &key::devices())?) {
            live.refresh(store, id)?;
        }
        for id in
            entities(store, &key::printers())?.into_iter().chain(entities(store, &key::papers_unsettled())?)
        {
            live.refresh(store, id)?;
        }
        for (_, id) in rows(store, &key::papers_ordered(day), &key::end_of(b"A"))? {
            live.refresh(store, id)?;
        }
        // A night shift of yesterday is still at work today.
        let from = key::post_until(day.plus_days(-1));
        let to = key::end_of(b"P");
        for (_, id) in rows(store, &from, &to)? {
            live.refresh(store, id)?;
        }
        for id in entities(store, &key::visits_of_day(day))? {
            live.refresh(store, id)?;
        }
        for (_, id) in rows(store, &key::tickets_opened(day), &key::end_of(b"O"))? {
            live.refresh(store, id)?;
        }
        Ok(live)
    }

    /// Takes over the present state of one entity, and of the post whose places it changes.
    pub(crate) fn refresh(&mut self, store: &Store, id: EntityId) -> Result<(), ReadError> {
        match store.entity(id)? {
            Some(Entity::Hall(hall)) => self.hall = Some((id, hall)),
            Some(Entity::Staff(staff)) => {
                self.staff.insert(id, staff);
            }
            Some(Entity::Employer(employer)) => {
                self.employers.insert(id, employer);
            }
            Some(Entity::Worker(worker)) => {
                self.workers.insert(id, worker);
            }
            Some(Entity::Visit(visit)) => self.visit(id, visit),
            Some(Entity::Post(post)) => self.post(store, id, post)?,
            Some(Entity::Ticket(ticket)) => self.ticket(store, id, ticket)?,
            Some(Entity::Device(device)) => {
                self.devices.insert(id, device);
            }
            Some(Entity::Printer(printer)) => {
                self.printers.insert(id, printer);
            }
            Some(Entity::Paper(paper)) => {
                if let Some(about) = paper.about {
                    self.papers_of.entry(about).or_default().insert(id);
                }
                self.papers.insert(id, paper);
            }
            None => {
                self.workers.remove(&id);
                self.employers.remove(&id);
            }
        }
        Ok(())
    }

    fn visit(&mut self, id: EntityId, visit: Visit) {
        if visit.day != self.day {
            return;
        }
        // The first sign-in of the day counts, whichever device saw it.
        let at = (visit.at, id);
        let first = self.visit_of.entry(visit.worker).or_insert(at);
        if *first < at {
            return;
        }
        let later = std::mem::replace(first, at);
        self.visits.remove(&later);
        self.visits.insert(at, visit);
    }

    fn post(&mut self, store: &Store, id: EntityId, post: Box<Post>) -> Result<(), ReadError> {
        self.forget_post(id);
        if post.terms.last_day < self.day.plus_days(-1) {
            return Ok(());
        }
        self.keep_post(store, id, post)
    }

    /// Brings a post that is over back, for a ticket of the past that somebody looks at. It leaves with the
    /// day.
    pub(crate) fn revive_post(&mut self, store: &Store, id: EntityId) -> Result<(), ReadError> {
        match store.entity(id)? {
            Some(Entity::Post(post)) => self.keep_post(store, id, post),
            _ => Ok(()),
        }
    }

    fn keep_post(&mut self, store: &Store, id: EntityId, post: Box<Post>) -> Result<(), ReadError> {
        let row = Row {
            begins: post.span().begins(),
            day_pay: day_pay(&post),
            open: post.status == PostStatus::Open,
        };
        self.board.insert(board_key(&row, id));
        let live = LivePost {
            id,
            me: self.me,
            post,
            places: Places::default(),
            standbys: Vec::new(),
            ours: Vec::new(),
            tickets: BTreeSet::new(),
            row,
        };
        self.posts.insert(id, live);
        self.count(store, id)
    }

    fn forget_post(&mut self, id: EntityId) {
        if let Some(old) = self.posts.remove(&id) {
            self.board.remove(&board_key(&old.row, id));
        }
    }

    fn ticket(&mut self, store: &Store, id: EntityId, ticket: Ticket) -> Result<(), ReadError> {
        let post = ticket.post;
        self.keep_ticket(id, ticket);
        if self.posts.contains_key(&post) {
            self.count(store, post)?;
        }
        Ok(())
    }

    fn keep_ticket(&mut self, id: EntityId, ticket: Ticket) {
        // After a clock was set back and accepted, stamps are still those of the later day: it is one day's work.
        if ticket.opened.instant().day() >= self.day {
            self.opened.insert((ticket.opened, id));
        }
        self.by_worker.entry(ticket.worker).or_default().insert(id);
        self.tickets.insert(id, ticket);
    }

    /// Counts a post's places anew from the index: what the tickets say, and nothing else.
    fn count(&mut self, store: &Store, id: EntityId) -> Result<(), ReadError> {
        let prefix = key::places_of_post(id);
        let placed = rows(store, &prefix, &key::end_of(&prefix))?;
        let waiting = entities(store, &key::standbys_of_post(id))?;
        for ticket in placed.iter().map(|(_, ticket)| *ticket).chain(waiting.iter().copied()) {
            if !self.tickets.contains_key(&ticket)
                && let Some(Entity::Ticket(state)) = store.entity(ticket)?
            {
                self.keep_ticket(ticket, state);
            }
        }
        let me = self.me;
        if let Some(live) = self.posts.get_mut(&id) {
            live.places = Places::of(placed.iter().filter_map(|(key, _)| key::Spent::of_key(key)));
            live.tickets = placed.iter().map(|(_, ticket)| *ticket).chain(waiting.iter().copied()).collect();
            live.ours = waiting.iter().copied().filter(|ticket| ticket.holder() == me).collect();
            live.standbys = waiting;
        }
        Ok(())
    }

    /// The worker's tickets that bind his time now.
    pub(crate) fn held(&self, worker: EntityId, now: Instant) -> Vec<Held> {
        self.tickets_of(worker)
            .filter(|(_, ticket)| ticket.is_live() && ticket.attendance != Some(Attendance::Finished))
            .filter_map(|(id, ticket)| {
                let span = self.posts.get(&ticket.post)?.span();
                let binds = !ticketing::has_lapsed(ticket, span, now);
                binds.then_some(Held { ticket: id, post: ticket.post, span })
            })
            .collect()
    }

    pub(crate) fn tickets_of(&self, worker: EntityId) -> impl Iterator<Item = (EntityId, &Ticket)> {
        self.by_worker
            .get(&worker)
            .into_iter()
            .flatten()
            .filter_map(|id| self.tickets.get(id).map(|ticket| (*id, ticket)))
    }

    pub(crate) fn papers_about(&self, about: EntityId) -> impl Iterator<Item = (EntityId, &Paper)> {
        let papers = self.papers_of.get(&about).into_iter().flatten();
        papers.filter_map(|id| self.papers.get(id).map(|paper| (*id, paper)))
    }

    /// Position from 1 among the standby tickets of the machine that wrote this one.
    pub(crate) fn position(&self, post: EntityId, ticket: EntityId) -> Option<u16> {
        let standbys = &self.posts.get(&post)?.standbys;
        let mut same = standbys.iter().filter(|id| id.holder() == ticket.holder());
        same.position(|id| *id == ticket).map(|n| n as u16 + 1)
    }

    /// Place in today's order of call, from 1.
    pub(crate) fn visit_number(&self, worker: EntityId) -> Option<u16> {
        let at = self.visit_of.get(&worker)?;
        Some(self.visits.range(..at).count() as u16 + 1)
    }

    /// Posts in the order of the board.
    pub(crate) fn board(&self) -> impl Iterator<Item = (EntityId, &LivePost)> {
        self.board.iter().filter_map(|(.., id)| self.posts.get(id).map(|post| (*id, post)))
    }

    /// The worker, from the cache or the store.
    pub(crate) fn worker(&mut self, store: &Store, id: EntityId) -> Result<Option<&Worker>, ReadError> {
        if !self.workers.contains_key(&id)
            && let Some(Entity::Worker(worker)) = store.entity(id)?
        {
            self.workers.insert(id, worker);
        }
        Ok(self.workers.get(&id))
    }

    /// The next number of the day for a ticket of this machine, which is the hall's `rank`-th, from 0.
    pub(crate) fn next_number(&self, rank: u16) -> u16 {
        let own = self.opened.iter().filter(|(_, id)| id.device == self.me.device);
        let numbers = || own.clone().filter_map(|(_, id)| self.tickets.get(id)).map(|ticket| ticket.number);
        let first = rank % 26 * NUMBERS;
        let lettered = numbers().filter(|number| (first..first + NUMBERS).contains(number)).max();
        let next = lettered.unwrap_or(first) + 1;
        if next < first + NUMBERS {
            return next;
        }
        numbers().max().unwrap_or(0).max(UNLETTERED).saturating_add(1)
    }

    /// Workers who signed in today, and how many of them hold a place that they took today.
    pub(crate) fn placed_today(&self) -> (usize, usize) {
        let placed: BTreeSet<EntityId> = self
            .opened
            .iter()
            .filter_map(|(_, id)| self.tickets.get(id))
            .filter(|ticket| ticket.holds_place())
            .map(|ticket| ticket.worker)
            .collect();
        let placed = self.visit_of.keys().filter(|worker| placed.contains(worker)).count();
        (self.visit_of.len(), placed)
    }
}

fn board_key(row: &Row, id: EntityId) -> BoardKey {
    (row.begins, std::cmp::Reverse(row.day_pay.unwrap_or(0)), id)
}

/// Fen for one day: hourly pay times the paid hours; `None` for pay by the month or the whole job.
fn day_pay(post: &Post) -> Option<u32> {
    let minutes = u64::from(work_minutes(post));
    let pay = &post.terms.pay;
    match pay.unit {
        PayUnit::Day => Some(pay.amount.0),
        PayUnit::Hour => u32::try_from(u64::from(pay.amount.0) * minutes / 60).ok(),
        PayUnit::Month | PayUnit::Job => None,
    }
}

/// Paid minutes of one day.
pub(crate) fn work_minutes(post: &Post) -> u16 {
    post.span().shift_minutes().saturating_sub(post.terms.rest_minutes)
}

/// Every entity under `prefix`, in key order.
pub(crate) fn entities(store: &Store, prefix: &[u8]) -> Result<Vec<EntityId>, ReadError> {
    Ok(rows(store, prefix, &key::end_of(prefix))?.into_iter().map(|(_, id)| id).collect())
}

/// Every index row with `from <= key < to`, read in pages.
pub(crate) fn rows(store: &Store, from: &[u8], to: &[u8]) -> Result<Vec<(Vec<u8>, EntityId)>, ReadError> {
    let mut all: Vec<(Vec<u8>, EntityId)> = Vec::new();
    let mut from = from.to_vec();
    loop {
        let page = store.scan(&from, to, SCAN_PAGE)?;
        let full = page.len() == SCAN_PAGE;
        // A page begins with the key on which the last one ended: several entities may share it.
        let known: BTreeSet<EntityId> =
            all.iter().rev().take_while(|(key, _)| *key == from).map(|(_, id)| *id).collect();
        all.extend(page.into_iter().filter(|(key, id)| *key != from || !known.contains(id)));
        match all.last() {
            Some((last, _)) if full && *last != from => from.clone_from(last),
            _ => return Ok(all),
        }
    }
}
