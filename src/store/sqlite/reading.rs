//! A database that is read again and again for a long time, each time as it is then.
//!
//! Kept open as long as nothing at all has changed: neither the file in that place, nor a
//! byte of it, nor what lies beside it. All that opening a database makes sure of is made
//! sure of again as soon as something has. No lock is held in between.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::model::Timestamp;
use crate::store::sqlite::sidecar;
use crate::store::{Access, Actor, Store};

/// A database that is read again and again. There is to be only one of it at a time: to
/// open and close a database lets go of the locks of every other connection of the
/// process (fcntl(2)).
pub(crate) struct Reading {
    path: PathBuf,
    actor: Actor,
    open: Option<(Store, Seen)>,
}

/// What tells whether a database is still the same: where nothing lies beside it that
/// could change what is in it, the file and when it was changed; and who may create files
/// in its directory.
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

    fn is_sure(&self) -> bool {
        self.0.is_some()
    }
}

impl Reading {
    /// Of the database at `path`, which is not looked at yet.
    pub(crate) fn new(path: PathBuf, actor: Actor) -> Self {
        Self {
            path,
            actor,
            open: None,
        }
    }

    /// Where the database is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database as it is at `now`.
    ///
    /// # Errors
    /// Those of [`Store::open`]; the next time it is tried again.
    pub(crate) fn store(&mut self, now: Timestamp) -> Result<&Store> {
        // Before it is opened: what changes meanwhile is noticed the next time. That SQLite
        // has the same file open keeps its number from being another's.
        let seen = Seen::at(&self.path);
        // In another second dates are believed that were not, and the usage file may be
        // another.
        let kept = self
            .open
            .take()
            .filter(|(store, before)| seen.is_sure() && seen == *before && store.actor.now == now);
        let (store, _) = match kept {
            Some(kept) => self.open.insert(kept),
            None => {
                let actor = Actor {
                    now,
                    ..self.actor.clone()
                };
                let store = Store::open(&self.path, Access::Read, actor)?;
                self.open.insert((store, seen))
            }
        };
        Ok(store)
    }

    /// Closes it until it is asked for again.
    pub(crate) fn close(&mut self) {
        self.open = None;
    }
}
