//! What the county knows and the log does not say: the halls' names, the codes, the certificates.
//!
//! None of it is a fact for the halls. The county's series goes to every device, and to a device a named hall is its
//! own: it would find itself in two. A code is a secret between the console and one device, and is over in a day. A
//! certificate that was renewed, or shown before the word of its desk came, says nothing new of its bearer. So they
//! stand in one small file that is replaced as a whole, durably, before anything is answered.
//!
//! Frozen, additive. Golden file: `tests/golden/book.json`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use hall_core::Instant;
use hall_core::vocab::DeviceRole;
use hall_log::{Certificate, base32};
use serde::{Deserialize, Serialize};

use crate::archive::Grant;

const NAME: &str = "book.json";
/// Numbers below belong to halls that began without a county.
const FIRST_DEVICE: u32 = 1_000;
/// Numbers that are left out after a backup was put back.
const LEFT_OUT: u32 = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    pub next_hall: u32,
    pub next_device: u32,
    pub halls: BTreeMap<u32, String>,
    /// By the digest of each, Base32.
    pub codes: BTreeMap<String, Code>,
    /// The newest of each device that its enrolment in the log does not bring, CBOR in Base32.
    pub certificates: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Code {
    pub hall: u32,
    pub role: DeviceRole,
    pub name: String,
    /// Milliseconds since 1970.
    pub expires: i64,
    /// The device that used it up, Base32.
    pub key: Option<String>,
}

impl Default for Contents {
    fn default() -> Self {
        Self {
            next_hall: 1,
            next_device: FIRST_DEVICE,
            halls: BTreeMap::new(),
            codes: BTreeMap::new(),
            certificates: Vec::new(),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Book {
    path: PathBuf,
    contents: Contents,
}

impl Book {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(NAME);
        let contents = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Contents::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, contents })
    }

    pub(super) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Changes the contents; when they cannot be written, nothing has changed.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Contents) -> T) -> io::Result<T> {
        let mut contents = self.contents.clone();
        let result = change(&mut contents);
        if contents != self.contents {
            write(&self.path, &serde_json::to_vec_pretty(&contents)?)?;
            self.contents = contents;
        }
        Ok(result)
    }
}

impl Contents {
    pub(super) fn certificates(&self) -> impl Iterator<Item = Certificate> {
        self.certificates.iter().filter_map(|text| Certificate::decode(&base32::decode(text)?).ok())
    }

    /// Keeps a certificate in the place of the one that its bearer had.
    pub(super) fn keep(&mut self, certificate: &Certificate) {
        if self.certificates().any(|known| known == *certificate) {
            return;
        }
        let of = |certificate: &Certificate| (certificate.bearer.hall, certificate.bearer.device);
        let mut kept: Vec<Certificate> = self.certificates().collect();
        kept.retain(|known| of(known) != of(certificate));
        kept.push(certificate.clone());
        self.certificates = kept.iter().map(|kept| base32::encode(&kept.encode())).collect();
    }

    /// Adds a code and forgets those that are over.
    pub(super) fn add_code(&mut self, digest: [u8; 32], grant: &Grant, now: Instant, expires: Instant) {
        self.codes.retain(|_, code| code.expires > now.0);
        let Grant { hall, role, name } = grant.clone();
        self.codes.insert(base32::encode(&digest), Code { hall, role, name, expires: expires.0, key: None });
    }

    /// The numbers that were given since the backup are out there.
    pub(super) fn leave_out(&mut self) {
        self.next_hall += LEFT_OUT;
        self.next_device += LEFT_OUT;
    }
}

/// Puts a file in the place of the old one, so that after a power cut there is the one or the other.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_frozen() {
        let grant = Grant { hall: 2, role: DeviceRole::Kiosk, name: "自助机 1".to_owned() };
        let mut contents = Contents { next_hall: 3, next_device: 1_004, ..Contents::default() };
        contents.halls.insert(2, "城东零工市场".to_owned());
        contents.add_code([7; 32], &grant, Instant(0), Instant(1_795_127_400_000));
        for code in contents.codes.values_mut() {
            code.key = Some(base32::encode(&[9; 32]));
        }
        contents.certificates = vec!["0123".to_owned()];
        let frozen = include_str!("../../tests/golden/book.json");
        assert_eq!(serde_json::to_string_pretty(&contents).unwrap(), frozen.trim_end());
        assert_eq!(serde_json::from_str::<Contents>(frozen).unwrap(), contents);
    }
}
