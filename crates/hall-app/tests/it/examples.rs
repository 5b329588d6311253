//! Every command has an example that reads back as itself.

use std::collections::BTreeSet;

use hall_app::api::{DeskCommand, KioskCommand, WallCommand, examples};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ts_rs::{Config, TS};

fn check<C: Serialize + DeserializeOwned + PartialEq + TS>(examples: &[C]) {
    let mut shown = BTreeSet::new();
    for example in examples {
        let json = serde_json::to_value(example).unwrap();
        shown.insert(json["type"].as_str().unwrap().to_owned());
        assert!(serde_json::from_value::<C>(json.clone()).unwrap() == *example, "{json}");
    }
    let declared: BTreeSet<String> = C::decl(&Config::default())
        .split("\"type\": \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(shown, declared);
}

#[test]
fn every_command_has_an_example() {
    check::<KioskCommand>(&examples::kiosk());
    check::<DeskCommand>(&examples::desk());
    check::<WallCommand>(&examples::wall());
}
