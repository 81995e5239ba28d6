//! A backup, opened once: the checked file is the one that is copied, even if another file
//! replaces it at its path. No sidecar affects the copy except the usage file, whose dates are
//! not trusted.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Uid, geteuid};

use super::lock::{LOCK_BYTES, Lock, try_lock};
use super::open::BUSY_TIMEOUT;
use crate::error::{Error, Kind, Result};
use crate::process::Signals;
use crate::store::errors::{as_user, cannot_create, not_permitted, quoted};
use crate::store::sqlite::preflight::{
    Journal, cannot_read, check_header, check_sidecars, check_type, foreign_wal, has_writer,
    open_file, was_interrupted,
};
use crate::store::sqlite::{schema, sidecar};

/// The hint for a file that is not a backup.
const NAME_A_BACKUP: &str = "name a file that `apikey backup` created";

/// Bytes copied between two checks for a signal.
const CHUNK: usize = 1 << 20;

/// An open backup, locked as SQLite's readers lock a database.
pub(in crate::store) struct Source {
    file: File,
    path: PathBuf,
}

/// Returns the error for a file that an operator may not restore. It is the same for every such
/// file, so that it reveals nothing about the file. It doesn't contain the path: its links were
/// resolved with the permissions of the owner.
fn not_for_operators() -> Error {
    not_permitted("operators may not restore this file").hint(format!(
        "name a backup that no operator could have written; the owner of the database may \
         restore any other, or root with `{} apikey …`",
        as_user("OWNER")
    ))
}

impl Source {
    /// Opens the backup at `path`, which is absolute with its links resolved. If sudo confines
    /// the operator, no operator may have been able to write the file.
    ///
    /// # Errors
    /// The errors of a file that is missing, unreadable, not ours, being written, or incomplete
    /// without another file; [`Kind::Interrupted`] when a signal came. If sudo confines the
    /// operator, [`Kind::NotPermitted`] in place of most of these.
    pub(in crate::store) fn open(
        path: &Path,
        is_confined: bool,
        signals: &Signals,
    ) -> Result<Self> {
        let opened = Self::open_checked(path, is_confined, signals);
        opened.map_err(|error| match error.kind() {
            // Different errors would reveal files that only the owner may see.
            Kind::DatabaseMissing
            | Kind::DatabaseForeign
            | Kind::DatabaseDamaged
            | Kind::DatabaseNewer
            | Kind::NotPermitted
            | Kind::Io
                if is_confined =>
            {
                not_for_operators()
            }
            // The error doesn't contain the path, whose links were resolved with the permissions of
            // the owner.
            Kind::Locked if is_confined => {
                Error::new(Kind::Locked, "the backup is in use by another process")
                    .hint("try again later")
            }
            _ => error,
        })
    }

    fn open_checked(path: &Path, is_confined: bool, signals: &Signals) -> Result<Self> {
        let shown = path.display().to_string();
        let file = open_file(path).map_err(|error| cannot_open(&shown, error))?;
        let source = Self {
            file,
            path: path.to_owned(),
        };
        let found = source.metadata()?;
        check_type(&found, &shown).map_err(name_a_backup)?;
        if is_confined && !is_trusted(&found) {
            return Err(not_for_operators());
        }
        // The header is checked before locking, too: a file that is not a backup is not waited for.
        check_header(&source.file, &shown).map_err(name_a_backup)?;
        source.lock(signals)?;
        let journal = check_header(&source.file, &shown).map_err(name_a_backup)?;
        source.check_is_complete(journal)?;
        Ok(source)
    }

    /// Returns the path at which the backup was opened.
    pub(in crate::store) fn path(&self) -> &Path {
        &self.path
    }

