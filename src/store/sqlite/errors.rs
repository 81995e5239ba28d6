//! Translates errors of SQLite for the user of the command.

use std::fmt::Display;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rusqlite::{Error as Sql, ErrorCode, ffi};
use rustix::process::geteuid;

use crate::denied;
use crate::error::{Error, Kind};
use crate::store::errors::{damaged, not_permitted};

impl From<Sql> for Error {
    fn from(sql: Sql) -> Self {
        let error = match &sql {
            Sql::SqliteFailure(code, _) if code.extended_code == ffi::SQLITE_READONLY_ROLLBACK => {
                must_be_undone()
            }
            Sql::SqliteFailure(code, text) => {
                from_code(code.code, text.as_deref().unwrap_or("no details"))
            }
            // The error's own text would show the SQL.
            Sql::SqlInputError { msg, .. } => damaged(format!(
                "the database doesn't have the expected tables: {msg}"
            )),
            _ => damaged(format!("the database holds an invalid value: {sql}")),
        };
        error.caused_by(sql)
    }
}

fn from_code(code: ErrorCode, text: &str) -> Error {
    let disk = |fact: &str| Error::new(Kind::Io, format!("{fact}: {text}"));
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Error::new(Kind::Locked, "the database is locked by another process")
                .hint("try again later")
        }
        ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied => {
            not_permitted("permission denied: can't write the database")
        }
        ErrorCode::NotADatabase => Error::new(
            Kind::DatabaseForeign,
            "the file is not a database, or its beginning was overwritten",
        )
        .hint("name an apikey database with --db PATH"),
        ErrorCode::OutOfMemory => {
            Error::new(Kind::OutOfMemory, "there is not enough memory").hint("try again later")
        }
        ErrorCode::OperationInterrupted => {
            Error::new(Kind::Interrupted, "interrupted").hint("nothing was changed")
        }
        ErrorCode::DiskFull => disk("the disk is full").hint("free some space, then try again"),
        ErrorCode::SystemIoFailure => disk("the disk failed"),
        ErrorCode::CannotOpen => disk("can't open the database")
            .hint("check that its directory exists and that you may enter it"),
        ErrorCode::DatabaseCorrupt
        | ErrorCode::TooBig
        | ErrorCode::Unknown
        | ErrorCode::ConstraintViolation
        | ErrorCode::SchemaChanged => damaged(format!("the database is damaged: {text}")),
        _ => disk("the database failed"),
    }
}

/// Returns the error for an interrupted change that this user may not undo.
pub(in crate::store) fn must_be_undone() -> Error {
    let fact = "an interrupted change must be undone before the database can be read";
    Error::new(Kind::Locked, fact).hint("the owner's next apikey command undoes it; try again then")
}

/// Returns the error for a database of an older version that this user can't migrate. The hint
/// for its owner and root is the fix; the hint for other users is that the owner can migrate it.
pub(in crate::store) fn not_migrated(path: &Path, error: &Error) -> Error {
    let fact = |cause: &dyn Display| {
        not_permitted(format!(
            "an older version created the database, and it can't be migrated: {cause}"
        ))
    };
    let user = geteuid();
    let is_owner = path
        .metadata()
        .is_ok_and(|found| found.uid() == user.as_raw());
    match denied::changing(path) {
        Some(denied) if is_owner || user.is_root() => fact(&denied.fact).hint(denied.hint),
        _ => fact(error).hint("its owner's next apikey command migrates it; try again then"),
    }
}
