//! Repeated reads of the current state of a database, for `verify --batch`.
//!
//! The database stays open for the rest of the current second, as long as it has no journal and
//! neither the file nor the permissions of its directory change. Otherwise it is opened again, with
//! all checks. No lock is held between reads.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::clock;
use crate::config::{Location, Place};
use crate::error::Result;
use crate::store::Store;
use crate::store::errors::name_lock_holder;
use crate::store::sqlite::sidecar;

/// A database that is read repeatedly. A process must have only one at a time: opening and
/// closing a database releases the locks of every other connection of the process (fcntl(2)).
pub(crate) struct Reading {
    location: Location,
    open: Option<(Store, State)>,
}

/// The identity and size of a database file, the times of its last changes, and who may create
/// files in its directory. None if the database has a journal or can't be inspected.
type FileState = Option<[i128; 10]>;

/// The facts that decide whether an open database may be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    File(FileState),
    /// A server answers each statement with its present state.
    #[cfg(feature = "postgres")]
    Server,
}

fn state_of(path: &Path) -> FileState {
    let directory = path.parent()?.metadata().ok()?;
    let found = path.metadata().ok()?;
    if ["-journal", "-wal"]
        .iter()
        .any(|suffix| sidecar::is_present(path, suffix))
    {
        return None;
    }
    Some([
        found.dev().into(),
        found.ino().into(),
        found.size().into(),
        found.mtime().into(),
        found.mtime_nsec().into(),
        found.ctime().into(),
        found.ctime_nsec().into(),
        directory.mode().into(),
        directory.uid().into(),
        directory.gid().into(),
    ])
}

impl Reading {
    /// Prepares reading the database at `location` as a verifier, without opening it.
    pub(crate) fn new(location: &Location) -> Self {
        Self {
            location: location.clone(),
            open: None,
        }
    }

    /// Returns whether looking up many secrets at once is worth the effort: a server's answer takes
    /// much longer than its search.
    pub(crate) fn answers_slowly(&self) -> bool {
        self.location.file().is_none()
    }

    /// Calls `query` with the current database.
    ///
    /// # Errors
    /// The errors of [`Store::open_to_verify`] and of `query`. After an error, the next call
    /// opens the database again.
    pub(crate) fn read<T>(&mut self, query: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        let read = self.store().and_then(query);
        read.map_err(|error| {
            // The database must be closed before the holder of a lock is looked up.
            self.open = None;
            name_lock_holder(error, &self.location)
        })
    }

    /// Returns the open database in its current state.
    fn store(&mut self) -> Result<&Store> {
        let now = clock::now();
        // The state is read before the database is opened, so that the next call notices a change
        // in between. The inode number can't be reused while SQLite has the file open.
        let state = match self.location.place() {
            Place::File(path) => State::File(state_of(path)),
            #[cfg(feature = "postgres")]
            Place::Server(_) => State::Server,
        };
        let kept = self.open.take().filter(|(store, before)| match state {
            // In another second more dates are credible, and the usage file may have been replaced.
            State::File(state) => {
                state.is_some() && State::File(state) == *before && store.actor.now == now
            }
            #[cfg(feature = "postgres")]
            State::Server => !store.db.is_lost(),
        });
        let (store, _) = match kept {
            Some((mut store, before)) => {
                // A server's database stays open for long, and dates are judged by this time.
                if !matches!(state, State::File(_)) {
                    store.actor.now = store.clock().now();
                }
                self.open.insert((store, before))
            }
            None => {
                let store = Store::open_to_verify(&self.location)?;
                self.open.insert((store, state))
            }
        };
        Ok(store)
    }
}
