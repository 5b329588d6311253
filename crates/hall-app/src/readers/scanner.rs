//! A scanner on a serial line (USB-COM): it needs no focus and no input method touches what it sends.
//!
//! The line is opened anew until it opens: scanners are unplugged, and come back.

use std::io::{ErrorKind, Read as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::assembly::{Assembly, Scan};

/// How long one read waits, so that a code without an end is not waited for.
const LISTEN: Duration = Duration::from_millis(50);
/// Between two tries to open the line.
const AGAIN: Duration = Duration::from_secs(1);
const BAUD: u32 = 9_600;

/// What a hall's settings say of a scanner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerSettings {
    pub path: String,
    #[serde(default = "baud")]
    pub baud: u32,
}

const fn baud() -> u32 {
    BAUD
}

impl ScannerSettings {
    /// What is wrong with them, and how it should be.
    pub fn check(&self) -> Result<(), String> {
        if self.path.trim().is_empty() {
            return Err("scanner 的 path 空着，应写成 /dev/serial/by-id/… 或 COM3 这样".into());
        }
        if !(1_200..=921_600).contains(&self.baud) {
            return Err(format!("scanner 的 baud 应写成 9600、115200 这样的波特率，现在是 {}", self.baud));
        }
        Ok(())
    }
}

/// What is new at the scanner.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    Scan(Scan),
    Ready,
    Gone(String),
}

/// Listens until the other end of `stop` is dropped.
pub(super) fn run(settings: &ScannerSettings, stop: &Receiver<()>, tell: impl Fn(News)) {
    let mut told = None;
    loop {
        let opened = serialport::new(&settings.path, settings.baud).timeout(LISTEN).open();
        let message = match opened {
            Ok(line) => {
                told = None;
                tell(News::Ready);
                if listen(line, stop, &tell) {
                    return;
                }
                "扫码枪断开了。请把它的 USB 线插好，插好就能接着用".to_owned()
            }
            Err(error) => message(&settings.path, &error),
        };
        if told.as_ref() != Some(&message) {
            tracing::warn!(path = settings.path, "no scanner");
            tell(News::Gone(message.clone()));
            told = Some(message);
        }
        if stop.recv_timeout(AGAIN) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Reads until the line breaks; whether it was told to stop.
fn listen(mut line: Box<dyn serialport::SerialPort>, stop: &Receiver<()>, tell: &impl Fn(News)) -> bool {
    let begun = Instant::now();
    let mut assembly = Assembly::default();
    let mut bytes = [0; 512];
    loop {
        if stop.try_recv() != Err(TryRecvError::Empty) {
            return true;
        }
        match line.read(&mut bytes) {
            Ok(count @ 1..) => {
                assembly.push(&bytes[..count], begun.elapsed()).into_iter().map(News::Scan).for_each(tell);
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                assembly.rest(begun.elapsed()).map(News::Scan).into_iter().for_each(tell);
            }
            Ok(0) | Err(_) => {
                assembly.give_up().map(News::Scan).into_iter().for_each(tell);
                return false;
            }
        }
    }
}

fn message(path: &str, error: &serialport::Error) -> String {
    match error.kind() {
        serialport::ErrorKind::Io(ErrorKind::PermissionDenied) => {
            format!("没有权限读扫码枪（{path}）。请把本用户加入 dialout 组，重新登录后再试")
        }
        serialport::ErrorKind::Io(ErrorKind::NotFound) | serialport::ErrorKind::NoDevice => format!(
            "没有找到扫码枪，或它被别的程序占着（{path}）。请插好 USB 线，关掉别的扫码程序，插好就能接着用"
        ),
        _ => format!("打不开扫码枪（{path}）。请拔下再插上，并核对设置文件里的 path 和 baud"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked_with_a_remedy() {
        let settings = |path: &str, baud| ScannerSettings { path: path.into(), baud };
        assert_eq!(settings("/dev/ttyACM0", 115_200).check(), Ok(()));
        assert!(settings(" ", BAUD).check().unwrap_err().contains("应写成"));
        assert!(settings("COM3", 96).check().unwrap_err().contains("96"));
    }
}
