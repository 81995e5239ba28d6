//! Translates errors of PostgreSQL for the user of the command.

use std::error::Error as StdError;
use std::io;

use tokio_postgres::error::{DbError, SqlState};

use crate::error::{Error, Kind};

/// The hint for a role that lacks a right.
pub(super) const AS_OWNER: &str = "connect as the owner of the database; to let a role verify, run \
     `apikey init --shared ROLE` as the owner";

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let translated = match error.as_db_error() {
            Some(reported) => from_server(reported),
            None => from_client(&error),
        };
        translated.caused_by(error)
    }
}

/// Returns whether `error` is that of a transaction which the server undid because of another one,
/// so that it may succeed if it is repeated.
pub(in crate::store) fn is_retryable(error: &Error) -> bool {
    matches!(sql_state(error), Some("40001" | "40P01"))
}

/// Returns the SQLSTATE of the server's error that caused `error`.
fn sql_state(error: &Error) -> Option<&str> {
    let cause: &tokio_postgres::Error = error.source()?.downcast_ref()?;
    cause.code().map(SqlState::code)
}

/// Returns the translation of an error that the server reported, by its SQLSTATE.
fn from_server(reported: &DbError) -> Error {
    let (code, text) = (reported.code().code(), reported.message());
    let with_text = |kind, fact: &str| Error::new(kind, format!("{fact}: {text}"));
    match code {
        "55P03" => Error::new(Kind::Locked, "the database is locked by another process")
            .hint("try again later"),
        "40001" | "40P01" => with_text(Kind::Unavailable, "other changes got in the way")
            .hint("nothing was changed; try again"),
        "42501" => Error::new(Kind::NotPermitted, text).hint(AS_OWNER),
        "53100" => with_text(Kind::Io, "the server's disk is full")
            .hint("free some space on the server, then try again"),
        "53200" => Error::new(Kind::OutOfMemory, "the server doesn't have enough memory")
            .hint("try again later"),
        "53300" => with_text(Kind::Unavailable, "the server has too many connections")
            .hint("try again later, or raise max_connections on the server"),
        "25006" => Error::new(Kind::Unavailable, "the server accepts no writes")
            .hint("try again later, and name every host of the database to find the primary"),
        "3D000" | "57P04" => Error::new(Kind::DatabaseMissing, text)
            .hint("check the name of the database; createdb creates one"),
        "28P01" => Error::new(Kind::NotPermitted, text)
            .hint("check the password in the passfile (~/.pgpass), the service file or PGPASSWORD"),
        "42P01" | "42703" | "3F000" => damaged(format!(
            "the database doesn't have the expected tables: {text}"
        )),
        "XX001" | "XX002" => damaged(format!("the database is damaged: {text}")),
        "25P03" => {
            with_text(Kind::Unavailable, "the server is unavailable").hint("try again later")
        }
        _ => match code.get(..2) {
            Some("28") => Error::new(Kind::NotPermitted, text)
                .hint("connect as a role that exists and that pg_hba.conf lets in from here"),
            Some("23") => damaged(format!("the database is damaged: {text}")),
            Some("08" | "57") => {
                with_text(Kind::Unavailable, "the server is unavailable").hint("try again later")
            }
            _ => with_text(Kind::Io, "the server failed").hint("look into the server's log"),
        },
    }
}

/// Returns the translation of an error that the server didn't report: the connection failed, or a
/// row isn't as expected.
fn from_client(error: &tokio_postgres::Error) -> Error {
    let cause = error.source();
    match cause.and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(cause) => connection_error(&cause.to_string()),
        None if error.is_closed() => connection_error("the server closed it"),
        None if is_unexpected_message(error) => connection_error(&error.to_string()),
        None => damaged(format!(
            "the database holds an invalid value: {error}{}",
            cause.map(|cause| format!(": {cause}")).unwrap_or_default()
        )),
    }
}

/// Returns whether `error` is about a message that the protocol doesn't permit. The kinds of
/// errors are private to tokio-postgres.
fn is_unexpected_message(error: &tokio_postgres::Error) -> bool {
    error.to_string() == "unexpected message from server"
}

/// Returns the error for a connection that ended.
fn connection_error(cause: &str) -> Error {
    let fact = format!("the connection to the server was lost: {cause}");
    Error::new(Kind::Unavailable, fact).hint("try again later")
}

/// Returns the error of a process that can't wait for a server.
pub(in crate::store) fn could_not_start(error: &io::Error) -> Error {
    let fact = format!("can't wait for a server: {error}");
    Error::new(Kind::OutOfMemory, fact)
        .hint("try again later, or allow more open files with ulimit -n")
}

/// Returns the error of a server that doesn't answer.
pub(in crate::store) fn is_silent() -> Error {
    Error::new(Kind::Unavailable, "the server doesn't answer").hint("try again later")
}

/// Returns the error of a transaction that can't be committed, since a statement failed.
pub(in crate::store) fn has_failed() -> Error {
    Error::new(Kind::Io, "a statement of the change failed").hint("nothing was changed; try again")
}

/// Returns the error of a change that was committed, but may not survive the loss of the server.
pub(in crate::store) fn may_be_lost(notice: &str) -> Error {
    let fact = format!("the change was made, but may be lost if the server fails: {notice}");
    Error::new(Kind::OutcomeUnknown, fact).hint("check the standby servers")
}

/// Returns the error of a database whose content no version of apikey could have written.
fn damaged(fact: String) -> Error {
    Error::new(Kind::DatabaseDamaged, fact).hint("restore a backup, or inspect it with psql")
}
