//! Packs the pages, and makes each command a permission of its own, so that a window can call only what its capability
//! file names.

use std::error::Error;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::{env, fs};

use tauri_build::{AppManifest, Attributes, CodegenContext};

fn main() -> Result<(), Box<dyn Error>> {
    // A packed file that is there is taken for whole, also when the build that wrote it was killed over it.
    let packed = PathBuf::from(env::var("OUT_DIR")?).join("tauri-codegen-assets");
    fs::remove_dir_all(packed)
        .or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    let commands = AppManifest::new().commands(&[
        "kiosk",
        "desk",
        "wall",
        "leave_kiosk",
        "join",
        "save_file",
        "open_file",
        "write_stick",
        "read_stick",
        "hear_readers",
    ]);
    // Here, once for the program and its tests: `generate_context!` would pack in each of the two compilers, which run
    // side by side, and one takes what the other is still writing.
    let attributes = Attributes::new().app_manifest(commands).codegen(CodegenContext::new());
    Ok(tauri_build::try_build(attributes)?)
}
