//! A key as a listing shows it: borrowed from wherever it was read into, so that a
//! million of them cost no memory of their own.

use super::{
    AppName, GroupName, Invalid, Key, LastUse, Owner, Permission, Prefix, ShortForm, State, Status,
    Timestamp, UseRecord, UserName,
};

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

impl<'a> From<&'a Key> for KeyRow<'a> {
    fn from(key: &'a Key) -> Self {
        Self {
            prefix: &key.short.prefix,
            id: key.short.id.as_str(),
            last_four: &key.short.last_four,
            name: key.name.as_str(),
            description: key.description.as_deref(),
            state: key.state,
            groups: &key.groups,
            permissions: &key.permissions,
            owner: key.owner.as_ref(),
            application: key.application.as_ref().map(AppName::as_str),
            created_at: key.created_at,
            created_by: &key.created_by,
            last_used_at: key.last_used_at,
            last_use_known_since: key.last_use_known_since,
            last_refused_at: key.last_refused_at,
            expires_at: key.expires_at,
        }
    }
}

impl<'a> KeyRow<'a> {
    /// What the key is at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(self.state, self.expires_at, self.owner, now)
    }

    /// Returns when it was last used.
    pub fn last_use(&self) -> LastUse {
        let record = UseRecord {
            last: self.last_used_at,
            known_since: self.last_use_known_since,
            created_at: self.created_at,
        };
        record.last_use()
    }

    /// Returns the name of the user it belongs to.
    pub fn owner_name(&self) -> Option<&'a UserName> {
        self.owner.map(|owner| &owner.name)
    }

    /// Writes the short form after what is in `text`, as [`ShortForm`] is shown.
    pub fn push_short(&self, text: &mut String) {
        for part in [self.prefix.as_str(), "_", self.id, "…", self.last_four] {
            text.push_str(part);
        }
    }

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

#[cfg(test)]
mod tests {
    use super::super::key::tests::key;
    use super::*;

    #[test]
    fn a_key_is_the_same_borrowed_and_kept() {
        let key = Key {
            description: Some("déploie".to_owned()),
            permissions: vec!["order:read@eu-*".parse().unwrap()],
            owner: Some(Owner {
                name: "alice".parse().unwrap(),
                active: true,
                expires_at: Some(Timestamp::from_unix(3000)),
            }),
            application: Some("shop".parse().unwrap()),
            last_used_at: Some(Timestamp::from_unix(2000)),
            last_use_known_since: Some(Timestamp::from_unix(900)),
            ..key(&["a", "b"])
        };
        let kept = KeyRow::from(&key).to_key().unwrap();
        assert_eq!(format!("{kept:?}"), format!("{key:?}"));
        let mut short = String::new();
        KeyRow::from(&key).push_short(&mut short);
        assert_eq!(short, key.short.to_string());
    }
}
