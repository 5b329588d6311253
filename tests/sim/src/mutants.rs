//! Every deliberate bug must be found.

use std::time::Instant as Watch;

use anyhow::{Result, bail};
use hall_core::mutant::{Bug, switch};

use crate::{Arguments, mornings, watched};

/// Seeds that once found what others had not, tried first for every bug; after a change of the simulation they are
/// seeds like any other.
const TELLING: [u64; 3] = [16, 375, 777];

/// Switches on one bug after the other, and prints for each which seed finds it, as the how manieth that was tried,
/// and what was violated. A bug is left at the first seed that finds it.
pub(crate) fn all_found(arguments: &Arguments) -> Result<()> {
    // What a bug breaks may be a panic, whose message is in the table.
    std::panic::set_hook(Box::new(|_| {}));
    let begun = Watch::now();
    let mut alive = Vec::new();
    println!("{:<22} {:>6} {:>6} {:>7}  found as", "bug", "seed", "tried", "seconds");
    for bug in Bug::ALL {
        switch(Some(*bug));
        let began = Watch::now();
        let found = find(arguments);
        let (took, name) = (began.elapsed().as_secs_f64(), format!("{bug:?}"));
        if let Some((tried, seed, violation)) = found {
            let violation: String = violation.chars().take(110).collect();
            println!("{name:<22} {seed:>6} {tried:>6} {took:>7.1}  {violation}");
        } else {
            println!("{name:<22} {:>6} {:>6} {took:>7.1}  NOT FOUND", "-", arguments.seeds);
            alive.push(bug);
        }
    }
    switch(None);
    let (found, all) = (Bug::ALL.len() - alive.len(), Bug::ALL.len());
    println!("{found} of {all} bugs found in {:.0} s", begun.elapsed().as_secs_f64());
    if alive.is_empty() { Ok(()) } else { bail!("not found: {alive:?}") }
}

/// How many seeds were tried, the one that failed, and with what.
fn find(arguments: &Arguments) -> Option<(u64, u64, String)> {
    let try_one = |(tried, seed)| Some((tried, seed, watched(seed, false).violation?));
    (1..).zip(TELLING).find_map(try_one).or_else(|| {
        let (seed, violation) = mornings(arguments, true).failed.into_iter().min()?;
        Some((TELLING.len() as u64 + seed - arguments.from + 1, seed, violation))
    })
}
