//! Names and ids that are taken, and what is told of that.

use crate::error::{Error, Kind, Result};
use crate::model::{Key, KeyId, KeyName, Prefix, Rights, State};
use crate::secret;
use crate::store::keys::BY_NAME;
use crate::store::{Store, View};

impl Store {
    /// An id that no key has, and no key's name is.
    pub(crate) fn generate_id(&self) -> Result<KeyId> {
        loop {
            let id = secret::generate_id()?;
            let is_taken = self.db.is_true(
                "SELECT EXISTS (SELECT 1 FROM keys WHERE id = ?1)
                     OR EXISTS (SELECT 1 FROM keys WHERE lower(name) = lower(?1)) AS answer",
                &[id.as_str().into()],
            )?;
            if !is_taken {
                return Ok(id);
            }
        }
    }

    /// Refuses a name for a new key that is taken, as far as is known now.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`], [`Kind::NameTaken`] or [`Kind::Pending`].
    pub(crate) fn check_new_name(&self, name: &KeyName) -> Result<()> {
        self.view().check_name_is_free(name)
    }

    /// The key that has the name `name` already, if one has.
    ///
    /// # Errors
    /// [`Kind::NameTaken`] where the operator may know no more than that, and
    /// [`Kind::Pending`] where its secret was never handed over.
    pub(crate) fn key_named(&self, name: &KeyName) -> Result<Option<Key>> {
        let Some((_, key)) = self.view().everybodys().one(BY_NAME, name.as_str())? else {
            return Ok(None);
        };
        match key.state {
            _ if !self.rights.sees(&key) => Err(is_taken(name)),
            State::Pending => Err(is_pending(&key)),
            State::Active | State::Inactive => Ok(Some(key)),
        }
    }
}

impl View<'_> {
    /// Refuses a name that a key has, or that is a key's id: KEY is never
    /// ambiguous.
    pub(in crate::store) fn check_name_is_free(&self, name: &KeyName) -> Result<()> {
        check_form(name, self.prefix)?;
        self.check_name_is_no_id(name)?;
        let Some((_, key)) = self.everybodys().one(BY_NAME, name.as_str())? else {
            return Ok(());
        };
        if !self.rights.sees(&key) {
            return Err(is_taken(name));
        }
        if key.is_pending() {
            return Err(is_pending(&key));
        }
        let fact = format!("there is a key named \"{}\" already", key.name);
        let hint = if key.name.as_str() == name.as_str() {
            format!("choose another name, or see what that one is with `apikey show {name}`")
        } else {
            "names that differ only in case are the same; choose another".to_owned()
        };
        Err(Error::new(Kind::NameTaken, fact).hint(hint))
    }

    pub(in crate::store) fn check_name_is_no_id(&self, name: &KeyName) -> Result<()> {
        let Some((_, key)) = self.everybodys().one("k.id = ?1", name.as_str())? else {
            return Ok(());
        };
        if !self.rights.sees(&key) {
            return Err(is_taken(name));
        }
        let fact = format!("\"{name}\" is the id of the key \"{}\"", key.name);
        Err(Error::new(Kind::NameTaken, fact).hint("choose another name"))
    }

    /// Names are taken by keys that the operator doesn't see, too.
    fn everybodys(&self) -> View<'_> {
        View {
            rights: &Rights::Everything,
            ..*self
        }
    }
}

/// Refuses a name of the form `PREFIX_ID`, by which a key is named in another way.
///
/// # Errors
/// [`Kind::InvalidInput`].
pub(crate) fn check_form(name: &KeyName, prefix: &Prefix) -> Result<()> {
    name.check_is_no_id(prefix).map_err(|invalid| {
        let fact = format!("\"{name}\" can't be a key's name: {invalid}");
        Error::new(Kind::InvalidInput, fact).hint("choose another name")
    })
}

/// Of a key that the operator doesn't see nothing is told but that.
fn is_taken(name: &KeyName) -> Error {
    Error::new(Kind::NameTaken, format!("the name \"{name}\" is taken")).hint("choose another")
}

/// A `create` of that key is under way, or was killed.
pub(in crate::store) fn is_pending(key: &Key) -> Error {
    let fact = format!(
        "the key \"{}\" is pending: its secret was never handed over",
        key.name
    );
    Error::new(Kind::Pending, fact).hint(format!(
        "unless a create is still under way, delete it with `apikey delete {}` and create it again",
        key.name
    ))
}
