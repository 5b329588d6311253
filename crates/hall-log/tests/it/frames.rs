use hall_log::frame::{BODY_MAX, FrameBound, HEADER, OPS_MAX, body_length, enclose, is_whole};
use hall_log::{Chain, Frame, FrameError, Frames, Op};
use proptest::prelude::*;

use crate::golden::sample_ops;
use crate::{any_envelope, sample_envelope};

fn two_frames() -> (Vec<u8>, usize) {
    let first = Frame::encode(&sample_ops()).unwrap();
    let second = Frame::encode(&sample_ops()[..1]).unwrap();
    let boundary = first.len();
    ([first, second].concat(), boundary)
}

#[test]
fn frames_follow_one_another_to_a_clean_end() {
    let (bytes, boundary) = two_frames();
    let mut frames = Frames::new(&bytes);
    assert_eq!(frames.next().unwrap().unwrap().ops, sample_ops());
    assert_eq!(frames.offset(), boundary);
    assert_eq!(frames.next().unwrap().unwrap().ops, sample_ops()[..1]);
    assert!(frames.next().is_none());
    assert_eq!(frames.offset(), bytes.len());
}

#[test]
fn a_frame_cut_at_any_byte_is_torn_and_disappears_whole() {
    let (bytes, boundary) = two_frames();
    for cut in boundary + 1..bytes.len() {
        let mut frames = Frames::new(&bytes[..cut]);
        assert!(frames.next().unwrap().is_ok());
        assert!(
            matches!(frames.next(), Some(Err(FrameError::Torn { offset })) if offset == boundary),
            "{cut}"
        );
        assert!(frames.next().is_none());
        assert_eq!(frames.offset(), boundary);
    }
}

#[test]
fn a_tail_whose_pages_never_reached_the_disk_is_torn() {
    let (mut bytes, boundary) = two_frames();
    bytes[boundary + 20..].fill(0);
    let last = Frames::new(&bytes).last().unwrap();
    assert!(matches!(last, Err(FrameError::Torn { .. })));
    bytes[boundary..].fill(0);
    let last = Frames::new(&bytes).last().unwrap();
    assert!(matches!(last, Err(FrameError::Torn { .. })));
}

#[test]
fn a_broken_frame_with_whole_ones_behind_it_is_corruption() {
    let (bytes, boundary) = two_frames();
    for position in 0..boundary {
        let mut bytes = bytes.clone();
        bytes[position] ^= 0x40;
        let first = Frames::new(&bytes).next().unwrap();
        assert!(matches!(first, Err(FrameError::Corrupt { offset: 0 })), "{position}: {first:?}");
    }
}

#[test]
fn a_hostile_length_reserves_nothing() {
    for length in [0, 1, BODY_MAX as u32, BODY_MAX as u32 + 1, u32::MAX] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(&[0; 12]);
        assert!(matches!(Frames::new(&bytes).next(), Some(Err(FrameError::Torn { offset: 0 }))));
    }
    // A right checksum over a body that claims four thousand million ops.
    let mut frame = Frame::encode(&[]).unwrap();
    frame.truncate(HEADER);
    frame.extend_from_slice(&[0x9a, 0xff, 0xff, 0xff, 0xff]);
    let length = 5_u32.to_le_bytes();
    let sum = crc32c::crc32c_append(crc32c::crc32c(&length), &frame[HEADER..]);
    frame[..4].copy_from_slice(&length);
    frame[4..HEADER].copy_from_slice(&sum.to_le_bytes());
    assert!(matches!(Frames::new(&frame).next(), Some(Err(FrameError::Body { offset: 0, .. }))));
}

#[test]
fn an_act_has_a_bound() {
    let op = Op { envelope: sample_envelope(), chain: Chain::origin(1, 1), payload: Some(vec![0; 7 << 10]) };
    assert_eq!(Frame::encode(&vec![op.clone(); OPS_MAX + 1]), Err(FrameBound::Ops(OPS_MAX + 1)));
    assert!(matches!(Frame::encode(&vec![op; OPS_MAX]), Err(FrameBound::Bytes(_))));
}

#[test]
fn a_frame_around_anything_is_told_whole_from_damaged() {
    let whole = enclose(b"not an act").unwrap();
    let (header, body) = (*whole.first_chunk().unwrap(), &whole[HEADER..]);
    assert_eq!((body_length(header), body), (Some(10), &b"not an act"[..]));
    assert!(is_whole(header, body));
    for position in 0..whole.len() {
        let mut altered = whole.clone();
        altered[position] ^= 1;
        assert!(!is_whole(*altered.first_chunk().unwrap(), &altered[HEADER..]), "{position}");
    }
    assert!(!is_whole(header, &body[..9]));
    assert_eq!(body_length(*enclose(b"").unwrap().first_chunk().unwrap()), None);
    assert_eq!(enclose(&vec![0; BODY_MAX]).map(|frame| frame.len()), Ok(HEADER + BODY_MAX));
    assert_eq!(enclose(&vec![0; BODY_MAX + 1]), Err(FrameBound::Bytes(BODY_MAX + 1)));
}

proptest! {
    #[test]
    fn frames_survive_the_round_trip(
        envelopes in proptest::collection::vec((any_envelope(), any::<[u8; 16]>(),
            proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300))), 0..8)
    ) {
        let ops: Vec<Op> = envelopes
            .into_iter()
            .map(|(envelope, chain, payload)| Op { envelope, chain: Chain(chain), payload })
            .collect();
        let bytes = Frame::encode(&ops).unwrap();
        let mut frames = Frames::new(&bytes);
        prop_assert_eq!(frames.next().unwrap().unwrap().ops, ops);
        prop_assert!(frames.next().is_none());
    }

    #[test]
    fn no_bytes_make_the_frame_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Frames::new(&bytes).count() <= bytes.len());
    }

    /// Somebody who can count a checksum alters a body.
    #[test]
    fn an_altered_body_with_a_right_checksum_is_refused_or_another_act(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), 1_u8..), 1..4),
        rest in proptest::collection::vec(any::<u8>(), 0..40),
        cut in any::<proptest::sample::Index>(),
    ) {
        let good = Frame::encode(&sample_ops()).unwrap();
        let mut body = good[HEADER..].to_vec();
        for (position, flip) in flips {
            let position = position.index(body.len());
            body[position] ^= flip;
        }
        let (shorter, longer) = (body[..cut.index(body.len())].to_vec(), [&body[..], &rest].concat());
        for body in [body, shorter, longer, rest].iter().filter(|body| !body.is_empty()) {
            match Frames::new(&enclose(body).unwrap()).next() {
                Some(Ok(frame)) => {
                    let again = Frame::encode(&frame.ops).unwrap();
                    prop_assert!(frame.ops.len() <= body.len() && again.len() <= HEADER + body.len());
                }
                Some(Err(FrameError::Body { offset, .. })) => prop_assert_eq!(offset, 0),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn one_flipped_bit_never_reads_as_another_act(position in 0_usize..1000, bit in 0_u8..8) {
        let mut bytes = Frame::encode(&sample_ops()).unwrap();
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        prop_assert!(Frames::new(&bytes).next().unwrap().is_err());
    }
}
