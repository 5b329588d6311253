//! Invented people: names, identity numbers with valid check digits, phones that nobody has.
//!
//! Never a real area code: the numbers carry 3799xx, which GB/T 2260 has not given to any place.

use std::collections::BTreeSet;

use hall_core::Day;
use hall_core::rules::identity::check_character;
use hall_core::vocab::Sex;

use super::draw::Draw;
use super::names::{
    MEN_OLD, MEN_YOUNG, ONE_MAN, ONE_WOMAN, RARE_MAN, RARE_WOMAN, SURNAMES, TOWNS, WOMEN_OLD, WOMEN_YOUNG,
};

/// The county of the sample; its code stands in no edition of GB/T 2260 that we know.
pub(super) const COUNTY: &str = "379901";
/// Where those come from who were registered elsewhere first; as unreal as the county.
const NEIGHBOURS: &[&str] = &["379902", "379903", "379904", "379905"];
/// Born before: a given name of the older kind.
const OLD_NAMES_BEFORE: i16 = 1982;

/// Hands out what nobody else of the sample may have.
#[derive(Debug, Default)]
pub(super) struct Registry {
    id_numbers: BTreeSet<String>,
    names: BTreeSet<String>,
    phones: u32,
}

impl Registry {
    /// An identity number for a birthday. The sequence is odd for men.
    pub(super) fn id_number(&mut self, draw: &mut Draw, born: Day, sex: Sex) -> String {
        loop {
            let area = if draw.percent(88) { COUNTY } else { draw.pick(NEIGHBOURS) };
            let order = draw.between(0, 498) * 2 + u32::from(sex == Sex::Male);
            let body = format!("{area}{}{order:03}", born.number());
            let check = check_character(&body).expect("an area, a day and an order are 17 digits");
            let number = format!("{body}{check}");
            if self.id_numbers.insert(number.clone()) {
                return number;
            }
        }
    }

    /// 154 is a prefix that no Chinese operator has been given, so nobody's phone rings.
    pub(super) fn phone(&mut self) -> String {
        assert!(self.phones < 10_000, "the block of invented numbers is used up");
        // A step coprime to the size of the block visits every number once and looks unordered.
        let tail = (1_234 + self.phones * 7_919) % 10_000;
        self.phones += 1;
        format!("1540000{tail:04}")
    }

    /// A name that nobody in the sample has yet, so that a finder is not ambiguous by accident.
    pub(super) fn name(&mut self, draw: &mut Draw, born: Day, sex: Sex) -> String {
        loop {
            let name = name(draw, born, sex);
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    /// The `n`th name with rare characters or of unusual length, or the next one that nobody has.
    pub(super) fn rare_name(&mut self, draw: &mut Draw, n: usize, sex: Sex) -> String {
        let given = if sex == Sex::Male { RARE_MAN } else { RARE_WOMAN };
        for turn in n.. {
            let given = given[turn % given.len()];
            let name =
                if given.contains('·') { given.to_owned() } else { format!("{}{given}", surname(draw)) };
            if self.names.insert(name.clone()) {
                return name;
            }
        }
        unreachable!("there are more surnames than rare names are asked for")
    }
}

fn surname(draw: &mut Draw) -> &'static str {
    draw.weighted(SURNAMES, |&(_, weight)| weight).0
}

fn name(draw: &mut Draw, born: Day, sex: Sex) -> String {
    let surname = surname(draw);
    let old = born.0.year() < OLD_NAMES_BEFORE;
    let (first, second) = match (sex, old) {
        (Sex::Male, true) => MEN_OLD,
        (Sex::Male, false) => MEN_YOUNG,
        (Sex::Female, true) => WOMEN_OLD,
        (Sex::Female, false) => WOMEN_YOUNG,
    };
    if draw.percent(14) {
        let one = if sex == Sex::Male { ONE_MAN } else { ONE_WOMAN };
        return format!("{surname}{}", draw.pick(one));
    }
    loop {
        let (first, second) = (draw.pick(first), draw.pick(second));
        if first != second {
            return format!("{surname}{first}{second}");
        }
    }
}

/// A town and a village of the county.
pub(super) fn village(draw: &mut Draw) -> (&'static str, &'static str) {
    let &(town, villages) = draw.pick(TOWNS);
    (town, *draw.pick(villages))
}

/// The birthday of someone who is `age` on `today`.
pub(super) fn birthday(draw: &mut Draw, today: Day, age: u32) -> Day {
    let this_year = Day::new(today.0.year() - age as i16, today.0.month(), today.0.day().min(28))
        .expect("the 28th exists in every month, and nobody in the sample is a hundred");
    this_year.plus_days(-(draw.below(364) as i32))
}
