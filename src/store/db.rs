//! The narrow interface to the engine: executing a statement, reading rows, and transactions.
//!
//! The nouns of `store/` write every statement once, in the SQL that SQLite and PostgreSQL
//! share: numbered placeholders `?1`, columns read by name, `string_agg`, `coalesce`,
//! `ON CONFLICT DO NOTHING`, `IS DISTINCT FROM`, `RETURNING`. PostgreSQL infers the type of
//! a placeholder from its first use, hence `CAST(?1 AS text) IS NULL`. No value is ever
//! formatted into a statement. [`Db`] has a method for SQL that differs between the two, such
//! as [`Db::any_of`]. While the rows of a result are visited, no other statement may run.

/// SQL for a server's time in microseconds since 1970.
#[cfg(feature = "postgres")]
macro_rules! server_time {
    () => {
        "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000000) AS bigint)"
    };
}
#[cfg(feature = "postgres")]
pub(in crate::store) use server_time;

pub(super) mod clock;
mod column;
#[cfg(test)]
pub(super) mod recorder;
mod row;
#[cfg(feature = "postgres")]
mod server;
mod transaction;
mod value;

use std::cell::Cell;
use std::ops::ControlFlow;

use rusqlite::vtab::array;
use rusqlite::{CachedStatement, Connection};

#[cfg(feature = "postgres")]
use super::errors::{damaged, not_a_file, not_a_server};
#[cfg(feature = "postgres")]
use super::postgres::parameters::Parameters;
#[cfg(feature = "postgres")]
use crate::error::Error;
use crate::error::Result;
use crate::process::BlockedSignals;

pub(super) use clock::Clock;
pub(super) use row::Row;
#[cfg(feature = "postgres")]
pub(super) use server::Client;
pub(super) use transaction::{Lock, Transaction};
#[cfg(feature = "postgres")]
pub(super) use value::RowCell;
pub(super) use value::Value;

/// An open connection to the database.
pub(super) struct Db {
    engine: Engine,
    /// Whether the module of SQLite that [`any_of`](Self::any_of) needs is loaded.
    has_arrays: Cell<bool>,
}

/// The engines.
enum Engine {
    Sqlite(Connection),
    #[cfg(feature = "postgres")]
    Postgres(Box<server::Client>),
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

    /// Wraps a connection to a PostgreSQL server.
    #[cfg(feature = "postgres")]
    pub(super) fn postgres(client: server::Client) -> Self {
        Self {
            engine: Engine::Postgres(Box::new(client)),
            has_arrays: Cell::new(false),
        }
    }

    /// Connects to the primary of `server`.
    ///
    /// # Errors
    /// The errors of connecting.
    #[cfg(feature = "postgres")]
    pub(super) fn connect(server: &str) -> Result<Self> {
        let parameters = Parameters::parse(server)?.for_changes();
        Client::connect(&parameters).map(Self::postgres)
    }

    /// Returns the SQLite connection, for what exists because the database is a file.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`](crate::error::Kind::InvalidInput) when the database isn't a file.
    pub(super) fn as_sqlite(&self) -> Result<&Connection> {
        match &self.engine {
            Engine::Sqlite(conn) => Ok(conn),
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => Err(not_a_file()),
        }
    }

    /// Returns the SQLite connection itself, as [`as_sqlite`](Self::as_sqlite) does.
    #[cfg(feature = "postgres")]
    pub(super) fn into_sqlite(self) -> Result<Connection> {
        match self.engine {
            Engine::Sqlite(conn) => Ok(conn),
            Engine::Postgres(_) => Err(not_a_file()),
        }
    }

    /// Returns the SQLite connection, as [`as_sqlite`](Self::as_sqlite) does.
    pub(super) fn as_sqlite_mut(&mut self) -> Result<&mut Connection> {
        match &mut self.engine {
            Engine::Sqlite(conn) => Ok(conn),
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => Err(not_a_file()),
        }
    }

    /// Returns the connection to the server, for what exists because the database is on one; none
    /// if it is a file.
    #[cfg(feature = "postgres")]
    pub(super) fn as_postgres(&self) -> Option<&server::Client> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(client) => Some(client),
        }
    }

    /// Returns the clock that decides: the server's, as far as it is known, or this machine's.
    pub(super) fn clock(&self) -> Clock {
        match &self.engine {
            Engine::Sqlite(_) => Clock::Machine,
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.clock(),
        }
    }

    /// Returns the role of a server that makes the change, which the log names.
    pub(super) fn role(&self) -> Option<String> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.role(),
        }
    }

    /// Runs statements without values on a server.
    ///
    /// # Errors
    /// The errors of the engine.
    #[cfg(feature = "postgres")]
    pub(super) fn run_script(&self, script: &str) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(_) => Err(not_a_server()),
            Engine::Postgres(client) => client.run(script).map(drop),
        }
    }

    /// Returns whether the connection to a server is lost.
    #[cfg(feature = "postgres")]
    pub(super) fn is_lost(&self) -> bool {
        match &self.engine {
            Engine::Sqlite(_) => false,
            Engine::Postgres(client) => client.is_lost(),
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
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.execute(sql, values),
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
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.each(sql, values, visit),
        }
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
            // Every change appends an entry.
            #[cfg(feature = "postgres")]
            Engine::Postgres(client) => client.last_entry(),
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
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => format!("= ANY ({placeholder})"),
        }
    }
}

/// Returns the error of a column whose value has an unexpected type.
#[cfg(feature = "postgres")]
fn invalid_column(name: &str) -> Error {
    damaged(format!(
        "the database holds an invalid value in the column {name}"
    ))
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
