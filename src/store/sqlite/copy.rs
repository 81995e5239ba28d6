//! A copy of a database under a temporary name: where it is made whole and looked at
//! before it gets its own, or is gone again.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempPath;

use super::draft::{Draft, temporary};
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

/// A copy that is not in its place yet. What is dropped is deleted.
pub(in crate::store) struct Copy {
    /// Ends what SQLite does when a signal comes.
    _interrupting: Option<Interrupter>,
    // In this order: the database is closed before its file is deleted.
    pub(in crate::store) store: Store,
    draft: Draft,
    /// Where it is to be: errors name that, and not the temporary file.
    named: PathBuf,
}

impl Copy {
    /// Copies the database behind `source`, which is at `path`, to be put at `to`, as it
    /// is at one moment, and brings the copy to the latest version. Its last uses are
    /// those beside `path`.
    pub(in crate::store) fn of(
        source: &Connection,
        path: &Path,
        to: &Path,
        actor: Actor,
        signals: &Signals,
    ) -> Result<Self> {
        let draft = below(to)?;
        let mut conn = open_draft(&draft, to)?;
        copy_pages(source, &mut conn, signals)?;
        Self::complete(conn, draft, (path, to), actor, signals, |_, _, _| Ok(()))
    }

    /// Copies a backup, to be put at `to`, by the descriptor that was checked, and brings the copy
    /// to the latest version, where its own users let the operator restore it.
    pub(in crate::store) fn of_backup(
        source: &Source,
        to: &Path,
        actor: Actor,
        signals: &Signals,
    ) -> Result<Self> {
        let draft = below(to)?;
        source.copy_to(draft.path(), to, signals)?;
        let conn = open_draft(&draft, to)?;
        let ask =
            |db: &Db, path: &Path, actor: &Actor| rights::authorize(db, path, actor).map(drop);
        Self::complete(conn, draft, (source.path(), to), actor, signals, ask)
    }

    fn complete(
        conn: Connection,
        draft: Draft,
        (path, to): (&Path, &Path),
        mut actor: Actor,
        signals: &Signals,
        ask: fn(&Db, &Path, &Actor) -> Result<()>,
    ) -> Result<Self> {
        let handle = conn.get_interrupt_handle();
        let interrupting = signals.interrupt_with(move || handle.interrupt());
        set_up(&conn, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let version = schema::check(&conn, &path.display().to_string())?;
        let mut db = Db::sqlite(conn);
        // A lock may have been waited for.
        actor.now = (actor.clock)();
        ask(&db, draft.path(), &actor)?;
        db.as_sqlite()
            .query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        if version < schema::latest() {
            schema::migrate(db.as_sqlite_mut())?;
        }
        let settings = read_settings(db.as_sqlite())?;
        let usage = UsageFile::open_reading(path).ok();
        let store = Store {
            db,
            path: draft.path().to_owned(),
            settings,
            actor,
            rights: Rights::Everything,
            usage,
        };
        Ok(Self {
            _interrupting: interrupting,
            store,
            draft,
            named: to.to_owned(),
        })
    }

    /// Refuses a copy that doesn't hold what a database holds.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`] with the first thing that is wrong.
    pub(in crate::store) fn check(&self) -> Result<()> {
        match self.store.first_damage()? {
            None => Ok(()),
            Some(wrong) => Err(damaged(format!("{}: {}", wrong.check, wrong.fact))),
        }
    }

    /// A file, which is deleted again, with the dates that `uses` has for the keys of the
    /// copy, and with `known_since` as the time since which it has been kept.
    pub(in crate::store) fn uses(
        &self,
        uses: Option<&UsageFile>,
        known_since: Option<Timestamp>,
    ) -> Result<TempPath> {
        let failed = |fault: io::Error| cannot_create(&self.named, fault);
        let file = temporary(self.draft.folder()).map_err(failed)?;
        if let Some(since) = known_since {
            UsageFile::write_beginning(file.as_file(), since).map_err(failed)?;
        }
        if let Some(uses) = uses {
            let mut select = self
                .store
                .db
                .as_sqlite()
                .prepare("SELECT slot FROM secrets")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let slot = row.get(0)?;
                uses.carry(slot, file.as_file(), self.store.actor.now)
                    .map_err(failed)?;
            }
        }
        file.as_file().sync_all().map_err(failed)?;
        Ok(file.into_temp_path())
    }

    /// The database, and the file that it is in.
    pub(in crate::store) fn into_parts(self) -> (Store, Draft) {
        (self.store, self.draft)
    }
}

/// Makes an empty file, to be put at `to`.
fn below(to: &Path) -> Result<Draft> {
    let folder = to.parent().unwrap_or(Path::new("/"));
    Draft::below(folder).map_err(|fault| cannot_create(to, fault))
}

fn open_draft(draft: &Draft, to: &Path) -> Result<Connection> {
    let conn = connect_unread(draft.path(), OpenFlags::SQLITE_OPEN_READ_WRITE);
    conn.map_err(|error| error.renaming(draft.path(), to))
}

/// In one read transaction, since others could write between two.
fn copy_pages(source: &Connection, to: &mut Connection, signals: &Signals) -> Result<()> {
    /// Pages that are copied between two looks for a signal.
    const CHUNK: i32 = 4096;
    let _blocked_stops = BlockedSignals::that_stop();
    // Read before, for the lock to be waited for as long as any other.
    let moment = source.unchecked_transaction()?;
    moment.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0))?;
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
