//! A database that is read again and again for a long time, each time as it is then.
//!
//! It stays open as long as nothing changes: neither the file at that path, nor a byte of
//! it, nor the files next to it. After a change it is opened again, with all the checks of
//! opening. No lock is held in between.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::config::Location;
use crate::error::Result;
use crate::store::actor::Actor;
use crate::store::errors::name_lock_holder;
use crate::store::sqlite::sidecar;
use crate::store::{Access, Store};

/// A database that is read again and again. A process must have only one at a time: opening
/// and closing a database releases the locks of every other connection of the process
/// (fcntl(2)).
pub(crate) struct Reading {
    location: Location,
    actor: Actor,
    open: Option<(Store, Seen)>,
}

/// What shows whether a database is the same as before: its file and the times of its last
/// changes, and who may create files in its directory. None where a journal is next to it,
/// or where it can't be looked at.
#[derive(PartialEq, Eq)]
struct Seen(Option<[i128; 10]>);

impl Seen {
    fn at(path: &Path) -> Self {
        let is_there = |suffix| sidecar::path(path, suffix).symlink_metadata().is_ok();
        let directory = path
            .parent()
            .and_then(|directory| directory.metadata().ok());
        let found = path.metadata().ok().zip(directory);
        let found = found.filter(|_| !is_there("-journal") && !is_there("-wal"));
        Self(found.map(|(found, directory)| {
            [
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
            ]
        }))
    }

    fn is_certain(&self) -> bool {
        self.0.is_some()
    }
}

impl Reading {
    /// Returns a reading of the database at `location`, which is not opened yet, by a
    /// verifier.
    pub(crate) fn new(location: &Location) -> Self {
        Self {
            location: location.clone(),
            actor: Actor::verifier(),
            open: None,
        }
    }

    /// Calls `look` with the database as it is now.
    ///
    /// # Errors
    /// The errors of [`Store::open_to_verify`] and of `look`. The next call opens it again.
    pub(crate) fn read<T>(&mut self, look: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        let read = self.store().and_then(look);
        read.map_err(|error| {
            // It must be closed before the holder of a lock is looked up.
            self.open = None;
            name_lock_holder(error, &self.location)
        })
    }

    /// Returns the open database, which is as it is now.
    fn store(&mut self) -> Result<&Store> {
        let now = (self.actor.clock)();
        // Before it is opened: the next call notices a change meanwhile. Its number can't
        // become another file's while SQLite has it open.
        let seen = Seen::at(self.location.file());
        // In another second more dates are believable, and the usage file may be another.
        let kept = self.open.take().filter(|(store, before)| {
            seen.is_certain() && seen == *before && store.actor.now == now
        });
        let (store, _) = match kept {
            Some(kept) => self.open.insert(kept),
            None => {
                let actor = Actor {
                    now,
                    ..self.actor.clone()
                };
                let store = Store::open_as(self.location.file(), Access::Read, actor)?;
                self.open.insert((store, seen))
            }
        };
        Ok(store)
    }
}
