//! Checks of the content of the database.

use std::ops::ControlFlow;

use super::{Complaint, Found, and_more};
use crate::error::Result;
use crate::model::{Listing, MetaEntry, Permission, Text, counted};
use crate::secret::SecretHash;
use crate::store::db::break_if;
use crate::store::sqlite::usage::UsageFile;
use crate::store::sqlite::{integrity, schema};
use crate::store::{Store, log};

impl Store {
    pub(super) fn integrity(&self) -> Result<Found> {
        let complaints = integrity::complaints(&self.db)?;
        if let Some(first) = complaints.first() {
            return Ok(Err(self.damage(and_more(first, complaints.len()))));
        }
        let last = integrity::last_slot(&self.db)?;
        if UsageFile::len_for(last).is_none() {
            let fact = format!("no key can be created after slot {last}");
            return Ok(Err(self.damage(fact)));
        }
        self.records()
    }

    /// Reads every row, since the engine doesn't know which values are valid.
    pub(in crate::store) fn records(&self) -> Result<Found> {
        if let Some(fact) = self.invalid_value()? {
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

    /// Returns a description of an invalid value that neither a column's constraint nor reading
    /// the value would reveal, such as a permission with a space, which would be read as two.
    fn invalid_value(&self) -> Result<Option<String>> {
        let permissions = "SELECT p.permission AS text FROM key_permissions p
             UNION SELECT p.permission AS text FROM group_permissions p";
        if self.has_text(permissions, |text| text.parse::<Permission>().is_err())? {
            return Ok(Some("a permission is invalid".to_owned()));
        }
        let descriptions = "SELECT description AS text FROM keys
             UNION SELECT description AS text FROM groups
             UNION SELECT description AS text FROM users";
        if self.has_text(descriptions, |text| text.parse::<Text>().is_err())? {
            return Ok(Some("a description is invalid".to_owned()));
        }
        let values = "SELECT x.name || '=' || x.value AS text FROM key_meta x";
        if self.has_text(values, |text| text.parse::<MetaEntry>().is_err())? {
            return Ok(Some("the metadata of a key are invalid".to_owned()));
        }
        if let Some(fact) = self.invalid_secret()? {
            return Ok(Some(fact));
        }
        if let Some(fact) = self.lost_import()? {
            return Ok(Some(fact));
        }
        let select = "SELECT a.name FROM keys a JOIN keys b ON b.id = a.name
              WHERE b.number <> a.number";
        let ambiguous: Option<String> = self.db.row(select, &[], |row| row.get("name"))?;
        Ok(ambiguous.map(|name| format!("the name \"{name}\" is the id of another key")))
    }

    /// Returns a description of secrets that no key may have: a previous secret without an end,
    /// two secrets with the same last four characters, or two in the same state other than ended.
    fn invalid_secret(&self) -> Result<Option<String>> {
        let endless = "SELECT k.name FROM secrets s JOIN keys k ON k.number = s.key
              WHERE s.state = 'previous' AND s.valid_until IS NULL ORDER BY k.number";
        let twice = "SELECT k.name FROM secrets a JOIN keys k ON k.number = a.key
              JOIN secrets b ON b.key = a.key AND b.slot > a.slot
              WHERE a.last_four = b.last_four OR a.state = b.state AND a.state <> 'ended'
              ORDER BY k.number";
        let endless: Option<String> = self.db.row(endless, &[], |row| row.get("name"))?;
        if let Some(name) = endless {
            let fact = format!("the previous secret of \"{name}\" has no end");
            return Ok(Some(fact));
        }
        let twice: Option<String> = self.db.row(twice, &[], |row| row.get("name"))?;
        Ok(twice.map(|name| {
            format!(
                "two secrets of \"{name}\" have the same state, or the same last four characters"
            )
        }))
    }

    /// Returns whether `is_invalid` is true of any text that `select` finds.
    fn has_text(&self, select: &str, is_invalid: fn(&str) -> bool) -> Result<bool> {
        let mut found = false;
        self.db.each(select, &[], &mut |row| {
            found = row.text("text")?.is_some_and(is_invalid);
            Ok(break_if(found))
        })?;
        Ok(found)
    }

    pub(super) fn foreign_keys(&self) -> Result<Found> {
        let tables = integrity::tables_with_dangling_references(&self.db)?;
        Ok(match tables.first() {
            None => Ok("no dangling references".to_owned()),
            Some(table) => Err(self.damage(and_more(
                &format!("a row of {table} refers to a missing row"),
                tables.len(),
            ))),
        })
    }

    pub(super) fn version(&self) -> Result<Found> {
        let latest = schema::latest();
        Ok(match integrity::schema_difference(&self.db)? {
            None => Ok(format!(
                "schema {latest}, the latest that this program knows"
            )),
            Some(difference) => Err(self.damage(format!(
                "the database was changed by another program: {difference}"
            ))),
        })
    }

    pub(in crate::store) fn hashes(&self) -> Result<Found> {
        let select = "SELECT k.name, k.id, s.hash, s.state FROM secrets s
               JOIN keys k ON k.number = s.key
              WHERE s.state IN ('pending', 'current')
                 OR (s.state = 'previous' AND s.valid_until > ?1)
              ORDER BY lower(k.name), s.slot";
        let mut count = 0_u64;
        // The ids of keys whose previous secret is intact; and the name, id and state of each
        // secret with an invalid hash.
        let (mut previous, mut invalid) = (Vec::new(), Vec::new());
        self.db
            .each(select, &[self.now().unix().into()], &mut |row| {
                let is_valid = SecretHash::from_stored(row.get("hash")?).is_within_bounds();
                let id: String = row.get("id")?;
                let state: String = row.get("state")?;
                if !is_valid {
                    invalid.push((row.get::<String>("name")?, id, state));
                    return Ok(ControlFlow::Continue(()));
                }
                count += 1;
                if state == "previous" {
                    previous.push(id);
                }
                Ok(ControlFlow::Continue(()))
            })?;
        let fix = |id: &String, state: &str| match state {
            "previous" => self.command("finish-rotation", id),
            "current" if previous.contains(id) => self.command("cancel-rotation", id),
            _ => self.command("delete", id),
        };
        Ok(match invalid.first() {
            None => Ok(format!(
                "hashes of {} are within bounds",
                counted(count, "secret")
            )),
            Some((name, id, state)) => Err(Complaint {
                fact: and_more(
                    &format!(
                        "a hash of \"{name}\" is damaged or out of bounds, so its secret is never accepted"
                    ),
                    invalid.len(),
                ),
                fix: fix(id, state),
            }),
        })
    }

    pub(in crate::store) fn log_chain(&self) -> Result<Found> {
        Ok(match self.first_invalid_entry(None)? {
            None => {
                let last = log::head(&self.db)?.map_or(0, |head| head.seq);
                Ok(format!("unbroken chain up to entry {last}"))
            }
            Some(seq) => Err(self.damage(format!(
                "entry {seq} was changed or removed; an attacker who did that could change anything"
            ))),
        })
    }
}
