//! A backup, opened once: the file that was checked is the file that is copied, whatever
//! comes to be at its path meanwhile, and nothing next to it changes what is read, except the dates in its usage file, which nobody
//! has to trust.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Uid, geteuid};

use super::lock::{Lock, try_lock};
use super::open::BUSY_TIMEOUT;
use crate::error::{Error, Kind, Result};
use crate::process::Signals;
use crate::store::errors::{LOCK_BYTES, as_user, cannot_create, not_permitted, quoted};
use crate::store::sqlite::preflight::{
    Journal, cannot_read, check_beside, check_header, check_type, foreign_wal, has_wal, is_written,
    open_file, was_cut_off_in,
};
use crate::store::sqlite::sidecar;

/// What to give instead of a file that is no backup.
const NAME_A_BACKUP: &str = "name a file that `apikey backup` made";

/// Bytes that are copied between two looks for a signal.
const CHUNK: usize = 1 << 20;

/// An open backup, locked as SQLite's readers lock a database.
pub(in crate::store) struct Source {
    file: File,
    path: PathBuf,
}

/// One error for every file that an operator may not restore, whatever it is. Its path is
/// not repeated: its links were resolved as the owner.
fn not_for_operators() -> Error {
    let fact = "this is no backup that an operator may restore";
    not_permitted(fact).hint(format!(
        "name one that no operator could have written; any other is restored by the owner of the \
         database, or by root with `{} apikey …`",
        as_user("OWNER")
    ))
}

impl Source {
    /// Opens the backup at `path`, which is absolute with its links resolved. Where sudo
    /// confines the operator, the file must be one that no operator could have written.
    ///
    /// # Errors
    /// The errors of a file that is missing, not ours, not trusted, being written, or not whole
    /// by itself.
    pub(in crate::store) fn open(
        path: &Path,
        is_confined: bool,
        signals: &Signals,
    ) -> Result<Self> {
        let opened = Self::open_checked(path, is_confined, signals);
        opened.map_err(|error| match error.kind() {
            // Told apart, files that only the owner may see would be.
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
            // The path has its links resolved as the owner.
            Kind::Locked if is_confined => {
                Error::new(Kind::Locked, "the backup is in use by another process")
                    .hint("try again later")
            }
            _ => error,
        })
    }

    fn open_checked(path: &Path, is_confined: bool, signals: &Signals) -> Result<Self> {
        let shown = path.display().to_string();
        let file = open_file(path).map_err(|fault| cannot_open(&shown, fault))?;
        let source = Self {
            file,
            path: path.to_owned(),
        };
        let found = source.metadata()?;
        check_type(&found, &shown).map_err(name_a_backup)?;
        if is_confined && !is_trusted(&found) {
            return Err(not_for_operators());
        }
        // Before the lock, too: a file that is no backup is not waited for.
        check_header(&source.file, &shown).map_err(name_a_backup)?;
        source.lock(signals)?;
        let journal = check_header(&source.file, &shown).map_err(name_a_backup)?;
        source.check_is_whole(journal)?;
        Ok(source)
    }

    /// Where it was opened.
    pub(in crate::store) fn path(&self) -> &Path {
        &self.path
    }

    /// Locks it as SQLite does: PENDING for a moment, so that no writer waits for ever, then
    /// the SHARED bytes.
    fn lock(&self, signals: &Signals) -> Result<()> {
        /// The SHARED bytes come after PENDING and RESERVED.
        const SHARED: (i64, i64) = (PENDING + 2, LOCK_BYTES.1.cast_signed() - 2);
        const PENDING: i64 = LOCK_BYTES.0.cast_signed();
        const GLANCE: Duration = Duration::from_millis(10);
        let try_once = || -> io::Result<bool> {
            if !try_lock(&self.file, Lock::Read, PENDING, 1)? {
                return Ok(false);
            }
            let is_locked = try_lock(&self.file, Lock::Read, SHARED.0, SHARED.1)?;
            try_lock(&self.file, Lock::None, PENDING, 1)?;
            Ok(is_locked)
        };
        let begun = Instant::now();
        while !try_once().map_err(|fault| self.cannot_read(fault))? {
            signals.check()?;
            if begun.elapsed() > BUSY_TIMEOUT {
                return Err(self.is_in_use("is locked by another process"));
            }
            sleep(GLANCE);
        }
        Ok(())
    }

    /// Refuses a file of which a part is in another file.
    fn check_is_whole(&self, journal: Journal) -> Result<()> {
        check_beside(&self.path)?;
        if was_cut_off_in(&self.path, || is_written(&self.file)) {
            let journal = sidecar::path(&self.path, "-journal");
            let (shown, journal) = (self.path.display(), journal.display());
            let fact = format!("a change to {shown} was cut off, or {journal} is not its journal");
            let db = quoted(&shown.to_string());
            return Err(Error::new(Kind::Locked, fact).hint(format!(
                "undo the change with `apikey --db {db} list`, or move the other file away"
            )));
        }
        match (journal, has_wal(&self.path)) {
            (Journal::Rollback, true) => Err(foreign_wal(&self.path)),
            (Journal::Wal, true) => {
                let shown = self.path.display();
                let fact = format!("{shown} is a copy in WAL mode: a part of it is in {shown}-wal");
                let db = quoted(&shown.to_string());
                Err(Error::new(Kind::DatabaseDamaged, fact).hint(format!(
                    "join the two with `apikey --db {db} list`, or restore a file that \
                     `apikey backup` made"
                )))
            }
            (_, false) => Ok(()),
        }
    }

    /// Copies the backup into the file at `draft`, which is empty and this process's alone.
    /// Errors name `to`, the path that the copy will have.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when a signal came; and when the file was written meanwhile.
    pub(in crate::store) fn copy_to(
        &self,
        draft: &Path,
        to: &Path,
        signals: &Signals,
    ) -> Result<()> {
        let failed = |fault: io::Error| cannot_create(to, fault);
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
                Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                Err(fault) => return Err(self.cannot_read(fault)),
            }
        }
        // Programs that take none of SQLite's locks; and one that gave it a WAL.
        if state()? != before {
            return Err(self.is_in_use("was changed while it was read"));
        }
        Ok(())
    }

    fn metadata(&self) -> Result<Metadata> {
        self.file
            .metadata()
            .map_err(|fault| self.cannot_read(fault))
    }

    fn cannot_read(&self, fault: io::Error) -> Error {
        cannot_read(&self.path.display().to_string(), fault)
    }

    fn is_in_use(&self, fact: &str) -> Error {
        let fact = format!("{} {fact}", self.path.display());
        Error::new(Kind::Locked, fact).hint("try again later")
    }
}

/// Whether no operator could have written the file: its users say who may restore it.
fn is_trusted(found: &Metadata) -> bool {
    let owner = Uid::from_raw(found.uid());
    (owner.is_root() || owner == geteuid()) && found.mode() & 0o022 == 0
}

fn cannot_open(shown: &str, fault: io::Error) -> Error {
    match fault.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            let fact = format!("there is no backup at {shown}");
            Error::new(Kind::DatabaseMissing, fact).hint(NAME_A_BACKUP)
        }
        _ if fault.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
            name_a_backup(crate::store::sqlite::schema::foreign(
                shown,
                "is a pipe, a socket or a device, not a database",
            ))
        }
        _ => cannot_read(shown, fault),
    }
}

fn name_a_backup(error: Error) -> Error {
    match error.kind() {
        Kind::DatabaseForeign => Error::new(error.kind(), error.message()).hint(NAME_A_BACKUP),
        _ => error,
    }
}
