//! The reasons why no connection was made, for the user of the command.

use std::cmp::Reverse;
use std::io;

use super::{Role, refusal};
use crate::error::{Error, Kind};
use crate::store::postgres::parameters::{Address, Host, Parameters, Target};

/// The reason why a host can't be used.
#[derive(Debug)]
pub(super) struct Failure {
    /// The reason. Its fact begins with the host.
    pub(super) error: Error,
    /// Whether a server answered, so that the host has no other address to try.
    pub(super) is_reached: bool,
    /// Whether a login with TLS instead of without could succeed, or the other way round.
    pub(super) is_about_tls: bool,
}

impl Failure {
    /// Returns the failure of `host` with the reason `error`.
    fn new(host: &Host, error: Error) -> Self {
        let named = Error::new(error.kind(), format!("{}: {error}", name(host)));
        Self {
            error: with_hint_of(&error, named).caused_by(error),
            is_reached: false,
            is_about_tls: false,
        }
    }

    /// Returns the failure after an answer of the server.
    fn reached(self) -> Self {
        Self {
            is_reached: true,
            ..self
        }
    }

    /// Returns the failure that informs the user most, with the facts of the others: a server that
    /// refused the login has to be corrected, even if the others are unreachable.
    pub(super) fn most_informative(mut failures: Vec<Self>) -> Self {
        let rank = |failure: &Self| match failure.error.kind() {
            Kind::NotPermitted => 4,
            Kind::DatabaseMissing => 3,
            Kind::Unavailable if failure.is_reached => 1,
            Kind::Unavailable => 0,
            _ => 2,
        };
        // The order of the hosts remains among equals.
        failures.sort_by_key(|failure| Reverse(rank(failure)));
        let mut facts: Vec<String> = Vec::new();
        for failure in &failures {
            if !facts.iter().any(|fact| fact == failure.error.message()) {
                facts.push(failure.error.message().to_owned());
            }
        }
        let Some(mut first) = failures.into_iter().next() else {
            let error = Error::new(Kind::Unavailable, "there is no server to connect to");
            return Self {
                error,
                is_reached: false,
                is_about_tls: false,
            };
        };
        if facts.len() > 1 {
            let all = Error::new(first.error.kind(), facts.join("; "));
            first.error = with_hint_of(&first.error, all).caused_by(first.error);
        }
        first
    }
}

/// Returns `error` with the hint of `other`.
fn with_hint_of(other: &Error, error: Error) -> Error {
    match other.advice() {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Returns the name of a host in messages: what a client connects to.
fn name(host: &Host) -> String {
    let port = host.port;
    match &host.address {
        Address::Socket(directory) => {
            let path = directory.join(format!(".s.PGSQL.{port}"));
            path.display().to_string()
        }
        Address::Tcp { name, .. } if name.contains(':') => format!("[{name}]:{port}"),
        Address::Tcp { name, .. } => format!("{name}:{port}"),
    }
}

/// Returns the failure of a host whose name has no address.
pub(super) fn unknown_name(host: &Host, error: io::Error) -> Failure {
    let text = error.to_string();
    let reason = text.rsplit_once(": ").map_or(&*text, |(_, reason)| reason);
    let fact = format!("the host has no address: {}", in_lower_case(reason));
    let hint = "check the name of the host, and the name server";
    let error = Error::new(Kind::Unavailable, fact)
        .hint(hint)
        .caused_by(error);
    Failure::new(host, error)
}

/// Returns the failure of a host at which nothing listens, or which can't be reached.
pub(super) fn unreachable(host: &Host, error: io::Error) -> Failure {
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default();
    let fact = format!("can't connect: {}", in_lower_case(reason));
    let is_socket = matches!(host.address, Address::Socket(_));
    let (kind, hint) = if is_socket && error.kind() == io::ErrorKind::PermissionDenied {
        let hint = "run it as a user who may use the socket, or connect over TCP";
        (Kind::NotPermitted, hint)
    } else {
        let hint = "check that the server runs there, and the host and the port";
        (Kind::Unavailable, hint)
    };
    Failure::new(host, Error::new(kind, fact).hint(hint).caused_by(error))
}

/// Returns the failure of a host that didn't answer in its part of the time.
pub(super) fn timed_out(host: &Host) -> Failure {
    let hint = "check the network and the server, or raise connect_timeout";
    Failure::new(
        host,
        Error::new(Kind::Unavailable, "no answer in time").hint(hint),
    )
}

/// Returns the failure of a host for which this process has no TLS.
pub(super) fn without_tls(host: &Host, error: Error) -> Failure {
    Failure::new(host, error).reached()
}

/// Returns the failure of a server that refused the login, or ended the connection.
pub(super) fn refused(host: &Host, error: tokio_postgres::Error) -> Failure {
    let is_about_tls = refusal::is_about_tls(&error);
    Failure {
        is_about_tls,
        ..Failure::new(host, refusal::translated(error)).reached()
    }
}

/// Returns the failure of a server that doesn't answer as PostgreSQL does.
pub(super) fn not_postgres(host: &Host) -> Failure {
    let fact = "the server doesn't answer as PostgreSQL does";
    let error = Error::new(Kind::Unavailable, fact).hint("check the host and the port");
    Failure::new(host, error).reached()
}

/// Returns the failure of a server with another role than the one that is wanted.
pub(super) fn wrong_role(host: &Host, role: Role, parameters: &Parameters) -> Failure {
    let fact = match (parameters.target, role.is_standby) {
        (Target::Standby, _) => "the server is not a standby",
        (Target::ReadOnly, _) => "the server accepts writes",
        (_, true) => "the server is a standby",
        (_, false) => "the server accepts no writes",
    };
    let hint = match parameters.target {
        Target::Primary | Target::ReadWrite => {
            "name every host of the database, or try again once one of them is the primary"
        }
        _ => "name every host of the database, or give another target_session_attrs",
    };
    let error = Error::new(Kind::Unavailable, fact).hint(hint);
    Failure::new(host, error).reached()
}

/// Returns `text` with a first letter in lower case.
fn in_lower_case(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
