//! The import of keys: one transaction, all or nothing.

use serde_json::json;

use super::read;
use super::refusals::{check_shape, forbidden, on_line};
use crate::error::{Error, Kind, Result};
use crate::model::{
    AppName, Facts, GroupName, ImportShape, KeyId, KeyName, LogAction, Text, Timestamp, UserName,
};
use crate::secret::{ImportHashing, SecretHash};
use crate::store::edits::Visit;
use crate::store::errors::damaged;
use crate::store::keys::names::check_form;
use crate::store::users::check_owner_is_in;
use crate::store::{Changed, Store, Write, strings};

/// A key to import.
#[derive(Debug)]
pub(crate) struct ImportedKey {
    /// The number of its line in the input.
    pub(crate) line: u64,
    /// Its name.
    pub(crate) name: KeyName,
    /// The bits of its secret, if it can be guessed.
    pub(crate) weak_bits: Option<u32>,
    /// Its groups.
    pub(crate) groups: Vec<GroupName>,
    /// Its owner.
    pub(crate) owner: Option<UserName>,
    /// Its application.
    pub(crate) application: Option<AppName>,
    /// Its purpose.
    pub(crate) description: Option<Text>,
    /// The time from which it is refused; the inner none is never. Without one the policy's
    /// `default-lifetime` counts.
    pub(crate) expires_at: Option<Option<Timestamp>>,
    /// When the other system created it; without one it counts as created now.
    pub(crate) created_at: Option<Timestamp>,
    /// Whether it is inactive.
    pub(crate) is_inactive: bool,
}

/// An import.
#[derive(Debug)]
pub(crate) struct Import<'a> {
    /// The keys, each with the hash of its secret.
    pub(crate) keys: &'a [(ImportedKey, SecretHash)],
    /// The shape of their secrets.
    pub(crate) shape: &'a ImportShape,
    /// How the hashes were computed.
    pub(crate) hashing: &'a ImportHashing,
    /// The name of the scheme, for the log.
    pub(crate) scheme: &'static str,
    /// Whether a key whose name or secret exists is skipped.
    pub(crate) skips_existing: bool,
    /// Whether to check everything, but to change nothing.
    pub(crate) dry_run: bool,
}

/// The outcome of an import.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// The number of imported keys.
    pub(crate) count: u64,
    /// The number of keys that were skipped because their secret was imported before.
    pub(crate) skipped_secrets: u64,
    /// The lines of the keys that were skipped because a key with another secret has their name.
    pub(crate) skipped_names: Vec<u64>,
}

/// How many keys are read at once for the report.
const PAGE: usize = 500;

impl Store {
    /// Checks that keys of `shape` can be imported, before they are read and hashed. Returns how
    /// they are to be hashed; a first import gets a new salt.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] and [`Kind::TooMany`] for the shape; the errors of the database.
    pub(crate) fn prepare_import(&self, shape: &ImportShape) -> Result<ImportHashing> {
        let imports = self.imports()?;
        check_shape(shape, &imports.shapes)?;
        match imports.hashing {
            Some(hashing) => Ok(hashing),
            None => ImportHashing::generate(self.settings().cost),
        }
    }

    /// Imports keys, all or none. Calls `visit` with each imported key before the commit. No error
    /// holds anything of a key but the number of its line.
    ///
    /// # Errors
    /// [`Kind::NameTaken`] and [`Kind::Exists`] for a key that exists;
    /// [`Kind::GroupNotFound`], [`Kind::UserNotFound`], [`Kind::OwnerLacksGroup`],
    /// [`Kind::Policy`], [`Kind::InvalidInput`]; [`Kind::Locked`] when another first import came
    /// in between; [`Kind::NotPermitted`]; and the errors of the database.
    pub(crate) fn import(
        &mut self,
        import: &Import<'_>,
        visit: Option<Visit<'_>>,
    ) -> Result<Imported> {
        self.retry_visiting(visit, |store, visit| store.try_to_import(import, visit))
    }

