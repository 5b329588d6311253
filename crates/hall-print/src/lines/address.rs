//! Where a printer is, as staff write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// At which port network printers take raw bytes.
const RAW: u16 = 9100;
const BAUD: u32 = 9600;

/// How a printer is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// `tcp://192.168.1.50:9100`
    Tcp { host: String, port: u16 },
    /// `usb:/dev/usb/lp0`
    Usb(PathBuf),
    /// `serial:/dev/ttyS0@19200`
    Serial { path: PathBuf, baud: u32 },
    /// `ipp://localhost:631/printers/A4`
    Ipp(String),
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("it does not begin with tcp://, usb:, serial: or ipp://")]
    Kind,
    #[error("the host or the path is missing, or has a character that none has")]
    Place,
    #[error("the port or the speed is no number that can be")]
    Number,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(AddressError::Place);
        }
        if let Some(place) = text.strip_prefix("tcp://") {
            return tcp(place);
        }
        if let Some(path) = text.strip_prefix("usb:") {
            return path_of(path).map(Self::Usb);
        }
        if let Some(place) = text.strip_prefix("serial:") {
            let (path, baud) = match place.rsplit_once('@') {
                Some((path, baud)) => (path, baud.parse().map_err(|_| AddressError::Number)?),
                None => (place, BAUD),
            };
            return Ok(Self::Serial { path: path_of(path)?, baud });
        }
        // No `ipps`: whoever prints speaks in the clear.
        let ipp = text.strip_prefix("ipp://").ok_or(AddressError::Kind)?;
        match ipp.split('/').next() {
            None | Some("") => Err(AddressError::Place),
            Some(_) => Ok(Self::Ipp(text.to_owned())),
        }
    }
}

impl Address {
    /// The printers that this machine's USB ports show.
    pub fn local() -> Vec<Self> {
        let devices = std::fs::read_dir("/dev/usb").into_iter().flatten().flatten().map(|entry| entry.path());
        let is_printer =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lp"));
        let mut found: Vec<Self> = devices.filter(is_printer).map(Self::Usb).collect();
        found.sort();
        found
    }
}

fn tcp(place: &str) -> Result<Address, AddressError> {
    let (host, port) = match place.rsplit_once(':') {
        // The colons of a bare IPv6 address are no port's.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok().filter(|port| *port > 0).ok_or(AddressError::Number)?)
        }
        _ => (place, RAW),
    };
    if host.is_empty() || host.contains('/') {
        return Err(AddressError::Place);
    }
    Ok(Address::Tcp { host: host.to_owned(), port })
}

/// From the root: a machine's working folder is nobody's business.
fn path_of(text: &str) -> Result<PathBuf, AddressError> {
    let path = PathBuf::from(text);
    if path.has_root() || text.starts_with("COM") { Ok(path) } else { Err(AddressError::Place) }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::Usb(path) => write!(f, "usb:{}", path.display()),
            Self::Serial { path, baud } => write!(f, "serial:{}@{baud}", path.display()),
            Self::Ipp(uri) => f.write_str(uri),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written() {
        for (text, written) in [
            ("tcp://192.168.1.50:9100", "tcp://192.168.1.50:9100"),
            (" tcp://printer ", "tcp://printer:9100"),
            ("tcp://[fe80::1]:9100", "tcp://[fe80::1]:9100"),
            ("usb:/dev/usb/lp0", "usb:/dev/usb/lp0"),
            ("serial:/dev/ttyS0", "serial:/dev/ttyS0@9600"),
            ("serial:/dev/ttyUSB0@115200", "serial:/dev/ttyUSB0@115200"),
            ("ipp://localhost:631/printers/A4", "ipp://localhost:631/printers/A4"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), written);
            assert_eq!(written.parse(), Ok(address));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for (text, why) in [
            ("", AddressError::Kind),
            ("192.168.1.50", AddressError::Kind),
            ("http://printer/", AddressError::Kind),
            ("ipps://printer.local/ipp/print", AddressError::Kind),
            ("tcp://", AddressError::Place),
            ("tcp://:9100", AddressError::Place),
            ("tcp://a/b", AddressError::Place),
            ("tcp://a:0", AddressError::Number),
            ("tcp://a:99999", AddressError::Number),
            ("usb:lp0", AddressError::Place),
            ("usb:", AddressError::Place),
            ("serial:/dev/ttyS0@fast", AddressError::Number),
            ("ipp://", AddressError::Place),
            ("ipp:///printers/a", AddressError::Place),
            ("tcp://a b", AddressError::Place),
        ] {
            assert_eq!(text.parse::<Address>(), Err(why), "{text}");
        }
    }
}
