//! The executable of the shell.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    linggong_hall::run(std::env::args_os().skip(1))
}