    /// Locks the file as SQLite does: PENDING briefly, so that no writer waits forever, then
    /// the SHARED bytes.
    fn lock(&self, signals: &Signals) -> Result<()> {
        const PENDING: i64 = LOCK_BYTES.0.cast_signed();
        /// The SHARED bytes come after PENDING and RESERVED.
        const SHARED: (i64, i64) = (PENDING + 2, LOCK_BYTES.1.cast_signed() - 2);
        const RETRY_INTERVAL: Duration = Duration::from_millis(10);
        let try_once = || -> io::Result<bool> {
            if !try_lock(&self.file, Lock::Shared, PENDING, 1)? {
                return Ok(false);
            }
            let is_locked = try_lock(&self.file, Lock::Shared, SHARED.0, SHARED.1)?;
            try_lock(&self.file, Lock::Release, PENDING, 1)?;
            Ok(is_locked)
        };
        let start = Instant::now();
        while !try_once().map_err(|error| self.cannot_read(error))? {
            signals.check()?;
            if start.elapsed() > BUSY_TIMEOUT {
                return Err(self.in_use("is locked by another process"));
            }
            sleep(RETRY_INTERVAL);
        }
        Ok(())
    }

    /// Refuses a backup of which a part is in a journal or a WAL.
    fn check_is_complete(&self, journal: Journal) -> Result<()> {
        check_sidecars(&self.path)?;
        let shown = self.path.display().to_string();
        let db = quoted(&shown);
        if was_interrupted(&self.path, || has_writer(&self.file)) {
            let fact = format!(
                "a change to {shown} was interrupted, or {shown}-journal is not its journal"
            );
            return Err(Error::new(Kind::Locked, fact).hint(format!(
                "undo the change with `apikey --db {db} list`, or move the other file away"
            )));
        }
        match (journal, sidecar::is_present(&self.path, "-wal")) {
            (Journal::Rollback, true) => Err(foreign_wal(&self.path)),
            (Journal::Wal, true) => {
                let fact = format!("{shown} is a copy in WAL mode: a part of it is in {shown}-wal");
                Err(Error::new(Kind::DatabaseDamaged, fact).hint(format!(
                    "merge the two with `apikey --db {db} list`, or restore a file that \
                     `apikey backup` created"
                )))
            }
            (_, false) => Ok(()),
        }
    }

    /// Copies the backup into the draft at `draft`, which is empty. Errors name `to`, the
    /// final path of the copy.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when a signal came; [`Kind::Locked`] when the backup was written in
    /// the meantime; and when the backup can't be read or the draft can't be written.
    pub(in crate::store) fn copy_to(
        &self,
        draft: &Path,
        to: &Path,
        signals: &Signals,
    ) -> Result<()> {
        let failed = |error: io::Error| cannot_create(to, error);
        let state = || -> Result<_> {
            let found = self.metadata()?;
            Ok((found.len(), found.mtime(), found.mtime_nsec()))
        };
        let before = state()?;
        let mut draft = File::options().write(true).open(draft).map_err(failed)?;
        let mut chunk = vec![0; CHUNK];
        loop {
            signals.check()?;
            match (&self.file).read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => draft.write_all(&chunk[..count]).map_err(failed)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.cannot_read(error)),
            }
        }
        // The file may have been written by a program that takes none of SQLite's locks, or that
        // switched it to a WAL.
        if state()? != before {
            return Err(self.in_use("was changed while it was read"));
        }
        Ok(())
    }

    fn metadata(&self) -> Result<Metadata> {
        let found = self.file.metadata();
        found.map_err(|error| self.cannot_read(error))
    }

    fn cannot_read(&self, error: io::Error) -> Error {
        cannot_read(&self.path.display().to_string(), error)
    }

    fn in_use(&self, fact: &str) -> Error {
        let fact = format!("{} {fact}", self.path.display());
        Error::new(Kind::Locked, fact).hint("try again later")
    }
}

/// Returns whether no operator could have written the backup: the users in it decide who may
/// restore it.
fn is_trusted(found: &Metadata) -> bool {
    let owner = Uid::from_raw(found.uid());
    (owner.is_root() || owner == geteuid()) && found.mode() & 0o022 == 0
}

fn cannot_open(shown: &str, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            let fact = format!("there is no backup at {shown}");
            Error::new(Kind::DatabaseMissing, fact).hint(NAME_A_BACKUP)
        }
        _ if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
            let fact = "is a pipe, a socket or a device, not a database";
            name_a_backup(schema::foreign(shown, fact))
        }
        _ => cannot_read(shown, error),
    }
}

fn name_a_backup(error: Error) -> Error {
    match error.kind() {
        Kind::DatabaseForeign => Error::new(error.kind(), error.message()).hint(NAME_A_BACKUP),
        _ => error,
    }
}
