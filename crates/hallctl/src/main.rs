//! The operator's tool of a hall.

mod commands;
mod exec;
mod join;
mod open;
mod rules;
mod sample;
mod serve;
mod sim_card_reader;
mod sim_ipp;
mod sim_printer;
#[cfg(unix)]
mod sim_scanner;
mod soak;
mod stick;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// As in the program of the screens, which this one stands in for.
#[cfg(not(windows))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The operator's tool of a hall: the façade as JSON lines, a look at the whole store, a soak test, the rules.
#[derive(Debug, Parser)]
#[command(name = "hallctl", version)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Which hall.
#[derive(Debug, Args)]
struct Place {
    /// The data folder of the hall.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The folder of the keys; never inside the data folder. Default: `linggong-hall/keys` in the user's
    /// configuration folder.
    #[arg(long, global = true, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// The number of a new machine. Without it the machine draws one, as a hall's machines do; a trial that is to be
    /// the same every time names it.
    #[arg(long, global = true, value_name = "N")]
    device: Option<u32>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads one JSON command a line and prints one JSON reply a line.
    ///
    /// A line is `{"screen":"kiosk|desk|wall","command":{"type":…}}`; `hallctl commands` prints an example of
    /// each. The reply is `{"ok":true,"reply":{"type":…,"data":…}}` or
    /// `{"ok":false,"error":{"code":…,"message":…,"retryable":…,"findings":[…]}}`. A log-in holds for the
    /// following lines.
    Exec(exec::ExecArgs),
    /// Prints every command with an example, one JSON object a line, ready for `exec`.
    Commands,
    /// Performs real commands of generated market days and prints `acked <device>.<epoch>.<seq>` after each op
    /// is durable.
    ///
    /// Made for a harness that cuts the power or kills the process at any moment: whatever was printed must be
    /// there afterwards, and `verify` must say ok. Run it again on the same folder and it goes on. The folder
    /// must be new or one that soak made.
    Soak(soak::SoakArgs),
    /// Checks chain, contiguity, fold = replay, places and custody, and prints one JSON object; ends with 0
    /// when `"ok"` is true, with 1 otherwise.
    Verify,
    /// Writes everything that the reader may have to a file on a stick, and prints one JSON object; ends with 0 when
    /// everything is in it.
    Export(stick::ExportArgs),
    /// Takes what is good of a file that `export` wrote, and prints one JSON object; ends with 0 when all of it was
    /// good. Once more, or another file first, makes no difference.
    Import(stick::ImportArgs),
    /// Fills a new hall with the sample hall.
    LoadSample(sample::SampleArgs),
    /// Makes this machine one of a hall's or of a county's, with the invitation that its console shows.
    Join(join::JoinArgs),
    /// Serves the façade on 127.0.0.1 for work on the screens in a browser (development only).
    Serve(serve::ServeArgs),
    /// A thermal printer on a TCP port or a pty, for trials and training: prints the name of each paper as a PNG file,
    /// and reads from standard input what happens to it.
    ///
    /// A line is `cover open|closed`, `cutter jammed|free`, `mute on|off` (it answers nothing), `garbled on|off` (it answers
    /// what no printer does), `ordered on|off` (it knows the queued question), `slow ROWS|off` (so many a tenth of a
    /// second); any of these behind `after ROWS` for the middle of a paper; `roll ROWS` (what is left of it); `reset BYTES`
    /// (it drops the line after so many more), `hang-up` (now). A pty that was dropped is followed by a new one.
    ///
    /// With `--ipp` an A4 printer (`stopped cover-open-error`, `going`, `refuses`, `takes pwg`, `aborts 0`, `cut after`).
    SimPrinter(sim_printer::SimPrinterArgs),
    /// A scanner on a pseudo terminal, for trials and training: prints the path to name in the settings, and scans each
    /// line of standard input (`split CODE`, `half CODE` and `full-width CODE` as bad ones do; `unplug`, `plug-in`).
    #[cfg(unix)]
    SimScanner(sim_scanner::SimScannerArgs),
    /// The local service of a reader of ID cards, for trials and training: reads from standard input what happens to it
    /// (`card NUMBER NAME [ADDRESS [UNTIL]]`, `take-away`, `gbk on`, `nonsense half`, `hang`).
    SimCardReader(sim_card_reader::SimCardReaderArgs),
    Rules(rules::RulesCommand),
    /// Opens sled's folder and ends with 0 when that works: a process of its own for `open` to try it in.
    #[command(hide = true)]
    ProbeStore {
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let Cli { place, command } = Cli::parse();
    match command {
        Command::Exec(args) => exec::run(&place, &args)?,
        Command::Commands => commands::run()?,
        Command::Soak(args) => soak::run(&place, &args)?,
        Command::Verify => return verify::run(&place),
        Command::Export(args) => return stick::export(&place, &args),
        Command::Import(args) => return stick::import(&place, &args),
        Command::LoadSample(args) => sample::run(&place, &args)?,
        Command::Join(args) => join::run(&place, &args)?,
        Command::Serve(args) => serve::run(&place, &args)?,
        Command::SimPrinter(args) => sim_printer::run(&args)?,
        #[cfg(unix)]
        Command::SimScanner(args) => sim_scanner::run(&args)?,
        Command::SimCardReader(args) => sim_card_reader::run(&args)?,
        Command::Rules(rules) => rules.run()?,
        Command::ProbeStore { folder } => {
            return Ok(if hall_app::probe(&folder).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}
