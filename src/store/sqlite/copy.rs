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
use super::usage::{UsageFile, Use};
use crate::config::Place;
use crate::error::{Error, Kind, Result};
use crate::model::{Rights, Timestamp};
use crate::process::{BlockedSignals, Interrupter, Signals};
use crate::store::actor::Actor;
use crate::store::db::Db;
use crate::store::errors::{cannot_create, damaged};
use crate::store::sqlite::schema;
use crate::store::uses::{Dates, Record};
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

    /// Creates a database of the latest version, whose rows `fill` inserts. Errors name `to`, the
    /// final path of the copy.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn filled(
        to: &Path,
        actor: Actor,
        signals: &Signals,
        fill: impl FnOnce(&Db) -> Result<()>,
    ) -> Result<Self> {
        let draft = create_draft(to)?;
        let mut conn = open_draft(&draft, to)?;
        set_up(&conn, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::migrate(&mut conn)?;
        let db = Db::sqlite(conn);
        fill(&db)?;
        Self::complete(
            db.into_sqlite()?,
            draft,
            (to, to),
            actor,
            signals,
            |_, _, _| Ok(()),
        )
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
            |db: &Db, place: &Place, actor: &Actor| rights::authorize(db, place, actor).map(drop);
        Self::complete(conn, draft, (source.path(), to), actor, signals, check)
    }

    fn complete(
        conn: Connection,
        draft: Draft,
        (path, to): (&Path, &Path),
        mut actor: Actor,
        signals: &Signals,
        check_rights: fn(&Db, &Place, &Actor) -> Result<()>,
    ) -> Result<Self> {
        let handle = conn.get_interrupt_handle();
        let interrupting = signals.interrupt_with(move || handle.interrupt());
        set_up(&conn, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let version = schema::check(&conn, &path.display().to_string())?;
        let mut db = Db::sqlite(conn);
        // Copying may have waited for a lock.
        actor.now = actor.clock.now();
        let place = Place::File(draft.path().to_owned());
        check_rights(&db, &place, &actor)?;
        db.as_sqlite()?
            .query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        if version < schema::latest() {
            schema::migrate(db.as_sqlite_mut()?)?;
        }
        let settings = read_settings(db.as_sqlite()?)?;
        let store = Store {
            db,
            place,
            settings,
            actor,
            rights: Rights::Everything,
            record: Record::of_file(path),
        };
        Ok(Self {
            _interrupting: interrupting,
            store,
            draft,
            target: to.to_owned(),
        })
    }

    /// Removes the name of the file, which stays open: even if the process is killed, no file is
    /// left behind. The copy can't be installed any more.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn remove_name(&self) -> Result<()> {
        let conn = self.store.db.as_sqlite()?;
        // SQLite creates no journal for a file without a name.
        conn.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))?;
        let failed = |error| cannot_create(&self.target, error);
        std::fs::remove_file(self.draft.path()).map_err(failed)
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

    /// Creates a usage file for the copy, deleted when dropped, with `dates` and with `known_since`
    /// as the start of the record.
    pub(in crate::store) fn uses(
        &self,
        dates: &Dates<'_>,
        known_since: Option<Timestamp>,
    ) -> Result<TempPath> {
        let failed = |error: io::Error| cannot_create(&self.target, error);
        let file = temporary_file(self.draft.directory()).map_err(failed)?;
        if let Some(since) = known_since {
            UsageFile::write_beginning(file.as_file(), since).map_err(failed)?;
        }
        self.each_date(dates, |slot, kind, at| {
            UsageFile::write_date(file.as_file(), slot, kind, at).map_err(failed)
        })?;
        file.as_file().sync_all().map_err(failed)?;
        Ok(file.into_temp_path())
    }

    /// Calls `visit` with the slot of each secret of the copy that has one of `dates`, the kind of
    /// its use, and the date.
    pub(in crate::store) fn each_date(
        &self,
        dates: &Dates<'_>,
        mut visit: impl FnMut(i64, Use, Timestamp) -> Result<()>,
    ) -> Result<()> {
        let select = "SELECT slot FROM secrets ORDER BY slot";
        self.store.db.each(select, &[], &mut |row| {
            let slot = row.get("slot")?;
            for kind in [Use::Accepted, Use::Refused] {
                if let Some(at) = dates.last(slot, kind) {
                    visit(slot, kind, at)?;
                }
            }
            Ok(ControlFlow::Continue(()))
        })
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
