//! What `doctor` looks at, and what a backup must pass before it is restored.

use rusqlite::OptionalExtension;

use super::fault::quoted;
use super::usage::{UsageFile, Use};
use super::{Store, log, modes, schema};
use crate::error::{Error, Kind, Result};
use crate::model::{Finding, KeyField, Listing, Span, State, Timestamp, counted};
use crate::secret::SecretHash;

/// What an examination found: what is well, or what isn't and what mends it.
pub(super) type Found = std::result::Result<String, Complaint>;

/// What is not as it should be.
pub(super) struct Complaint {
    pub(super) fact: String,
    /// The command that mends it.
    pub(super) mend: String,
}

impl Store {
    /// Looks at everything that could be wrong with the database and the files beside
    /// it.
    ///
    /// # Errors
    /// When it can't be looked at: it is locked, or its disk fails.
    pub(crate) fn examine(&self) -> Result<Vec<Finding>> {
        let mut findings = vec![finding("file-modes", modes::look_at(&self.path)?)];
        findings.extend(self.examine_content()?);
        for (check, found) in [
            ("clock", self.clock()),
            ("pending", self.pending()),
            ("usage", self.usage()),
        ] {
            findings.push(finding(check, self.or_damaged(found)?));
        }
        Ok(findings)
    }

    /// Looks at what the database itself holds.
    pub(super) fn examine_content(&self) -> Result<Vec<Finding>> {
        let checks = [
            ("integrity", self.integrity()),
            ("foreign-keys", self.foreign_keys()),
            ("version", self.version()),
            ("hashes", self.hashes()),
            ("log", self.log_chain()),
        ];
        checks
            .into_iter()
            .map(|(check, found)| Ok(finding(check, self.or_damaged(found)?)))
            .collect()
    }

    /// What couldn't be read because it is damaged is a finding, too.
    fn or_damaged(&self, found: Result<Found>) -> Result<Found> {
        match found {
            Err(error)
                if matches!(
                    error.kind(),
                    Kind::DatabaseDamaged | Kind::DatabaseForeign | Kind::KeyNotFound
                ) =>
            {
                Ok(Err(self.damage(error.message())))
            }
            other => other,
        }
    }

    /// Damage that only an older copy of the database mends.
    fn damage(&self, fact: impl Into<String>) -> Complaint {
        let db = quoted(&self.path.display().to_string());
        Complaint {
            fact: fact.into(),
            mend: format!("mv {db} {db}.damaged && apikey --db {db} restore BACKUP"),
        }
    }

    /// A command on this database.
    fn command(&self, words: &str) -> String {
        format!(
            "apikey --db {} {words}",
            quoted(&self.path.display().to_string())
        )
    }

    fn integrity(&self) -> Result<Found> {
        let mut select = self.conn.prepare("PRAGMA integrity_check(100)")?;
        let told: rusqlite::Result<Vec<String>> = select.query_map([], |row| row.get(0))?.collect();
        let told = told?;
        if told != ["ok"] {
            let first = told.first().map_or("nothing is told", String::as_str);
            return Ok(Err(self.damage(and_more(first, told.len()))));
        }
        // Whole pages may hold what can't be: everything is read once.
        let mut keys = 0_u64;
        let mut pages = self.pages(&Listing::all(KeyField::Name))?;
        pages.each(|_| {
            keys += 1;
            Ok::<(), Error>(())
        })?;
        let groups = counted(self.groups()?.len() as u64, "group");
        let users = counted(self.users()?.len() as u64, "user");
        let keys = counted(keys, "key");
        Ok(Ok(format!("{keys}, {groups} and {users} can be read")))
    }

