//! Every deliberate bug must be found.

use std::time::Instant as Watch;

use anyhow::{Result, bail};
use hall_core::mutant::{Bug, switch};

use crate::{Arguments, mornings};

/// Switches on one bug after the other, and prints for each which seed finds it and what was violated. The seeds
/// are those of a plain run in their order; a bug is left at the first that finds it.
pub(crate) fn all_found(arguments: &Arguments) -> Result<()> {
    // What a bug breaks may be a panic, whose message is in the table.
    std::panic::set_hook(Box::new(|_| {}));
    let begun = Watch::now();
    let mut alive = Vec::new();
    println!("{:<22} {:>6} {:>7}  found as", "bug", "seeds", "seconds");
    for bug in Bug::ALL {
        switch(Some(*bug));
        let began = Watch::now();
        let found = mornings(arguments, true).failed.into_iter().min();
        let (took, name) = (began.elapsed().as_secs_f64(), format!("{bug:?}"));
        if let Some((seed, violation)) = found {
            let (seeds, violation) =
                (seed - arguments.from + 1, violation.chars().take(110).collect::<String>());
            println!("{name:<22} {seeds:>6} {took:>7.1}  {violation}");
        } else {
            println!("{name:<22} {:>6} {took:>7.1}  NOT FOUND", arguments.seeds);
            alive.push(bug);
        }
    }
    switch(None);
    let (found, all) = (Bug::ALL.len() - alive.len(), Bug::ALL.len());
    println!("{found} of {all} bugs found in {:.0} s", begun.elapsed().as_secs_f64());
    if alive.is_empty() { Ok(()) } else { bail!("not found: {alive:?}") }
}
