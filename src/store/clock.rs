//! The clock of a database, and its comparison with the times in the log.

use super::Store;
use super::complaint::{Complaint, Found};
use super::db::Db;
use crate::error::{Error, Kind, Result};
use crate::model::{Span, Timestamp, When};

impl Store {
    /// Refuses a clock that is behind the log if `when`, which is to be stored, is relative
    /// to the clock: the key or user could expire years too early.
    ///
    /// # Errors
    /// [`Kind::Clock`], and the errors of the database.
    pub(crate) fn check_clock(&self, when: Option<When>) -> Result<()> {
        if when.is_some_and(When::is_relative) {
            self.check_relative_time()?;
        }
        Ok(())
    }

    /// Refuses a clock that is behind the log, since a relative time is to be stored.
    ///
    /// # Errors
    /// [`Kind::Clock`], and the errors of the database.
    pub(crate) fn check_relative_time(&self) -> Result<()> {
        let Some(last) = self.change_after_clock()? else {
            return Ok(());
        };
        let fact = format!(
            "the clock says {}, but the last change was at {last}: relative times are refused",
            self.actor.now
        );
        Err(Error::new(Kind::Clock, fact).hint("set the clock, or give a date such as 2027-01-31"))
    }

    /// Returns the time of the last change, if the clock is behind that time by more than the
    /// tolerance for clocks.
    pub(super) fn change_after_clock(&self) -> Result<Option<Timestamp>> {
        latest_time_after(&self.db, self.actor.now)
    }

    /// Checks for `doctor` that the clock is not behind the log by more than the tolerance.
    pub(super) fn clock_check(&self) -> Result<Found> {
        let now = self.actor.now;
        Ok(match self.change_after_clock()? {
            Some(last) => Err(Complaint {
                fact: format!(
                    "the clock says {now}, but the last change was at {last}: the clock is behind, or was ahead then"
                ),
                fix: "timedatectl set-ntp true".to_owned(),
            }),
            None => Ok(format!("{now}, not more than 5 minutes behind the log")),
        })
    }
}

/// Returns the time of the last log entry or key creation, whichever is later, if that time is
/// after `now` by more than the tolerance for clocks.
pub(super) fn latest_time_after(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    let select = "SELECT (SELECT max(at) FROM log) AS logged,
                         (SELECT max(created_at) FROM keys) AS created";
    let last = db.row(select, &[], |row| {
        let logged: Option<i64> = row.get("logged")?;
        Ok(logged.max(row.get("created")?).unwrap_or_default())
    })?;
    let last = Timestamp::from_unix(last.unwrap_or_default().max(0));
    Ok((now.plus(Span::CLOCK_TOLERANCE) < last).then_some(last))
}
