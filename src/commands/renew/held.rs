//! The secret that a file holds: one of apikey, or one of an imported key.

use std::fs::File;
use std::path::Path;

use crate::commands::Session;
use crate::commands::verify::{ImportedClaim, Meaning};
use crate::error::{Error, Kind, Result};
use crate::model::{Requirements, ShortForm};
use crate::secret::{BadInput, Memory, Presented, Secret, read_presented};
use crate::store::{HashSlot, Store, StoredSecret};

/// The secret in a file.
pub(super) enum HeldSecret {
    /// A secret of apikey.
    Native(Secret),
    /// A text with the shape of an imported secret.
    Imported(ImportedClaim),
}

/// Reads the secret in a file. Returns none if its text can't be one.
///
/// # Errors
/// When the file can't be read, or its text shows a mistake; and the errors of the database.
pub(super) fn read(file: &File, path: &Path, session: &Session) -> Result<Option<HeldSecret>> {
    Ok(match read_text(file, path)? {
        Presented::WellFormed(secret) => Some(HeldSecret::Native(secret)),
        Presented::Malformed => None,
        Presented::Foreign(text) => {
            let store = Store::open_to_verify(session.location()?)?;
            match Meaning::of(&text, &store)? {
                Meaning::Claim(claim) => Some(HeldSecret::Imported(claim)),
                Meaning::Mistake(mistake) => return Err(bad_text(mistake, path)),
                Meaning::Malformed => None,
            }
        }
    })
}

/// Reads the text in a file.
///
/// # Errors
/// When the file can't be read, or its text shows a mistake.
pub(super) fn read_text(file: &File, path: &Path) -> Result<Presented> {
    let bytes = read_presented(file).map_err(|error| {
        let fact = format!("{} can't be read: {error}", path.display());
        Error::new(Kind::InvalidInput, fact).caused_by(error)
    })?;
    Presented::parse(&bytes).map_err(|mistake| bad_text(mistake, path))
}

fn bad_text(mistake: BadInput, path: &Path) -> Error {
    let (fact, advice) = mistake.explain();
    Error::new(Kind::InvalidInput, format!("{}: {fact}", path.display())).hint(advice)
}

impl HeldSecret {
    /// Returns the secret's record and its key, if the secret is right. This is not recorded as a
    /// use: no client presented the secret.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn look_up(&self, session: &Session) -> Result<Option<StoredSecret>> {
        match self {
            Self::Native(secret) => look_up(secret, session),
            Self::Imported(claim) => {
                let slot = HashSlot::wait(session.location()?);
                let hash = claim.hash(&mut Memory::default())?;
                drop(slot);
                let store = Store::open_to_verify(session.location()?)?;
                session.set_clock(&store);
                store.find_imported(&hash, &all())
            }
        }
    }

    /// Returns the short form of the secret, if the database has it.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn short_form(&self, session: &Session) -> Result<Option<ShortForm>> {
        match self {
            Self::Native(secret) => Ok(Some(secret.short_form().clone())),
            Self::Imported(_) => Ok(self.look_up(session)?.map(|found| ShortForm {
                // The key may have a newer secret.
                last_four: String::new(),
                ..found.held.key.short
            })),
        }
    }
}

/// Returns the record of a secret of apikey and its key, if the secret is right.
///
/// # Errors
/// The errors of the database.
pub(super) fn look_up(secret: &Secret, session: &Session) -> Result<Option<StoredSecret>> {
    let slot = HashSlot::wait(session.location()?);
    let store = Store::open_to_verify(session.location()?)?;
    if secret.short_form().prefix != store.settings().prefix {
        return Ok(None);
    }
    let found = store.find_secret(secret.short_form(), &all())?;
    session.set_clock(&store);
    drop(store);
    let Some(found) = found else {
        return Ok(None);
    };
    let is_right = found.hash.matches_in(secret, &mut Memory::default())?;
    drop(slot);
    Ok(is_right.then_some(found))
}

/// Returns the requirements with which the whole key is read.
fn all() -> Requirements {
    Requirements {
        shows_key: true,
        ..Requirements::default()
    }
}
