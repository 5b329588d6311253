//! `cargo xtask demo`: the sample hall in its three windows, for people or, without a screen, for the record.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

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

/// Windows that fit side by side on one ordinary monitor.
const WINDOWS: &str = "\
data = \"data\"
keys = \"keys\"
logs = \"logs\"
clock_start = \"05:10\"

[kiosk]
fullscreen = false
size = [540, 960]
position = [0, 0]

[desk]
size = [1360, 800]
position = [560, 0]

[wall]
fullscreen = false
size = [960, 540]
position = [960, 420]
";

/// A new sample hall each time: yesterday's posts would have begun.
fn open() -> Result<()> {
    let hall = root().join("out/demo");
    if hall.exists() {
        fs::remove_dir_all(&hall).context("is the demo still open?")?;
    }
    fs::create_dir_all(&hall)?;
    let config = hall.join("config.toml");
    fs::write(&config, WINDOWS)?;
    let printer = Printer::start(&hall.join("papers"))?;
    let mut load = program(built("hallctl"));
    load.arg("--data").arg(hall.join("data")).arg("--keys").arg(hall.join("keys"));
    must(load.args(["load-sample", "--slips", &printer.address]))?;
    say("Log in at the desk with the PIN 246810. The demo ends when its windows are closed.");
    say(&format!("Slips come out of a printer that lays them into {}", hall.join("papers").display()));
    must(program(built("linggong-hall")).arg("--config").arg(config))
}

/// The printer for who has none: every paper is told, and the first one is opened.
struct Printer {
    child: Child,
    address: String,
}

impl Printer {
    fn start(papers: &Path) -> Result<Self> {
        let mut start = program(built("hallctl"));
        start.args(["sim-printer", "--listen", "127.0.0.1:0", "--papers"]).arg(papers);
        // Its operator's words come from its standard input, which stays open as long as the demo.
        let mut child = start.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let first = lines.next().context("the printer ended at once")??;
        let address = first.strip_prefix("listens ").context(first.clone())?;
        let address = format!("tcp://{address}");
        std::thread::spawn(move || {
            let papers = lines
                .map_while(Result::ok)
                .filter_map(|line| Some(line.strip_prefix("printed ")?.to_owned()));
            for (n, paper) in papers.enumerate() {
                say(&format!("A slip came out: {paper}"));
                if n == 0 {
                    // Without a viewer the file still lies there.
                    let _no_viewer = std::process::Command::new("xdg-open").arg(paper).spawn();
                }
            }
        });
        Ok(Self { child, address })
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn play(out: &Path) -> Result<()> {
    let out = std::env::current_dir()?.join(out);
    fs::create_dir_all(&out)?;
    let mut play = program(built("play"));
    let programs = [("--shell", "linggong-hall"), ("--hallctl", "hallctl"), ("--county", "county-server")];
    for (argument, name) in programs {
        play.arg(argument).arg(built(name));
    }
    play.arg(&out);
    must(&mut on_own_display(&play))?;
    say(&format!("The record is in {}", out.display()));
    Ok(())
}
