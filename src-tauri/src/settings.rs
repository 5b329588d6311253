//! What a hall writes into its `config.toml`: which windows open where, and where things lie.
//!
//! Nothing here decides anything about the hall's work; the rules and the data are hall-app's.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hall_app::api::readers::Seat;
use hall_app::readers::{Attached, CardReaderSettings, ScannerSettings};
use serde::Deserialize;

/// Names the folder of this program under the system's configuration, data and state folders.
const FOLDER: &str = "linggong-hall";

/// Where a desk listens when its settings do not say.
const LISTEN: &str = "0.0.0.0:7443";
/// What they say when it should not.
const OFF: &str = "off";

/// The argument with which the program starts itself to try the store; not for people.
pub(crate) const PROBE: &str = "--probe";

#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("读不到设置文件 {path}：{source}。请检查路径和权限。")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("设置文件 {path} 写得不对：{message}。请照 INSTALL.md 的样子改正。")]
    Wrong { path: PathBuf, message: String },
    #[error("设置文件 {path} 里的 listen 应写成 0.0.0.0:7443 这样，不让别的机器连就写 off，现在是“{text}”")]
    Listen { path: PathBuf, text: String },
    #[error("不认识的参数“{0}”。可用：--config 文件、--version。")]
    Argument(String),
    #[error("找不到本用户的数据目录。请在设置文件里写明 data、keys、logs。")]
    NoHome,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    keys: Option<PathBuf>,
    logs: Option<PathBuf>,
    log_days: Option<usize>,
    clock_start: Option<String>,
    listen: Option<String>,
    kiosk: Option<Screen>,
    desk: Option<Screen>,
    wall: Option<Screen>,
}

/// One window. What is left out gets the screen's own default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Screen {
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    /// The monitor's name as the system gives it, for example `HDMI-1`.
    pub(crate) monitor: Option<String>,
    pub(crate) fullscreen: Option<bool>,
    /// Logical pixels from the upper left corner of the desktop.
    pub(crate) position: Option<(i32, i32)>,
    pub(crate) size: Option<(u32, u32)>,
    /// What stands beside it.
    scanner: Option<ScannerSettings>,
    card_reader: Option<CardReaderSettings>,
}

const fn yes() -> bool {
    true
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    /// Outside the data folder, so that a copy of the data is not a copy of the keys.
    pub(crate) keys: PathBuf,
    pub(crate) logs: PathBuf,
    pub(crate) log_days: usize,
    /// Minute of the day at which a demonstration's clock starts; a real hall leaves it out.
    pub(crate) clock_start: Option<u16>,
    /// Where a desk serves the other machines of its hall.
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) kiosk: Option<Screen>,
    pub(crate) desk: Option<Screen>,
    pub(crate) wall: Option<Screen>,
    /// Without any window named, the one opens that fits the machine's role in its hall.
    pub(crate) windows_named: bool,
}

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Asked {
    Version,
    /// Try sled's folder in a process of its own: what `hall_app::Probe::Child` starts.
    Probe {
        folder: PathBuf,
    },
    Start {
        config: Option<PathBuf>,
    },
}

pub(crate) fn arguments(args: impl IntoIterator<Item = OsString>) -> Result<Asked, SettingsError> {
    let mut config = None;
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match (arg.to_str(), args.next()) {
            (Some("--version"), None) => return Ok(Asked::Version),
            (Some("--config"), Some(file)) => config = Some(PathBuf::from(file)),
            (Some(PROBE), Some(folder)) => return Ok(Asked::Probe { folder: folder.into() }),
            _ => return Err(SettingsError::Argument(arg.to_string_lossy().into_owned())),
        }
    }
    Ok(Asked::Start { config })
}

impl Settings {
    /// Reads the named file, else the one in the user's configuration folder, else the defaults.
    pub(crate) fn load(named: Option<PathBuf>) -> Result<Self, SettingsError> {
        let usual = dirs::config_dir().map(|dir| dir.join(FOLDER).join("config.toml"));
        match (named, usual) {
            (Some(path), _) => Self::read(&path),
            (None, Some(path)) if path.exists() => Self::read(&path),
            _ => Self::from_file(File::default(), Path::new("."), Path::new("config.toml")),
        }
    }

    fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
        let file = toml::from_str(&text).map_err(|error| SettingsError::Wrong {
            path: path.to_owned(),
            message: error.message().to_owned(),
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::from_file(file, folder, path)
    }

    /// Relative paths count from the folder of the settings file.
    fn from_file(file: File, folder: &Path, path: &Path) -> Result<Self, SettingsError> {
        let place = |given: Option<PathBuf>, usual: Option<PathBuf>, sub: &str| match (given, usual) {
            (Some(given), _) => Ok(folder.join(given)),
            (None, Some(usual)) => Ok(usual.join(FOLDER).join(sub)),
            (None, None) => Err(SettingsError::NoHome),
        };
        let clock_start = file.clock_start.map(|text| {
            minute_of_day(&text).ok_or_else(|| SettingsError::Wrong {
                path: path.to_owned(),
                message: format!("clock_start 应写成 08:12 这样，现在是“{text}”"),
            })
        });
        let listen = match file.listen.as_deref() {
            Some(OFF) => None,
            text => {
                let text = text.unwrap_or(LISTEN);
                let wrong = |_| SettingsError::Listen { path: path.to_owned(), text: text.to_owned() };
                Some(text.parse().map_err(wrong)?)
            }
        };
        let screens = [("kiosk", &file.kiosk), ("desk", &file.desk), ("wall", &file.wall)];
        for (label, screen) in screens {
            let checked = screen.as_ref().map_or(Ok(()), |screen| screen.check_devices(label));
            checked.map_err(|message| SettingsError::Wrong { path: path.to_owned(), message })?;
        }
        let named = file.kiosk.is_some() || file.desk.is_some() || file.wall.is_some();
        Ok(Self {
            data: place(file.data, dirs::data_dir(), "data")?,
            keys: place(file.keys, dirs::config_dir(), "keys")?,
            logs: place(file.logs, dirs::state_dir().or_else(dirs::data_local_dir), "logs")?,
            log_days: file.log_days.unwrap_or(14).clamp(1, 400),
            clock_start: clock_start.transpose()?,
            listen,
            kiosk: file.kiosk.filter(|screen| screen.enabled),
            desk: file.desk.filter(|screen| screen.enabled),
            wall: file.wall.filter(|screen| screen.enabled),
            windows_named: named,
        })
    }
}

impl Settings {
    /// The devices beside the windows that are open.
    pub(crate) fn attached(&self) -> impl Iterator<Item = (Seat, Attached)> {
        let seats = [(Seat::Kiosk, &self.kiosk), (Seat::Desk, &self.desk)];
        seats.into_iter().filter_map(|(seat, screen)| {
            let Screen { scanner, card_reader, .. } = screen.clone()?;
            Some((seat, Attached { scanner, card_reader }))
        })
    }
}

impl Screen {
    /// As a screen is when nothing is said of it.
    pub(crate) fn usual() -> Self {
        Self {
            enabled: true,
            monitor: None,
            fullscreen: None,
            position: None,
            size: None,
            scanner: None,
            card_reader: None,
        }
    }

