//! Rows as the rest of the crate sees them, over leaves as sled sees them.
//!
//! A reader sees each leaf as one transaction left it. Between two leaves of one question a writer may come:
//! rows that are put or removed meanwhile may or may not be seen, no other is missed or seen twice.

use std::ops::Bound;
use std::sync::PoisonError;

use sled::{Batch, IVec, Transactional};

use super::change::{Change, Edits};
use super::leaf::{self, Growth, LEFTMOST};
use super::{Rows, TABLES, TREES, Table, Tables, TablesError};

impl Tables {
    /// The leaf that holds `key` if any does.
    fn leaf_for(&self, table: Table, key: &[u8]) -> Result<Option<(IVec, IVec)>, TablesError> {
        self.run(|tables| tables.tree(table).range::<&[u8], _>(..=key).next_back().transpose())
    }

    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TablesError> {
        match self.leaf_for(table, key)? {
            None => Ok(None),
            Some((_, bytes)) => {
                leaf::find(&bytes, key).or_else(|leaf::NotALeaf| self.malformed("a leaf does not decode"))
            }
        }
    }

    /// Up to `limit` rows with `from <= key < to`.
    pub(crate) fn range(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, TablesError> {
        self.rows(table, Bound::Included(from), Some(to), limit)
    }

    /// Up to `limit` rows after the key `after`, or from the start.
    pub(crate) fn page(&self, table: Table, after: Option<&[u8]>, limit: usize) -> Result<Rows, TablesError> {
        self.rows(table, after.map_or(Bound::Included(LEFTMOST), Bound::Excluded), None, limit)
    }

    fn rows(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Rows, TablesError> {
        let (Bound::Included(first) | Bound::Excluded(first)) = from else { return Ok(Rows::new()) };
        let begin = self.leaf_for(table, first)?.map_or_else(|| first.into(), |(key, _)| key);
        let mut rows = Rows::new();
        if to.is_some_and(|to| first >= to) || limit == 0 {
            return Ok(rows);
        }
        let leaves = self.run(|tables| {
            let mut leaves = Vec::new();
            let mut entries = 0;
            for leaf in tables.tree(table).range::<IVec, _>(begin..) {
                let (key, bytes) = leaf?;
                // A leaf has at least one entry, and the first one may have none that is asked for.
                if to.is_some_and(|to| &*key >= to) || entries > limit {
                    break;
                }
                let leaf = leaf::decode(&bytes);
                entries +=
                    leaf.as_ref().map_or(0, |leaf| leaf.iter().filter(|(key, _)| **key >= *first).count());
                leaves.push(leaf);
            }
            Ok(leaves)
        })?;
        for leaf in leaves {
            let Some(leaf) = leaf else { return self.malformed("a leaf does not decode") };
            for (key, value) in leaf {
                let asked = match from {
                    Bound::Excluded(from) => &*key > from,
                    _ => &*key >= first,
                } && to.is_none_or(|to| &*key < to);
                // A leaf that was split while it was being read shows its second half twice.
                let again = rows.last().is_some_and(|(last, _)| *last >= key);
                if asked && !again && rows.len() < limit {
                    rows.push((key, value));
                }
            }
        }
        Ok(rows)
    }

    /// Applies all of `change` or none of it.
    pub(crate) fn apply(&self, change: &Change) -> Result<(), TablesError> {
        let _one = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batches: [Batch; TREES.len()] = Default::default();
        for (table, batch) in TABLES.into_iter().zip(&mut batches) {
            self.plan(table, &change.edits[table as usize], batch)?;
        }
        self.run(|tables| {
            tables
                .trees
                .transaction(|trees| {
                    for (tree, batch) in trees.iter().zip(&batches) {
                        tree.apply_batch(batch)?;
                    }
                    Ok(())
                })
                .map_err(|error| match error {
                    sled::transaction::TransactionError::Abort(error)
                    | sled::transaction::TransactionError::Storage(error) => error,
                })
        })
    }

    /// Turns the edits of one table into leaves to be written and removed.
    fn plan(&self, table: Table, edits: &Edits, batch: &mut Batch) -> Result<(), TablesError> {
        let mut edits = edits.iter().peekable();
        while let Some((first, _)) = edits.peek() {
            let (leaf_key, mut entries) = match self.leaf_for(table, first)? {
                None => (IVec::from(LEFTMOST), leaf::Entries::new()),
                Some((key, bytes)) => match leaf::decode(&bytes) {
                    Some(entries) => (key, entries),
                    None => return self.malformed("a leaf does not decode"),
                },
            };
            let next = self.leaf_after(table, &leaf_key)?;
            let mut here = Vec::new();
            while let Some(edit) =
                edits.next_if(|(key, _)| next.as_deref().is_none_or(|next| key.as_slice() < next))
            {
                here.push(edit);
            }
            let growth = match leaf::edit(&mut entries, here) {
                true if next.is_none() => Growth::AtTheEnd,
                true => Growth::InOrder,
                false => Growth::Scattered,
            };
            if entries.is_empty() {
                batch.remove(leaf_key);
                continue;
            }
            for (n, leaf) in leaf::split(entries, growth).iter().enumerate() {
                // The first one keeps its place, the others begin with their first key.
                let key = if n == 0 { leaf_key.clone() } else { IVec::from(&*leaf[0].0) };
                batch.insert(key, leaf::encode(leaf));
            }
        }
        Ok(())
    }

    fn leaf_after(&self, table: Table, key: &[u8]) -> Result<Option<IVec>, TablesError> {
        let after = (Bound::Excluded(key), Bound::Unbounded);
        self.run(|tables| {
            Ok(tables.tree(table).range::<&[u8], _>(after).next().transpose()?.map(|(key, _)| key))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn tables() -> (tempfile::TempDir, Tables) {
        let dir = tempfile::tempdir().unwrap();
        let tables = Tables::open(&dir.path().join("sled"), &dir.path().join("mark"), 8 << 20).unwrap();
        (dir, tables)
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        // Few distinct keys, so that they are changed and removed, some long, all with a common beginning.
        (0_u16..400, 0_usize..3)
            .prop_map(|(n, tail)| [&b"k"[..], &n.to_be_bytes(), &b"tail"[..tail]].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn tables_are_sorted_maps(
            changes in proptest::collection::vec(
                proptest::collection::vec((key(), proptest::option::weighted(0.7, 0_usize..300)), 1..60), 1..20),
            ranges in proptest::collection::vec((key(), key(), 0_usize..80), 8),
        ) {
            let (_dir, tables) = tables();
            let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for edits in changes {
                let mut change = Change::default();
                for (key, value) in edits {
                    if let Some(length) = value {
                        change.put(Table::Index, &key, vec![length as u8; length]);
                        model.insert(key, vec![length as u8; length]);
                    } else {
                        change.remove(Table::Index, &key);
                        model.remove(&key);
                    }
                }
                tables.apply(&change).unwrap();
            }
            let all: Rows = model.clone().into_iter().collect();
            prop_assert_eq!(tables.page(Table::Index, None, usize::MAX).unwrap(), all.clone());
            for (from, to, limit) in ranges {
                prop_assert_eq!(tables.get(Table::Index, &from).unwrap(), model.get(&from).cloned());
                let expected: Rows = all.iter().filter(|(key, _)| *key >= from && *key < to).take(limit).cloned().collect();
                prop_assert_eq!(tables.range(Table::Index, &from, &to, limit).unwrap(), expected);
                let expected: Rows = all.iter().filter(|(key, _)| *key > from).take(limit).cloned().collect();
                prop_assert_eq!(tables.page(Table::Index, Some(&from), limit).unwrap(), expected);
            }
        }
    }

    #[test]
    fn neighbours_share_leaves() {
        let (_dir, tables) = tables();
        for n in 0..2000_u32 {
            let mut change = Change::default();
            change.put(Table::Ops, &n.to_be_bytes(), vec![7; 60]);
            change.put(Table::Index, &blake3::hash(&n.to_be_bytes()).as_bytes()[..], Vec::new());
            tables.apply(&change).unwrap();
        }
        let leaves = |table| tables.tree(table).len();
        assert!(leaves(Table::Ops) <= 2000 / 14, "{} leaves for rows that come in order", leaves(Table::Ops));
        assert!(leaves(Table::Index) <= 2000 / 15, "{} leaves for rows that do not", leaves(Table::Index));
    }
}
