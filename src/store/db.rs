//! The engine behind one narrow face: execute, one row, each row, transaction.
//!
//! The nouns of `store/` write every statement once, in the SQL that SQLite and PostgreSQL
//! share: numbered placeholders `?1`, columns read by name, `string_agg`, `coalesce`,
//! `ON CONFLICT DO NOTHING`, `IS DISTINCT FROM`, `RETURNING`. PostgreSQL infers the type of
//! a placeholder where it first stands, hence `CAST(?1 AS text) IS NULL`. No value is ever
//! formatted into a statement. What the two spell differently is a fragment of [`Db`], for
//! instance [`Db::any_of`].

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
    /// Whether [`any_of`](Self::any_of) was asked for: SQLite needs a module for it.
    has_arrays: Cell<bool>,
}

/// The engines. A second one is one more variant.
enum Engine {
    Sqlite(Connection),
}

/// What a transaction keeps others from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// Nothing: it reads, as of one moment.
    Read,
    /// Writing. A transaction that reads first and then wants to write would fail at once
    /// when another does the same.
    Write,
    /// Reading and writing from the beginning, so that the commit waits for no reader.
    Alone,
}

/// A transaction under way; rolled back unless it is committed.
pub(super) struct Transaction<'a> {
    db: &'a Db,
    is_open: bool,
    /// A process that is stopped would keep the lock.
    _blocked_stops: BlockedSignals,
}

impl Db {
    /// Takes over an open SQLite connection.
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

    /// Executes a statement that returns no row. Returns the number of rows it changed.
    ///
    /// # Errors
    /// The errors of the engine, as [`crate::error`] names them.
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
    /// The errors of the engine.
    #[cfg_attr(test, track_caller)]
    pub(super) fn is_true(&self, sql: &str, values: &[Value<'_>]) -> Result<bool> {
        let answer = self.row(sql, values, |row| row.get("answer"))?;
        Ok(answer.unwrap_or_default())
    }

    /// Calls `visit` with every row of a result until it breaks.
    ///
    /// Not generic, so that it is compiled once.
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
        // A process that is stopped would keep the lock that reading takes.
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

    /// Begins a transaction; waits for the lock.
    ///
    /// # Errors
    /// [`Kind::Locked`](crate::error::Kind::Locked) when another process keeps it.
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
            is_open: true,
            _blocked_stops: blocked_stops,
        })
    }

    /// Returns a number that changes when another connection changes the database; read in
    /// a transaction it is of what that sees.
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

    /// Returns the SQL after an expression that holds where it equals one of the values of
    /// `placeholder`, which is given [`Value::Integers`] or [`Value::Texts`].
    pub(super) fn any_of(&self, placeholder: &str) -> String {
        match &self.engine {
            Engine::Sqlite(conn) => {
                if !self.has_arrays.replace(true) {
                    // Where it fails, preparing the statement fails.
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
    /// The errors of the engine; it is rolled back then, as far as that can be known.
    pub(super) fn commit(mut self) -> Result<()> {
        match &self.db.engine {
            Engine::Sqlite(conn) => conn.execute_batch("COMMIT")?,
        }
        self.is_open = false;
        Ok(())
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
            // After some errors SQLite has rolled back by itself.
            Engine::Sqlite(conn) if self.is_open && !conn.is_autocommit() => {
                let _ = conn.execute_batch("ROLLBACK");
            }
            Engine::Sqlite(_) => {}
        }
    }
}

/// Prepares a statement, or takes it from the cache, and binds its values.
fn bound<'c>(conn: &'c Connection, sql: &str, values: &[Value<'_>]) -> Result<CachedStatement<'c>> {
    let mut statement = conn.prepare_cached(sql)?;
    for (value, number) in values.iter().zip(1..) {
        value.bind(&mut statement, number)?;
    }
    Ok(statement)
}

#[cfg(test)]
mod tests;
