//! The narrow interface to the engine: executing a statement, reading rows, and transactions.
//!
//! The nouns of `store/` write every statement once, in the SQL that SQLite and PostgreSQL
//! share: numbered placeholders `?1`, columns read by name, `string_agg`, `coalesce`,
//! `ON CONFLICT DO NOTHING`, `IS DISTINCT FROM`, `RETURNING`. PostgreSQL infers the type of
//! a placeholder from its first use, hence `CAST(?1 AS text) IS NULL`. No value is ever
//! formatted into a statement. [`Db`] has a method for SQL that differs between the two, such
//! as [`Db::any_of`].

#[cfg(test)]
pub(super) mod recorder;
mod row;
mod value;

use std::cell::Cell;
use std::ops::{ControlFlow, Deref};

use rusqlite::vtab::array;
use rusqlite::{CachedStatement, Connection};

use crate::error::Result;
use crate::process::BlockedSignals;

pub(super) use row::Row;
pub(super) use value::Value;

/// An open connection to the database.
pub(super) struct Db {
    engine: Engine,
    /// Whether the module of SQLite that [`any_of`](Self::any_of) needs is loaded.
    has_arrays: Cell<bool>,
}

/// The engines. A second engine is one more variant.
enum Engine {
    Sqlite(Connection),
}

/// The lock of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// The transaction reads one snapshot. In SQLite, no other process can commit until it ends.
    Read,
    /// No other process writes, from the beginning of the transaction. If two transactions read
    /// first and took this lock later, one of them would fail at once.
    Write,
    /// No other process reads or writes, from the beginning of the transaction, so that the commit
    /// waits for no reader.
    Alone,
}

/// An open transaction, which is rolled back unless it is committed.
pub(super) struct Transaction<'a> {
    db: &'a Db,
    /// Blocks signals that stop the process: a stopped process would keep the lock.
    _blocked_stops: BlockedSignals,
}

/// Returns whether a visit of rows breaks or continues: it breaks if it `is_done`.
pub(super) fn break_if(is_done: bool) -> ControlFlow<()> {
    if is_done {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

impl Db {
    /// Wraps an open SQLite connection.
    pub(super) fn sqlite(conn: Connection) -> Self {
        Self {
            engine: Engine::Sqlite(conn),
            has_arrays: Cell::new(false),
        }
    }

    /// Returns the SQLite connection, for what exists because the database is a file.
    pub(super) fn as_sqlite(&self) -> &Connection {
        match &self.engine {
            Engine::Sqlite(conn) => conn,
        }
    }

    /// Returns the SQLite connection, as [`as_sqlite`](Self::as_sqlite) does.
    pub(super) fn as_sqlite_mut(&mut self) -> &mut Connection {
        match &mut self.engine {
            Engine::Sqlite(conn) => conn,
        }
    }

    /// Executes a statement that returns no row. Returns the number of changed rows.
    ///
    /// # Errors
    /// The errors of the engine, as kinds of [`crate::error`].
    #[cfg_attr(test, track_caller)]
    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        #[cfg(test)]
        recorder::record(sql);
        match &self.engine {
            Engine::Sqlite(conn) => {
                let mut statement = bound(conn, sql, values)?;
                Ok(statement.raw_execute()?)
            }
        }
    }

    /// Reads the first row of a result, if there is one.
    ///
    /// # Errors
    /// The errors of the engine and of `read`.
    #[cfg_attr(test, track_caller)]
    pub(super) fn row<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        let mut read = Some(read);
        self.each(sql, values, &mut |row| {
            found = read.take().map(|read| read(row)).transpose()?;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    /// Reads every row of a result.
    ///
    /// # Errors
    /// The errors of the engine and of `read`.
    #[cfg_attr(test, track_caller)]
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.each(sql, values, &mut |row| {
            all.push(read(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Returns whether the column `answer` of the only row is true.
    ///
    /// # Errors
    /// The errors of the engine, and when the column holds no bool.
    #[cfg_attr(test, track_caller)]
    pub(super) fn is_true(&self, sql: &str, values: &[Value<'_>]) -> Result<bool> {
        let answer = self.row(sql, values, |row| row.get("answer"))?;
        Ok(answer.unwrap_or_default())
    }

    /// Calls `visit` with each row of a result until it breaks. Not generic, so that it is
    /// compiled once.
    ///
    /// # Errors
    /// The errors of the engine and of `visit`.
    #[cfg_attr(test, track_caller)]
    pub(super) fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        #[cfg(test)]
        recorder::record(sql);
        // A stopped process would keep the lock that reading takes.
        let _blocked_stops = BlockedSignals::that_stop();
        match &self.engine {
            Engine::Sqlite(conn) => {
                let mut statement = bound(conn, sql, values)?;
                let names = statement.column_names().into_iter().map(str::to_owned);
                let names: Vec<String> = names.collect();
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    if visit(&Row::sqlite(row, &names))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// Begins a transaction, waiting for the lock.
    ///
    /// # Errors
    /// [`Kind::Locked`](crate::error::Kind::Locked) when another process holds the lock for too
    /// long, and the other errors of the engine.
    pub(super) fn begin(&self, lock: Lock) -> Result<Transaction<'_>> {
        let blocked_stops = BlockedSignals::that_stop();
        match &self.engine {
            Engine::Sqlite(conn) => conn.execute_batch(match lock {
                Lock::Read => "BEGIN",
                Lock::Write => "BEGIN IMMEDIATE",
                Lock::Alone => "BEGIN EXCLUSIVE",
            })?,
        }
        Ok(Transaction {
            db: self,
            _blocked_stops: blocked_stops,
        })
    }

    /// Returns a number that changes when another connection changes the database. Within a
    /// transaction, it belongs to the snapshot.
    ///
    /// # Errors
    /// The errors of the engine.
    pub(super) fn version(&self) -> Result<i64> {
        let _blocked_stops = BlockedSignals::that_stop();
        match &self.engine {
            Engine::Sqlite(conn) => Ok(conn
                .prepare_cached("PRAGMA data_version")?
                .query_row([], |row| row.get(0))?),
        }
    }

    /// Returns SQL to follow an expression: the condition that it equals one of the values of
    /// `placeholder`, which are [`Value::Integers`] or [`Value::Texts`].
    pub(super) fn any_of(&self, placeholder: &str) -> String {
        match &self.engine {
            Engine::Sqlite(conn) => {
                if !self.has_arrays.replace(true) {
                    // If it fails, preparing the statement fails, too.
                    let _ = array::load_module(conn);
                }
                format!("IN (SELECT value FROM rarray({placeholder}))")
            }
        }
    }
}

impl Transaction<'_> {
    /// Commits.
    ///
    /// # Errors
    /// The errors of the engine. The transaction is then rolled back, as far as that can be known.
    pub(super) fn commit(self) -> Result<()> {
        match &self.db.engine {
            Engine::Sqlite(conn) => Ok(conn.execute_batch("COMMIT")?),
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
        }
    }
}

/// Prepares a statement, or takes it from the cache, and binds `values`.
fn bound<'c>(conn: &'c Connection, sql: &str, values: &[Value<'_>]) -> Result<CachedStatement<'c>> {
    let mut statement = conn.prepare_cached(sql)?;
    for (value, number) in values.iter().zip(1..) {
        value.bind(&mut statement, number)?;
    }
    Ok(statement)
}

#[cfg(test)]
mod tests;
