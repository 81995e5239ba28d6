//! The errors that only a login can have: of TLS, and of the proof of who the client is.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;
use tokio_postgres::error::SqlState;

use super::guard::RefusedRequest;
use crate::error::{Error, Kind};

/// Returns the translation of an error between the connection of the socket and the first answer.
pub(super) fn translated(error: tokio_postgres::Error) -> Error {
    let refusal = if let Some(request) = cause::<RefusedRequest>(&error) {
        Some(
            refusal(format!("{request}, which is unsafe here"))
                .hint("store the password as SCRAM on the server, or use sslmode=verify-full"),
        )
    } else if let Some(cause) = cause::<rustls::Error>(&error) {
        Some(of_tls(cause))
    } else {
        of_tokio_postgres(&error)
    };
    match refusal {
        Some(refusal) => refusal.caused_by(error),
        None => Error::from(error),
    }
}

/// Returns whether a login could succeed with TLS instead of without, or the other way round: TLS
/// failed, or the server has no rule for this way in its pg_hba.conf.
pub(super) fn is_about_tls(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
        || cause::<rustls::Error>(error).is_some()
}

/// Returns the translation of an error of TLS.
fn of_tls(error: &rustls::Error) -> Error {
    use CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(certificate) => {
            let hint = match certificate {
                Certificate::UnknownIssuer => {
                    "name the file with the certificate of its issuer with sslrootcert"
                }
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                    "connect to a name that the certificate has as subjectAltName, or replace it"
                }
                Certificate::Expired | Certificate::ExpiredContext { .. } => {
                    "renew it on the server; if it is valid, correct the clock of this machine"
                }
                _ => "replace it on the server, by one that a separate issuer has signed",
            };
            refusal(format!(
                "the certificate of the server is not accepted: {}",
                words(certificate)
            ))
            .hint(hint)
        }
        rustls::Error::AlertReceived(alert) => {
            refusal(format!("the server ended TLS with the alert {alert:?}"))
                .hint("check the client's certificate, sslcert and sslkey")
        }
        error => refusal(format!("TLS failed: {error}"))
            .hint("check that the server speaks TLS 1.2 or newer"),
    }
}

/// Returns why a certificate is not accepted. The words of rustls show times as numbers.
fn words(error: &CertificateError) -> String {
    use CertificateError as Certificate;
    match error {
        Certificate::UnknownIssuer => "its issuer is not trusted".to_owned(),
        Certificate::Expired | Certificate::ExpiredContext { .. } => "it has expired".to_owned(),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        Certificate::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "it has no subjectAltName".to_owned()
        }
        Certificate::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "it is not for {}, but for {}",
            expected.to_str(),
            presented
                .iter()
                .map(|name| plain(name))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Certificate::Other(other) => other.to_string(),
        error => error.to_string(),
    }
}

/// Returns the name in `presented`, which rustls writes as `DnsName("NAME")` or `IpAddress(NAME)`.
fn plain(presented: &str) -> &str {
    let name = presented
        .split_once('(')
        .map_or(presented, |(_, name)| name);
    name.trim_end_matches(')').trim_matches('"')
}

/// Returns the translation of an error of tokio-postgres itself, which has no type for each.
fn of_tokio_postgres(error: &tokio_postgres::Error) -> Option<Error> {
    let reason = error.source().map(ToString::to_string).unwrap_or_default();
    match (error.to_string().as_str(), reason.as_str()) {
        (_, "password missing") => Some(
            refusal("the server asks for a password, and none is given".to_owned())
                .hint("put it into the passfile (~/.pgpass), the service file or PGPASSWORD"),
        ),
        (_, "server does not support TLS") => Some(
            refusal("the server has no TLS".to_owned())
                .hint("set ssl = on on the server; sslmode=disable does without on a safe network"),
        ),
        ("authentication error", reason) => Some(
            refusal(format!("the login failed: {reason}"))
                .hint("check that this is the right server, and the password"),
        ),
        _ => None,
    }
}

fn refusal(fact: String) -> Error {
    Error::new(Kind::NotPermitted, fact)
}

/// Returns the first cause of `error` that is a `T`.
fn cause<T: StdError + 'static>(error: &tokio_postgres::Error) -> Option<&T> {
    let mut next = error.source();
    while let Some(error) = next {
        if error.is::<T>() {
            return error.downcast_ref();
        }
        // The source of an error of io is that of the error in it.
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
