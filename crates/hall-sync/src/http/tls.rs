//! TLS between the machines of a hall: the certificate carries the device's own Ed25519 key, and whoever connects
//! knows that key, or a pin of it, from his enrolment. Names and dates in such a certificate mean nothing.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::enrolment::Pin;

/// RFC 8410: what stands before the seed in the PKCS #8 form of an Ed25519 key.
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// RFC 8410: what stands before the key in a certificate's public key info, without the outer sequence's head.
const SPKI: [u8; 10] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Stands in the certificate where a host's name would.
const NAME: &str = "linggong-hall";

/// TLS that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("no certificate for the device's key")]
    Certificate(#[from] rcgen::Error),
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Whose key is expected at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Key([u8; 32]),
    Pin(Pin),
    /// A name for which one of the system's authorities vouches.
    Public,
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The server's side, which shows `key`.
pub fn server(key: &SigningKey) -> Result<ServerConfig, TlsError> {
    let der = PrivatePkcs8KeyDer::from([&PKCS8[..], &key.to_bytes()].concat());
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ED25519)?;
    let certificate = CertificateParams::new([NAME.to_owned()])?.self_signed(&pair)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(der))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The client's side, which goes on only with whom it expects.
pub fn client(expected: Expected) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider());
    let mut config = match expected {
        Expected::Public => {
            builder.with_safe_default_protocol_versions()?.with_platform_verifier()?.with_no_client_auth()
        }
        pinned => builder
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { expected: pinned, provider: provider() }))
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Believes a key and nothing else.
#[derive(Debug)]
struct Pinned {
    expected: Expected,
    provider: Arc<CryptoProvider>,
}

/// The Ed25519 key in a certificate; `None` for another kind of key.
pub fn key_of(certificate: &CertificateDer<'_>) -> Option<[u8; 32]> {
    let info = webpki::EndEntityCert::try_from(certificate).ok()?.subject_public_key_info();
    let key = info.as_ref().windows(SPKI.len()).position(|window| window == SPKI)?;
    info.as_ref().get(key + SPKI.len()..)?.try_into().ok()
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let key = key_of(end_entity);
        let good = match self.expected {
            Expected::Key(expected) => key == Some(expected),
            Expected::Pin(pin) => key.is_some_and(|key| Pin::of(&key) == pin),
            Expected::Public => false,
        };
        if good {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}
