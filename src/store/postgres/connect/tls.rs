//! TLS: the checks of the server's certificate, and the certificate of the client.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;
use zeroize::Zeroizing;

use super::guard::Guard;
use super::socket::Socket;
use super::verifier::Verifier;
use crate::error::{Error, Kind, Result};
use crate::store::postgres::parameters::file::{self, Readers};
use crate::store::postgres::parameters::{Address, Certificates, Host, SslMode};

/// Puts TLS on the socket of a connection, and guards the password there.
#[derive(Clone)]
pub(super) struct Tls {
    /// None if the connection is without TLS.
    connector: Option<MakeRustlsConnect>,
    /// The name that the server's certificate must contain.
    name: String,
    /// Whether the server may ask for the password in every form.
    is_password_safe: bool,
}

impl Tls {
    /// Returns the TLS of connections to `host`.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] if a file of `certificates` is malformed, [`Kind::Io`] if it can't be
    /// read or the system has no certificates.
    pub(super) fn new(host: &Host, certificates: &Certificates) -> Result<Self> {
        let check = Check::of(host.ssl_mode, certificates);
        let is_verified = matches!(check, Some(Check::Issuer | Check::IssuerAndName));
        let config = check.map(|check| config(check, certificates)).transpose()?;
        Ok(Self {
            connector: config.map(MakeRustlsConnect::new),
            name: match &host.address {
                Address::Tcp { name, .. } => name.clone(),
                Address::Socket(_) => String::new(),
            },
            is_password_safe: is_verified || host.password.is_none(),
        })
    }
}

/// The stream of TLS on a socket.
type TlsStream = Guard<<MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl TlsConnect<Guard<Socket>> for Tls {
    type Stream = TlsStream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TlsStream>> + Send>>;

    fn connect(self, socket: Guard<Socket>) -> Self::Future {
        Box::pin(async move {
            let mut connector = self
                .connector
                .ok_or_else(|| io::Error::other("this connection is without TLS"))?;
            let made = MakeTlsConnect::<Socket>::make_tls_connect(&mut connector, &self.name);
            let Ok(connector) = made;
            let stream = connector.connect(socket.into_inner()).await?;
            Ok(Guard::new(stream, self.is_password_safe, false))
        })
    }
}

/// The check of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Nothing: the server can be any.
    Nothing,
    /// A trusted issuer has signed it.
    Issuer,
    /// A trusted issuer has signed it, and it contains the name of the host.
    IssuerAndName,
}

impl Check {
    /// Returns the check in `mode`; none without TLS.
    ///
    /// A file with trusted issuers is heeded in every mode, as libpq does. Everyone can get a
    /// certificate from an issuer that the system trusts, so there the name is always checked.
    fn of(mode: SslMode, certificates: &Certificates) -> Option<Self> {
        match mode {
            SslMode::Disable => None,
            SslMode::VerifyFull => Some(Self::IssuerAndName),
            SslMode::VerifyCa if certificates.root.is_none() => Some(Self::IssuerAndName),
            _ if certificates.is_root_system => Some(Self::IssuerAndName),
            SslMode::VerifyCa => Some(Self::Issuer),
            SslMode::Allow | SslMode::Prefer | SslMode::Require => {
                let has_root = certificates.root.is_some();
                Some(if has_root {
                    Self::Issuer
                } else {
                    Self::Nothing
                })
            }
        }
    }
}

