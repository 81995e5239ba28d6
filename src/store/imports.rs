//! Imported keys: the shapes of their secrets, their lookup for `verify`, and the import.

mod insert;
mod refusals;

use std::collections::BTreeMap;

use super::db::{Db, Row, break_if};
use super::{Store, StoredSecret};
use crate::error::{Error, Result};
use crate::model::{ImportShape, Requirements, Shape};
use crate::secret::{ImportHashing, SecretHash};
use crate::store::errors::damaged;

pub(crate) use insert::{Import, Imported, ImportedKey};

/// The shapes and the hashing that decide whether a text is the secret of an imported key.
#[derive(Debug)]
pub(crate) struct Imports {
    /// The shapes; none if nothing was imported.
    pub(crate) shapes: Vec<ImportShape>,
    /// The salt and cost of all hashes. There is none before the first import.
    pub(crate) hashing: Option<ImportHashing>,
}

impl Store {
    /// Returns the shapes of imported secrets, and how they are hashed.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when a value is invalid, and
    /// the other errors of the database.
    pub(crate) fn imports(&self) -> Result<Imports> {
        read(&self.db)
    }

    /// Returns the imported secret with this hash, and its key, as
    /// [`find_secret`](Self::find_secret) does.
    ///
    /// # Errors
    /// The errors of the database.
    pub(crate) fn find_imported(
        &self,
        hash: &SecretHash,
        asked: &Requirements,
    ) -> Result<Option<StoredSecret>> {
        let values = [hash.as_stored().into()];
        // Preparing the statement for a key costs more than this answer, and most texts have none.
        let is_stored = "SELECT EXISTS (SELECT 1 FROM secrets v
              WHERE v.hash = ?1 AND v.last_four IS NULL) AS answer";
        if !self.db.is_true(is_stored, &values)? {
            return Ok(None);
        }
        let condition = "v.hash = ?1 AND v.last_four IS NULL";
        let found = self.find_stored(condition, &values, asked)?;
        let is_other = |found: &StoredSecret| {
            !found.is_imported() || found.hash.as_stored() != hash.as_stored()
        };
        match found {
            Some(found) if is_other(&found) => {
                Err(super::errors::wrong_row(found.held.key.id().as_str()))
            }
            found => Ok(found),
        }
    }

    /// Returns what is wrong with an imported secret that is never found: it has another salt or
    /// cost than all others, or no shape is stored.
    ///
    /// # Errors
    /// As [`imports`](Self::imports).
    pub(super) fn lost_import(&self) -> Result<Option<String>> {
        let Imports { shapes, hashing } = self.imports()?;
        let select = "SELECT k.name, v.hash FROM secrets v JOIN keys k ON k.number = v.key
              WHERE v.last_four IS NULL ORDER BY v.slot";
        let mut found = None;
        self.db.each(select, &[], &mut |row| {
            let hash = SecretHash::from_stored(row.get("hash")?);
            let has_made = |hashing: &ImportHashing| hashing.has_made(&hash);
            let why = if !hashing.as_ref().is_some_and(has_made) {
                Some("has another salt or cost")
            } else if shapes.is_empty() {
                Some("has no stored shape")
            } else {
                None
            };
            if let Some(why) = why {
                let name: String = row.get("name")?;
                found = Some(format!("the imported secret of \"{name}\" {why}"));
            }
            Ok(break_if(found.is_some()))
        })?;
        Ok(found)
    }

    /// Returns the bits of the imported secrets that can be guessed and may still be accepted, by
    /// the id of the key.
    pub(super) fn weak_keys(&self) -> Result<BTreeMap<String, u32>> {
        let select = "SELECT k.id, w.bits FROM weak_secrets w
              JOIN secrets v ON v.slot = w.slot JOIN keys k ON k.number = v.key
             WHERE v.state = 'current' OR (v.state = 'previous' AND v.valid_until > ?1)";
        let read = |row: &Row<'_>| Ok((row.get("id")?, row.get("bits")?));
        let weak = self.db.rows(select, &[self.now().unix().into()], read)?;
        Ok(weak.into_iter().collect())
    }
}

/// Reads the shapes, the salt and the cost.
fn read(db: &Db) -> Result<Imports> {
    let select = "SELECT c.import_argon2, c.import_salt, s.prefix, s.min_length, s.max_length,
            s.alphabet, s.digest
       FROM settings c LEFT JOIN import_shapes s ON c.import_salt IS NOT NULL";
    let mut imports = Imports {
        shapes: Vec::new(),
        hashing: None,
    };
    for (hashing, shape) in db.rows(select, &[], |row| {
        Ok((read_hashing(row)?, read_shape(row)?))
    })? {
        imports.hashing = hashing;
        imports.shapes.extend(shape);
    }
    Ok(imports)
}

fn read_hashing(row: &Row<'_>) -> Result<Option<ImportHashing>> {
    match (row.text("import_argon2")?, row.text("import_salt")?) {
        (Some(cost), Some(salt)) => ImportHashing::from_stored(cost, salt)
            .map(Some)
            .ok_or_else(|| invalid("salt or cost")),
        _ => Ok(None),
    }
}

fn read_shape(row: &Row<'_>) -> Result<Option<ImportShape>> {
    let Some(prefix) = row.text("prefix")? else {
        return Ok(None);
    };
    let is_invalid = |_| invalid("shape");
    let lengths = (row.get("min_length")?, row.get("max_length")?);
    let alphabet = row.text("alphabet")?.unwrap_or_default();
    let alphabet = alphabet.parse().map_err(is_invalid)?;
    let shape = Shape::new(prefix, lengths, alphabet).map_err(is_invalid)?;
    let digest = row.text("digest")?.unwrap_or_default();
    let digest = digest.parse().map_err(is_invalid)?;
    Ok(Some(ImportShape::new(shape, digest)))
}

fn invalid(what: &str) -> Error {
    damaged(format!("the {what} of imported keys is invalid"))
}
