//! What `doctor` looks at, and what a backup must pass before it is restored.

mod content;
mod leftovers;
mod uses;

use std::path::Path;

use crate::denied::{self, Denied};
use crate::error::{Kind, Result};
use crate::model::Finding;
use crate::store::Store;
use crate::store::complaint::{Complaint, Found};
use crate::store::errors::{as_user, quoted};
use crate::store::sqlite::{modes, sidecar};

impl Store {
    /// Looks at everything that could be wrong with the database and the files beside
    /// it.
    ///
    /// # Errors
    /// When it can't be looked at: it is locked, or its disk fails.
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

    /// Looks for what keeps the owner from changing the database, whoever asks.
    fn writable(&self) -> Found {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let usage = sidecar::usage_path(&self.path);
        let mut denied: Vec<Denied> = Vec::new();
        for one in [self.path.as_path(), folder, usage.as_path()]
            .into_iter()
            .filter_map(denied::for_owner)
        {
            if !denied.contains(&one) {
                denied.push(one);
            }
        }
        if denied.is_empty() {
            return Ok("its owner can change it".to_owned());
        }
        let (facts, mends): (Vec<_>, Vec<_>) =
            denied.into_iter().map(|one| (one.fact, one.hint)).unzip();
        Err(Complaint {
            fact: facts.join("; "),
            mend: mends.join(" && "),
        })
    }

    /// Looks at what the database itself holds.
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

    /// Returns the first thing that is wrong with what the database holds. No more is read
    /// then: a damaged page may lead in circles.
    pub(super) fn first_damage(&self) -> Result<Option<Finding>> {
        let is_wrong = |found: &Result<Finding>| !found.as_ref().is_ok_and(Finding::is_ok);
        self.examine_content().find(is_wrong).transpose()
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

    /// Damage that only an older copy of the database mends. What there is is kept.
    fn damage(&self, fact: impl Into<String>) -> Complaint {
        let db = quoted(&self.path.display().to_string());
        let mut mend = String::new();
        for suffix in ["", ".usage", "-journal"] {
            let file = sidecar::path(&self.path, suffix);
            if file.symlink_metadata().is_ok() {
                let file = quoted(&file.display().to_string());
                mend.push_str(&format!(
                    "mv --backup=numbered {file} {db}.damaged{suffix} && "
                ));
            }
        }
        if let Some(owner) = modes::owner_to_become(&self.path) {
            mend.push_str(&format!("{} ", as_user(&owner)));
        }
        Complaint {
            fact: fact.into(),
            mend: format!("{mend}apikey --db {db} restore BACKUP"),
        }
    }

    /// A command on this database.
    fn command(&self, words: &str) -> String {
        format!(
            "apikey --db {} {words}",
            quoted(&self.path.display().to_string())
        )
    }

    fn pending(&self) -> Result<Found> {
        let select = "SELECT name, id FROM keys WHERE NOT EXISTS (
                SELECT 1 FROM secrets WHERE key = keys.number AND state = 'current')
              ORDER BY lower(name)";
        let pending = self.db.rows(select, &[], |row| {
            Ok((row.get::<String>("name")?, row.get::<String>("id")?))
        })?;
        Ok(match pending.first() {
            None => Ok("none is left over".to_owned()),
            Some((name, id)) => Err(Complaint {
                fact: and_more(
                    &format!("the secret of \"{name}\" was not handed over, or is being just now"),
                    pending.len(),
                ),
                mend: self.command(&format!("delete {} --yes", quoted(id))),
            }),
        })
    }
}

fn finding(check: &'static str, found: Found) -> Finding {
    match found {
        Ok(fact) => Finding {
            check,
            fact,
            fix: None,
        },
        Err(Complaint { fact, mend }) => Finding {
            check,
            fact,
            fix: Some(mend),
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
