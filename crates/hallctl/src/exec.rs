//! The façade as JSON lines.

use std::io::{BufRead as _, Write as _};

use std::sync::Arc;

use hall_app::api::{DeskCommand, KioskCommand, WallCommand};
use hall_app::{AppError, Code, Hall};
use hall_core::Minute;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Place, open};

#[derive(Debug, clap::Args)]
pub(crate) struct ExecArgs {
    /// Exchanges with the other machines of the hall and with the county meanwhile, and prints.
    #[arg(long)]
    online: bool,
    /// Where a desk serves the other machines of its hall; the address is printed to standard error.
    #[arg(long, value_name = "ADDRESS", requires = "online")]
    listen: Option<std::net::SocketAddr>,
    /// Lets the hall's clock stand at this time of today (hh:mm) at the start, and run from there.
    #[arg(long, value_name = "HH:MM")]
    clock: Option<Minute>,
}

/// One line of input.
#[derive(Debug, Deserialize)]
#[serde(tag = "screen", content = "command", rename_all = "snake_case")]
enum Line {
    Kiosk(KioskCommand),
    Desk(Box<DeskCommand>),
    Wall(WallCommand),
}

pub(crate) fn run(place: &Place, args: &ExecArgs) -> anyhow::Result<()> {
    let hall = Arc::new(place.open(open::clock(args.clock))?);
    let lines = args.online.then(|| open_lines(&hall, args.listen)).transpose()?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let reply = match answer(&hall, &line) {
            Ok(reply) => json!({ "ok": true, "reply": reply }),
            Err(error) => json!({ "ok": false, "error": error }),
        };
        writeln!(out, "{reply}")?;
        out.flush()?;
    }
    if let Some(lines) = lines {
        // A printer may keep its thread for minutes; what it was sent is on record.
        lines.shutdown_timeout(LET_GO);
    }
    Ok(())
}

/// For what runs beside the commands to come to its end.
const LET_GO: std::time::Duration = std::time::Duration::from_secs(2);

/// Exchanges and prints in the background as long as the runtime lives.
fn open_lines(
    hall: &Arc<Hall>,
    listen: Option<std::net::SocketAddr>,
) -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.spawn(hall_app::printing::run(Arc::clone(hall)));
    let hall = Arc::clone(hall);
    runtime.spawn(async move {
        if let Err(error) = hall_app::lines::run(hall, listen).await {
            let told = anyhow::Error::from(error);
            // Whoever closed our output does not want to hear it.
            let _nobody_listens = writeln!(std::io::stderr(), "{told:#}");
        }
    });
    Ok(runtime)
}

/// Gives one line to its screen.
fn answer(hall: &Hall, line: &[u8]) -> Result<Value, AppError> {
    let line: Line = serde_json::from_slice(line).map_err(|error| unreadable(&error))?;
    match line {
        Line::Kiosk(command) => value(&hall.kiosk("hallctl", command)?),
        Line::Desk(command) => value(&hall.desk("hallctl", *command)?),
        Line::Wall(command) => value(&hall.wall("hallctl", command)?),
    }
}

/// What is wrong with a command, without the values that the parser repeats: they may be somebody's.
pub(crate) fn unreadable(error: &serde_json::Error) -> AppError {
    let said = error.to_string();
    let said = match (said.find('"'), said.rfind('"')) {
        (Some(first), Some(last)) => format!("{}…{}", &said[..first], &said[last + 1..]),
        _ => said,
    };
    // Names of commands and fields stand between backticks, and a value that should have been one.
    let parts = said.split('`').enumerate().map(|(n, part)| match part {
        part if n % 2 == 0 || part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => part,
        _ => "…",
    });
    let kept = parts.collect::<Vec<_>>().join("`");
    AppError::new(Code::BadCommand, format!("看不懂这条命令，请对照 hallctl commands 的例子：{kept}"))
}

fn value(reply: &impl Serialize) -> Result<Value, AppError> {
    serde_json::to_value(reply).map_err(|error| AppError::new(Code::Internal, error.to_string()))
}
