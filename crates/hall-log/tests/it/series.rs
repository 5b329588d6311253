use hall_core::{Instant, OpId};
use hall_log::{CheckError, Envelope, EnvelopeError, Head, Op, Series, Subject, check};
use proptest::prelude::*;

use crate::{any_envelope, draft, sample_envelope};

fn written(count: usize) -> Vec<Op> {
    let mut series = Series::new(9, 1);
    (0..count)
        .flat_map(|n| series.append(Instant(1_000), vec![draft(Subject::New, &[n as u8])]).unwrap())
        .collect()
}

#[test]
fn an_append_is_contiguous_and_checks() {
    let mut series = Series::new(9, 1);
    let drafts = vec![
        draft(Subject::New, b"a"),
        draft(Subject::Draft(0), b"b"),
        draft(Subject::Entity(OpId::new(1, 1, 5)), b"c"),
    ];
    let expected = series.next_id(1);
    let ops = series.append(Instant(5_000), drafts).unwrap();
    assert_eq!(ops[1].envelope.id, expected);
    assert_eq!(ops[0].envelope.entity, ops[0].envelope.id);
    assert_eq!(ops[1].envelope.entity, ops[0].envelope.id);
    assert_eq!(ops[2].envelope.entity, OpId::new(1, 1, 5));

    let mut head = Head::origin(9, 1);
    for op in &ops {
        let next = check(&head, op).unwrap();
        assert!(next.hlc > head.hlc);
        head = next;
    }
    assert_eq!(head, series.head());
}

#[test]
fn a_clock_set_back_does_not_set_the_series_back() {
    let mut series = Series::new(9, 1);
    series.append(Instant(86_400_000), vec![draft(Subject::New, b"a")]).unwrap();
    let before = series.head().hlc;
    series.append(Instant(0), vec![draft(Subject::New, b"b")]).unwrap();
    assert!(series.head().hlc > before);
}

#[test]
fn a_draft_may_only_refer_to_an_earlier_one() {
    let mut series = Series::new(9, 1);
    let before = series;
    assert!(series.append(Instant(0), vec![draft(Subject::Draft(0), b"a")]).is_err());
    assert_eq!(series, before, "a refused append leaves no trace");
}

#[test]
fn every_way_not_to_follow() {
    let ops = written(3);
    let origin = Head::origin(9, 1);
    let one = check(&origin, &ops[0]).unwrap();
    let two = check(&one, &ops[1]).unwrap();

    assert_eq!(check(&one, &ops[2]), Err(CheckError::Gap { expected: 2, found: 3 }));
    assert_eq!(check(&two, &ops[1]), Err(CheckError::Known { seq: 2 }));
    assert_eq!(check(&two, &ops[0]), Err(CheckError::Known { seq: 1 }));

    let mut fork = ops[1].clone();
    fork.chain.0[0] ^= 1;
    assert_eq!(check(&two, &fork), Err(CheckError::Fork { id: OpId::new(9, 1, 2) }));
    assert_eq!(check(&one, &fork), Err(CheckError::BadChain { id: OpId::new(9, 1, 2) }));

    let mut altered = ops[1].clone();
    altered.envelope.kind += 1;
    assert_eq!(check(&one, &altered), Err(CheckError::BadChain { id: OpId::new(9, 1, 2) }));

    let mut swapped = ops[1].clone();
    swapped.payload = Some(b"other".to_vec());
    assert_eq!(check(&one, &swapped), Err(CheckError::PayloadMismatch { id: OpId::new(9, 1, 2) }));

    let mut erased = ops[1].clone();
    erased.payload = None;
    assert_eq!(check(&one, &erased), Ok(two), "an erased payload still verifies");
}

#[test]
fn only_the_canonical_envelope_is_read() {
    let bytes = sample_envelope().encode();
    // The same device number, 7, written in two bytes.
    let position = bytes.iter().position(|b| *b == 7).unwrap();
    let mut longer = bytes.clone();
    longer.splice(position..=position, [0x18, 7]);
    assert!(matches!(Envelope::decode(&longer), Err(EnvelopeError::NotCanonical)));
    let mut trailing = bytes;
    trailing.push(0);
    assert!(Envelope::decode(&trailing).is_err());
}

proptest! {
    #[test]
    fn envelopes_survive_the_round_trip(envelope in any_envelope()) {
        let bytes = envelope.encode();
        prop_assert!(bytes.len() <= 96);
        prop_assert_eq!(Envelope::decode(&bytes).unwrap(), envelope);
    }

    #[test]
    fn no_bytes_make_the_envelope_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..96)) {
        if let Ok(envelope) = Envelope::decode(&bytes) {
            prop_assert_eq!(envelope.encode(), bytes);
        }
    }
}
