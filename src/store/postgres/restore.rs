//! Loads a checked backup into a database on a server.

use super::copy_in::CopyIn;
use super::create::check_free;
use super::schema::latest;
use super::tables::{TABLES, Table};
use crate::config::Place;
use crate::error::{Error, Kind, Result};
use crate::model::Timestamp;
use crate::process::Signals;
use crate::store::actor::Actor;
use crate::store::db::{Client, Db, Lock, Transaction, Value};
use crate::store::errors::not_a_server;
use crate::store::sqlite::copy::Copy;
use crate::store::sqlite::integrity::last_number;
use crate::store::sqlite::usage::Use;
use crate::store::uses::Dates;
use crate::store::{Access, Store, after_failed_commit, log};

/// The number of rows loaded between two checks for a signal.
const ROWS: usize = 1000;

/// Checks that a backup can be restored into the database on `server`. Returns `actor` with its
/// clock and the role that will own it.
///
/// # Errors
/// [`Kind::Exists`] when `init` would refuse the database; [`Kind::NotPermitted`] when the operator
/// may not manage a database that is there; and the errors of the server.
pub(in crate::store) fn check_restorable(server: &str, mut actor: Actor) -> Result<Actor> {
    let db = connect(server, actor.clone())?;
    // Reads the server's clock.
    drop(db.begin(Lock::Read)?);
    actor.clock = actor.clock.of(&db);
    actor.now = actor.clock.now();
    actor.role = db.row("SELECT current_user AS role", &[], |row| row.get("role"))?;
    Ok(actor)
}

/// Connects to a database that `init` would take.
fn connect(server: &str, actor: Actor) -> Result<Db> {
    let db = Db::connect(server)?;
    let refused = match check_free(&db, server) {
        Ok(()) => return Ok(db),
        Err(error) => error,
    };
    drop(db);
    match refused.kind() {
        // An operator who may not manage the existing database learns that first.
        Kind::Exists => match Store::open_on(server, Access::Read, actor) {
            Err(error) if error.kind() == Kind::NotPermitted => Err(error),
            _ => Err(refused),
        },
        Kind::DatabaseForeign | Kind::InvalidInput => {
            let hint = refused.advice().unwrap_or_default().to_owned();
            Err(Error::new(Kind::Exists, refused.message()).hint(hint))
        }
        _ => Err(refused),
    }
}

/// Loads `copy` into the database on `server`, with `dates` and with `known_since` as the start of
/// the record of uses, in one transaction.
///
/// # Errors
/// [`Kind::Exists`] when another process has created a database in the meantime,
/// [`Kind::Interrupted`] when a signal came, [`Kind::OutcomeUnknown`], and the errors of the server.
pub(in crate::store) fn load(
    server: &str,
    copy: &Copy,
    dates: &Dates<'_>,
    known_since: Option<Timestamp>,
    signals: &Signals,
) -> Result<()> {
    let actor = copy.store.actor.clone();
    let db = connect(server, actor.clone())?;
    let loaded = db.begin(Lock::New).and_then(|new| {
        fill(&new, copy, dates, known_since, signals)?;
        signals.check()?;
        Ok(new)
    });
    match loaded {
        Ok(new) => commit(new, server, copy),
        Err(error) if error.kind() == Kind::Interrupted => Err(error),
        Err(error) => {
            // Another process may have created a database at the same time.
            connect(server, actor)?;
            Err(error)
        }
    }
}

fn commit(new: Transaction<'_>, server: &str, copy: &Copy) -> Result<()> {
    let head = log::head(&copy.store.db)?;
    let Err(error) = new.commit() else {
        return Ok(());
    };
    after_failed_commit(&Place::Server(server.to_owned()), error, head)
}

fn fill(
    db: &Db,
    copy: &Copy,
    dates: &Dates<'_>,
    known_since: Option<Timestamp>,
    signals: &Signals,
) -> Result<()> {
    let client = db.as_postgres().ok_or_else(not_a_server)?;
    // Before the secrets: a trigger inserts the rows of those without a date.
    load_dates(client, copy, dates)?;
    let update = "UPDATE usage SET accepted = ?1 WHERE slot = 0";
    let since = known_since.map_or(0, Timestamp::unix);
    db.execute(update, &[since.into()])?;
    for table in &TABLES {
        load_rows(table, &copy.store.db, db, client, signals)?;
    }
    Ok(())
}

fn load_rows(table: &Table, from: &Db, to: &Db, client: &Client, signals: &Signals) -> Result<()> {
    let Table { name, columns, .. } = table;
    // A file has its version elsewhere.
    let (more, last): (&[&str], &[Value<'_>]) = match *name {
        "settings" => (&["schema_version"], &[Value::Integer(latest())]),
        _ => (&[], &[]),
    };
    let mut rows = CopyIn::new(client, name, &[columns, more].concat());
    let mut count = 0_usize;
    table.each_row(from, &mut |values| {
        if count.is_multiple_of(ROWS) {
            signals.check()?;
        }
        count += 1;
        rows.write(&[values, last].concat())
    })?;
    rows.finish()?;
    let Some(column) = table.numbered else {
        return Ok(());
    };
    // No number is assigned twice, even if its row was deleted.
    let last = last_number(from, name, column)?;
    if last > 0 {
        let set = "SELECT setval(CAST(pg_get_serial_sequence(?1, ?2) AS regclass), ?3) AS number";
        let values: [Value<'_>; 3] = [(*name).into(), column.into(), last.into()];
        to.row(set, &values, |_| Ok(()))?;
    }
    Ok(())
}

fn load_dates(client: &Client, copy: &Copy, dates: &Dates<'_>) -> Result<()> {
    let mut rows = CopyIn::new(client, "usage", &["slot", "accepted", "refused"]);
    // The dates of a secret follow one another.
    let mut used: Option<(i64, [i64; 2])> = None;
    let mut write = |row: Option<(i64, [i64; 2])>| match row {
        Some((slot, [accepted, refused])) => {
            rows.write(&[slot.into(), accepted.into(), refused.into()])
        }
        None => Ok(()),
    };
    copy.each_date(dates, |slot, kind, at| {
        if used.is_none_or(|(last, _)| last != slot) {
            write(used.replace((slot, [0, 0])))?;
        }
        if let Some((_, [accepted, refused])) = &mut used {
            *(match kind {
                Use::Accepted => accepted,
                Use::Refused => refused,
            }) = at.unix();
        }
        Ok(())
    })?;
    write(used)?;
    rows.finish()
}
