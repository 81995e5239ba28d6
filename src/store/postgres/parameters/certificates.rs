//! The files with the certificates for TLS.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::file::{self, Readers};
use super::values::{Parameter, Values};
use super::{Certificates, Host, SslMode};
use crate::error::{Error, Kind, Result};

/// The value of `sslrootcert` that means the certificates of the system.
pub(super) const SYSTEM: &str = "system";

/// Returns the files with the certificates that `values` name, otherwise those in `~/.postgresql`;
/// none if no host uses TLS.
///
/// # Errors
/// If a file that a parameter names doesn't exist or can't be read, the client's certificate has no
/// key, or the key is open to other users.
pub(super) fn certificates(
    values: &Values,
    hosts: &[Host],
    environment: &Environment,
) -> Result<Certificates> {
    if hosts.iter().all(|host| host.ssl_mode == SslMode::Disable) {
        return Ok(Certificates::default());
    }
    let (root, client) = (Parameter::SslRootCertificate, Parameter::SslCertificate);
    let is_root_system = values.text(root) == Some(SYSTEM);
    let root = if is_root_system {
        None
    } else {
        certificate(root, "root.crt", values, environment)?
    };
    let client = certificate(client, "postgresql.crt", values, environment)?;
    let key = client
        .as_ref()
        .map(|client| key(client, values, environment));
    match values.get(Parameter::SslKey) {
        Some(key) if client.is_none() => {
            let fact = "has no certificate";
            Err(key.invalid(fact, "name the certificate with sslcert or PGSSLCERT"))
        }
        _ => Ok(Certificates {
            root,
            is_root_system,
            client,
            key: key.transpose()?,
        }),
    }
}

/// Returns the path of a certificate: that of the parameter, otherwise that in `~/.postgresql` if
/// it exists.
///
/// # Errors
/// If the file of the parameter doesn't exist, or can't be read.
fn certificate(
    parameter: Parameter,
    default: &str,
    values: &Values,
    environment: &Environment,
) -> Result<Option<PathBuf>> {
    let Some(path) = values.path(parameter) else {
        return Ok(in_home(default, environment));
    };
    let file = file::open(&path, "the certificate", Readers::Anyone)?;
    match values.get(parameter).filter(|_| file.is_none()) {
        Some(value) => {
            Err(value.invalid("names no existing file", "give the path of a certificate"))
        }
        None => Ok(Some(path)),
    }
}

/// Returns the path of the key of the certificate `client`.
///
/// # Errors
/// If there is none, or other users can read it.
fn key(client: &Path, values: &Values, environment: &Environment) -> Result<PathBuf> {
    let given = values.path(Parameter::SslKey);
    let found = given.or_else(|| in_home("postgresql.key", environment));
    let open = |path: &PathBuf| file::open(path, "the key", Readers::OwnerOrGroupOfRoot);
    let file = found.as_ref().map(open).transpose()?.flatten();
    found.filter(|_| file.is_some()).ok_or_else(|| {
        let fact = format!("the key of the certificate {} is missing", client.display());
        let hint = "give its path with sslkey or PGSSLKEY";
        Error::new(Kind::InvalidInput, fact).hint(hint)
    })
}

/// Returns the path of a file in `~/.postgresql`, if it exists.
fn in_home(name: &str, environment: &Environment) -> Option<PathBuf> {
    environment.in_home(&format!(".postgresql/{name}"))
}
