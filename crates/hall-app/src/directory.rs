//! The desk's search over people: names and phones of every worker, in memory while the hall is open and
//! nowhere else in the clear.

use std::collections::BTreeMap;

use hall_core::EntityId;
use hall_core::entity::{Entity, Worker, key};
use hall_store::{ReadError, Store};

use crate::live::entities;

/// Answers to one question; more means: ask more precisely.
pub(crate) const FOUND_MAX: usize = 12;

pub(crate) struct Directory {
    people: BTreeMap<EntityId, (String, String)>,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory").field("people", &self.people.len()).finish()
    }
}

impl Directory {
    pub(crate) fn load(store: &Store) -> Result<Self, ReadError> {
        let mut people = BTreeMap::new();
        for id in entities(store, &key::workers())? {
            if let Some(Entity::Worker(worker)) = store.entity(id)? {
                people.insert(id, line(&worker));
            }
        }
        Ok(Self { people })
    }

    pub(crate) fn put(&mut self, id: EntityId, worker: Option<&Worker>) {
        match worker {
            Some(worker) => self.people.insert(id, line(worker)),
            None => self.people.remove(&id),
        };
    }

    /// Workers whose name contains `text` or whose phone ends with it, newest first.
    pub(crate) fn find(&self, text: &str) -> Vec<EntityId> {
        let digits = text.len() >= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        self.people
            .iter()
            .rev()
            .filter(|(_, (name, phone))| if digits { phone.ends_with(text) } else { name.contains(text) })
            .map(|(id, _)| *id)
            .take(FOUND_MAX)
            .collect()
    }
}

fn line(worker: &Worker) -> (String, String) {
    worker.identity.as_ref().map_or_else(
        || (worker.masked_name.clone(), String::new()),
        |identity| (identity.name.clone(), identity.phone.clone()),
    )
}
