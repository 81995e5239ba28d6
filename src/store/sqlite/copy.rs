//! A copy of a database in a draft, where it is migrated and checked before it is renamed.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempPath;

use super::draft::{Draft, temporary_file};
use super::open::{connect_unread, read_settings, set_up};
use super::source::Source;
use super::usage::UsageFile;
use crate::error::{Error, Kind, Result};
use crate::model::{Rights, Timestamp};
use crate::process::{BlockedSignals, Interrupter, Signals};
use crate::store::actor::Actor;
use crate::store::db::Db;
use crate::store::errors::{cannot_create, damaged};
use crate::store::sqlite::schema;
use crate::store::{Store, rights};

/// A copy that has no final name yet. Dropping it deletes it.
pub(in crate::store) struct Copy {
    /// Interrupts SQLite when a signal comes.
    _interrupting: Option<Interrupter>,
    // In this order: the database is closed before its file is deleted.
    pub(in crate::store) store: Store,
    draft: Draft,
    /// The final path, which errors name instead of the temporary one.
    target: PathBuf,
}

impl Copy {
    /// Copies a snapshot of the database behind `source`, which is at `path`, and migrates
    /// the copy to the latest version. Errors name `path` or `to`, the final path of the copy,
    /// and never the draft.
    pub(in crate::store) fn of(
        source: &Connection,
        path: &Path,
        to: &Path,
        actor: Actor,
        signals: &Signals,
    ) -> Result<Self> {
        let draft = create_draft(to)?;
        let mut conn = open_draft(&draft, to)?;
        copy_pages(source, &mut conn, signals)?;
        Self::complete(conn, draft, (path, to), actor, signals, |_, _, _| Ok(()))
    }

    /// Copies a backup through the descriptor that was checked, and migrates the copy to the
    /// latest version. Refuses an operator who lacks the required right according to the users and
    /// groups in the backup.
    pub(in crate::store) fn of_backup(
        source: &Source,
        to: &Path,
        actor: Actor,
        signals: &Signals,
    ) -> Result<Self> {
        let draft = create_draft(to)?;
        source.copy_to(draft.path(), to, signals)?;
        let conn = open_draft(&draft, to)?;
        let check =
            |db: &Db, path: &Path, actor: &Actor| rights::authorize(db, path, actor).map(drop);
        Self::complete(conn, draft, (source.path(), to), actor, signals, check)
    }

    fn complete(
        conn: Connection,
        draft: Draft,
        (path, to): (&Path, &Path),
        mut actor: Actor,
        signals: &Signals,
        check_rights: fn(&Db, &Path, &Actor) -> Result<()>,
    ) -> Result<Self> {
        let handle = conn.get_interrupt_handle();
        let interrupting = signals.interrupt_with(move || handle.interrupt());
        set_up(&conn, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let version = schema::check(&conn, &path.display().to_string())?;
        let mut db = Db::sqlite(conn);
        // Copying may have waited for a lock.
        actor.now = (actor.clock)();
        check_rights(&db, draft.path(), &actor)?;
        db.as_sqlite()
            .query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        if version < schema::latest() {
            schema::migrate(db.as_sqlite_mut())?;
        }
        let settings = read_settings(db.as_sqlite())?;
        let store = Store {
            db,
            path: draft.path().to_owned(),
            settings,
            actor,
            rights: Rights::Everything,
            usage: UsageFile::open_reading(path).ok(),
        };
        Ok(Self {
            _interrupting: interrupting,
            store,
            draft,
            target: to.to_owned(),
        })
    }

    /// Checks the content of the copy.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`] with the first failed check, and the errors of reading the copy.
    pub(in crate::store) fn check(&self) -> Result<()> {
        match self.store.first_damage()? {
            None => Ok(()),
            Some(damage) => Err(damaged(format!("{}: {}", damage.check, damage.fact))),
        }
    }

    /// Creates a usage file for the copy, deleted when dropped, with the dates that `uses` has
    /// for its secrets and with `known_since` as the start of the record.
    pub(in crate::store) fn uses(
        &self,
        uses: Option<&UsageFile>,
        known_since: Option<Timestamp>,
    ) -> Result<TempPath> {
        let failed = |error: io::Error| cannot_create(&self.target, error);
        let file = temporary_file(self.draft.directory()).map_err(failed)?;
        if let Some(since) = known_since {
            UsageFile::write_beginning(file.as_file(), since).map_err(failed)?;
        }
        if let Some(uses) = uses {
            let Store { db, actor, .. } = &self.store;
            db.each("SELECT slot FROM secrets", &[], &mut |row| {
                uses.copy_dates(row.get("slot")?, file.as_file(), actor.now)
                    .map_err(failed)?;
                Ok(ControlFlow::Continue(()))
            })?;
        }
        file.as_file().sync_all().map_err(failed)?;
        Ok(file.into_temp_path())
    }

    /// Returns the open database, and its draft.
    pub(in crate::store) fn into_parts(self) -> (Store, Draft) {
        (self.store, self.draft)
    }
}

fn create_draft(to: &Path) -> Result<Draft> {
    let directory = to.parent().unwrap_or(Path::new("/"));
    Draft::create_in(directory).map_err(|error| cannot_create(to, error))
}

fn open_draft(draft: &Draft, to: &Path) -> Result<Connection> {
    let conn = connect_unread(draft.path(), OpenFlags::SQLITE_OPEN_READ_WRITE);
    conn.map_err(|error| error.renaming(draft.path(), to))
}

/// Copies all pages in one read transaction: between two transactions, other processes could write.
fn copy_pages(source: &Connection, to: &mut Connection, signals: &Signals) -> Result<()> {
    /// Pages copied between two checks for a signal.
    const CHUNK: i32 = 4096;
    let _blocked_stops = BlockedSignals::that_stop();
    let snapshot = source.unchecked_transaction()?;
    // This read waits for the lock as long as every other read does; a step of the copy wouldn't.
    snapshot.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0))?;
    let copying = Backup::new(source, to)?;
    loop {
        signals.check()?;
        match copying.step(CHUNK)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => {
                let fact = "the database is locked by another process";
                return Err(Error::new(Kind::Locked, fact).hint("try again later"));
            }
        }
    }
}
