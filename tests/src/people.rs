//! People who do not exist: identity numbers of an area code that no place has, with the right check character.

use hall_core::rules::identity::check_character;

/// `born` as `19880312`; an odd `order` is a man's.
pub fn id_number(born: &str, order: u16) -> String {
    let digits = format!("379901{born}{order:03}");
    let check = check_character(&digits).expect("seventeen digits");
    format!("{digits}{check}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sample_counts_the_same() {
        assert_eq!(super::id_number("19840614", 994), "379901198406149942");
    }
}
