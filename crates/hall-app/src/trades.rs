//! The hall's trades (工种), in the order of the forms. A list of the hall's own: data, not code.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Trade {
    pub name: String,
}

static TRADES: LazyLock<Vec<Trade>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../assets/trades.json"))
        .expect("the built-in list parses: a test reads it")
});

pub(crate) fn all() -> &'static [Trade] {
    &TRADES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_parses_and_names_nothing_twice() {
        let mut names: Vec<&str> = all().iter().map(|trade| trade.name.as_str()).collect();
        assert!(names.len() >= 25);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().len());
    }
}
