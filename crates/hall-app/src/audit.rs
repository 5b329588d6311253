//! Looking at every place of every post: is any promised twice, and does custody only ever move forward?

use std::collections::BTreeMap;

use hall_core::EntityId;
use hall_core::entity::{Entity, Ticket, key};
use serde::Serialize;

use crate::error::AppError;
use crate::hall::Hall;
use crate::live::{entities, rows};

/// Problems that a report spells out.
const PROBLEMS_MAX: usize = 50;

/// What a look at all places found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    pub posts: u64,
    pub places: u64,
    pub tickets: u64,
    /// Live tickets with a place.
    pub confirmed: u64,
    pub standby: u64,
    /// No place has two live tickets, and every live ticket's place exists.
    pub places_ok: bool,
    /// The custody versions of every place rise with every claim and release.
    pub custody_ok: bool,
    pub problems: Vec<String>,
}

impl Hall {
    /// Reads every post and its tickets from the store, not from memory.
    pub fn audit(&self) -> Result<Audit, AppError> {
        let mut audit = Audit { places_ok: true, custody_ok: true, ..Audit::default() };
        for (_, id) in rows(&self.store, b"P", b"Q")? {
            self.audit_post(id, &mut audit)?;
        }
        Ok(audit)
    }

    fn audit_post(&self, id: EntityId, audit: &mut Audit) -> Result<(), AppError> {
        let Some(Entity::Post(post)) = self.store.entity(id)? else { return Ok(()) };
        audit.posts += 1;
        audit.places += post.places.len() as u64;
        let waiting = entities(&self.store, &key::standbys_of_post(id))?;
        audit.standby += waiting.len() as u64;
        audit.tickets += waiting.len() as u64;
        let mut by_place: BTreeMap<u16, Vec<(EntityId, Ticket)>> = BTreeMap::new();
        for ticket_id in entities(&self.store, &key::places_of_post(id))? {
            let Some(Entity::Ticket(ticket)) = self.store.entity(ticket_id)? else { continue };
            audit.tickets += 1;
            if let Some(place) = ticket.place {
                by_place.entry(place.index).or_default().push((ticket_id, ticket));
            }
        }
        for (index, mut tickets) in by_place {
            let live: Vec<EntityId> =
                tickets.iter().filter(|(_, ticket)| ticket.is_live()).map(|(id, _)| *id).collect();
            audit.confirmed += live.len() as u64;
            if live.len() > 1 {
                audit.places_ok = false;
                audit.say(format!("place {index} of post {id} is promised to {live:?}"));
            }
            if !live.is_empty() && !post.places.iter().any(|(known, _)| known == index) {
                audit.places_ok = false;
                audit.say(format!("place {index} of post {id} is promised and does not exist"));
            }
            tickets.sort_by_key(|(_, ticket)| ticket.place.map(|place| (place.gver, place.cver)));
            audit.custody(id, index, &tickets);
        }
        Ok(())
    }
}

impl Audit {
    pub fn ok(&self) -> bool {
        self.places_ok && self.custody_ok
    }

    fn custody(&mut self, post: EntityId, index: u16, tickets: &[(EntityId, Ticket)]) {
        let mut last = (0, 0);
        for (id, ticket) in tickets {
            let Some(place) = ticket.place else { continue };
            let claimed = (place.gver, place.cver);
            let left = ticket.released.as_ref().and_then(|released| released.cver);
            if claimed <= last || left.is_some_and(|left| left <= place.cver) {
                self.custody_ok = false;
                self.say(format!("custody of place {index} of post {post} does not rise at ticket {id}"));
            }
            last = (place.gver, left.unwrap_or(place.cver));
        }
    }

    fn say(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }
}
