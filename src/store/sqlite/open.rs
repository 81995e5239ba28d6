//! Opening a database: what must be done first, and how each connection is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, Error as Sql, OpenFlags, ffi};

use super::usage::UsageFile;
use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::model::Timestamp;
use crate::process::BlockedSignals;
use crate::store::actor::Actor;
use crate::store::clock::latest_time_after;
use crate::store::db::Db;
use crate::store::errors::{damaged, not_permitted};
use crate::store::sqlite::errors::{not_migrated, to_be_undone};
use crate::store::sqlite::preflight::{Journal, check_file, was_cut_off};
use crate::store::sqlite::schema;
use crate::store::{Access, Settings, Store, rights};

/// How long a lock of another process is waited for.
pub(in crate::store) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of the longest text or row that is read. None of ours comes near it, and a
/// file that holds more must not decide how much memory is taken.
const MAX_LENGTH: i32 = 16 << 20;

impl Store {
    /// Opens the database at `path`, which is absolute, as `actor`.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(crate) fn open_as(path: &Path, access: Access, mut actor: Actor) -> Result<Self> {
        if access == Access::Write {
            limits::check_file_size_limit()?;
        }
        // What is read here locks the database, too.
        let _blocked_stops = BlockedSignals::that_stop();
        let journal = check_file(path)?;
        if let (Access::Write, Some(denied)) = (access, denied::changing(path)) {
            return Err(denied.into());
        }
        if was_cut_off(path) {
            match access {
                Access::Read | Access::Write => roll_back(path)?,
                Access::Peek => return Err(to_be_undone()),
            }
        }
        let (db, settings) = match access {
            Access::Write => open_writing(path, actor.now)?,
            Access::Read if journal == Journal::Wal => open_reading_wal(path, actor.now)?,
            Access::Read => open_reading(path, actor.now)?,
            Access::Peek => open_peeking(path, journal)?,
        };
        actor.now = (actor.clock)();
        let usage = UsageFile::open_reading(path).ok();
        let rights = rights::authorize(&db, path, &actor)?;
        Ok(Self {
            db,
            path: path.to_owned(),
            settings,
            actor,
            rights,
            usage,
        })
    }
}

fn open_writing(path: &Path, now: Timestamp) -> Result<(Db, Settings)> {
    // Reading commands come here, too, where there is something to migrate.
    limits::check_file_size_limit()?;
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = schema::check(&conn, &path.display().to_string())?;
    conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    if version < schema::latest() {
        schema::migrate(&mut conn)?;
        forget_since_when(path);
    }
    let settings = read_settings(&conn)?;
    let db = Db::sqlite(conn);
    ensure_usage(&db, path, now);
    Ok((db, settings))
}

/// Opens the database at `path` again, to see what became of a change.
///
/// # Errors
/// The errors of the engine.
pub(in crate::store) fn reconnect(path: &Path) -> Result<Db> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map(Db::sqlite)
}

/// Lets the record of uses begin again, with the dates kept: an older version may have
/// recorded less. Done after the migration: one that failed changes nothing.
fn forget_since_when(path: &Path) {
    if let Ok(usage) = UsageFile::open_writing(path) {
        let _ = usage.begin(Timestamp::from_unix(0));
    }
}

/// Makes the usage file again where it is missing, for the next verify to record in, and
/// begins the record where nothing believable says since when it has been kept. That this
/// can't be done is no reason to refuse the change.
fn ensure_usage(db: &Db, path: &Path, now: Timestamp) {
    let _ = UsageFile::ensure(path);
    let Ok(usage) = UsageFile::open_writing(path) else {
        return;
    };
    // By a clock that is behind, the record would have been kept for longer than it was.
    if usage.known_since(now).is_none() && matches!(latest_time_after(db, now), Ok(None)) {
        let _ = usage.begin(now);
    }
}

fn open_reading(path: &Path, now: Timestamp) -> Result<(Db, Settings)> {
    let shown = path.display().to_string();
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let version = match schema::check(&conn, &shown) {
        Ok(version) => version,
        Err(_) if has_hot_journal(&conn) => {
            drop(conn);
            roll_back(path)?;
            return open_reading_again(path);
        }
        Err(error) => return Err(error),
    };
    if version < schema::latest() {
        drop(conn);
        open_writing(path, now).map_err(|error| match error.kind() {
            Kind::NotPermitted => not_migrated(path, &error),
            _ => error,
        })?;
        return open_reading_again(path);
    }
    let settings = read_settings(&conn)?;
    Ok((Db::sqlite(conn), settings))
}

