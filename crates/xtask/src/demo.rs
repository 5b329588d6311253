//! `cargo xtask demo`: the sample hall in its three windows, for people or, without a screen, for the record.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{build, built, must, on_own_display, program, root, say};
use crate::setup;

pub(crate) fn run(headless: Option<PathBuf>) -> Result<()> {
    let display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if headless.is_none() && !display {
        bail!("there is no display here; `cargo xtask demo --headless OUT` plays the demo without one");
    }
    setup::run()?;
    build()?;
    match headless {
        Some(out) => play(&out),
        None => open(),
    }
}

/// A new sample hall each time: yesterday's posts would have begun.
fn open() -> Result<()> {
    let hall = root().join("out/demo");
    if hall.exists() {
        fs::remove_dir_all(&hall).context("is the demo still open?")?;
    }
    let mut play = program(built("play"));
    must(play.arg("prepare").arg(&hall))?;
    say("The desk's staff: 示范主管, PIN 246810. Close the desk's window to end the demo.");
    must(program(built("linggong-hall")).arg("--config").arg(hall.join("config.toml")))
}

fn play(out: &Path) -> Result<()> {
    let out = std::env::current_dir()?.join(out);
    fs::create_dir_all(&out)?;
    let mut play = program(built("play"));
    play.arg("main-job").arg("--shell").arg(built("linggong-hall")).arg(&out);
    must(&mut on_own_display(&play))?;
    say(&format!("The record is in {}", out.display()));
    Ok(())
}
