//! Secondary index keys: a tag byte, then big-endian fields, so that a range of keys is a question.
//!
//! A key never holds personal data in the clear: identities appear only as keyed hashes.

use crate::id::EntityId;
use crate::time::{Day, Hlc, Instant};

fn key(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(tag);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

fn day(day: Day) -> [u8; 4] {
    day.number().to_be_bytes()
}

pub fn hall() -> Vec<u8> {
    key(b'H', &[])
}

pub fn staff() -> Vec<u8> {
    key(b'S', &[])
}

pub fn devices() -> Vec<u8> {
    key(b'N', &[])
}

pub fn device(number: u32) -> Vec<u8> {
    key(b'N', &[&number.to_be_bytes()])
}

pub fn employers() -> Vec<u8> {
    key(b'E', &[])
}

pub fn employer_tag(tag: &[u8; 16]) -> Vec<u8> {
    key(b'e', &[tag])
}

pub fn workers() -> Vec<u8> {
    key(b'W', &[])
}

pub fn worker_tag(tag: &[u8; 16]) -> Vec<u8> {
    key(b'w', &[tag])
}

/// Visits of a day in the order of call.
pub fn visit_of_day(on: Day, at: Hlc) -> Vec<u8> {
    key(b'V', &[&day(on), &at.0.to_be_bytes()])
}

pub fn visits_of_day(on: Day) -> Vec<u8> {
    key(b'V', &[&day(on)])
}

pub fn visit_of_worker(worker: EntityId, on: Day) -> Vec<u8> {
    key(b'v', &[&worker.to_bytes(), &day(on)])
}

/// Posts by their last day, so that a start reads only the posts that can still matter.
pub fn post_until(last_day: Day) -> Vec<u8> {
    key(b'P', &[&day(last_day)])
}

pub fn post_of_employer(employer: EntityId) -> Vec<u8> {
    key(b'p', &[&employer.to_bytes()])
}

/// Tickets of a post: provisional ones in the order of promotion.
pub fn standby_of_post(post: EntityId, opened: Hlc) -> Vec<u8> {
    key(b'T', &[&post.to_bytes(), &[0], &opened.0.to_be_bytes()])
}

/// Tickets of a post that hold or held a place.
pub fn place_of_post(post: EntityId, spent: Spent) -> Vec<u8> {
    key(b'T', &[&post.to_bytes(), &[1], &spent.to_bytes()])
}

pub fn standbys_of_post(post: EntityId) -> Vec<u8> {
    key(b'T', &[&post.to_bytes(), &[0]])
}

pub fn places_of_post(post: EntityId) -> Vec<u8> {
    key(b'T', &[&post.to_bytes(), &[1]])
}

pub fn ticket_of_worker(worker: EntityId, first_day: Day) -> Vec<u8> {
    key(b't', &[&worker.to_bytes(), &day(first_day)])
}

/// Tickets by the day on which they were taken.
pub fn ticket_opened(on: Day, at: Hlc) -> Vec<u8> {
    key(b'O', &[&day(on), &at.0.to_be_bytes()])
}

/// When the ticket was taken, out of a key made by [`ticket_opened`].
pub fn opened_at(key: &[u8]) -> Option<Instant> {
    let bytes: [u8; 8] = key.get(5..)?.try_into().ok()?;
    Some(Hlc(u64::from_be_bytes(bytes)).instant())
}

pub fn tickets_opened(on: Day) -> Vec<u8> {
    key(b'O', &[&day(on)])
}

/// Tickets by the first day of the work.
pub fn ticket_for_work(on: Day) -> Vec<u8> {
    key(b'D', &[&day(on)])
}

pub fn printers() -> Vec<u8> {
    key(b'L', &[])
}

/// Papers by the day on which they were ordered.
pub fn paper_ordered(on: Day, at: Hlc) -> Vec<u8> {
    key(b'A', &[&day(on), &at.0.to_be_bytes()])
}

pub fn papers_ordered(on: Day) -> Vec<u8> {
    key(b'A', &[&day(on)])
}

/// Papers of a ticket or a worker.
pub fn papers_about(about: EntityId) -> Vec<u8> {
    key(b'a', &[&about.to_bytes()])
}

/// Papers of which something is left to do or to find out.
pub fn papers_unsettled() -> Vec<u8> {
    key(b'U', &[])
}

/// What a ticket did with a place, readable from the key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    pub index: u16,
    pub live: bool,
    pub gver: u32,
    /// Custody version after the ticket's last act on the place.
    pub cver: u32,
}

impl Spent {
    fn to_bytes(self) -> [u8; 11] {
        let mut bytes = [0; 11];
        bytes[..2].copy_from_slice(&self.index.to_be_bytes());
        bytes[2] = u8::from(self.live);
        bytes[3..7].copy_from_slice(&self.gver.to_be_bytes());
        bytes[7..].copy_from_slice(&self.cver.to_be_bytes());
        bytes
    }

    /// Reads the end of a key made by [`place_of_post`].
    pub fn of_key(key: &[u8]) -> Option<Self> {
        let bytes: &[u8; 11] = key.get(16..)?.try_into().ok()?;
        let [i0, i1, live, g0, g1, g2, g3, c0, c1, c2, c3] = *bytes;
        Some(Self {
            index: u16::from_be_bytes([i0, i1]),
            live: live == 1,
            gver: u32::from_be_bytes([g0, g1, g2, g3]),
            cver: u32::from_be_bytes([c0, c1, c2, c3]),
        })
    }
}

/// The first key that is not below `prefix`: the end of a range scan.
pub fn end_of(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return end;
        }
        end.pop();
    }
    vec![u8::MAX; 65]
}
