//! Opens a database and sets up its connections.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, Error as Sql, OpenFlags, ffi};

use super::usage::UsageFile;
use crate::config::Place;
use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::model::Timestamp;
use crate::process::BlockedSignals;
use crate::store::actor::Actor;
use crate::store::clock::latest_time_after;
use crate::store::db::Db;
use crate::store::errors::{damaged, not_permitted};
use crate::store::sqlite::errors::{must_be_undone, not_migrated};
use crate::store::sqlite::preflight::{Journal, check_file, has_writer, was_interrupted};
use crate::store::sqlite::schema;
use crate::store::uses::Record;
use crate::store::{Access, Settings, Store, rights};

/// The longest wait for a lock of another process.
pub(in crate::store) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum size in bytes of a text or row that is read. Ours are far smaller, and a hostile
/// file must not decide how much memory is allocated.
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
        // A stopped process would keep the locks that the reads below take.
        let _blocked_stops = BlockedSignals::that_stop();
        let journal = check_file(path)?;
        if let (Access::Write, Some(denied)) = (access, denied::changing(path)) {
            return Err(denied.into());
        }
        let has_writer = || !matches!(File::open(path), Ok(file) if !has_writer(&file));
        if was_interrupted(path, has_writer) {
            match access {
                Access::Read | Access::Verify | Access::Write => roll_back(path)?,
                Access::Peek => return Err(must_be_undone()),
            }
        }
        let (db, settings) = match access {
            Access::Write => open_writing(path, actor.now)?,
            Access::Read | Access::Verify if journal == Journal::Wal => {
                open_reading_wal(path, actor.now)?
            }
            Access::Read | Access::Verify => open_reading(path, actor.now)?,
            Access::Peek => open_peeking(path, journal)?,
        };
        actor.now = actor.clock.now();
        let place = Place::File(path.to_owned());
        let rights = rights::authorize(&db, &place, &actor)?;
        Ok(Self {
            db,
            place,
            settings,
            actor,
            rights,
            record: Record::of_file(path),
        })
    }
}

/// The version of the schema since which each secret has a slot. Programs for older versions may
/// have recorded fewer uses.
const FIRST_WITH_SECRETS: i64 = 2;

fn open_writing(path: &Path, now: Timestamp) -> Result<(Db, Settings)> {
    // Reading commands come here, too, if the database must be migrated.
    limits::check_file_size_limit()?;
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = schema::check(&conn, &path.display().to_string())?;
    conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    if version < schema::latest() {
        schema::migrate(&mut conn)?;
    }
    if version < FIRST_WITH_SECRETS {
        reset_known_since(path);
    }
    let settings = read_settings(&conn)?;
    let db = Db::sqlite(conn);
    ensure_usage(&db, path, now);
    Ok((db, settings))
}

/// Opens the database at `path` again, to find out whether a change was made.
///
/// # Errors
/// The errors of the engine.
pub(in crate::store) fn reconnect(path: &Path) -> Result<Db> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map(Db::sqlite)
}

/// Removes the start of the record from the usage file, since an older program may have recorded
/// fewer uses; [`ensure_usage`] then sets it to the present. The dates stay. Runs after the
/// migration, since a failed migration must change nothing.
fn reset_known_since(path: &Path) {
    if let Ok(usage) = UsageFile::open_writing(path) {
        let _ = usage.begin(Timestamp::from_unix(0));
    }
}

/// Creates a missing usage file, for the next verify to record in, and starts the record if
/// the file has no credible start. An error is ignored: it is no reason to refuse the change.
fn ensure_usage(db: &Db, path: &Path, now: Timestamp) {
    let _ = UsageFile::ensure(path);
    let Ok(usage) = UsageFile::open_writing(path) else {
        return;
    };
    // With a clock that is behind, the record would seem to be older than it is.
    if usage.known_since(now).is_none() && matches!(latest_time_after(db, now), Ok(None)) {
        let _ = usage.begin(now);
    }
}

fn open_reading(path: &Path, now: Timestamp) -> Result<(Db, Settings)> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    match schema::check(&conn, &path.display().to_string()) {
        Ok(version) if version == schema::latest() => {
            let settings = read_settings(&conn)?;
            return Ok((Db::sqlite(conn), settings));
        }
        Ok(_) => {
            drop(conn);
            open_writing(path, now).map_err(|error| match error.kind() {
                Kind::NotPermitted => not_migrated(path, &error),
                _ => error,
            })?;
        }
        Err(_) if has_hot_journal(&conn) => {
            drop(conn);
            roll_back(path)?;
        }
        Err(error) => return Err(error),
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    with_settings(conn, path)
}

