//! `export` and `import`: carrying the log on a stick.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use ed25519_dalek::VerifyingKey;
use hall_core::vocab::DeviceRole;
use hall_log::Certificate;
use hall_sync::Trust;
use serde::Serialize;
use serde_json::json;

use crate::Place;
use crate::open::clock;

/// Who this device is, and whom it believes.
#[derive(Debug, clap::Args)]
pub(crate) struct Enrolment {
    /// This device's certificate.
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Public key of an issuer of certificates, 64 hexadecimal digits; may be given again.
    #[arg(long = "issuer", value_name = "HEX", required = true, value_parser = issuer)]
    issuers: Vec<VerifyingKey>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The file to write, `*.lgb`. One that is there is replaced.
    file: PathBuf,
    /// Who is to read it. A file for the county or for a desk holds identity numbers and telephones in the clear:
    /// hand it over in person and delete it afterwards.
    #[arg(long = "for", value_name = "ROLE", default_value = "county", value_parser = role)]
    reader: DeviceRole,
    #[command(flatten)]
    enrolment: Enrolment,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The file to read.
    file: PathBuf,
    #[command(flatten)]
    enrolment: Enrolment,
}

fn issuer(text: &str) -> anyhow::Result<VerifyingKey> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        bail!("an issuer's key has 64 hexadecimal digits")
    }
    for (n, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16)?;
    }
    Ok(VerifyingKey::from_bytes(&key)?)
}

fn role(text: &str) -> anyhow::Result<DeviceRole> {
    serde_json::from_value(json!(text)).context("one of county, desk, kiosk, wall")
}

impl Enrolment {
    fn read(&self) -> anyhow::Result<(Certificate, Trust)> {
        let bytes = std::fs::read(&self.certificate).context("the certificate cannot be read")?;
        let certificate = Certificate::decode(&bytes).context("the certificate cannot be read")?;
        Ok((certificate, Trust::new(self.issuers.iter().copied())))
    }
}

/// Prints what was written as one JSON object; ends with 0 when everything is in the file.
pub(crate) fn export(place: &Place, args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let (certificate, trust) = args.enrolment.read()?;
    let hall = place.open(clock(None))?;
    let exported = hall.export(&args.file, args.reader, &certificate, &trust)?;
    said(&exported, &exported.problems)
}

/// Prints what became of the file as one JSON object; ends with 0 when the whole file was good.
pub(crate) fn import(place: &Place, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let (certificate, trust) = args.enrolment.read()?;
    let hall = place.open(clock(None))?;
    let imported = hall.import(&args.file, &certificate, &trust, |_| Ok(()))?;
    said(&imported, &imported.problems)
}

fn said<T: Serialize>(what: &T, problems: &[String]) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", serde_json::to_string(what)?)?;
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
