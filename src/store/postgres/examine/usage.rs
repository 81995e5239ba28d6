//! Checks of the table `usage`.

use crate::error::Result;
use crate::model::{Span, counted};
use crate::store::Store;
use crate::store::complaint::and_more;
use crate::store::complaint::{Complaint, Found};
use crate::store::postgres::usage::credible;

/// Replaces the rows of all secrets by rows without dates, and lets the record begin now.
const CLEAR: &str = "TRUNCATE usage; INSERT INTO usage (slot, accepted) \
    SELECT 0, floor(extract(epoch FROM clock_timestamp())) UNION ALL SELECT slot, 0 FROM secrets";

/// Inserts the missing rows.
const COMPLETE: &str = "INSERT INTO usage (slot, accepted) \
    SELECT 0, floor(extract(epoch FROM clock_timestamp())) UNION ALL SELECT slot, 0 FROM secrets \
    ON CONFLICT DO NOTHING";

/// Lets the record begin now.
const BEGIN: &str =
    "UPDATE usage SET accepted = floor(extract(epoch FROM clock_timestamp())) WHERE slot = 0";

impl Store {
    /// Checks that the record of uses has a beginning, that each secret has a row, and that no date
    /// is impossible.
    pub(super) fn usage_rows(&self) -> Result<Found> {
        let missing = "SELECT name FROM (
                SELECT k.name, s.slot FROM secrets s JOIN keys k ON k.number = s.key
                UNION ALL SELECT NULL, 0) wanted
              WHERE NOT EXISTS (SELECT 1 FROM usage u WHERE u.slot = wanted.slot) ORDER BY slot";
        let missing = self
            .db
            .rows(missing, &[], |row| row.get::<Option<String>>("name"))?;
        if let Some(first) = missing.first() {
            let fact = match first {
                Some(name) => format!("a secret of \"{name}\" has no row for its last uses"),
                None => "the record of uses has no beginning".to_owned(),
            };
            return Ok(Err(Complaint {
                fact: and_more(&fact, missing.len()),
                fix: self.psql(&[COMPLETE]),
            }));
        }
        if self.change_after_clock()?.is_some() {
            return Ok(Ok(
                "not checked, since the clock is behind the log".to_owned()
            ));
        }
        let now = self.now();
        let latest = now.plus(Span::CLOCK_TOLERANCE).unix();
        let absurd = "SELECT k.name FROM usage u
               LEFT JOIN secrets s ON s.slot = u.slot LEFT JOIN keys k ON k.number = s.key
              WHERE (u.slot = 0 OR s.slot IS NOT NULL)
                AND NOT (u.accepted BETWEEN 0 AND ?1 AND u.refused BETWEEN 0 AND ?1)
              ORDER BY u.slot";
        let absurd = self.db.rows(absurd, &[latest.into()], |row| {
            row.get::<Option<String>>("name")
        })?;
        if let Some(first) = absurd.first() {
            let fact = match first {
                Some(name) => format!(
                    "the last-use date of \"{name}\" is invalid; its next use fixes it, too"
                ),
                None => "the record of uses has an invalid beginning".to_owned(),
            };
            return Ok(Err(Complaint {
                fact: and_more(&fact, absurd.len()),
                // A verifier that wrote one date could have written all of them.
                fix: self.psql(&[CLEAR]),
            }));
        }
        let select = "SELECT (SELECT count(*) FROM secrets) AS secrets,
                (SELECT accepted FROM usage WHERE slot = 0) AS since";
        let read = self.db.row(select, &[], |row| {
            Ok((row.get::<u64>("secrets")?, row.get::<i64>("since")?))
        })?;
        let (secrets, since) = read.unwrap_or_default();
        let Some(since) = credible(since, now) else {
            // As after a restore when the clock was behind the log.
            return Ok(Err(Complaint {
                fact: "the record of uses has no beginning".to_owned(),
                fix: self.psql(&[BEGIN]),
            }));
        };
        let secrets = counted(secrets, "secret");
        Ok(Ok(format!(
            "last-use dates of {secrets} are valid; recorded since {since}"
        )))
    }
}
