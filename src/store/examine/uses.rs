//! The last uses, as far as they can be true.

use std::ops::ControlFlow;

use super::{Complaint, Found, and_more};
use crate::error::Result;
use crate::model::counted;
use crate::store::Store;
use crate::store::errors::quoted;
use crate::store::sqlite::usage::{UsageFile, Use};
use crate::store::sqlite::{modes, sidecar};

impl Store {
    pub(super) fn usage(&self) -> Result<Found> {
        let path = sidecar::usage_path(&self.path);
        let shown = quoted(&path.display().to_string());
        let file = match UsageFile::open_reading(&self.path) {
            Ok(file) => file,
            Err(fault) => {
                return Ok(Err(Complaint {
                    fact: format!("{} can't be read: {fault}", path.display()),
                    mend: modes::make_usage_anew(&self.path)?,
                }));
            }
        };
        let room = UsageFile::len_for(self.last_slot()?).unwrap_or(u64::MAX);
        if file.len().is_ok_and(|len| len > room) {
            return Ok(Err(Complaint {
                fact: format!("{} is longer than its keys need", path.display()),
                mend: format!("truncate --size {room} {shown}"),
            }));
        }
        if self.is_clock_behind()?.is_some() {
            return Ok(Ok("not judged by a clock that is wrong".to_owned()));
        }
        let now = self.actor.now;
        if file.has_absurd_beginning(now) {
            return Ok(Err(Complaint {
                fact: format!("{} can't be kept since the time it says", path.display()),
                mend: format!("truncate --size 0 {shown}"),
            }));
        }
        let select = "SELECT s.slot, k.name FROM secrets s JOIN keys k ON k.number = s.key
              ORDER BY lower(k.name), s.slot";
        let (mut keys, mut absurd) = (0_u64, Vec::new());
        self.db.each(select, &[], &mut |row| {
            let slot = row.get("slot")?;
            keys += 1;
            let is_absurd = |kind| file.is_absurd(slot, kind, now);
            if is_absurd(Use::Accepted) || is_absurd(Use::Refused) {
                absurd.push(row.get::<String>("name")?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(match absurd.first() {
            None => Ok(format!(
                "those of {} are dates, or none; {}",
                counted(keys, "key"),
                match file.known_since(now) {
                    Some(since) => format!("recorded since {since}"),
                    None => "the next change begins the record".to_owned(),
                }
            )),
            Some(name) => Err(Complaint {
                fact: and_more(
                    &format!("the last use of \"{name}\" can't be; its next use mends that, too"),
                    absurd.len(),
                ),
                // Nothing less is certain: who wrote one could have written all.
                mend: format!("truncate --size 0 {shown}"),
            }),
        })
    }
}
