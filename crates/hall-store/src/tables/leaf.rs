//! Leaves: many small rows in one value of sled.
//!
//! sled keeps about twelve rows in a page and some two hundred bytes of memory for each page, whatever the
//! rows' size. A row for each op, state and index key would cost a quarter of a gigabyte at a million ops, so
//! rows that are neighbours share a leaf of about a kilobyte.
//!
//! A leaf's key in sled is the smallest key that may be in it; the leaf that holds a key is the last one whose
//! own key is not greater.

/// Keys and values, sorted by key.
pub(super) type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// The key of the leftmost leaf, not greater than any key in use.
pub(super) const LEFTMOST: &[u8] = &[0];
/// A leaf is split when it has grown past this. A larger value stands alone.
const LEAF_BYTES: usize = 1024;

/// For each entry: bytes shared with the key before, further bytes of the key, length of the value in
/// LEB128; then those bytes.
pub(super) fn encode(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(LEAF_BYTES);
    let mut before: &[u8] = &[];
    for (key, value) in entries {
        let shared = key.iter().zip(before).take_while(|(a, b)| a == b).count().min(usize::from(u8::MAX));
        bytes.push(shared as u8);
        bytes.push((key.len() - shared) as u8);
        let mut length = value.len();
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend_from_slice(&key[shared..]);
        bytes.extend_from_slice(value);
        before = key;
    }
    bytes
}

/// `None` when the bytes are no leaf.
pub(super) fn decode(bytes: &[u8]) -> Option<Entries> {
    let mut entries = Entries::new();
    let mut key = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let value = next_entry(&mut rest, &mut key)?;
        entries.push((key.clone(), value.to_vec()));
    }
    entries.is_sorted_by(|a, b| a.0 < b.0).then_some(entries)
}

/// The bytes are no leaf.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotALeaf;

/// The value of `wanted` in a leaf.
pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Result<Option<Vec<u8>>, NotALeaf> {
    let mut key = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let value = next_entry(&mut rest, &mut key).ok_or(NotALeaf)?;
        if key == wanted {
            return Ok(Some(value.to_vec()));
        }
        if key.as_slice() > wanted {
            break;
        }
    }
    Ok(None)
}

fn next_entry<'a>(rest: &mut &'a [u8], key: &mut Vec<u8>) -> Option<&'a [u8]> {
    let [shared, further, tail @ ..] = *rest else { return None };
    let (mut length, mut shift, mut tail) = (0_usize, 0, tail);
    loop {
        let (byte, after) = tail.split_first()?;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        tail = after;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let (suffix, after) = tail.split_at_checked(usize::from(*further))?;
    let (value, after) = after.split_at_checked(length)?;
    if usize::from(*shared) > key.len() {
        return None;
    }
    key.truncate(usize::from(*shared));
    key.extend_from_slice(suffix);
    *rest = after;
    Some(value)
}

/// Where new entries went, which says where the next ones may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Growth {
    /// Behind everything in the table, as ops do: leaves are filled one after the other.
    AtTheEnd,
    /// Behind everything in the leaf, as the tickets of a day do, but other keys follow.
    InOrder,
    /// Anywhere.
    Scattered,
}

/// Changes entries: `Some` puts, `None` removes. Whether everything new went behind everything old.
pub(super) fn edit<'a>(
    entries: &mut Entries,
    edits: impl IntoIterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)>,
) -> bool {
    let last_before = entries.last().map(|(key, _)| key.clone());
    let mut appended = true;
    for (key, value) in edits {
        match (entries.binary_search_by(|(held, _)| held.cmp(key)), value) {
            (Ok(at), Some(value)) => entries[at].1.clone_from(value),
            (Ok(at), None) => drop(entries.remove(at)),
            (Err(at), Some(value)) => {
                appended &= last_before.as_ref().is_none_or(|last| last < key);
                entries.insert(at, (key.clone(), value.clone()));
            }
            (Err(_), None) => {}
        }
    }
    appended
}

/// Cuts entries into leaves, with room left where more may come.
pub(super) fn split(entries: Entries, growth: Growth) -> Vec<Entries> {
    // Two bytes for the key, two for the length of a value that fits into a leaf.
    let bytes = |(key, value): &(Vec<u8>, Vec<u8>)| key.len() + value.len() + 4;
    let total: usize = entries.iter().map(bytes).sum();
    let share = match growth {
        _ if total <= LEAF_BYTES => LEAF_BYTES,
        Growth::AtTheEnd => LEAF_BYTES,
        Growth::InOrder => LEAF_BYTES / 4 * 3,
        // One entry more than an even share, or the last entry would get a leaf of its own.
        Growth::Scattered => {
            let largest = entries.iter().map(bytes).max().unwrap_or(0);
            (total.div_ceil(total.div_ceil(LEAF_BYTES)) + largest).min(LEAF_BYTES)
        }
    };
    let mut leaves: Vec<Entries> = Vec::new();
    let mut room = 0;
    for entry in entries {
        let size = bytes(&entry);
        match leaves.last_mut() {
            Some(leaf) if size <= room => leaf.push(entry),
            _ => {
                leaves.push(vec![entry]);
                room = share;
            }
        }
        room = room.saturating_sub(size);
    }
    leaves
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Entries> {
        let key = proptest::collection::vec(0_u8..4, 1..40);
        let value = proptest::collection::vec(any::<u8>(), 0..400);
        proptest::collection::btree_map(key, value, 0..40).prop_map(|map| map.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_leaf_survives_the_round_trip(entries in entries()) {
            let bytes = encode(&entries);
            prop_assert_eq!(decode(&bytes).unwrap(), entries.clone());
            for (key, value) in &entries {
                prop_assert_eq!(find(&bytes, key), Ok(Some(value.clone())));
                let mut other = key.clone();
                other.push(0);
                let expected = entries.iter().find(|(key, _)| *key == other).map(|(_, value)| value.clone());
                prop_assert_eq!(find(&bytes, &other), Ok(expected));
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(entries) = decode(&bytes) {
                prop_assert!(entries.len() <= bytes.len());
            }
            let _ = find(&bytes, &[1, 2, 3]);
        }

        #[test]
        fn splitting_keeps_everything_in_order(
            entries in entries(),
            growth in prop_oneof![Just(Growth::AtTheEnd), Just(Growth::InOrder), Just(Growth::Scattered)],
        ) {
            let leaves = split(entries.clone(), growth);
            prop_assert!(leaves.iter().all(|leaf| !leaf.is_empty()));
            prop_assert!(leaves.iter().all(|leaf| leaf.len() == 1 || encode(leaf).len() <= LEAF_BYTES));
            prop_assert_eq!(leaves.concat(), entries);
        }
    }
}