    fn foreign_keys(&self) -> Result<Found> {
        let mut select = self.conn.prepare("PRAGMA foreign_key_check")?;
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

    fn version(&self) -> Result<Found> {
        let latest = schema::latest();
        Ok(match schema::difference(&self.conn)? {
            None => Ok(format!("schema {latest}, the latest this program knows")),
            Some(name) => Err(self.damage(format!(
                "{name} is not as schema {latest} has it: the database was changed by another program"
            ))),
        })
    }

    fn hashes(&self) -> Result<Found> {
        let mut select = self
            .conn
            .prepare("SELECT name, hash FROM keys ORDER BY name")?;
        let mut rows = select.query([])?;
        let (mut sound, mut unsound) = (0_u64, Vec::new());
        while let Some(row) = rows.next()? {
            match SecretHash::from_stored(row.get(1)?).is_within_bounds() {
                true => sound += 1,
                false => unsound.push(row.get::<_, String>(0)?),
            }
        }
        Ok(match unsound.first() {
            None => Ok(format!(
                "those of {} are within bounds",
                counted(sound, "key")
            )),
            Some(name) => Err(Complaint {
                fact: and_more(
                    &format!("the hash of \"{name}\" is damaged or out of bounds"),
                    unsound.len(),
                ),
                mend: self.command(&format!("delete {} --yes", quoted(name))),
            }),
        })
    }

    fn log_chain(&self) -> Result<Found> {
        Ok(match log::first_wrong(&self.conn, None)? {
            None => {
                let entries: u64 = self
                    .conn
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

    /// Compares the clock with what was done before.
    fn clock(&self) -> Result<Found> {
        let now = self.actor.now;
        let last: Option<i64> = self
            .conn
            .query_row("SELECT max(at) FROM log", [], |row| row.get(0))?;
        let last = last.map(Timestamp::from_unix).unwrap_or(now);
        Ok(match now.plus(Span::CLOCK_TOLERANCE) < last {
            true => Err(Complaint {
                fact: format!("it says {now}, but the log has an entry of {last}"),
                mend: "timedatectl set-ntp true".to_owned(),
            }),
            false => Ok(format!("{now}, not before the last entry of the log")),
        })
    }

    fn pending(&self) -> Result<Found> {
        let names = self.names_of_pending()?;
        Ok(match names.first() {
            None => Ok("none is left over".to_owned()),
            Some(name) => Err(Complaint {
                fact: and_more(
                    &format!("the secret of \"{name}\" was not handed over, or is being just now"),
                    names.len(),
                ),
                mend: self.command(&format!("delete {} --yes", quoted(name))),
            }),
        })
    }

    /// The keys whose secrets were not handed over.
    pub(super) fn names_of_pending(&self) -> Result<Vec<String>> {
        let select = "SELECT name FROM keys WHERE state = ?1 ORDER BY name";
        let mut select = self.conn.prepare(select)?;
        let names = select.query_map([State::Pending.as_str()], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    fn usage(&self) -> Result<Found> {
        let path = UsageFile::path_for(&self.path);
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
        let last: Option<i64> = self
            .conn
            .query_row(
                "SELECT seq FROM sqlite_sequence WHERE name = 'keys'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        let room = UsageFile::len_for(last.unwrap_or(0));
        if file.len().is_ok_and(|len| len > room) {
            return Ok(Err(Complaint {
                fact: format!("{} is longer than its keys need", path.display()),
                mend: format!("truncate --size {room} {shown}"),
            }));
        }
        let mut select = self
            .conn
            .prepare("SELECT slot, name FROM keys ORDER BY name")?;
        let mut rows = select.query([])?;
        let (mut keys, mut absurd) = (0_u64, Vec::new());
        while let Some(row) = rows.next()? {
            let slot = row.get(0)?;
            keys += 1;
            let is_absurd = |kind| file.is_absurd(slot, kind, self.actor.now);
            if is_absurd(Use::Accepted) || is_absurd(Use::Refused) {
                absurd.push(row.get::<_, String>(1)?);
            }
        }
        Ok(match absurd.first() {
            None => Ok(format!(
                "those of {} are dates, or never",
                counted(keys, "key")
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

fn finding(check: &'static str, found: Found) -> Finding {
    match found {
        Ok(fact) => Finding {
            check,
            fact,
            mend: None,
        },
        Err(Complaint { fact, mend }) => Finding {
            check,
            fact,
            mend: Some(mend),
        },
    }
}

/// The first of so many complaints of a kind.
fn and_more(first: &str, count: usize) -> String {
    match count {
        0 | 1 => first.to_owned(),
        count => format!("{first} (and {} more)", count - 1),
    }
}