    fn try_to_import(&mut self, import: &Import<'_>, visit: Option<Visit<'_>>) -> Result<Imported> {
        let write = self.begin(crate::store::Lock::Write)?;
        let mut imported = Imported::default();
        let mut numbers = Vec::new();
        write.prepare_import(import)?;
        for (key, hash) in import.keys {
            match (write.conflict(key, hash)?, import.skips_existing) {
                (Some(Kind::Exists), true) => imported.skipped_secrets += 1,
                (Some(_), true) => imported.skipped_names.push(key.line),
                (Some(kind), false) => return Err(on_line(Error::new(kind, ""), key.line)),
                (None, _) => {
                    let number = write.import_key(key, hash, import);
                    numbers.push(number.map_err(|error| on_line(error, key.line))?);
                }
            }
        }
        imported.count = numbers.len() as u64;
        if let Some(visit) = visit {
            for page in numbers.chunks(PAGE) {
                for (_, key) in write.view().numbered(&write.db, page)? {
                    visit(&Changed {
                        before: key.clone(),
                        after: key,
                        changed: true,
                    });
                }
            }
        }
        // An import of nothing changes nothing, not even the shapes.
        if !import.dry_run && imported.count > 0 {
            write.commit()?;
        }
        Ok(imported)
    }
}

