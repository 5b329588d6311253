//! The operator's tool of a hall.

mod rules;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "hallctl", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Rules(rules::RulesCommand),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Rules(rules) => rules.run(),
    }
}
