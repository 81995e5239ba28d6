//! Checks that a key's name and id are free.

use crate::error::{Error, Kind, Result};
use crate::model::{Key, KeyId, KeyName, Prefix, Rights};
use crate::secret;
use crate::store::keys::{BY_ID, BY_NAME};
use crate::store::{Store, View};

impl Store {
    /// Generates an id that no key has as its id or name.
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

    /// Refuses a name for a new key that is taken at present.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`], [`Kind::NameTaken`], [`Kind::Pending`], and the errors of the
    /// database.
    pub(crate) fn check_new_name(&self, name: &KeyName) -> Result<()> {
        self.view().check_name_is_free(name)
    }

    /// Returns the key with that name, if there is one.
    ///
    /// # Errors
    /// [`Kind::NameTaken`] if the operator doesn't see that key, [`Kind::Pending`] if its secret was
    /// never delivered, and the errors of the database.
    pub(crate) fn key_named(&self, name: &KeyName) -> Result<Option<Key>> {
        self.view().key_named(name)
    }
}

impl View<'_> {
    /// Refuses a name that is a key's name or id, so that KEY is never ambiguous.
    pub(in crate::store) fn check_name_is_free(&self, name: &KeyName) -> Result<()> {
        check_form(name, &self.store.settings.prefix)?;
        self.check_name_is_no_id(name)?;
        let Some(key) = self.key_named(name)? else {
            return Ok(());
        };
        let fact = format!("there is a key named \"{}\" already", key.name);
        let hint = if key.name.as_str() == name.as_str() {
            format!("choose another name, or look at that key with `apikey show {name}`")
        } else {
            "choose another name; names ignore case".to_owned()
        };
        Err(Error::new(Kind::NameTaken, fact).hint(hint))
    }

    pub(in crate::store) fn check_name_is_no_id(&self, name: &KeyName) -> Result<()> {
        let Some(key) = self.key_taking(BY_ID, name)? else {
            return Ok(());
        };
        let fact = format!("\"{name}\" is the id of the key \"{}\"", key.name);
        Err(Error::new(Kind::NameTaken, fact).hint("choose another name"))
    }

    /// Returns the key with that name, unless it is pending, which is an error.
    fn key_named(&self, name: &KeyName) -> Result<Option<Key>> {
        let key = self.key_taking(BY_NAME, name)?;
        key.as_ref().map_or(Ok(()), check_delivered)?;
        Ok(key)
    }

    /// Returns the key that has `name` as its name or id, as `condition` says. If the operator
    /// doesn't see that key, the error says only that the name is taken.
    fn key_taking(&self, condition: &str, name: &KeyName) -> Result<Option<Key>> {
        let all = View {
            rights: &Rights::Everything,
            ..*self
        };
        match all.key_where(condition, name.as_str())? {
            Some((_, key)) if !self.rights.sees(&key) => Err(Error::new(
                Kind::NameTaken,
                format!("the name \"{name}\" is taken"),
            )
            .hint("choose another name")),
            found => Ok(found.map(|(_, key)| key)),
        }
    }
}

/// Refuses a name of the form `PREFIX_ID`, which refers to a key by its id.
///
/// # Errors
/// [`Kind::InvalidInput`].
pub(crate) fn check_form(name: &KeyName, prefix: &Prefix) -> Result<()> {
    name.check_is_no_id(prefix).map_err(|invalid| {
        let fact = format!("\"{name}\" can't be a key's name: {invalid}");
        Error::new(Kind::InvalidInput, fact).hint("choose another name")
    })
}

/// Refuses a pending key, whose `create` is still running or was killed.
///
/// # Errors
/// [`Kind::Pending`].
pub(in crate::store) fn check_delivered(key: &Key) -> Result<()> {
    if !key.is_pending() {
        return Ok(());
    }
    let name = &key.name;
    let fact = format!("the key \"{name}\" is pending: its secret was never delivered");
    Err(Error::new(Kind::Pending, fact).hint(format!(
        "unless its create is still running, delete it with `apikey delete {name}` and create it again"
    )))
}