/// Switches a database that another program switched to a WAL back to a rollback journal, if
/// this user may, and opens it for reading. A user who may not write the directory of the database
/// can't read a WAL.
fn open_reading_wal(path: &Path, now: Timestamp) -> Result<(Db, Settings)> {
    // Fails if another process reads the database, or if this user may not write it.
    drop(open_writing(path, now));
    open_reading(path, now).map_err(|error| match error.kind() {
        Kind::NotPermitted => {
            let fact = "another program switched the database to a WAL, and you can't read that";
            let hint = "the owner's next apikey command switches it back; try again then";
            Error::new(Kind::Locked, fact).hint(hint)
        }
        _ => error,
    })
}

/// Opens without migrating; a query that an older schema can't answer is an error.
fn open_peeking(path: &Path, journal: Journal) -> Result<(Db, Settings)> {
    if journal == Journal::Wal {
        // Reading would create a -wal and a -shm.
        let fact = "another program switched the database to a WAL";
        return Err(Error::new(Kind::Io, fact).hint("the next change switches it back"));
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(Duration::ZERO)?;
    with_settings(conn, path)
}

fn with_settings(conn: Connection, path: &Path) -> Result<(Db, Settings)> {
    schema::check(&conn, &path.display().to_string())?;
    let settings = read_settings(&conn)?;
    Ok((Db::sqlite(conn), settings))
}

/// Returns whether reading fails because an interrupted change must be undone first, which a
/// read-only connection can't do.
fn has_hot_journal(conn: &Connection) -> bool {
    let read = conn.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
    matches!(read, Err(Sql::SqliteFailure(code, _))
        if code.extended_code == ffi::SQLITE_READONLY_ROLLBACK
            || code.extended_code & 0xff == ffi::SQLITE_CANTOPEN)
}

/// Undoes an interrupted change, if this user may. Otherwise the database can't be read until the
/// command of a user who may has undone the change.
fn roll_back(path: &Path) -> Result<()> {
    let _blocked_signals = (BlockedSignals::that_stop(), BlockedSignals::that_end());
    // The schema is not read: parsing a hostile one while signals are blocked could not be
    // interrupted.
    let undone = connect_unread(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|conn| Ok(conn.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?));
    undone.map_err(|error| match error.kind() {
        // Half of a change may look like damage.
        Kind::NotPermitted | Kind::DatabaseDamaged | Kind::DatabaseForeign => must_be_undone(),
        _ => error,
    })
}

/// Opens a connection and sets it up.
pub(in crate::store) fn connect(path: &Path, access: OpenFlags) -> Result<Connection> {
    let conn = connect_unread(path, access)?;
    set_up(&conn, access)?;
    Ok(conn)
}

/// Opens a connection without reading the schema: parsing a hostile schema may take forever.
/// The file is opened neither as `immutable` nor by a URI: the path is absolute, so it can't begin
/// with `file:`.
pub(in crate::store) fn connect_unread(path: &Path, access: OpenFlags) -> Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    // SQLite silently opens a file read-only if it can't open it for writing.
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) && conn.is_readonly("main")? {
        let shown = path.display();
        // The cause may be a missing permission, but also a failed disk.
        return Err(
            match rustix::fs::access(path, rustix::fs::Access::WRITE_OK) {
                Ok(()) => Error::new(Kind::Io, format!("can't open {shown} for writing")),
                Err(_) => denied::changing(path).map_or_else(
                    || not_permitted(format!("permission denied: can't write {shown}")),
                    Error::from,
                ),
            },
        );
    }
    conn.busy_timeout(BUSY_TIMEOUT)?;
    // The file's content is not trusted: a user who can't write it may have received it from
    // another.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH)?;
    schema::set_limits(&conn)?;
    conn.execute_batch("PRAGMA cell_size_check = ON")?;
    Ok(conn)
}

/// Sets up a connection for changes, if `access` includes writing. This reads the schema.
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
    let invalid = |setting: &str| damaged(format!("the {setting} of the database is invalid"));
    Ok(Settings {
        prefix: prefix.parse().map_err(|_| invalid("prefix"))?,
        cost: argon2.parse().map_err(|_| invalid("Argon2 cost"))?,
    })
}