impl Write<'_> {
    /// Stores the shape, and the salt and cost of a first import.
    fn prepare_import(&self, import: &Import<'_>) -> Result<()> {
        let imports = read(&self.db)?;
        check_shape(import.shape, &imports.shapes)?;
        match imports.hashing {
            Some(hashing) if hashing != *import.hashing => {
                let fact = "another import was the first one, and chose another salt";
                return Err(Error::new(Kind::Locked, fact).hint("run the same command again"));
            }
            Some(_) => {}
            None => {
                let (cost, salt) = import.hashing.to_stored();
                self.db.execute(
                    "UPDATE settings SET import_argon2 = ?1, import_salt = ?2",
                    &[(&cost).into(), (&salt).into()],
                )?;
            }
        }
        let shape = &import.shape.shape;
        self.db.execute(
            "INSERT INTO import_shapes (prefix, min_length, max_length, alphabet, digest)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            &[
                shape.prefix.as_str().into(),
                i64::from(shape.min).into(),
                i64::from(shape.max).into(),
                (&shape.alphabet.to_string()).into(),
                import.shape.digest.as_str().into(),
            ],
        )?;
        Ok(())
    }

    /// Inserts a key with its secret, which is current at once: the clients have it. Returns its
    /// number.
    fn import_key(&self, key: &ImportedKey, hash: &SecretHash, import: &Import<'_>) -> Result<i64> {
        check_form(&key.name, &self.store.settings.prefix)?;
        let groups = self.group_ids(&key.groups)?;
        let owner = key.owner.as_ref().map(|name| self.user(name)).transpose()?;
        if let Some((_, owner)) = &owner {
            check_owner_is_in(owner, &key.groups)?;
        }
        let expires_at = match key.expires_at {
            Some(given) => given,
            None => self.default_expiry()?,
        };
        self.enforce_import(
            key,
            owner.as_ref().map(|(_, owner)| &owner.name),
            expires_at,
        )?;
        let now = self.now();
        let created_at = key.created_at.unwrap_or(now);
        let id = self.store.generate_id()?;
        let number: Option<i64> = self.db.row(
            "INSERT INTO keys (id, name, description, owner, application, created_at, created_by,
                               expires_at, active, deactivated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING number",
            &[
                id.as_str().into(),
                key.name.as_str().into(),
                key.description.as_ref().map(Text::as_str).into(),
                owner.as_ref().map(|(id, _)| id).into(),
                key.application.as_ref().map(AppName::as_str).into(),
                created_at.unix().into(),
                self.operator().into(),
                expires_at.map(Timestamp::unix).into(),
                (!key.is_inactive).into(),
                key.is_inactive.then_some(now.unix()).into(),
            ],
            |row| row.get("number"),
        )?;
        let number = number.ok_or_else(|| damaged("a new key has no number"))?;
        self.insert_imported_secret(number, key, hash, created_at)?;
        self.insert_members(number, &groups)?;
        self.log_import(&id, key, expires_at, import)?;
        Ok(number)
    }

    /// Returns the kind of the error of a key that exists: [`Kind::Exists`] for its secret,
    /// otherwise
    /// [`Kind::NameTaken`] for its name.
    fn conflict(&self, key: &ImportedKey, hash: &SecretHash) -> Result<Option<Kind>> {
        let is_stored = self.db.is_true(
            "SELECT EXISTS (SELECT 1 FROM secrets WHERE hash = ?1 AND last_four IS NULL) AS answer",
            &[hash.as_stored().into()],
        )?;
        if is_stored {
            return Ok(Some(Kind::Exists));
        }
        let is_named = self.db.is_true(
            "SELECT EXISTS (SELECT 1 FROM keys WHERE id = ?1)
                 OR EXISTS (SELECT 1 FROM keys WHERE lower(name) = lower(?1)) AS answer",
            &[key.name.as_str().into()],
        )?;
        Ok(is_named.then_some(Kind::NameTaken))
    }

    /// Judges the facts of an imported key as the facts of a new one. An expiry that has passed is
    /// a revocation, which no rule forbids. The groups are not judged, since an operator who
    /// imports may do everything.
    fn enforce_import(
        &self,
        key: &ImportedKey,
        owner: Option<&UserName>,
        expires_at: Option<Timestamp>,
    ) -> Result<()> {
        let has_expired = expires_at.is_some_and(|at| at <= self.now());
        let facts = Facts {
            name: Some(&key.name),
            owner: Some(owner),
            expires_at: (!has_expired).then_some(expires_at),
            ..Facts::default()
        };
        let counted = owner.filter(|_| !has_expired).map(|owner| (owner, 1));
        match self.broken(&facts, counted)? {
            Some(broken) => Err(forbidden(broken.rule)),
            None => Ok(()),
        }
    }

    fn insert_imported_secret(
        &self,
        number: i64,
        key: &ImportedKey,
        hash: &SecretHash,
        created_at: Timestamp,
    ) -> Result<()> {
        let slot: Option<i64> = self.db.row(
            "INSERT INTO secrets (key, hash, state, created_at) VALUES (?1, ?2, 'current', ?3)
             RETURNING slot",
            &[
                number.into(),
                hash.as_stored().into(),
                created_at.unix().into(),
            ],
            |row| row.get("slot"),
        )?;
        let slot = slot.ok_or_else(|| damaged("a new secret has no slot"))?;
        if let Some(bits) = key.weak_bits {
            self.db.execute(
                "INSERT INTO weak_secrets (slot, bits) VALUES (?1, ?2)",
                &[slot.into(), i64::from(bits).into()],
            )?;
        }
        Ok(())
    }

    fn log_import(
        &self,
        id: &KeyId,
        key: &ImportedKey,
        expires_at: Option<Timestamp>,
        import: &Import<'_>,
    ) -> Result<()> {
        let details = json!({
            "name": key.name.as_str(),
            "scheme": import.scheme,
            "description": key.description.as_ref().map(Text::as_str),
            "groups": strings(&key.groups),
            "owner": key.owner.as_ref().map(UserName::as_str),
            "application": key.application.as_ref().map(AppName::as_str),
            "created_at": key.created_at.map(|at| at.to_string()),
            "expires_at": expires_at.map(|at| at.to_string()),
            "status": if key.is_inactive { "inactive" } else { "active" },
        });
        self.append(LogAction::Import, Some(id), &details)
    }
}
