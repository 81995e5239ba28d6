//! Transactions on a server.

use std::sync::PoisonError;

use super::Client;
use crate::error::Result;
use crate::store::Access;
use crate::store::db::Lock;
use crate::store::errors::damaged;
use crate::store::postgres::errors::{has_failed, may_be_lost};
use crate::store::postgres::schema;

/// How statements are planned. Each reads a few thousand rows of large tables by number, which the
/// server would do by reading all rows: it takes the tables for cold and the disk for a slow one.
/// Starting parallel workers takes longer than such a statement. With this, a listing of 300,000
/// keys takes half the time.
macro_rules! plan {
    () => {
        "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0;
        SET LOCAL random_page_cost = 1.1;"
    };
}

/// The limits of a change, and the warnings that its COMMIT must report.
macro_rules! limits {
    () => {
        "SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '60s';
        SET LOCAL client_min_messages = warning;"
    };
}

/// Sets up a transaction. The settings end with it, so that they hold for no other client of a
/// pooler. A change that has waited for its lock reads the schema's version after the wait, since
/// the schema may have been migrated in between.
const READ: &str = concat!(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
    plan!(),
    "SELECT ",
    server_time!()
);
const WRITE: &str = concat!(
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;",
    plan!(),
    limits!(),
    "SELECT only_row FROM settings FOR UPDATE; SELECT schema_version FROM settings; SELECT ",
    server_time!(),
    "; SELECT current_user"
);

/// Sets up the transaction that creates the schema.
const NEW: &str = concat!(
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;",
    plan!(),
    limits!(),
    "SELECT ",
    server_time!(),
    "; SELECT current_user"
);

impl Client {
    /// Begins a transaction. Before a change, waits for the lock of the writers; then reads the
    /// time, and checks that the schema was not migrated during the wait.
    ///
    /// # Errors
    /// [`Kind::Locked`](crate::error::Kind::Locked) when another process holds the lock for too
    /// long, the errors of [`schema::check`], and the errors of the server and of the connection.
    pub(in crate::store) fn begin(&self, lock: Lock) -> Result<()> {
        // A transaction that could not be begun is rolled back, too.
        self.transaction.set(Some(false));
        let begun = match lock {
            Lock::Read => self.begin_reading(),
            Lock::Write | Lock::Alone => {
                let version = self.begin_change();
                version.and_then(|version| schema::check(version, Access::Write))
            }
            Lock::Upgrade => self.begin_change().map(drop),
            Lock::New => self.begin_schema(),
        };
        begun.inspect_err(|_| self.rollback())
    }

    fn begin_reading(&self) -> Result<()> {
        let rows = self.run(READ)?;
        self.read_clock(rows.first());
        Ok(())
    }

    /// Sets the clock by the answer to [`server_time!`].
    fn read_clock(&self, answer: Option<&Option<String>>) {
        if let Some(micros) = answer.and_then(|time| time.as_deref()?.parse().ok()) {
            self.set_clock(micros);
        }
    }

    /// Begins a change, and returns the version of the schema.
    fn begin_change(&self) -> Result<i64> {
        let mut rows = self.run(WRITE)?;
        let number = |at: usize| rows.get(at)?.as_deref()?.parse::<i64>().ok();
        let (Some(version), Some(micros)) = (number(1), number(2)) else {
            return Err(damaged("the settings of the database are missing"));
        };
        self.set_clock(micros);
        *self.role.borrow_mut() = rows.pop().flatten();
        Ok(version)
    }

    /// Creates the schema, in the transaction that appends the first entry of the log.
    fn begin_schema(&self) -> Result<()> {
        let rows = self.run(&format!("{NEW};\n{}", schema::CREATE))?;
        self.read_clock(rows.first());
        *self.role.borrow_mut() = rows.into_iter().nth(1).flatten();
        Ok(())
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// The errors of the server, and when a statement of the transaction had failed: then nothing
    /// is changed, unless the connection was lost or silent: then that is unknown.
    /// [`Kind::OutcomeUnknown`](crate::error::Kind::OutcomeUnknown) when the server remarks that
    /// the change may be on no other server.
    pub(in crate::store) fn commit(&self) -> Result<()> {
        if self.transaction.get() != Some(false) {
            self.rollback();
            return Err(has_failed());
        }
        self.prepared.borrow_mut().clear();
        self.take_notice();
        let committed = self.run("COMMIT");
        self.transaction.set(None);
        committed?;
        match self.take_notice() {
            Some(notice) => Err(may_be_lost(&notice)),
            None => Ok(()),
        }
    }

    /// Rolls back the transaction, if one is open.
    pub(in crate::store) fn rollback(&self) {
        if self.transaction.take().is_some() {
            self.prepared.borrow_mut().clear();
            if !self.is_lost() {
                let _ = self.run("ROLLBACK");
            }
        }
    }

    fn take_notice(&self) -> Option<String> {
        let mut notice = self.notice.lock().unwrap_or_else(PoisonError::into_inner);
        notice.take()
    }
}
