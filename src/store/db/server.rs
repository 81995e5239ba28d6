//! A connection to a server, used by a thread that waits for each answer.
//!
//! A statement is sent with its values and the types of these in one message, so that it takes one
//! round trip. Within a transaction, a statement that is used again is prepared. Outside of one it
//! is not, since a pooler such as pgbouncer may give each transaction another session.

mod bound;
mod transaction;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::error::Severity;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, RowStream, SimpleQueryMessage, Statement};

use crate::config::silence;
use crate::error::Result;
use crate::store::db::clock::Clock;
use crate::store::db::{Row, Value};
use crate::store::postgres::connect::{Connected, connect};
use crate::store::postgres::errors::{could_not_start, is_silent};
use crate::store::postgres::parameters::Parameters;
use bound::Bound;

/// The longest wait for the next message of the server.
const SILENCE: Duration = Duration::from_secs(30);

/// The longest wait for the end of a connection.
const FAREWELL: Duration = Duration::from_millis(100);

/// The number of rows that are taken from a result at a time.
const ROWS: usize = 256;

/// The number of statements that a transaction keeps prepared.
const MAX_PREPARED: usize = 50;

/// A connection.
pub(in crate::store) struct Client {
    /// None once it is being dropped.
    client: Option<tokio_postgres::Client>,
    runtime: Option<Runtime>,
    /// Drives the connection until it ends.
    driver: Option<JoinHandle<()>>,
    /// The last warning of the server that was not read.
    notice: Arc<Mutex<Option<String>>>,
    /// The statements of the transaction, with what was prepared of those that were used again.
    prepared: RefCell<BTreeMap<String, Option<Statement>>>,
    /// Whether a transaction is open, and whether a statement of it failed.
    transaction: Cell<Option<Failed>>,
    /// The server's clock; this machine's until it is read.
    clock: Cell<Clock>,
    is_standby: bool,
    /// The role that makes a change, once one was begun.
    role: RefCell<Option<String>>,
    /// When the caller gives up waiting for the server, if it does earlier than [`SILENCE`].
    deadline: Cell<Option<Instant>>,
}

