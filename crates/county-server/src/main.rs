//! The county server as a program.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use county_server::county::{County, create_key, read_key};
use county_server::database;
use county_server::{Server, enrol};
use hall_core::vocab::DeviceRole;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::signal::unix::{SignalKind, signal};

/// The county's end of the exchange: takes the halls' logs into PostgreSQL and enrols their devices.
///
/// First `migrate`, then `init`, then `serve`, as many processes as there is work for.
#[derive(Debug, Parser)]
#[command(name = "county-server", version)]
struct Cli {
    /// The database, `postgres://user:password@host/name?sslmode=verify-full`.
    #[arg(long, global = true, env = "COUNTY_DATABASE", hide_env_values = true, value_name = "URL")]
    database: Option<PgConnectOptions>,
    /// The file of the county's key. Whoever has it can enrol devices.
    #[arg(long, global = true, env = "COUNTY_KEY", value_name = "FILE", default_value = "county.key")]
    key: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the database to this release's shape; forward only.
    Migrate,
    /// Makes the county's key, unless its file is there, and says whose database this is.
    Init,
    /// Adds a hall and prints its number.
    #[command(subcommand)]
    Hall(Hall),
    /// Prints a code that enrols one device of a hall within a day.
    Code {
        hall: u32,
        /// kiosk, desk or wall
        #[arg(value_parser = role)]
        role: DeviceRole,
        /// What staff call the device.
        name: String,
    },
    /// Takes back a device's certificate, for good.
    Revoke {
        device: u32,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Prints every device, one JSON object a line.
    Devices,
    /// Begins a new epoch of the county's own series and leaves out a thousand numbers of halls and devices: to be
    /// run once after the database was restored from a backup, before the processes are started again.
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

#[derive(Debug, Subcommand)]
enum Hall {
    Add { name: String },
}

fn role(text: &str) -> Result<DeviceRole, String> {
    match text {
        "kiosk" => Ok(DeviceRole::Kiosk),
        "desk" => Ok(DeviceRole::Desk),
        "wall" => Ok(DeviceRole::Wall),
        _ => Err("kiosk, desk or wall".to_owned()),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let options = cli.database.context("which database? --database or COUNTY_DATABASE")?;
    let connections = if let Command::Serve { connections, .. } = cli.command { connections } else { 1 };
    let pool = database::pool(options, connections);
    let mut out = std::io::stdout();
    match cli.command {
        Command::Migrate => database::migrate(&pool).await?,
        Command::Init => {
            let key = if cli.key.exists() { read_key(&cli.key)? } else { create_key(&cli.key)? };
            database::claim(&pool, &key.verifying_key()).await?;
        }
        Command::Hall(Hall::Add { name }) => writeln!(out, "{}", enrol::add_hall(&pool, &name).await?)?,
        Command::Code { hall, role, name } => {
            writeln!(out, "{}", enrol::add_code(&pool, hall, role, &name).await?)?;
        }
        Command::Revoke { device, reason } => {
            let county = county(&pool, &cli.key).await?;
            if !enrol::revoke(&pool, &county, device, &reason, database::now()).await? {
                bail!("no device has number {device}");
            }
        }
        Command::Devices => {
            for device in enrol::devices(&pool).await? {
                writeln!(out, "{}", serde_json::to_string(&device)?)?;
            }
        }
        Command::Restored => database::restored(&pool).await?,
        Command::Serve { listen, .. } => {
            let county = county(&pool, &cli.key).await?;
            serve(Server::new(pool, county), listen).await?;
        }
    }
    Ok(())
}

/// The county whose key this is; the database must be its own.
async fn county(pool: &PgPool, key: &std::path::Path) -> anyhow::Result<County> {
    let key = read_key(key).with_context(|| format!("{}", key.display()))?;
    let epoch = database::epoch(pool, &key.verifying_key()).await?;
    Ok(County::new(key, epoch))
}

async fn serve(server: Server, listen: SocketAddr) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await.context("the address is taken")?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new requests, the ones at hand are finished");
    };
    axum::serve(listener, server.router()).with_graceful_shutdown(told).await?;
    Ok(())
}
