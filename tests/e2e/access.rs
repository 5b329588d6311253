//! axe-core on the three screens: no serious or critical finding.

use std::fs;
use std::path::Path;

use hall_tests::desk::Desk;
use hall_tests::hall::PIN;
use hall_tests::kiosk::Kiosk;
use hall_tests::webdriver::Session;

use crate::support::{TITLE, hall_with_post};

/// What axe finds that keeps somebody out, one line each.
fn findings(page: &Session, what: &str) -> Vec<String> {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{}: {error}", axe.display()));
    page.run(&axe, &[]).unwrap();
    let found = page
        .run_async(
            "const done = arguments[arguments.length - 1];
             axe.run(document, { resultTypes: ['violations'] }).then(
               ({ violations, passes }) => done({
                 checked: passes.length,
                 found: violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
                   .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`)),
               }),
               (error) => done({ checked: 0, found: [String(error)] }));",
            &[],
        )
        .unwrap();
    assert!(found["checked"].as_u64().unwrap() > 5, "axe checked nothing on {what}: {found}");
    let found: Vec<String> = serde_json::from_value(found["found"].clone()).unwrap();
    found.into_iter().map(|finding| format!("{what}: {finding}")).collect()
}

#[test]
fn nobody_is_kept_out_of_a_screen() {
    let hall = hall_with_post(2);
    let mut found = Vec::new();

    let wall = hall.screens.wall().unwrap();
    wall.find("[data-testid=\"wall-post\"]").unwrap();
    found.extend(findings(wall, "wall"));

    let kiosk = Kiosk(hall.screens.kiosk().unwrap());
    kiosk.shown("post-card").unwrap();
    found.extend(findings(kiosk.0, "kiosk board"));
    kiosk.open_post(TITLE).unwrap();
    found.extend(findings(kiosk.0, "kiosk post"));
    kiosk.tap("want").unwrap();
    kiosk.shown("id-entry").unwrap();
    found.extend(findings(kiosk.0, "kiosk keypad"));

    let desk = Desk(hall.screens.desk().unwrap());
    desk.shown("login").unwrap();
    found.extend(findings(desk.0, "desk login"));
    desk.log_in(PIN).unwrap();
    for page in ["dispatch", "register", "employers", "ledger", "import", "settings", "devices"] {
        desk.go(page).unwrap();
        found.extend(findings(desk.0, page));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
