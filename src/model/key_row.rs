//! A key as a listing shows it: borrowed from wherever it was read into, so that a
//! million of them cost no memory of their own.

use super::{GroupName, Invalid, Key, Owner, Permission, Prefix, ShortForm, State, Timestamp};

/// A key, borrowed. What is bare text here was checked when it was read, by the rules
/// of the types that [`Key`] has in its place.
#[derive(Debug, Clone, Copy)]
pub struct KeyRow<'a> {
    /// The database's prefix.
    pub prefix: &'a Prefix,
    /// Its id.
    pub id: &'a str,
    /// Its secret's last four characters.
    pub last_four: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// What the database says of it.
    pub state: State,
    /// The groups it is in, sorted.
    pub groups: &'a [GroupName],
    /// Its own permissions, beside those of its groups; sorted.
    pub permissions: &'a [Permission],
    /// The user it belongs to.
    pub owner: Option<&'a Owner>,
    /// The application it is for.
    pub application: Option<&'a str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The operator who made it.
    pub created_by: &'a str,
    /// When `verify` last accepted it.
    pub last_used_at: Option<Timestamp>,
    /// Since when uses have been recorded; none where that isn't known.
    pub last_use_known_since: Option<Timestamp>,
    /// When `verify` last refused it although the secret was right.
    pub last_refused_at: Option<Timestamp>,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
}

impl KeyRow<'_> {
    /// The key, to be kept.
    ///
    /// # Errors
    /// When a name is not a valid one, which none is that was read.
    pub fn to_key(self) -> Result<Key, Invalid> {
        Ok(Key {
            short: ShortForm {
                prefix: self.prefix.clone(),
                id: self.id.parse()?,
                last_four: self.last_four.to_owned(),
            },
            name: self.name.parse()?,
            description: self.description.map(str::to_owned),
            state: self.state,
            groups: self.groups.to_vec(),
            permissions: self.permissions.to_vec(),
            owner: self.owner.cloned(),
            application: self.application.map(str::parse).transpose()?,
            created_at: self.created_at,
            created_by: self.created_by.to_owned(),
            last_used_at: self.last_used_at,
            last_use_known_since: self.last_use_known_since,
            last_refused_at: self.last_refused_at,
            expires_at: self.expires_at,
        })
    }
}
