//! Checks of the usage file.

use std::ops::ControlFlow;

use super::{Complaint, Found, and_more};
use crate::error::Result;
use crate::model::counted;
use crate::store::Store;
use crate::store::errors::quoted;
use crate::store::sqlite::usage::{UsageFile, Use};
use crate::store::sqlite::{integrity, modes, sidecar};

impl Store {
    pub(super) fn usage(&self) -> Result<Found> {
        let path = sidecar::usage_path(self.file()?);
        let shown = quoted(&path.display().to_string());
        let file = match UsageFile::open_reading(self.file()?) {
            Ok(file) => file,
            Err(error) => {
                return Ok(Err(Complaint {
                    fact: format!("can't read {}: {error}", path.display()),
                    fix: modes::replace_usage_command(self.file()?)?,
                }));
            }
        };
        let last_slot = integrity::last_slot(&self.db)?;
        let max_len = UsageFile::len_for(last_slot).unwrap_or(u64::MAX);
        if file.len().is_ok_and(|len| len > max_len) {
            return Ok(Err(Complaint {
                fact: format!(
                    "{} is longer than the entries of all secrets",
                    path.display()
                ),
                fix: format!("truncate --size {max_len} {shown}"),
            }));
        }
        if self.change_after_clock()?.is_some() {
            return Ok(Ok(
                "not checked, since the clock is behind the log".to_owned()
            ));
        }
        let now = self.actor.now;
        let clear = format!("truncate --size 0 {shown}");
        if file.has_absurd_beginning(now) {
            return Ok(Err(Complaint {
                fact: format!("{} has an invalid start date", path.display()),
                fix: clear,
            }));
        }
        let select = "SELECT s.slot, k.name FROM secrets s JOIN keys k ON k.number = s.key
              ORDER BY lower(k.name), s.slot";
        let (mut secrets, mut invalid) = (0_u64, Vec::new());
        self.db.each(select, &[], &mut |row| {
            let slot = row.get("slot")?;
            secrets += 1;
            let is_absurd = |kind| file.is_absurd(slot, kind, now);
            if is_absurd(Use::Accepted) || is_absurd(Use::Refused) {
                invalid.push(row.get::<String>("name")?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(match invalid.first() {
            None => Ok(format!(
                "last-use dates of {} are valid; {}",
                counted(secrets, "secret"),
                match file.known_since(now) {
                    Some(since) => format!("recorded since {since}"),
                    None => "the next change begins to record uses".to_owned(),
                }
            )),
            Some(name) => Err(Complaint {
                fact: and_more(
                    &format!(
                        "the last-use date of \"{name}\" is invalid; its next use fixes it, too"
                    ),
                    invalid.len(),
                ),
                // An attacker who wrote one date could have written all of them.
                fix: clear,
            }),
        })
    }
}
