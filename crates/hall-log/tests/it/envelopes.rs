use hall_log::Envelope;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{any_envelope, sample_envelope};

#[test]
fn an_envelope_that_is_cut_off_is_none() {
    let bytes = sample_envelope().encode();
    for length in 0..bytes.len() {
        assert!(Envelope::decode(&bytes[..length]).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn envelopes_survive_the_round_trip(envelope in any_envelope()) {
        prop_assert_eq!(Envelope::decode(&envelope.encode()).unwrap(), envelope);
    }

    /// Two byte strings for one envelope would be two chains.
    #[test]
    fn whatever_is_read_is_written_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(envelope) = Envelope::decode(&bytes) {
            prop_assert_eq!(envelope.encode(), bytes);
        }
    }

    #[test]
    fn a_damaged_envelope_is_refused_or_another(
        envelope in any_envelope(),
        flips in proptest::collection::vec((any::<Index>(), 1_u8..), 1..4),
    ) {
        let untouched = envelope.encode();
        let mut bytes = untouched.clone();
        for (position, flip) in flips {
            let position = position.index(bytes.len());
            bytes[position] ^= flip;
        }
        if let Ok(read) = Envelope::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes.clone());
            prop_assert_eq!(read == envelope, bytes == untouched);
        }
    }
}