/// Returns the configuration of TLS with the check `check`.
fn config(check: Check, certificates: &Certificates) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match check {
        Check::IssuerAndName => builder.with_root_certificates(roots(certificates)?),
        Check::Issuer => without_name(builder, Some(roots(certificates)?), &provider),
        Check::Nothing => without_name(builder, None, &provider),
    };
    match (&certificates.client, &certificates.key) {
        (Some(certificate), Some(key)) => {
            let (chain, key_der) = (certificates_in(certificate)?, key_in(key)?);
            let with_certificate = builder.with_client_auth_cert(chain, key_der);
            with_certificate.map_err(|error| {
                let (certificate, key) = (certificate.display(), key.display());
                let fact = format!("the certificate {certificate} and the key {key} can't be used");
                invalid(
                    format!("{fact}: {error}"),
                    "check that they belong together",
                )
                .caused_by(error)
            })
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

/// Completes the checks of `builder` without a check of the name.
fn without_name(
    builder: ConfigBuilder<ClientConfig, rustls::WantsVerifier>,
    roots: Option<RootCertStore>,
    provider: &CryptoProvider,
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let algorithms = provider.signature_verification_algorithms;
    let verifier = Arc::new(Verifier::new(roots, algorithms));
    builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
}

/// Returns the trusted issuers: from the file, otherwise from the system.
fn roots(certificates: &Certificates) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match &certificates.root {
        Some(path) => {
            for certificate in certificates_in(path)? {
                roots.add(certificate).map_err(|error| {
                    let fact = format!("the certificate {} is malformed", path.display());
                    invalid(format!("{fact}: {error}"), "replace it").caused_by(error)
                })?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            // A system may hold some that rustls can't use.
            let (added, _) = roots.add_parsable_certificates(found.certs);
            if added == 0 {
                let fact = "the system has no certificates of trusted issuers";
                let hint = "install the package ca-certificates, or name a file with sslrootcert";
                let error = Error::new(Kind::Io, fact).hint(hint);
                return Err(match found.errors.into_iter().next() {
                    Some(cause) => error.caused_by(cause),
                    None => error,
                });
            }
        }
    }
    Ok(roots)
}

/// Returns the certificates in the PEM file at `path`; at least one.
fn certificates_in(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let content = read(path, "the certificate", Readers::Anyone)?;
    let parsed: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    match parsed {
        Ok(found) if found.is_empty() => {
            Err(not_pem(path, "the certificate", pem::Error::NoItemsFound))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(not_pem(path, "the certificate", error)),
    }
}

/// Returns the key in the PEM file at `path`.
fn key_in(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let content = read(path, "the key", Readers::OwnerOrGroupOfRoot)?;
    let is_encrypted = content
        .windows(b"ENCRYPTED".len())
        .any(|text| text == b"ENCRYPTED");
    if is_encrypted {
        let fact = format!("the key {} is encrypted", path.display());
        return Err(invalid(
            fact,
            "give a key without a passphrase, with mode 0600",
        ));
    }
    PrivateKeyDer::from_pem_slice(&content).map_err(|error| not_pem(path, "the key", error))
}

/// Reads a file that was there when the parameters were read.
fn read(path: &Path, what: &str, readers: Readers) -> Result<Zeroizing<Vec<u8>>> {
    file::read(path, what, readers)?.ok_or_else(|| {
        let fact = format!("{what} {} is gone", path.display());
        Error::new(Kind::Io, fact).hint("try again")
    })
}

/// Returns the error of a file that isn't PEM. The cause names no content, which may be a key.
fn not_pem(path: &Path, what: &str, error: pem::Error) -> Error {
    let fact = format!("{what} {} is not in PEM form", path.display());
    invalid(fact, "convert it with openssl").caused_by(error)
}

fn unusable(error: rustls::Error) -> Error {
    Error::new(Kind::Io, format!("TLS can't be used: {error}")).caused_by(error)
}

fn invalid(fact: String, hint: &str) -> Error {
    Error::new(Kind::InvalidInput, fact).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_has_its_check() {
        let with_file = Certificates {
            root: Some("/root.crt".into()),
            ..Certificates::default()
        };
        let system = Certificates {
            is_root_system: true,
            ..Certificates::default()
        };
        let unnamed = Certificates::default();
        let (nothing, issuer) = (Some(Check::Nothing), Some(Check::Issuer));
        let name = Some(Check::IssuerAndName);
        for (mode, checks) in [
            (SslMode::Disable, [None, None, None]),
            (SslMode::Allow, [issuer, nothing, name]),
            (SslMode::Prefer, [issuer, nothing, name]),
            (SslMode::Require, [issuer, nothing, name]),
            (SslMode::VerifyCa, [issuer, name, name]),
            (SslMode::VerifyFull, [name, name, name]),
        ] {
            let files = [&with_file, &unnamed, &system];
            assert_eq!(files.map(|file| Check::of(mode, file)), checks, "{mode:?}");
        }
    }
}
