//! The shell: one process, its windows, its lock-down and its logs. It forwards commands to the façade and decides
//! nothing about the hall's work.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod clock;
mod commands;
mod embedded;
mod files;
mod logging;
mod problem;
mod redact;
mod settings;
mod single;
mod windows;

use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use hall_app::readers::Readers;
use hall_app::{Hall, Options, Probe};
use tauri::{App, Manager, Runtime};

use files::Handed;
use settings::{Asked, Settings};
use windows::Layout;

type Failure = Box<dyn std::error::Error>;

/// Runs the program until its last window closes.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match start(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the program ends");
            say(&format!("零工大厅没有打开：{error}"));
            ExitCode::FAILURE
        }
    }
}

fn start(args: impl IntoIterator<Item = OsString>) -> Result<(), Failure> {
    let config = match settings::arguments(args)? {
        Asked::Version => {
            say(concat!("linggong-hall ", env!("CARGO_PKG_VERSION")));
            return Ok(());
        }
        Asked::Probe { folder } => return Ok(hall_app::probe(&folder)?),
        Asked::Start { config } => config,
    };
    refuse_remote_control()?;
    let settings = Settings::load(config)?;
    let _logs = logging::start(&settings.logs, settings.log_days)?;
    let Some(only) = single::lock(&settings.data)? else {
        single::knock(&settings.data)?;
        say("零工大厅已经开着，已切换到它的窗口。");
        return Ok(());
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "start");
    let builder =
        problem::register(tauri::Builder::default()).invoke_handler(commands::handler()).setup(move |app| {
            set_up(app, &settings)?;
            let again = app.handle().clone();
            only.on_knock(move || windows::show_again(&again))?;
            app.manage(only);
            Ok(())
        });
    builder.build(embedded::context())?.run(|_, _| {});
    Ok(())
}

fn set_up<R: Runtime>(app: &mut App<R>, settings: &Settings) -> Result<(), Failure> {
    let app = app.handle();
    let mut options = Options::new(&settings.data, &settings.keys, clock::running(settings.clock_start));
    if let Ok(executable) = std::env::current_exe() {
        options.probe = Probe::Child { executable, arguments: vec![settings::PROBE.to_owned()] };
    }
    let opened = Hall::open(options);
    let hall = match opened {
        Ok(hall) => Arc::new(hall),
        Err(error) => {
            tracing::error!(?error, "the hall does not open");
            say(&format!("零工大厅没有打开：{error}"));
            return Ok(problem::show(app, error.message)?);
        }
    };
    app.manage(Handed {
        folder: dirs::download_dir().or_else(dirs::home_dir).unwrap_or_else(|| settings.data.join("saved")),
        spool: settings.data.join("files"),
        viewer: if cfg!(windows) { "explorer" } else { "xdg-open" }.into(),
    });
    app.manage(Layout::new(settings, hall.enrolment().role()));
    commands::announce(app.clone(), Arc::clone(&hall));
    open_lines(&hall, settings.listen);
    tauri::async_runtime::spawn(hall_app::printing::run(Arc::clone(&hall)));
    app.manage(Readers::start(Arc::clone(&hall), settings.attached()));
    app.manage(hall);
    windows::open(app)?;
    windows::watch_monitors(app.clone());
    Ok(())
}

/// Exchanges with the other machines beside the windows; without them everything goes on alone.
fn open_lines(hall: &Arc<Hall>, listen: Option<SocketAddr>) {
    let hall = Arc::clone(hall);
    tauri::async_runtime::spawn(async move {
        if let Err(error) = hall_app::lines::run(hall, listen).await {
            tracing::error!(%error, "no exchange with other machines");
        }
    });
}

/// The web view would obey a WebDriver when the environment says so. That is for the end-to-end tests, which drive
/// a debug build; a machine in a hall must not offer it to whoever can set a variable.
fn refuse_remote_control() -> Result<(), Failure> {
    let asked = std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some();
    if asked && !cfg!(debug_assertions) {
        return Err("不接受远程操控。请去掉环境变量 TAURI_WEBVIEW_AUTOMATION 再启动。".into());
    }
    Ok(())
}

/// For whoever started the program from a terminal or reads the unit's journal.
fn say(line: &str) {
    // With standard error closed there is nobody to tell; the log has it.
    let _nobody_listens = writeln!(std::io::stderr(), "{line}");
}