/// Gives a database that another program gave a WAL a rollback journal again, where that
/// can be, and reads it: a user who may not write its directory can't read it otherwise.
fn open_reading_wal(path: &Path, now: Timestamp) -> Result<(Db, Settings)> {
    // Where somebody else reads it, or this user may not write it, it is as it is.
    drop(open_writing(path, now));
    open_reading(path, now).map_err(|error| match error.kind() {
        Kind::NotPermitted => {
            let fact = "another program gave the database a WAL, with which it can't be read";
            let hint = "the owner's next apikey command takes it away; try again then";
            Error::new(Kind::Locked, fact).hint(hint)
        }
        _ => error,
    })
}

/// Opens without migrating: what an older schema can't answer is an error.
fn open_peeking(path: &Path, journal: Journal) -> Result<(Db, Settings)> {
    if journal == Journal::Wal {
        // Reading it makes a -wal and a -shm.
        let fact = "the database was given a WAL by another program";
        return Err(Error::new(Kind::Io, fact).hint("the next change takes it away again"));
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(Duration::ZERO)?;
    schema::check(&conn, &path.display().to_string())?;
    let settings = read_settings(&conn)?;
    Ok((Db::sqlite(conn), settings))
}

fn open_reading_again(path: &Path) -> Result<(Db, Settings)> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema::check(&conn, &path.display().to_string())?;
    let settings = read_settings(&conn)?;
    Ok((Db::sqlite(conn), settings))
}

/// Whether reading fails because a change was cut off and must be undone first,
/// which a read-only connection can't.
fn has_hot_journal(conn: &Connection) -> bool {
    let read = conn.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
    matches!(read, Err(Sql::SqliteFailure(code, _))
        if code.extended_code == ffi::SQLITE_READONLY_ROLLBACK
            || code.extended_code & 0xff == ffi::SQLITE_CANTOPEN)
}

/// Undoes a change that was cut off, if this user may; otherwise the database can't be read
/// until a user who may has done so.
fn roll_back(path: &Path) -> Result<()> {
    let _blocked_signals = (BlockedSignals::that_stop(), BlockedSignals::that_end());
    // No schema is read while signals are kept away.
    let undone = connect_unread(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|conn| Ok(conn.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?));
    undone.map_err(|error| match error.kind() {
        // Half of the change is there, and may look like damage.
        Kind::NotPermitted | Kind::DatabaseDamaged | Kind::DatabaseForeign => to_be_undone(),
        _ => error,
    })
}

/// Opens a connection and sets it up.
pub(in crate::store) fn connect(path: &Path, access: OpenFlags) -> Result<Connection> {
    let conn = connect_unread(path, access)?;
    set_up(&conn, access)?;
    Ok(conn)
}

/// Opens a connection of which nothing was read yet: to parse a hostile schema may take
/// for ever. Never `immutable`, never by URI: the path is absolute, so it can't begin with
/// `file:`.
pub(in crate::store) fn connect_unread(path: &Path, access: OpenFlags) -> Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    // SQLite falls back to reading silently.
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) && conn.is_readonly("main")? {
        let shown = path.display();
        // For any reason, a failed disk among them.
        return Err(
            match rustix::fs::access(path, rustix::fs::Access::WRITE_OK) {
                Ok(()) => Error::new(Kind::Io, format!("{shown} can't be opened for writing")),
                Err(_) => denied::changing(path).map_or_else(
                    || not_permitted(format!("{shown} may not be changed by you")),
                    Error::from,
                ),
            },
        );
    }
    conn.busy_timeout(BUSY_TIMEOUT)?;
    // What the file itself says is not trusted: a user who can't write it may have
    // received it from another.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH)?;
    schema::limit(&conn)?;
    conn.execute_batch("PRAGMA cell_size_check = ON")?;
    Ok(conn)
}

/// Sets up what changes need; the schema is read then.
pub(in crate::store) fn set_up(conn: &Connection, access: OpenFlags) -> Result<()> {
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        conn.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA",
        )?;
    }
    Ok(())
}

pub(in crate::store) fn read_settings(conn: &Connection) -> Result<Settings> {
    let (prefix, argon2): (String, String) =
        conn.query_row("SELECT prefix, argon2 FROM settings", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let wrong = |what: &str| damaged(format!("the database's {what} is not a valid one"));
    Ok(Settings {
        prefix: prefix.parse().map_err(|_| wrong("prefix"))?,
        cost: argon2.parse().map_err(|_| wrong("Argon2 cost"))?,
    })
}
