//! `cargo xtask …`: everything a developer or a server does with this repository, one module per command.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod bench;
mod codegen;
mod demo;
mod run;
mod sample;
mod setup;
mod sim;
mod test;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Set-up, demo, test, bench, code generation")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Installs what is missing: Debian packages by apt, npm packages. Says what it installs and asks for nothing.
    Setup,
    /// Opens the sample hall's three windows.
    Demo {
        /// Plays the main job through the real windows on a display of its own, and leaves pictures and papers there.
        #[arg(long, value_name = "OUT")]
        headless: Option<PathBuf>,
    },
    /// Runs every test of the project.
    Test,
    /// Measures a hall with years behind it, and the exchange between machines, against the budgets.
    Bench {
        /// Passed on; `sync` measures the exchange alone, `--help` says what there is.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Simulates mornings of halls whose lines, disks, clocks and machines fail.
    Sim {
        /// Passed on; `--help` says what there is.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Shows that the simulator finds every deliberate bug.
    Mutants {
        /// Passed on.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Writes the TypeScript types of the façade anew.
    Codegen,
    /// Writes the sample hall anew.
    Sample,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Setup => setup::run(),
        Command::Demo { headless } => demo::run(headless),
        Command::Test => test::run(),
        Command::Bench { arguments } => bench::run(&arguments),
        Command::Sim { arguments } => sim::run(&arguments),
        Command::Mutants { arguments } => sim::mutants(&arguments),
        Command::Codegen => codegen::run(),
        Command::Sample => {
            run::say(&sample::write(&run::root())?.to_string());
            Ok(())
        }
    }
}
