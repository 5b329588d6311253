//! Every command with an example.

use std::io::Write as _;

use hall_app::api::examples;
use serde::Serialize;
use serde_json::json;

pub(crate) fn run() -> anyhow::Result<()> {
    print("kiosk", &examples::kiosk())?;
    print("desk", &examples::desk())?;
    print("wall", &examples::wall())
}

fn print(screen: &str, commands: &[impl Serialize]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for command in commands {
        writeln!(out, "{}", json!({ "screen": screen, "command": command }))?;
    }
    Ok(())
}
