//! What an operator orders, and what he is told.
//!
//! The embedded archive is open in one process only. While that one serves, the program started for an order hands it
//! over through a socket in the folder, which only the folder's owner can open.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hall_core::vocab::DeviceRole;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use crate::archive::{Archive, ArchiveError, Grant, Revoked};
use crate::county::{County, now};
use crate::enrol;

const SOCKET: &str = "console.sock";
/// Bound of an order as it crosses the socket, bytes.
const ORDER_MAX: u64 = 4 << 10;
/// How long an order may take to be said.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, clap::Subcommand)]
pub enum Order {
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
        /// Its hall, where devices of several halls have the number.
        #[arg(long)]
        hall: Option<u32>,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Prints every device, one JSON object a line.
    Devices,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, clap::Subcommand)]
pub enum Hall {
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

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error(
        "a name has 1 to 60 characters and no line break; hall 0 and the role of a county are the county's own"
    )]
    Malformed,
    #[error("there is no hall {0}")]
    NoSuchHall(u32),
    #[error("no device has number {0}")]
    NoSuchDevice(u32),
    #[error("devices of several halls have number {0}: say --hall, too")]
    Ambiguous(u32),
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("the serving process does not answer")]
    Socket(#[from] std::io::Error),
    /// What the serving process said.
    #[error("{0}")]
    Told(String),
}

/// Carries out an order; what is to be printed.
pub async fn carry_out(
    archive: &impl Archive,
    county: &County,
    order: &Order,
) -> Result<Vec<String>, OrderError> {
    match order {
        Order::Hall(Hall::Add { name }) if enrol::is_name(name) => {
            Ok(vec![archive.add_hall(name).await?.to_string()])
        }
        Order::Hall(_) => Err(OrderError::Malformed),
        Order::Code { hall, role, name } => {
            let grant = Grant { hall: *hall, role: *role, name: name.clone() };
            if !enrol::is_grant(&grant) {
                return Err(OrderError::Malformed);
            }
            let (code, digest) = enrol::draw()?;
            let added = archive.add_code(digest, &grant, now()).await?;
            if added { Ok(vec![code]) } else { Err(OrderError::NoSuchHall(*hall)) }
        }
        Order::Revoke { device, hall, reason } => {
            match archive.revoke(county, *device, *hall, reason, now()).await? {
                Revoked::Done => Ok(Vec::new()),
                Revoked::NoSuchDevice => Err(OrderError::NoSuchDevice(*device)),
                Revoked::Ambiguous => Err(OrderError::Ambiguous(*device)),
            }
        }
        Order::Devices => {
            let devices = archive.list(county).await?;
            Ok(devices.iter().filter_map(|device| serde_json::to_string(device).ok()).collect())
        }
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join(SOCKET)
}

/// Takes orders in `folder` from now on, as long as the process lives. Whoever calls this holds the archive, so a
/// socket that is there was left by a process that is gone.
pub fn listen<A: Archive + Clone>(folder: &Path, archive: A, county: County) -> std::io::Result<()> {
    let path = socket(folder);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let mut order = String::new();
            let mut bounded = tokio::io::BufReader::new((&mut line).take(ORDER_MAX));
            let read = tokio::time::timeout(PATIENCE, bounded.read_line(&mut order)).await;
            let done = match read.map(|_| serde_json::from_str::<Order>(&order)) {
                Ok(Ok(order)) => carry_out(&archive, &county, &order).await.map_err(|e| e.to_string()),
                _ => Err("not an order".to_owned()),
            };
            let answer = serde_json::to_string(&done).unwrap_or_default() + "\n";
            // Whoever ordered may have hung up; what was ordered is done.
            let _told = line.write_all(answer.as_bytes()).await;
        }
    });
    Ok(())
}

/// Has the process that serves `folder` carry out an order; `None` when there is no such process.
pub fn hand_over(folder: &Path, order: &Order) -> Result<Option<Vec<String>>, OrderError> {
    let Ok(mut line) = UnixStream::connect(socket(folder)) else { return Ok(None) };
    let order = serde_json::to_string(order).map_err(std::io::Error::from)?;
    writeln!(line, "{order}")?;
    line.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    BufReader::new(line).read_line(&mut answer)?;
    let done: Result<Vec<String>, String> = serde_json::from_str(&answer).map_err(std::io::Error::from)?;
    done.map(Some).map_err(OrderError::Told)
}
