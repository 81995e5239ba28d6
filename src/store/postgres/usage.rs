//! The dates of last uses in the table `usage`.
//!
//! Each secret has a row, which a trigger inserts with the secret. The row of slot 0 says since
//! when uses have been recorded. No foreign key leads to the secrets: a verifier, who may update
//! the dates, could lock a row, and with a foreign key that lock would stop the deletion of the
//! secret.

use super::Parameters;
use crate::config::patience;
use crate::error::{Error, Result};
use crate::model::{Span, Timestamp};
use crate::store::db::{Client, Db, Value};
use crate::store::sqlite::usage::{NewUse, Use};
use std::ops::ControlFlow;
use std::time::Duration;

/// The dates of secrets, sorted by slot.
pub(in crate::store) struct Loaded {
    dates: Vec<(i64, [i64; 2])>,
    now: Timestamp,
}

impl Loaded {
    /// Reads the dates of secrets that have any.
    ///
    /// # Errors
    /// The errors of the server.
    pub(in crate::store) fn read(db: &Db, slots: Option<&[i64]>, now: Timestamp) -> Result<Self> {
        let select = "SELECT slot, accepted, refused FROM usage
              WHERE slot > 0 AND (accepted <> 0 OR refused <> 0)";
        let any_of = db.any_of("?1");
        let (select, values) = match slots {
            Some(slots) => (format!("{select} AND slot {any_of}"), vec![slots.into()]),
            None => (select.to_owned(), Vec::new()),
        };
        let mut dates = Vec::new();
        db.each(&select, &values, &mut |row| {
            let of_slot = [row.get("accepted")?, row.get("refused")?];
            dates.push((row.get("slot")?, of_slot));
            Ok(ControlFlow::Continue(()))
        })?;
        dates.sort_unstable();
        Ok(Self { dates, now })
    }

    /// Returns the date of the last use of the given kind of the secret at `slot`, if it is
    /// credible.
    pub(in crate::store) fn last(&self, slot: i64, kind: Use) -> Option<Timestamp> {
        let found = self.dates.binary_search_by_key(&slot, |(slot, _)| *slot);
        let [accepted, refused] = self.dates[found.ok()?].1;
        credible(
            match kind {
                Use::Accepted => accepted,
                Use::Refused => refused,
            },
            self.now,
        )
    }
}

/// Returns `date` as a time, unless it is 0 or impossible at `now`.
pub(super) fn credible(date: i64, now: Timestamp) -> Option<Timestamp> {
    let possible = 1..=now.plus(Span::CLOCK_TOLERANCE).unix();
    possible.contains(&date).then(|| Timestamp::from_unix(date))
}

/// Deletes the rows of deleted secrets, except the rows that a verifier has locked.
///
/// # Errors
/// The errors of the server.
pub(in crate::store) fn clear(db: &Db, slots: &[i64]) -> Result<()> {
    let delete = "DELETE FROM usage WHERE slot IN (
            SELECT u.slot FROM usage u
             WHERE u.slot = ANY (?1) AND NOT EXISTS (SELECT 1 FROM secrets s WHERE s.slot = u.slot)
               FOR UPDATE SKIP LOCKED)";
    db.execute(delete, &[slots.into()]).map(drop)
}

/// The longest time for recording: a verdict must not wait for the lock of another process.
const RECORDING: Duration = Duration::from_secs(1);

/// Records uses. Connects when it first has to.
pub(crate) struct Recorder {
    server: String,
    db: Option<Db>,
}

impl Recorder {
    /// Returns the recorder of the database on `server`, with an open connection if there is one.
    pub(in crate::store) fn new(server: String, db: Option<Db>) -> Self {
        Self { server, db }
    }

    /// Records `uses`, at most one a minute for each secret and kind of use. Waits at most a second
    /// for a lock.
    ///
    /// # Errors
    /// The errors of the server. The next call connects again.
    pub(in crate::store) fn record(&mut self, uses: &[NewUse]) -> Result<()> {
        let recorded = self.try_record(uses);
        if recorded.is_err() {
            self.db = None;
        }
        recorded.map_err(|error: Error| {
            let fact = format!("the use could not be recorded: {error}");
            Error::new(error.kind(), fact).caused_by(error)
        })
    }

    fn try_record(&mut self, uses: &[NewUse]) -> Result<()> {
        // A standby records nothing.
        let is_standby = |db: &Db| db.as_postgres().is_none_or(Client::is_standby);
        let open = self.db.take().filter(|db| !is_standby(db));
        let db = match open {
            Some(db) => db,
            None => {
                let parameters = Parameters::parse(&self.server)?;
                let parameters = parameters.for_changes().within(patience(RECORDING));
                Db::postgres(Client::connect(&parameters)?)
            }
        };
        let db = self.db.insert(db);
        if let Some(client) = db.as_postgres() {
            client.limit(patience(RECORDING));
        }
        for kind in [Use::Accepted, Use::Refused] {
            let mut slots = Vec::new();
            let (mut at, mut since) = (Vec::new(), Vec::new());
            for used in uses.iter().filter(|used| used.kind == kind) {
                slots.push(used.slot);
                at.push(used.at.unix());
                since.push(used.since.map_or(i64::MIN, Timestamp::unix));
            }
            if !slots.is_empty() {
                let values = [&slots[..], &at[..], &since[..]].map(Value::from);
                db.execute(&statement(kind), &values)?;
            }
        }
        Ok(())
    }
}

/// Returns the statement that records uses of a kind: `?1` are their slots, `?2` their times, `?3`
/// the beginnings of the reasons for a refusal. A date in the future by more than the tolerance for
/// clocks is replaced. The rows are locked in the order of the slots, so that two verifiers never
/// wait for each other.
fn statement(kind: Use) -> String {
    let column = match kind {
        Use::Accepted => "accepted",
        Use::Refused => "refused",
    };
    format!(
        "WITH used AS MATERIALIZED (
            SELECT u.slot, n.at FROM usage u
              JOIN unnest(?1, ?2, ?3) AS n (slot, at, since) ON n.slot = u.slot
             WHERE NOT (u.{column} BETWEEN n.at - 59 AND n.at + 300 AND u.{column} >= n.since)
             ORDER BY u.slot FOR UPDATE OF u)
         UPDATE usage SET {column} = used.at FROM used WHERE usage.slot = used.slot"
    )
}
