//! What is known of a device that has fallen silent.

use hall_core::Instant;
use hall_sync::custody::sealed_until;

use crate::memory::Memory;
use crate::sample::{seal, series, written};

type Seals = &'static [(usize, i64)];

#[test]
fn a_silent_device_is_known_to_the_stamp_of_the_last_op_it_sealed() {
    const HOUR: i64 = 3_600_000;
    let ops = written(3, 4, 0);
    let last = ops[3].envelope.hlc.instant();
    // How many of its ops are here, which of them are sealed, and how much later each seal was given.
    let cases: [(usize, Seals, Instant); 6] = [
        (0, &[], Instant(0)),
        (4, &[], Instant(0)),
        (4, &[(4, 0)], last),
        // The clock that the seal was given by may have been set back since.
        (4, &[(4, HOUR)], last),
        (4, &[(3, HOUR)], Instant(0)),
        (4, &[(2, 0), (4, 0)], last),
    ];
    for (here, seals, expected) in cases {
        let mut memory = Memory::of(&ops[..here]);
        for (op, later) in seals {
            memory.seal(seal(&ops[op - 1], *later));
        }
        let Ok(until) = sealed_until(series(3), &memory);
        assert_eq!(until, expected, "{here} ops, sealed at {seals:?}");
    }
}
