//! Copies a database on a server into a file.

use std::path::Path;

use super::tables::{TABLES, Table};
use super::usage::Loaded;
use crate::error::{Error, Kind, Result};
use crate::process::Signals;
use crate::store::Store;
use crate::store::actor::Actor;
use crate::store::db::{Db, Lock, Value};
use crate::store::sqlite::copy::Copy;
use crate::store::uses::Dates;

/// The number of rows copied between two checks for a signal.
const ROWS: usize = 1000;

impl Store {
    /// Copies a snapshot of the database into a draft. Returns the dates of last uses, too. Errors
    /// name `to`, the final path of the copy.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`] when the file refuses a row, [`Kind::Interrupted`] when a signal
    /// came, and the errors of the server and of the disk.
    pub(in crate::store) fn copy_from_server(
        &self,
        to: &Path,
        actor: Actor,
        signals: &Signals,
    ) -> Result<(Copy, Dates<'static>)> {
        let snapshot = self.db.begin(Lock::Read)?;
        let copy = Copy::filled(to, actor, signals, |db| {
            let change = db.begin(Lock::Write)?;
            for table in &TABLES {
                copy_rows(table, &snapshot, &change, signals)?;
            }
            change.commit()
        })?;
        let dates = Loaded::read(&snapshot, None, copy.store.now())?;
        Ok((copy, Dates::Loaded(dates)))
    }
}

fn copy_rows(table: &Table, from: &Db, to: &Db, signals: &Signals) -> Result<()> {
    let Table { name, columns, .. } = table;
    let places: Vec<String> = (1..=columns.len())
        .map(|place| format!("?{place}"))
        .collect();
    let insert = format!(
        "INSERT INTO {name} ({}) VALUES ({})",
        columns.join(", "),
        places.join(", ")
    );
    let mut count = 0_usize;
    table.each_row(from, &mut |values| {
        if count.is_multiple_of(ROWS) {
            signals.check()?;
        }
        count += 1;
        to.execute(&insert, values).map(drop).map_err(|error| {
            let fact = format!("a row of {name} is invalid: {error}");
            match error.kind() {
                Kind::DatabaseDamaged => Error::new(error.kind(), fact)
                    .hint("run `apikey doctor` to see how to repair it"),
                _ => error,
            }
        })
    })?;
    match table.numbered {
        Some(column) => copy_last_number(name, column, from, to),
        None => Ok(()),
    }
}

/// Copies the last number that was assigned to a row of `table`, even if the row was deleted: no
/// number is assigned twice.
fn copy_last_number(table: &str, column: &str, from: &Db, to: &Db) -> Result<()> {
    let select = format!(
        "SELECT greatest(
            (SELECT max({column}) FROM {table}),
            pg_sequence_last_value(CAST(pg_get_serial_sequence('{table}', '{column}') AS regclass)))
             AS number"
    );
    let last: Option<Option<i64>> = from.row(&select, &[], |row| row.get("number"))?;
    if let Some(last) = last.flatten() {
        to.execute(
            "DELETE FROM sqlite_sequence WHERE name = ?1",
            &[table.into()],
        )?;
        let values: [Value<'_>; 2] = [table.into(), last.into()];
        to.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            &values,
        )?;
    }
    Ok(())
}
