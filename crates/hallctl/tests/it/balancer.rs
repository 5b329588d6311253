//! What stands in front of a county: ends TLS, with a certificate for `localhost` that an authority of its own issued.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

pub(crate) struct Balancer {
    pub(crate) port: u16,
    authority: NamedTempFile,
    /// It serves as long as this lives.
    _runtime: Runtime,
}

impl Balancer {
    /// In front of the county at `address`.
    pub(crate) fn before(address: String) -> Self {
        let (config, authority) = certified();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        runtime.spawn(async move {
            while let Ok((came, _)) = listener.accept().await {
                let (acceptor, address) = (acceptor.clone(), address.clone());
                tokio::spawn(async move {
                    // Whoever does not believe the certificate hangs up.
                    let Ok(mut came) = acceptor.accept(came).await else { return };
                    let Ok(mut on) = TcpStream::connect(address).await else { return };
                    let _ended = tokio::io::copy_bidirectional(&mut came, &mut on).await;
                });
            }
        });
        Self { port, authority, _runtime: runtime }
    }

    /// The file with the authority's certificate.
    pub(crate) fn authority(&self) -> &Path {
        self.authority.path()
    }
}

fn certified() -> (ServerConfig, NamedTempFile) {
    let (key, mut params) = (KeyPair::generate().unwrap(), CertificateParams::default());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    let mut authority = NamedTempFile::new().unwrap();
    let text = BASE64.encode(certificate.der());
    writeln!(authority, "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----").unwrap();

    let own = KeyPair::generate().unwrap();
    let named = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let named = named.signed_by(&own, &Issuer::new(params, key)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![named.der().clone()], PrivateKeyDer::Pkcs8(own.serialize_der().into()))
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    (config, authority)
}
