//! Transactions: their locks, their begin and their end.

use std::ops::Deref;

use super::{Db, Engine};
use crate::config::Place;
use crate::error::Result;
use crate::process::BlockedSignals;
#[cfg(feature = "postgres")]
use crate::store::errors::not_a_server;

/// The lock of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Lock {
    /// The transaction reads one snapshot. In SQLite, no other process can commit until it ends.
    Read,
    /// No other process writes, from the beginning of the transaction. If two transactions read
    /// first and took this lock later, one of them would fail at once.
    Write,
    /// No other process reads or writes, from the beginning of the transaction, so that the commit
    /// waits for no reader.
    Alone,
    /// The transaction creates the schema.
    #[cfg(feature = "postgres")]
    New,
    /// As [`Self::Write`], but in a schema of any version, to upgrade it.
    #[cfg(feature = "postgres")]
    Upgrade,
}

/// An open transaction, which is rolled back unless it is committed.
pub(in crate::store) struct Transaction<'a> {
    db: &'a Db,
    /// Blocks signals that stop the process: a stopped process would keep the lock.
    _blocked_stops: BlockedSignals,
}

impl Db {
    /// Begins a transaction, waiting for the lock.
    ///
    /// # Errors
    /// [`Kind::Locked`](crate::error::Kind::Locked) when another process holds the lock for too
    /// long, and the other errors of the engine.
    pub(in crate::store) fn begin(&self, lock: Lock) -> Result<Transaction<'_>> {
        let blocked_stops = BlockedSignals::that_stop();
        self.start(lock)?;
        Ok(Transaction {
            db: self,
            _blocked_stops: blocked_stops,
        })
    }

    /// Starts a transaction.
    fn start(&self, lock: Lock) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(conn) => Ok(conn.execute_batch(match lock {
                Lock::Read => "BEGIN",
                Lock::Write => "BEGIN IMMEDIATE",
                Lock::Alone => "BEGIN EXCLUSIVE",
                // Only a server's schema is created or upgraded so.
                #[cfg(feature = "postgres")]
                Lock::New | Lock::Upgrade => return Err(not_a_server()),
            })?),
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.begin(lock),
        }
    }

    /// Starts a transaction, which [`started`](Self::started) returns. Connects again if the
    /// connection to the server at `place` is lost: nothing was begun on it. Returns the guard that
    /// blocks signals that stop the process.
    ///
    /// # Errors
    /// As [`begin`](Self::begin), and the errors of connecting.
    pub(in crate::store) fn start_connected(
        &mut self,
        place: &Place,
        lock: Lock,
    ) -> Result<BlockedSignals> {
        let blocked_stops = BlockedSignals::that_stop();
        match (self.start(lock), place) {
            #[cfg(feature = "postgres")]
            (Err(_), Place::Server(server)) if self.is_lost() => {
                *self = Self::connect(server)?;
                self.start(lock)?;
            }
            (started, _) => started?,
        }
        Ok(blocked_stops)
    }

    /// Returns the transaction that was started.
    pub(in crate::store) fn started(&self, blocked_stops: BlockedSignals) -> Transaction<'_> {
        Transaction {
            db: self,
            _blocked_stops: blocked_stops,
        }
    }
}

impl Transaction<'_> {
    /// Commits.
    ///
    /// # Errors
    /// The errors of the engine. The transaction is then rolled back, as far as that can be known.
    pub(in crate::store) fn commit(self) -> Result<()> {
        match &self.db.engine {
            Engine::Sqlite(conn) => Ok(conn.execute_batch("COMMIT")?),
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.commit(),
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Db;

    fn deref(&self) -> &Db {
        self.db
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        match &self.db.engine {
            // After a commit, and after some errors, no transaction is open any more.
            Engine::Sqlite(conn) if !conn.is_autocommit() => {
                let _ = conn.execute_batch("ROLLBACK");
            }
            Engine::Sqlite(_) => {}
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.rollback(),
        }
    }
}
