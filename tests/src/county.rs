//! A county server without a database, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The running program. Dropping it ends it.
#[derive(Debug)]
pub struct County {
    program: PathBuf,
    folder: PathBuf,
    running: Child,
    /// `http://127.0.0.1:port`
    pub address: String,
}

/// One of its devices, as its console lists it.
#[derive(Debug, Deserialize)]
pub struct Device {
    pub role: String,
    /// How many of its ops are in the county.
    pub ops: u64,
}

impl County {
    /// Serves out of a folder that it makes.
    pub fn start(program: &Path, folder: &Path) -> Result<Self> {
        let mut running = command(program, folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let said = running.stdout.take().context("a pipe")?;
        let mut address = String::new();
        BufReader::new(said).read_line(&mut address)?;
        ensure!(address.starts_with("http://"), "the county server does not serve");
        let address = address.trim().to_owned();
        Ok(Self { program: program.to_owned(), folder: folder.to_owned(), running, address })
    }

    /// What its console says to an order.
    pub fn order(&self, order: &[&str]) -> Result<String> {
        let output = command(&self.program, &self.folder).args(order).output()?;
        ensure!(output.status.success(), "{order:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Takes a hall of that name in; the invitation of its desk.
    pub fn invite(&self, hall: &str) -> Result<String> {
        let number = self.order(&["hall", "add", hall])?;
        let code = self.order(&["code", &number, "desk", "服务台"])?;
        Ok(format!("{code}@{}", self.address))
    }

    pub fn devices(&self) -> Result<Vec<Device>> {
        let listed = self.order(&["devices"])?;
        Ok(listed.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }
}

impl Drop for County {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended_already = self.running.kill().and_then(|()| self.running.wait());
    }
}

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--embedded").arg(folder).stdin(Stdio::null());
    command
}
