//! The certificates of other devices, which tell who wrote the series that are here.
//!
//! One small file beside the journal, written anew whole: there are a few dozen, and they change when one is renewed.
//! A certificate that is lost here comes again with the next exchange; a damaged file is put aside by the next write.
//!
//! Frozen: the file outlives releases. Golden file: `tests/golden/certificates.hex`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hall_log::Certificate;

use crate::disk;
use crate::error::IoError;

const NAME: &str = "certificates";
/// `CRC-32C u32le | CBOR`.
const SUM: usize = 4;

/// See the module.
#[derive(Debug)]
pub(crate) struct Certificates {
    path: PathBuf,
    held: BTreeMap<u32, Certificate>,
}

impl Certificates {
    /// Reads what is kept in `dir`.
    pub(crate) fn open(dir: &Path) -> Result<Self, IoError> {
        let path = dir.join(NAME);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(IoError::at(&path))?,
        };
        let held = match decode(&bytes) {
            Some(certificates) => certificates,
            None if bytes.is_empty() => Vec::new(),
            None => {
                tracing::warn!(path = %path.display(), "the certificates of other devices could not be read");
                Vec::new()
            }
        };
        let held = held.into_iter().map(|certificate| (certificate.bearer.device, certificate)).collect();
        Ok(Self { path, held })
    }

    /// Makes durable what the exchange learned; it learns a device's certificates in the order of their issue.
    pub(crate) fn learn(&mut self, certificates: &[Certificate]) -> Result<(), IoError> {
        let mut held = self.held.clone();
        held.extend(certificates.iter().map(|certificate| (certificate.bearer.device, certificate.clone())));
        if held == self.held {
            return Ok(());
        }
        disk::write_durably(&self.path, &encode(held.values()))?;
        self.held = held;
        Ok(())
    }

    pub(crate) fn all(&self) -> Vec<Certificate> {
        self.held.values().cloned().collect()
    }
}

fn encode<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> Vec<u8> {
    let certificates: Vec<&Certificate> = certificates.collect();
    let body = minicbor::to_vec(certificates).expect("writing to memory cannot fail");
    [&crc32c::crc32c(&body).to_le_bytes()[..], &body].concat()
}

fn decode(bytes: &[u8]) -> Option<Vec<Certificate>> {
    let (sum, body) = bytes.split_first_chunk::<SUM>()?;
    if crc32c::crc32c(body).to_le_bytes() != *sum {
        return None;
    }
    minicbor::decode(body).ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use hall_core::vocab::DeviceRole;
    use hall_log::Bearer;
    use hall_log::token::Seconds;

    use super::*;

    fn certificate(device: u32, issued: u32) -> Certificate {
        let key = SigningKey::from_bytes(&[7; 32]);
        let bearer = Bearer {
            hall: 9,
            device,
            role: DeviceRole::Kiosk,
            key: key.verifying_key().to_bytes(),
            issued: Seconds(issued),
            expires: Seconds(issued + 100),
        };
        Certificate::issue(bearer, &key)
    }

    #[test]
    fn the_last_of_each_device_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut kept = Certificates::open(dir.path()).unwrap();
        kept.learn(&[certificate(1, 10), certificate(2, 10)]).unwrap();
        kept.learn(&[certificate(2, 20)]).unwrap();
        let expected = vec![certificate(1, 10), certificate(2, 20)];
        assert_eq!(kept.all(), expected);
        assert_eq!(Certificates::open(dir.path()).unwrap().all(), expected);
    }

    #[test]
    fn the_file_is_frozen() {
        let dir = tempfile::tempdir().unwrap();
        let kept = [certificate(1, 10), certificate(2, 20)];
        Certificates::open(dir.path()).unwrap().learn(&kept).unwrap();
        let bytes = fs::read(dir.path().join(NAME)).unwrap();
        let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(include_str!("../tests/golden/certificates.hex").trim_end(), hex);
    }

    #[test]
    fn a_damaged_file_says_nothing_and_is_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        Certificates::open(dir.path()).unwrap().learn(&[certificate(1, 10)]).unwrap();
        let path = dir.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        for position in 0..whole.len() {
            let mut altered = whole.clone();
            altered[position] ^= 1;
            assert_eq!(decode(&altered), None, "{position}");
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let mut kept = Certificates::open(dir.path()).unwrap();
        assert_eq!(kept.all(), []);
        kept.learn(&[certificate(1, 10)]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}
