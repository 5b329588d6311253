//! The county server as a program.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Parser, Subcommand};
use county_server::Server;
use county_server::archive::{Archive, ArchiveError};
use county_server::console::{self, Order};
use county_server::county::{County, create_key, read_key};
use county_server::embedded::Embedded;
use county_server::postgres::Postgres;
use county_server::stick::{self, Carry};
use hall_store::OpenError;
use sqlx::postgres::PgConnectOptions;
use tokio::signal::unix::{SignalKind, signal};

/// The county's end of the exchange: takes the halls' logs into PostgreSQL and enrols their devices.
///
/// First `migrate`, then `init`, then `serve`, as many processes as there is work for. For a trial, or for a single
/// county without a database: `--embedded FOLDER serve`, and nothing before it.
#[derive(Debug, Parser)]
#[command(name = "county-server", version)]
struct Cli {
    /// The database, `postgres://user:password@host/name?sslmode=verify-full`.
    #[arg(long, global = true, env = "COUNTY_DATABASE", hide_env_values = true, value_name = "URL")]
    database: Option<PgConnectOptions>,
    /// The file of the county's key. Whoever has it can enrol devices.
    #[arg(long, global = true, env = "COUNTY_KEY", value_name = "FILE", default_value = "county.key")]
    key: PathBuf,
    /// Everything in this folder, keys too, instead of a database; for one process.
    #[arg(long, global = true, env = "COUNTY_EMBEDDED", value_name = "FOLDER", conflicts_with = "database")]
    embedded: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the database to this release's shape; forward only.
    Migrate,
    /// Makes the county's key, unless its file is there, and says whose database this is.
    Init,
    #[command(flatten)]
    Order(Order),
    #[command(flatten)]
    Carry(Carry),
    /// Begins a new epoch of the county's own series and leaves out a thousand numbers of halls and devices: to be
    /// run once after a backup was put back, before the processes are started again.
    Restored,
    /// Serves the halls until it is told to stop.
    Serve {
        /// Where to listen; TLS ends at the load balancer in front.
        #[arg(long, env = "COUNTY_LISTEN", default_value = "127.0.0.1:8443")]
        listen: SocketAddr,
        /// Connections to the database.
        #[arg(long, default_value_t = 8)]
        connections: u32,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    if let Some(folder) = cli.embedded {
        return embedded(&folder, cli.command).await;
    }
    let none = "which database? --database or COUNTY_DATABASE; or --embedded for none at all";
    postgres(cli.database.context(none)?, &cli.key, cli.command).await
}

async fn postgres(options: PgConnectOptions, key: &Path, command: Command) -> anyhow::Result<()> {
    let connections = if let Command::Serve { connections, .. } = command { connections } else { 1 };
    let archive = Postgres::new(options, connections);
    match command {
        Command::Migrate => archive.migrate().await?,
        Command::Init => {
            let key = if key.exists() { read_key(key)? } else { create_key(key)? };
            archive.claim(&key.verifying_key()).await?;
        }
        Command::Restored => archive.restored().await?,
        Command::Order(order) => {
            let county = county(&archive, key).await?;
            print(&console::carry_out(&archive, &county, &order).await?)?;
        }
        Command::Carry(carry) => {
            let county = county(&archive, key).await?;
            carry_out(&archive, &county, &carry).await?;
        }
        Command::Serve { listen, .. } => {
            let county = county(&archive, key).await?;
            serve(Server::new(archive, county), listen, std::future::pending()).await?;
        }
    }
    Ok(())
}

/// The county whose key this is; the database must be its own.
async fn county(archive: &Postgres, key: &Path) -> anyhow::Result<County> {
    let key = read_key(key).with_context(|| format!("{}", key.display()))?;
    let epoch = archive.epoch(&key.verifying_key()).await?;
    Ok(County::new(key, epoch))
}

async fn embedded(folder: &Path, command: Command) -> anyhow::Result<()> {
    let open = |restored| Embedded::open(folder, restored).with_context(|| format!("{}", folder.display()));
    match command {
        Command::Migrate | Command::Init => bail!("a folder needs neither `migrate` nor `init`"),
        Command::Restored => drop(open(true)?),
        Command::Order(order) => {
            let done = if let Some(done) = console::hand_over(folder, &order)? {
                done
            } else {
                let (archive, county) = open(false)?;
                console::carry_out(&archive, &county, &order).await?
            };
            print(&done)?;
        }
        Command::Carry(carry) => {
            let (archive, county) = Embedded::open(folder, false).map_err(|error| match error {
                ArchiveError::Open(OpenError::AlreadyOpen) => anyhow!(stick::words::IN_USE),
                error => error.into(),
            })?;
            carry_out(&archive, &county, &carry).await?;
        }
        Command::Serve { listen, .. } => {
            let (archive, county) = open(false)?;
            archive.catch_up(county_server::county::now()).await?;
            console::listen(folder, archive.clone(), county.clone()).context("the console's socket")?;
            let (kept, watched) = (archive.clone(), archive.clone());
            let broken = async move { watched.broken().await };
            serve(Server::new(archive, county), listen, broken).await?;
            if !kept.is_reached().await {
                bail!("the store must be opened again: start anew");
            }
        }
    }
    Ok(())
}

/// Reads or writes sticks; an error when not all of them was good.
async fn carry_out(archive: &impl Archive, county: &County, carry: &Carry) -> anyhow::Result<()> {
    match carry {
        Carry::Import { files } => {
            let mut problems = Vec::new();
            for file in files {
                let imported = stick::import(archive, county, file).await?;
                print(&[serde_json::to_string(&imported)?])?;
                problems.extend(imported.problems);
            }
            if !problems.is_empty() {
                bail!(problems.join("\n"));
            }
        }
        Carry::Export { hall, file } => {
            let exported = stick::export(archive, county, *hall, file).await?;
            print(&[serde_json::to_string(&exported)?])?;
        }
    }
    Ok(())
}

fn print(lines: &[String]) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Serves until it is told to stop, or until the archive is `broken`.
async fn serve<A: Archive>(
    server: Server<A>,
    listen: SocketAddr,
    broken: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await.context("the address is taken")?;
    // Whoever reads the address may already tell it to stop.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = broken => {}
        }
        tracing::info!("stopping: no new requests, the ones at hand are finished");
    };
    axum::serve(listener, server.router()).with_graceful_shutdown(told).await?;
    Ok(())
}
