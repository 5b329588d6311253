//! Files handed to staff: saved beside their other downloads, opened in the system's own viewer.
//!
//! Opens only what this program itself wrote, so that a page can never point the viewer at something else.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hall_app::{AppError, Code};

/// How often a name may be taken already before we stop numbering.
const NUMBERED: u32 = 1_000;

#[derive(Debug)]
pub(crate) struct Handed {
    /// Where saved files go.
    pub(crate) folder: PathBuf,
    /// Where the façade puts slips and agreements.
    pub(crate) spool: PathBuf,
    /// The system's viewer.
    pub(crate) viewer: PathBuf,
}

impl Handed {
    pub(crate) fn save(&self, name: &str, data: &str) -> Result<String, AppError> {
        let bytes = STANDARD
            .decode(data)
            .map_err(|_| AppError::new(Code::BadInput, "文件内容没有传完整，请再试一次。").retryable())?;
        self.make(name, |path, mut file| {
            file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(|error| unsaved(&error))?;
            Ok(path.to_string_lossy().into_owned())
        })
    }

    /// Makes a new file of that name with `write`.
    pub(crate) fn make<T>(
        &self,
        name: &str,
        write: impl FnOnce(&Path, File) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let plain = Path::new(name).file_name().and_then(|plain| plain.to_str());
        if plain != Some(name) || name.starts_with('.') || name.contains(['\\', ':']) || has_control(name) {
            return Err(AppError::new(Code::BadInput, "文件名不能用，请换一个不带斜杠的名字。"));
        }
        fs::create_dir_all(&self.folder).map_err(|error| unsaved(&error))?;
        let (path, file) = self.unused(name).map_err(|error| unsaved(&error))?;
        write(&path, file).inspect_err(|_| {
            // Half a file is worse than none; that it cannot be removed either changes nothing for the clerk.
            let _left_behind = fs::remove_file(&path);
        })
    }

    /// A name that nothing has yet: an older file is never written over.
    fn unused(&self, name: &str) -> std::io::Result<(PathBuf, File)> {
        let (stem, ending) =
            name.rsplit_once('.').map_or((name, String::new()), |(s, e)| (s, format!(".{e}")));
        let mut path = self.folder.join(name);
        for number in 2..NUMBERED {
            match File::create_new(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    path = self.folder.join(format!("{stem}（{number}）{ending}"));
                }
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    pub(crate) fn open(&self, path: &Path) -> Result<(), AppError> {
        let gone = |_| AppError::new(Code::NotFound, "文件不在了，请重新生成一次。");
        let path = fs::canonicalize(path).map_err(gone)?;
        let ours = [&self.folder, &self.spool]
            .into_iter()
            .filter_map(|folder| fs::canonicalize(folder).ok())
            .any(|folder| path.starts_with(folder));
        if !ours {
            tracing::warn!("a page asked to open a file that is not ours");
            return Err(AppError::new(Code::NotAllowed, "只能打开本程序存下的文件。"));
        }
        let no_viewer = |error| {
            tracing::error!(%error, "the viewer did not start");
            AppError::new(Code::Internal, format!("打不开查看程序，请在文件夹里打开：{}", path.display()))
        };
        let mut viewer = Command::new(&self.viewer)
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(no_viewer)?;
        // The viewer may stay open for hours; somebody must collect it when it ends.
        std::thread::spawn(move || viewer.wait());
        Ok(())
    }
}

fn unsaved(error: &std::io::Error) -> AppError {
    if error.kind() == ErrorKind::StorageFull {
        return AppError::new(Code::DiskFull, "磁盘满了，文件没有存下。请清理磁盘后再试。");
    }
    tracing::error!(%error, "a file could not be saved");
    AppError::new(Code::Storage, "文件没有存下，请检查下载文件夹的权限后再试。")
}

fn has_control(name: &str) -> bool {
    name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(root: &Path) -> Handed {
        fs::create_dir_all(root.join("spool")).unwrap();
        Handed { folder: root.join("下载"), spool: root.join("spool"), viewer: "true".into() }
    }

    #[test]
    fn a_saved_file_is_whole_and_never_replaces_another() {
        let root = tempfile::tempdir().unwrap();
        let handed = handed(root.path());
        let first = handed.save("模板.xlsx", &STANDARD.encode("one")).unwrap();
        let second = handed.save("模板.xlsx", &STANDARD.encode("two")).unwrap();
        assert!(first.ends_with("模板.xlsx") && second.ends_with("模板（2）.xlsx"), "{first} {second}");
        assert_eq!(fs::read_to_string(first).unwrap(), "one");
        assert_eq!(fs::read_to_string(second).unwrap(), "two");
    }

    #[test]
    fn a_file_that_fails_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let handed = handed(root.path());
        let failed = handed.make("一.lgb", |_, _| Err::<(), _>(AppError::new(Code::DiskFull, "满了")));
        assert_eq!(failed.unwrap_err().code, Code::DiskFull);
        assert_eq!(fs::read_dir(&handed.folder).unwrap().count(), 0);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let handed = handed(root.path());
        for name in ["", ".", "..", "../a", "/etc/a", "a/b", "a\\b", "C:a", ".bashrc", "a\nb"] {
            assert_eq!(handed.save(name, "").unwrap_err().code, Code::BadInput, "{name}");
        }
        assert_eq!(handed.save("a.pdf", "not base64!").unwrap_err().code, Code::BadInput);
        assert!(!handed.folder.exists(), "nothing was written");
    }

    #[test]
    fn only_our_own_files_are_opened() {
        let root = tempfile::tempdir().unwrap();
        let handed = handed(root.path());
        let agreement = root.path().join("spool/a.pdf");
        fs::write(&agreement, "").unwrap();
        let foreign = root.path().join("foreign.pdf");
        fs::write(&foreign, "").unwrap();
        handed.open(&agreement).unwrap();
        assert_eq!(handed.open(&foreign).unwrap_err().code, Code::NotAllowed);
        let around = root.path().join("spool/../foreign.pdf");
        assert_eq!(handed.open(&around).unwrap_err().code, Code::NotAllowed);
        assert_eq!(handed.open(&root.path().join("spool/b.pdf")).unwrap_err().code, Code::NotFound);
        let broken = Handed { viewer: "/nowhere/viewer".into(), ..handed };
        assert!(broken.open(&agreement).unwrap_err().message.contains("a.pdf"));
    }
}
