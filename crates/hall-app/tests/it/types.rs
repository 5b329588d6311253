//! The TypeScript that the screens compile against is what the Rust types say today.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hall_app::AppError;
use hall_app::api::desk::{StickRead, StickWritten};
use hall_app::api::readers::ReaderEvent;
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply, WallCommand, WallReply};
use ts_rs::{Config, TS};

fn read_all(dir: &Path) -> BTreeMap<String, String> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// `UPDATE_TYPES=1` writes the files instead (that is what `cargo xtask codegen` does).
#[test]
fn generated_types_are_current() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/backend/generated");
    let fresh = tempfile::tempdir().unwrap();
    let config = Config::new().with_out_dir(fresh.path()).with_large_int("never");
    KioskCommand::export_all(&config).unwrap();
    KioskReply::export_all(&config).unwrap();
    DeskCommand::export_all(&config).unwrap();
    DeskReply::export_all(&config).unwrap();
    WallCommand::export_all(&config).unwrap();
    WallReply::export_all(&config).unwrap();
    AppError::export_all(&config).unwrap();
    StickWritten::export_all(&config).unwrap();
    StickRead::export_all(&config).unwrap();
    ReaderEvent::export_all(&config).unwrap();

    let fresh = read_all(fresh.path());
    assert!(fresh.len() > 40, "only {} types were exported", fresh.len());
    if std::env::var_os("UPDATE_TYPES").is_some() {
        fs::remove_dir_all(&committed).unwrap();
        fs::create_dir_all(&committed).unwrap();
        for (name, text) in &fresh {
            fs::write(committed.join(name), text).unwrap();
        }
    }
    assert!(read_all(&committed) == fresh, "the generated types are stale: run `cargo xtask codegen`");
}
