//! The checks of `doctor`. A copy must pass the checks of the content before it becomes a backup
//! or a restored database.

mod content;
mod leftovers;
mod uses;

use std::path::Path;

use crate::config::Place;
use crate::denied;
use crate::error::{Kind, Result};
use crate::model::{Finding, Rule, counted};
use crate::store::complaint::{Check, Complaint, Found, Severity, and_more};
use crate::store::errors::{as_user, quoted};
#[cfg(feature = "postgres")]
use crate::store::postgres;
use crate::store::sqlite::{modes, sidecar};
use crate::store::{Store, policy};

/// A check whose complaint is a failure, or only a warning.
type Weighed = (Check, Severity);

/// The checks of the files' permissions, which come first.
const FILES: [Check; 2] = [
    ("file-modes", |store| modes::check(store.file()?)),
    ("writable", Store::writable),
];

/// The checks of the database's content.
const CONTENT: [Check; 5] = [
    ("integrity", Store::integrity),
    ("foreign-keys", Store::foreign_keys),
    ("version", Store::version),
    ("hashes", Store::hashes),
    ("log", Store::log_chain),
];

/// The checks of the policy, the clock, pending keys, and of the files next to the database.
const SURROUNDINGS: [Check; 5] = [
    ("policy", Store::rules),
    ("clock", Store::clock_check),
    ("pending", Store::pending),
    ("leftovers", Store::leftovers),
    ("usage", Store::usage),
];

impl Store {
    /// Checks the database and its sidecars.
    ///
    /// # Errors
    /// When the checks can't run: the database is locked, or its disk fails.
    pub(crate) fn examine(&self) -> Result<Vec<Finding>> {
        let checks = self.checks()?.into_iter();
        checks
            .map(|(check, severity)| self.run(check, severity))
            .collect()
    }

    fn checks(&self) -> Result<Vec<Weighed>> {
        match &self.place {
            Place::File(_) => {
                let checks = FILES.into_iter().chain(CONTENT).chain(SURROUNDINGS);
                Ok(checks.map(|check| (check, Severity::Failure)).collect())
            }
            #[cfg(feature = "postgres")]
            Place::Server(_) => Ok(postgres::examine::checks()),
        }
    }

    /// Returns the first failed check of the content. The checks after it don't run, since a
    /// damaged page could keep them reading without end.
    pub(super) fn first_damage(&self) -> Result<Option<Finding>> {
        let is_failed = |found: &Result<Finding>| !found.as_ref().is_ok_and(Finding::is_ok);
        let mut findings = CONTENT
            .into_iter()
            .map(|check| self.run(check, Severity::Failure));
        findings.find(is_failed).transpose()
    }

    /// Runs a check. If damage keeps the check from running to its end, the damage is the finding.
    fn run(&self, (check, look): Check, severity: Severity) -> Result<Finding> {
        use Kind::{DatabaseDamaged, DatabaseForeign, KeyNotFound};
        let found = match look(self) {
            Err(error)
                if matches!(
                    error.kind(),
                    DatabaseDamaged | DatabaseForeign | KeyNotFound
                ) =>
            {
                Err(self.damage(error.message()))
            }
            // A server has rights for each table; the rights on a file were checked when it was
            // opened.
            Err(error) if error.kind() == Kind::NotPermitted && self.file().is_err() => {
                let db = quoted(&self.place.to_string());
                Err(Complaint {
                    fact: format!("only the owner can check it: {error}"),
                    fix: format!("{} apikey --db {db} doctor", as_user("OWNER")),
                })
            }
            found => found?,
        };
        let (fact, fix) = match found {
            Ok(fact) => (fact, None),
            Err(Complaint { fact, fix }) => (fact, Some(fix)),
        };
        Ok(Finding {
            check,
            fact,
            is_warning: fix.is_some() && severity == Severity::Warning,
            fix,
        })
    }

    /// Checks that the owner can change the database, even if another user runs the check.
    fn writable(&self) -> Result<Found> {
        let file = self.file()?;
        let directory = file.parent().unwrap_or(Path::new("/"));
        let usage = sidecar::usage_path(file);
        let paths = [file, directory, usage.as_path()];
        let mut denied: Vec<_> = paths.into_iter().filter_map(denied::for_owner).collect();
        // A read-only file system denies all three alike.
        denied.dedup();
        if denied.is_empty() {
            return Ok(Ok("its owner can change it".to_owned()));
        }
        let denied = denied.into_iter().map(|denied| (denied.fact, denied.hint));
        let (facts, fixes): (Vec<_>, Vec<_>) = denied.unzip();
        Ok(Err(Complaint {
            fact: facts.join("; "),
            fix: fixes.join(" && "),
        }))
    }

    /// Returns the complaint about damage that only a backup can fix. The fix keeps the damaged
    /// files under other names, or a dump of the damaged tables.
    pub(super) fn damage(&self, fact: impl Into<String>) -> Complaint {
        let fix = match &self.place {
            Place::File(path) => self.replace_file(path),
            #[cfg(feature = "postgres")]
            Place::Server(server) => postgres::examine::replace_content(&self.db, server),
        };
        let fact = fact.into();
        Complaint { fact, fix }
    }

    fn replace_file(&self, path: &Path) -> String {
        let db = quoted(&self.place.to_string());
        let mut fix = String::new();
        for suffix in ["", ".usage", "-journal"] {
            let file = sidecar::path(path, suffix);
            if file.symlink_metadata().is_ok() {
                let file = quoted(&file.display().to_string());
                fix.push_str(&format!(
                    "mv --backup=numbered {file} {db}.damaged{suffix} && "
                ));
            }
        }
        if let Some(owner) = modes::other_owner(path) {
            fix.push_str(&format!("{} ", as_user(&owner)));
        }
        format!("{fix}apikey --db {db} restore BACKUP")
    }

    /// Returns the command that changes a key, by its id, since its name may be invalid.
    fn command(&self, verb: &str, id: &str) -> String {
        let db = quoted(&self.place.to_string());
        format!("apikey --db {db} {verb} {} --yes", quoted(id))
    }

    /// Checks that this version can judge every rule of the policy.
    pub(super) fn rules(&self) -> Result<Found> {
        let (policy, invalid) = policy::read_rows(&self.db)?;
        if let Some((rule, why)) = invalid.first() {
            let db = quoted(&self.place.to_string());
            return Ok(Err(Complaint {
                fact: and_more(
                    &format!("the value of {rule} is invalid: {why}"),
                    invalid.len(),
                ),
                fix: format!("apikey --db {db} policy unset {rule}"),
            }));
        }
        let unknown = policy.unknown();
        if let Some(rule) = unknown.first() {
            let fact = format!("\"{rule}\" is a rule of a newer version; changes are refused");
            return Ok(Err(Complaint {
                fact: and_more(&fact, unknown.len()),
                fix: "use the newer apikey".to_owned(),
            }));
        }
        let count = Rule::ALL
            .into_iter()
            .filter(|rule| policy.set_value(*rule).is_some())
            .count();
        Ok(Ok(format!(
            "the policy sets {}",
            counted(count as u64, "rule")
        )))
    }

    pub(super) fn pending(&self) -> Result<Found> {
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
                fix: self.command("delete", id),
            }),
        })
    }
}
