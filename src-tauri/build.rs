//! Makes each command a permission of its own, so that a window can call only what its capability file names.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&[
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
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("the shell's manifest, capabilities and icons are complete");
}
