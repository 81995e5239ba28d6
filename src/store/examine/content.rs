//! What the database itself holds.

use rusqlite::OptionalExtension;

use super::{Complaint, Found, and_more};
use crate::error::Result;
use crate::model::{Listing, Permission, Text, counted};
use crate::secret::SecretHash;
use crate::store::errors::quoted;
use crate::store::sqlite::schema;
use crate::store::sqlite::usage::UsageFile;
use crate::store::{Store, log};

impl Store {
    pub(super) fn integrity(&self) -> Result<Found> {
        let mut select = self.db.as_sqlite().prepare("PRAGMA integrity_check(100)")?;
        let told: rusqlite::Result<Vec<String>> = select.query_map([], |row| row.get(0))?.collect();
        let told = told?;
        if told != ["ok"] {
            let first = told.first().map_or("nothing is told", String::as_str);
            return Ok(Err(self.damage(and_more(first, told.len()))));
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

    /// What no column forbids and no reader of it would see, such as a permission that
    /// reads as two.
    fn impossible(&self) -> Result<Option<String>> {
        let mut select = self.db.as_sqlite().prepare(
            "SELECT permission FROM key_permissions UNION SELECT permission FROM group_permissions",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, String>(0)?.parse::<Permission>().is_err() {
                return Ok(Some("a permission is not a valid one".to_owned()));
            }
        }
        let mut select = self.db.as_sqlite().prepare(
            "SELECT description FROM keys UNION SELECT description FROM groups
             UNION SELECT description FROM users",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let text: Option<String> = row.get(0)?;
            if text.is_some_and(|text| text.parse::<Text>().is_err()) {
                return Ok(Some("a description is not a valid one".to_owned()));
            }
        }
        let ambiguous =
            "SELECT a.name FROM keys a JOIN keys b ON b.id = a.name AND b.number <> a.number";
        let ambiguous: Option<String> = self
            .db
            .as_sqlite()
            .query_row(ambiguous, [], |row| row.get(0))
            .optional()?;
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

    /// Returns the last slot that was given to a secret.
    pub(super) fn last_slot(&self) -> Result<i64> {
        Ok(self.db.as_sqlite().query_row(
            "SELECT max(ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'secrets'), 0),
                        ifnull((SELECT max(slot) FROM secrets), 0))",
            [],
            |row| row.get(0),
        )?)
    }

    pub(super) fn foreign_keys(&self) -> Result<Found> {
        let mut select = self.db.as_sqlite().prepare("PRAGMA foreign_key_check")?;
        let tables: rusqlite::Result<Vec<String>> =
            select.query_map([], |row| row.get(0))?.collect();
        Ok(match tables?.as_slice() {
            [] => Ok("every reference leads somewhere".to_owned()),
            [table, others @ ..] => Err(self.damage(and_more(
                &format!("a row of {table} refers to one that is gone"),
                others.len() + 1,
            ))),
        })
    }

    pub(super) fn version(&self) -> Result<Found> {
        let latest = schema::latest();
        Ok(match schema::difference(self.db.as_sqlite(), latest)? {
            None => Ok(format!("schema {latest}, the latest this program knows")),
            Some(difference) => Err(self.damage(format!(
                "the database was changed by another program: {difference}"
            ))),
        })
    }

    pub(super) fn hashes(&self) -> Result<Found> {
        let mut select = self.db.as_sqlite().prepare(
            "SELECT k.name, s.hash, k.id FROM secrets s JOIN keys k ON k.number = s.key
              WHERE s.state <> 'ended' ORDER BY lower(k.name)",
        )?;
        let mut rows = select.query([])?;
        let (mut sound, mut unsound) = (0_u64, Vec::new());
        while let Some(row) = rows.next()? {
            match SecretHash::from_stored(row.get(1)?).is_within_bounds() {
                true => sound += 1,
                false => unsound.push((row.get::<_, String>(0)?, row.get::<_, String>(2)?)),
            }
        }
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
                let entries: u64 =
                    self.db
                        .as_sqlite()
                        .query_row("SELECT count(*) FROM log", [], |row| row.get(0))?;
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
