//! The checks of `doctor`, and those that a backup must pass before it is restored.

mod content;
mod leftovers;
mod uses;

use std::path::Path;

use crate::denied;
use crate::error::{Kind, Result};
use crate::model::Finding;
use crate::store::Store;
use crate::store::complaint::{Complaint, Found};
use crate::store::errors::{as_user, quoted};
use crate::store::sqlite::{modes, sidecar};

impl Store {
    /// Checks the database and its sidecars.
    ///
    /// # Errors
    /// When the checks can't run: the database is locked, or its disk fails.
    pub(crate) fn examine(&self) -> Result<Vec<Finding>> {
        let mut findings = vec![
            finding("file-modes", modes::look_at(&self.path)?),
            finding("writable", self.writable()),
        ];
        for found in self.examine_content() {
            findings.push(found?);
        }
        for (check, found) in [
            ("clock", self.clock()),
            ("pending", self.pending()),
            ("leftovers", self.leftovers()),
            ("usage", self.usage()),
        ] {
            findings.push(finding(check, self.or_damaged(found)?));
        }
        Ok(findings)
    }

    /// Checks that the owner can change the database, even if another user runs the check.
    fn writable(&self) -> Found {
        let directory = self.path.parent().unwrap_or(Path::new("/"));
        let usage = sidecar::usage_path(&self.path);
        let paths = [self.path.as_path(), directory, usage.as_path()];
        let mut denied: Vec<_> = paths.into_iter().filter_map(denied::for_owner).collect();
        // A read-only file system denies all three alike.
        denied.dedup();
        if denied.is_empty() {
            return Ok("its owner can change it".to_owned());
        }
        let denied = denied.into_iter().map(|denied| (denied.fact, denied.hint));
        let (facts, fixes): (Vec<_>, Vec<_>) = denied.unzip();
        Err(Complaint {
            fact: facts.join("; "),
            fix: fixes.join(" && "),
        })
    }

    /// Checks the content of the database.
    fn examine_content(&self) -> impl Iterator<Item = Result<Finding>> {
        type Check = fn(&Store) -> Result<Found>;
        let checks: [(&str, Check); 5] = [
            ("integrity", Self::integrity),
            ("foreign-keys", Self::foreign_keys),
            ("version", Self::version),
            ("hashes", Self::hashes),
            ("log", Self::log_chain),
        ];
        checks
            .into_iter()
            .map(|(check, look)| Ok(finding(check, self.or_damaged(look(self))?)))
    }

    /// Returns the first failed check of the content. The others don't run, since a damaged
    /// page could keep them reading without end.
    pub(super) fn first_damage(&self) -> Result<Option<Finding>> {
        let is_failed = |found: &Result<Finding>| !found.as_ref().is_ok_and(Finding::is_ok);
        self.examine_content().find(is_failed).transpose()
    }

    /// Turns an error of damaged content into a complaint.
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

    /// Returns the complaint of damage that only a backup can fix. The fix keeps the damaged
    /// files.
    fn damage(&self, fact: impl Into<String>) -> Complaint {
        let db = quoted(&self.path.display().to_string());
        let mut fix = String::new();
        for suffix in ["", ".usage", "-journal"] {
            let file = sidecar::path(&self.path, suffix);
            if file.symlink_metadata().is_ok() {
                let file = quoted(&file.display().to_string());
                fix.push_str(&format!(
                    "mv --backup=numbered {file} {db}.damaged{suffix} && "
                ));
            }
        }
        if let Some(owner) = modes::owner_to_become(&self.path) {
            fix.push_str(&format!("{} ", as_user(&owner)));
        }
        Complaint {
            fact: fact.into(),
            fix: format!("{fix}apikey --db {db} restore BACKUP"),
        }
    }

    /// Returns the command that deletes the key with that id. Its name may be invalid.
    fn deletion(&self, id: &str) -> String {
        let db = quoted(&self.path.display().to_string());
        format!("apikey --db {db} delete {} --yes", quoted(id))
    }

    fn pending(&self) -> Result<Found> {
        let select = "SELECT name, id FROM keys WHERE NOT EXISTS (
                SELECT 1 FROM secrets WHERE key = keys.number AND state = 'current')
              ORDER BY lower(name)";
        let pending = self.db.rows(select, &[], |row| {
            Ok((row.get::<String>("name")?, row.get::<String>("id")?))
        })?;
        Ok(match pending.first() {
            None => Ok("no pending keys".to_owned()),
            Some((name, id)) => Err(Complaint {
                fact: and_more(
                    &format!(
                        "the secret of \"{name}\" was not delivered, unless its create is still running"
                    ),
                    pending.len(),
                ),
                fix: self.deletion(id),
            }),
        })
    }
}

fn finding(check: &'static str, found: Found) -> Finding {
    let (fact, fix) = match found {
        Ok(fact) => (fact, None),
        Err(Complaint { fact, fix }) => (fact, Some(fix)),
    };
    Finding { check, fact, fix }
}

/// Returns the first of `count` facts, with the number of the others.
fn and_more(first: &str, count: usize) -> String {
    match count {
        0 | 1 => first.to_owned(),
        count => format!("{first} (and {} more)", count - 1),
    }
}
