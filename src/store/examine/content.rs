//! What the database itself holds.

use std::ops::ControlFlow;

use super::{Complaint, Found, and_more};
use crate::error::Result;
use crate::model::{Listing, Permission, Text, counted};
use crate::secret::SecretHash;
use crate::store::errors::quoted;
use crate::store::sqlite::usage::UsageFile;
use crate::store::sqlite::{integrity, schema};
use crate::store::{Store, log};

impl Store {
    pub(super) fn integrity(&self) -> Result<Found> {
        let complaints = integrity::complaints(&self.db)?;
        if let Some(first) = complaints.first() {
            return Ok(Err(self.damage(and_more(first, complaints.len()))));
        }
        // Whole pages may hold what can't be: everything is read once.
        if let Some(fact) = self.impossible()? {
            return Ok(Err(self.damage(fact)));
        }
        let mut keys = 0_u64;
        for page in self.pages(&Listing::default())? {
            keys += page?.len() as u64;
        }
        let groups = counted(self.groups()?.len() as u64, "group");
        let users = counted(self.users()?.len() as u64, "user");
        let keys = counted(keys, "key");
        Ok(Ok(format!("{keys}, {groups} and {users} can be read")))
    }

    /// Returns what no column forbids and no reader of it would see, such as a permission
    /// that reads as two.
    fn impossible(&self) -> Result<Option<String>> {
        let permissions = "SELECT p.permission AS text FROM key_permissions p
             UNION SELECT p.permission AS text FROM group_permissions p";
        if self.has_text(permissions, |text| text.parse::<Permission>().is_err())? {
            return Ok(Some("a permission is not a valid one".to_owned()));
        }
        let descriptions = "SELECT description AS text FROM keys
             UNION SELECT description AS text FROM groups
             UNION SELECT description AS text FROM users";
        if self.has_text(descriptions, |text| text.parse::<Text>().is_err())? {
            return Ok(Some("a description is not a valid one".to_owned()));
        }
        let select = "SELECT a.name FROM keys a JOIN keys b ON b.id = a.name
              WHERE b.number <> a.number";
        let ambiguous: Option<String> = self.db.row(select, &[], |row| row.get("name"))?;
        if let Some(name) = ambiguous {
            return Ok(Some(format!(
                "the name \"{name}\" is the id of another key"
            )));
        }
        let last = self.last_slot()?;
        Ok(UsageFile::len_for(last)
            .is_none()
            .then(|| format!("no key can be made after slot {last}")))
    }

    /// Returns whether `is_wrong` is true of one of the texts that `select` finds.
    fn has_text(&self, select: &str, is_wrong: fn(&str) -> bool) -> Result<bool> {
        let mut found = false;
        self.db.each(select, &[], &mut |row| {
            found = row.text("text")?.is_some_and(is_wrong);
            Ok(if found {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(found)
    }

    /// Returns the last slot that was given to a secret.
    pub(super) fn last_slot(&self) -> Result<i64> {
        integrity::last_slot(&self.db)
    }

    pub(super) fn foreign_keys(&self) -> Result<Found> {
        let tables = integrity::tables_with_lost_references(&self.db)?;
        Ok(match tables.as_slice() {
            [] => Ok("every reference leads somewhere".to_owned()),
            [table, others @ ..] => Err(self.damage(and_more(
                &format!("a row of {table} refers to one that is gone"),
                others.len() + 1,
            ))),
        })
    }

    pub(super) fn version(&self) -> Result<Found> {
        let latest = schema::latest();
        Ok(match integrity::schema_difference(&self.db)? {
            None => Ok(format!("schema {latest}, the latest this program knows")),
            Some(difference) => Err(self.damage(format!(
                "the database was changed by another program: {difference}"
            ))),
        })
    }

    pub(super) fn hashes(&self) -> Result<Found> {
        let select = "SELECT k.name, k.id, s.hash FROM secrets s JOIN keys k ON k.number = s.key
              WHERE s.state <> 'ended' ORDER BY lower(k.name)";
        let (mut sound, mut unsound) = (0_u64, Vec::new());
        self.db.each(select, &[], &mut |row| {
            if SecretHash::from_stored(row.get("hash")?).is_within_bounds() {
                sound += 1;
            } else {
                unsound.push((row.get::<String>("name")?, row.get::<String>("id")?));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(match unsound.first() {
            None => Ok(format!(
                "those of {} are within bounds",
                counted(sound, "key")
            )),
            Some((name, id)) => Err(Complaint {
                fact: and_more(
                    &format!(
                        "the hash of \"{name}\" is damaged or out of bounds; it verifies nothing"
                    ),
                    unsound.len(),
                ),
                // By its id: its name could be anything.
                mend: self.command(&format!("delete {} --yes", quoted(id))),
            }),
        })
    }

    pub(super) fn log_chain(&self) -> Result<Found> {
        Ok(match log::first_wrong(&self.db, None)? {
            None => {
                let select = "SELECT count(*) AS entry_count FROM log";
                let entries: Option<u64> =
                    self.db.row(select, &[], |row| row.get("entry_count"))?;
                let entries = entries.unwrap_or_default();
                Ok(format!(
                    "{entries} in the chain, each hashed with the one before"
                ))
            }
            Some(seq) => Err(self.damage(format!(
                "entry {seq} is not what was written; who changed it could change anything"
            ))),
        })
    }
}