/// Whether a statement of the transaction failed.
type Failed = bool;

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// The errors of [`connect`], and when the process can't start a runtime.
    pub(in crate::store) fn connect(parameters: &Parameters) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| could_not_start(&error))?;
        let connected = runtime.block_on(connect(parameters));
        let connected = match connected {
            Ok(connected) => connected,
            Err(error) => {
                // A lookup of a name may still be under way.
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let Connected {
            client,
            mut messages,
            is_standby,
        } = connected;
        let notice = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&notice);
        let driver = runtime.spawn(async move {
            while let Some(Ok(message)) = messages.next().await {
                if let AsyncMessage::Notice(notice) = message
                    && notice.parsed_severity() == Some(Severity::Warning)
                {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    *kept = Some(notice.message().to_owned());
                }
            }
        });
        Ok(Self {
            client: Some(client),
            runtime: Some(runtime),
            driver: Some(driver),
            notice,
            prepared: RefCell::default(),
            transaction: Cell::new(None),
            clock: Cell::new(Clock::Machine),
            is_standby,
            role: RefCell::default(),
            deadline: Cell::new(None),
        })
    }

    /// Limits all further waits for the server to the time until now plus `left`.
    pub(in crate::store) fn limit(&self, left: Duration) {
        self.deadline.set(Some(Instant::now() + left));
    }

    /// Returns the role that makes the change that was begun last.
    pub(in crate::store) fn role(&self) -> Option<String> {
        self.role.borrow().clone()
    }

    /// Returns whether the server is a standby, which accepts no changes.
    pub(in crate::store) fn is_standby(&self) -> bool {
        self.is_standby
    }

    /// Returns whether the connection is lost.
    pub(in crate::store) fn is_lost(&self) -> bool {
        self.client
            .as_ref()
            .is_none_or(tokio_postgres::Client::is_closed)
    }

    /// Sets the server's clock by its time in microseconds since 1970, which has just arrived.
    pub(in crate::store) fn set_clock(&self, micros: i64) {
        self.clock.set(Clock::Server {
            micros,
            read_at: Instant::now(),
        });
    }

    /// Returns the server's clock, as it was last read.
    pub(in crate::store) fn clock(&self) -> Clock {
        self.clock.get()
    }

    /// Executes a statement that returns no row. Returns the number of changed rows.
    ///
    /// # Errors
    /// The errors of the server and of the connection.
    pub(in crate::store) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        self.within_transaction(|| {
            let rows = self.start(sql, values)?;
            let mut rows = pin!(rows);
            while self.wait(rows.as_mut().try_next())?.is_some() {}
            let count = rows.rows_affected().unwrap_or_default();
            Ok(usize::try_from(count).unwrap_or(usize::MAX))
        })
    }

    /// Calls `visit` with each row of a result until it breaks. `visit` must run no statement.
    ///
    /// # Errors
    /// The errors of the server, of the connection, and of `visit`.
    pub(in crate::store) fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut names: Option<Vec<String>> = None;
        let rows = self.within_transaction(|| self.start(sql, values))?;
        let mut rows = pin!(rows);
        let mut fetched = Vec::with_capacity(ROWS);
        loop {
            let has_more = self.within_transaction(|| {
                self.wait(async {
                    while fetched.len() < ROWS {
                        match rows.as_mut().try_next().await? {
                            Some(row) => fetched.push(row),
                            None => return Ok(false),
                        }
                    }
                    Ok(true)
                })
            })?;
            for row in fetched.drain(..) {
                let names = names.get_or_insert_with(|| {
                    let columns = row.columns().iter();
                    columns.map(|column| column.name().to_owned()).collect()
                });
                if visit(&Row::postgres(&row, names))?.is_break() {
                    return Ok(());
                }
            }
            if !has_more {
                return Ok(());
            }
        }
    }

    /// Runs statements without values in one round trip, and returns the texts of the first
    /// columns of their rows.
    ///
    /// # Errors
    /// The errors of the server and of the connection.
    pub(in crate::store) fn run(&self, script: &str) -> Result<Vec<Option<String>>> {
        let messages = self.wait(self.inner()?.simple_query(script))?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some(row.try_get(0).map(|cell| cell.map(str::to_owned)))
            }
            _ => None,
        });
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Returns the number of the last log entry, which every change increases.
    ///
    /// # Errors
    /// The errors of the server and of the connection.
    pub(in crate::store) fn last_entry(&self) -> Result<i64> {
        let mut last = 0;
        let select = "SELECT coalesce(max(seq), 0) AS last FROM log";
        self.each(select, &[], &mut |row| {
            last = row.get("last")?;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(last)
    }

    /// Starts a statement.
    fn start(&self, sql: &str, values: &[Value<'_>]) -> Result<RowStream> {
        let client = self.inner()?;
        if let Some(statement) = self.prepared(sql, values)? {
            let values: Vec<Bound<'_>> = values.iter().copied().map(Bound).collect();
            return self.wait(client.query_raw(&statement, values.iter()));
        }
        let values: Vec<(Bound<'_>, Type)> = values
            .iter()
            .map(|&value| (Bound(value), Bound(value).own_type()))
            .collect();
        let values = values
            .iter()
            .map(|(value, own_type)| (value, own_type.clone()));
        self.wait(client.query_typed_raw(&numbered(sql), values))
    }

    /// Returns the prepared statement, if it is used again in this transaction.
    fn prepared(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<Statement>> {
        if self.transaction.get().is_none() {
            return Ok(None);
        }
        let mut prepared = self.prepared.borrow_mut();
        match prepared.get_mut(sql) {
            Some(Some(statement)) => Ok(Some(statement.clone())),
            Some(known) => {
                // The type of a null is that of the first use, so it is left to the server.
                let types: Vec<Type> = values.iter().map(|&v| Bound(v).own_type()).collect();
                let client = self.inner()?;
                let statement = self.wait(client.prepare_typed(&numbered(sql), &types))?;
                Ok(Some(known.insert(statement).clone()))
            }
            None => {
                if prepared.len() < MAX_PREPARED {
                    prepared.insert(sql.to_owned(), None);
                }
                Ok(None)
            }
        }
    }

    /// Runs `statement`, and remembers if it fails: the server then accepts no other statement of
    /// the transaction, and would answer a COMMIT with a rollback.
    fn within_transaction<T>(&self, statement: impl FnOnce() -> Result<T>) -> Result<T> {
        statement().inspect_err(|_| {
            if self.transaction.get().is_some() {
                self.transaction.set(Some(true));
            }
        })
    }

    /// Waits for the server.
    ///
    /// # Errors
    /// The errors of `answer`, and when the server is silent for too long. Then the connection is
    /// closed, since the answer may still come.
    pub(in crate::store) fn wait<T>(
        &self,
        answer: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let runtime = self.runtime.as_ref().ok_or_else(is_silent)?;
        let left = self
            .deadline
            .get()
            .map(|end| end.saturating_duration_since(Instant::now()));
        let silence = silence(SILENCE);
        let limit = left.unwrap_or(silence).min(silence);
        let answered = runtime.block_on(async { tokio::time::timeout(limit, answer).await });
        match answered {
            Ok(answer) => Ok(answer?),
            Err(_) => {
                if let Some(driver) = &self.driver {
                    driver.abort();
                }
                Err(is_silent())
            }
        }
    }

    pub(in crate::store) fn inner(&self) -> Result<&tokio_postgres::Client> {
        self.client.as_ref().ok_or_else(is_silent)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.prepared.borrow_mut().clear();
        // This reports the end of the connection to the server.
        drop(self.client.take());
        if let (Some(runtime), Some(driver)) = (self.runtime.take(), self.driver.take()) {
            let _ = runtime.block_on(async { tokio::time::timeout(FAREWELL, driver).await });
            runtime.shutdown_background();
        }
    }
}

/// Returns `sql` with its placeholders `?1` in PostgreSQL's form, `$1`.
pub(in crate::store) fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        let is_placeholder = c == '?' && rest.peek().is_some_and(char::is_ascii_digit);
        numbered.push(if is_placeholder { '$' } else { c });
    }
    numbered
}
