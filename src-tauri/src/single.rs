//! One program per data folder: a second start shows the first one's windows and ends.
//!
//! A lock on a file decides, so it holds without any desktop session service and is gone when the process is. The
//! knock goes over loopback; whoever knocks can make the windows come forward and nothing else.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(2);
const ANSWER: &[u8] = b"shown";

#[derive(Debug, thiserror::Error)]
pub(crate) enum SingleError {
    #[error("数据文件夹 {path} 不能用：{source}。请检查磁盘和权限。")]
    Folder { path: PathBuf, source: io::Error },
    #[error("本机已经开着一个，但它没有回应。请等一会儿再试，或重新启动电脑。")]
    Silent,
}

/// Holds the data folder for this process.
#[derive(Debug)]
pub(crate) struct Only {
    _lock: File,
    port_file: PathBuf,
}

/// `None`: another process has it.
pub(crate) fn lock(data: &Path) -> Result<Option<Only>, SingleError> {
    let wrong = |source| SingleError::Folder { path: data.to_owned(), source };
    fs::create_dir_all(data).map_err(wrong)?;
    let file = File::create(data.join("shell.lock")).map_err(wrong)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Only { _lock: file, port_file: data.join("shell.port") })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(wrong(source)),
    }
}

impl Only {
    /// Calls `show` at every later start of the program.
    pub(crate) fn on_knock(&self, show: impl Fn() + Send + 'static) -> io::Result<()> {
        let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        fs::write(&self.port_file, door.local_addr()?.port().to_string())?;
        std::thread::spawn(move || {
            for caller in door.incoming().flatten() {
                show();
                if let Err(error) = answer(caller) {
                    tracing::warn!(%error, "a second start did not hear the answer");
                }
            }
        });
        Ok(())
    }
}

fn answer(mut caller: TcpStream) -> io::Result<()> {
    caller.set_write_timeout(Some(PATIENCE))?;
    caller.write_all(ANSWER)
}

/// Makes the program that has the data folder show its windows. It may itself be just starting.
pub(crate) fn knock(data: &Path) -> Result<(), SingleError> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if knock_once(data).unwrap_or(false) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(SingleError::Silent)
}

fn knock_once(data: &Path) -> io::Result<bool> {
    let port = fs::read_to_string(data.join("shell.port"))?.parse().map_err(io::Error::other)?;
    let door = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    door.set_read_timeout(Some(PATIENCE))?;
    let mut heard = Vec::new();
    door.take(ANSWER.len() as u64).read_to_end(&mut heard)?;
    Ok(heard == ANSWER)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn the_second_start_makes_the_first_show_itself() {
        let data = tempfile::tempdir().unwrap();
        let first = lock(data.path()).unwrap().unwrap();
        assert!(lock(data.path()).unwrap().is_none());
        assert!(matches!(knock(data.path()), Err(SingleError::Silent)), "nobody listens yet");

        let shown = Arc::new(AtomicU32::new(0));
        let count = shown.clone();
        let knocked = move || {
            count.fetch_add(1, Ordering::SeqCst);
        };
        first.on_knock(knocked).unwrap();
        knock(data.path()).unwrap();
        knock(data.path()).unwrap();
        assert_eq!(shown.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn halls_in_two_folders_do_not_meet() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _one = lock(one.path()).unwrap().unwrap();
        assert!(lock(other.path()).unwrap().is_some());
    }

    #[test]
    fn the_folder_is_free_again_afterwards() {
        let data = tempfile::tempdir().unwrap();
        drop(lock(data.path()).unwrap());
        assert!(lock(data.path()).unwrap().is_some());
    }
}