    fn check_devices(&self, label: &str) -> Result<(), String> {
        let (scanner, card_reader) = (&self.scanner, &self.card_reader);
        if Seat::of(label).is_none() && (scanner.is_some() || card_reader.is_some()) {
            return Err(format!(
                "[{label}] 没有扫码枪和读卡器，scanner 和 card_reader 应写成 [desk.scanner] 这样"
            ));
        }
        scanner.as_ref().map_or(Ok(()), ScannerSettings::check)?;
        card_reader.as_ref().map_or(Ok(()), CardReaderSettings::check)
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        Settings::read(&path)
    }

    #[test]
    fn windows_and_places_come_from_the_file() {
        let settings = read(
            "data = '/srv/hall'\nkeys = 'keys'\nlogs = 'logs'\nlog_days = 30\nclock_start = '08:12'\n\
             listen = '127.0.0.1:7000'\n[kiosk]\nmonitor = 'HDMI-1'\n[wall]\nenabled = false\n",
        )
        .unwrap();
        assert_eq!(settings.data, Path::new("/srv/hall"));
        assert!(settings.keys.is_absolute() && settings.keys.ends_with("keys"));
        assert_eq!((settings.log_days, settings.clock_start), (30, Some(492)));
        assert_eq!(settings.listen, Some(SocketAddr::from(([127, 0, 0, 1], 7000))));
        assert_eq!(settings.kiosk.unwrap().monitor.as_deref(), Some("HDMI-1"));
        assert!(settings.desk.is_none() && settings.wall.is_none());
    }

    const READER: &str = "[desk.scanner]\npath = '/dev/ttyACM0'\n[kiosk.card_reader]\n\
        url = 'http://127.0.0.1:38088/read'\nfields = { name = '/data/name', number = '/data/id' }\n\
        no_card = { pointer = '/code', value = '1' }\n";

    #[test]
    fn devices_stand_beside_their_windows() {
        let attached: Vec<_> = read(READER).unwrap().attached().collect();
        assert!(attached[0].0 == Seat::Kiosk && attached[0].1.card_reader.is_some());
        assert!(attached[1].0 == Seat::Desk && attached[1].1.scanner.as_ref().unwrap().baud == 9_600);
        assert_eq!(read("").unwrap().attached().count(), 0);
    }

    #[test]
    fn nothing_need_be_said_but_where_things_lie() {
        let settings = read("data = 'd'\nkeys = 'k'\nlogs = 'l'\n").unwrap();
        assert!(!settings.windows_named && settings.desk.is_none() && settings.kiosk.is_none());
        assert_eq!(settings.clock_start, None);
        assert_eq!(settings.listen, Some(SocketAddr::from(([0, 0, 0, 0], 7443))));
        assert_eq!(read("listen = 'off'\n").unwrap().listen, None);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, word) in [
            ("[kisok]\n", "kisok"),
            ("clock_start = '8 点'\n", "8 点"),
            ("clock_start = '24:00'\n", "24:00"),
            ("[desk]\nfull = true\n", "full"),
            ("listen = 'here'\n", "here"),
            ("[desk.scanner]\npath = ''\n", "path"),
            ("[kiosk.scanner]\npath = 'COM3'\nbaud = 5\n", "baud"),
            ("[wall.scanner]\npath = 'COM3'\n", "[wall]"),
            (&READER.replace("127.0.0.1", "192.168.1.9"), "192.168.1.9"),
            (&READER.replace("/data/name", "name"), "“name”"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(
                message.contains(word) && (message.contains("改正") || message.contains("应写成")),
                "{message}"
            );
        }
        let message = Settings::load(Some("/nowhere/config.toml".into())).unwrap_err().to_string();
        assert!(message.contains("/nowhere/config.toml") && message.contains("请检查"), "{message}");
    }

    #[test]
    fn the_command_line_is_closed() {
        let ask = |args: &[&str]| arguments(args.iter().map(OsString::from));
        assert_eq!(ask(&[]).unwrap(), Asked::Start { config: None });
        assert_eq!(ask(&["--config", "a"]).unwrap(), Asked::Start { config: Some("a".into()) });
        assert_eq!(ask(&["--version"]).unwrap(), Asked::Version);
        assert!(ask(&["--config"]).is_err());
        assert!(ask(&["--kiosk"]).is_err());
    }
}
