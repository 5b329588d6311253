//! What the binary brings along: the pages with their fonts, and what each window may call. The build script packs it.

use tauri::{Context, Runtime};

#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "Tauri's own code"
)]
pub(crate) fn context<R: Runtime>() -> Context<R> {
    tauri::tauri_build_context!()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tauri::test::MockRuntime;

    use super::*;

    /// A font of which half is missing shows nowhere: the web view draws with another and says nothing.
    #[test]
    fn the_files_of_the_pages_are_here_whole() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
        let context = context::<MockRuntime>();
        let assets = context.assets();
        let mut whole = 0;
        for file in std::fs::read_dir(pages.join("assets")).unwrap() {
            let file = file.unwrap();
            let name = format!("/assets/{}", file.file_name().to_str().unwrap());
            let here = assets.get(&name.as_str().into());
            let built = std::fs::read(file.path()).unwrap();
            assert!(here.is_some_and(|here| *here == built), "{name} is not what was built");
            whole += 1;
        }
        assert!(whole >= 8, "two fonts, and a script and a style for each of three pages: {whole}");
        for page in ["/kiosk.html", "/desk.html", "/wall.html"] {
            assert!(assets.get(&page.into()).is_some(), "{page}");
        }
    }
}
