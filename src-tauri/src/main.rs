//! The executable of the shell.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

/// The system's allocator keeps some 25 KB more for every slip, in pieces that fit nothing: a picture is large and gone
/// at once. This one gives them back.
#[cfg(not(windows))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    linggong_hall::run(std::env::args_os().skip(1))
}
