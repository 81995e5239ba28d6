//! A key: the record. It never holds the secret, nor its hash.

use std::fmt;
use std::str::FromStr;

use super::{
    AppName, GroupName, Invalid, KeyName, LastUse, Owner, Permission, Prefix, Timestamp, UseRecord,
    UserName, UserStatus,
};

/// The public part of a secret: 8 base62 characters, the only thing looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// How many characters an id has.
    pub const LEN: usize = 8;

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id in `text` if that is `PREFIX_ID`, the public part of a secret.
    pub fn after(prefix: &Prefix, text: &str) -> Option<Self> {
        let id = text.strip_prefix(prefix.as_str())?.strip_prefix('_')?;
        id.parse().ok()
    }

    /// Whether `text` is an id.
    pub fn is_valid(text: &str) -> bool {
        text.len() == Self::LEN && text.bytes().all(|c| c.is_ascii_alphanumeric())
    }
}

impl FromStr for KeyId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if Self::is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("an id is 8 letters and digits"))
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What tables show for a key: prefix, id, `…` and the secret's last four
/// characters: `apik_7Kd93mZQ…9fQ2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortForm {
    /// The database's prefix.
    pub prefix: Prefix,
    /// The key's id.
    pub id: KeyId,
    /// The secret's last four characters.
    pub last_four: String,
}

impl fmt::Display for ShortForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}…{}", self.prefix, self.id, self.last_four)
    }
}

impl ShortForm {
    /// Whether `text` is what can stand after the `…`.
    pub fn is_last_four(text: &str) -> bool {
        text.len() == 4 && text.bytes().all(|c| c.is_ascii_alphanumeric())
    }
}

/// Three dots serve for `…`, which not every keyboard has.
impl FromStr for ShortForm {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = || {
            let (head, last_four) = text.split_once('…').or_else(|| text.split_once("..."))?;
            let (prefix, id) = head.split_once('_')?;
            Some(Self {
                prefix: prefix.parse().ok()?,
                id: id.parse().ok()?,
                last_four: Self::is_last_four(last_four).then(|| last_four.to_owned())?,
            })
        };
        parts().ok_or_else(|| Invalid::new("a short form is like apik_7Kd93mZQ…9fQ2"))
    }
}

/// How an operator names a key: by its name, its id, `PREFIX_ID`, or its short form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRef {
    /// A name, an id, or `PREFIX_ID`, which only a database with that prefix tells from a
    /// name; the store lets no text be two of them.
    Word(KeyName),
    /// The short form, as tables print it.
    Short(ShortForm),
}

impl From<ShortForm> for KeyRef {
    fn from(short: ShortForm) -> Self {
        Self::Short(short)
    }
}

impl FromStr for KeyRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Ok(short) = text.parse() {
            return Ok(Self::Short(short));
        }
        text.parse().map(Self::Word).map_err(|_| {
            Invalid::new("not a key; give its name, its id, or its short form as `list` prints it")
        })
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => word.fmt(f),
            Self::Short(short) => short.fmt(f),
        }
    }
}

/// What the database says of a key, whatever the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its secret was not handed over: a `create` under way, or one killed.
    Pending,
    /// It may be used.
    Active,
    /// It was deactivated.
    Inactive,
}

impl State {
    /// The word the database has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

impl FromStr for State {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Pending, Self::Active, Self::Inactive]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Invalid::new("a state is pending, active or inactive"))
    }
}

/// What a key is at a given time: the first of these that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its secret was not handed over.
    Pending,
    /// It was deactivated.
    Inactive,
    /// Its expiry has come.
    Expired,
    /// Its owner was deactivated or has expired.
    Blocked,
    /// It may be used.
    Active,
}

impl Status {
    /// Every status, in the order in which the first that applies is reported.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Inactive,
        Self::Expired,
        Self::Blocked,
        Self::Active,
    ];

    /// Returns the status at `now` of a key with that state, expiry and owner.
    pub fn of(
        state: State,
        expires_at: Option<Timestamp>,
        owner: Option<&Owner>,
        now: Timestamp,
    ) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Inactive => Self::Inactive,
            State::Active if expires_at.is_some_and(|expiry| expiry <= now) => Self::Expired,
            State::Active if owner.is_some_and(|owner| owner.status(now) != UserStatus::Active) => {
                Self::Blocked
            }
            State::Active => Self::Active,
        }
    }

    /// The word for it in tables and json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Blocked => "blocked",
            Self::Active => "active",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its short form, with its id.
    pub short: ShortForm,
    /// Its name.
    pub name: KeyName,
    /// What it is for.
    pub description: Option<String>,
    /// What the database says of it.
    pub state: State,
    /// The groups it is in, sorted.
    pub groups: Vec<GroupName>,
    /// Its own permissions, beside those of its groups; sorted.
    pub permissions: Vec<Permission>,
    /// The user it belongs to.
    pub owner: Option<Owner>,
    /// The application it is for.
    pub application: Option<AppName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The operator who made it.
    pub created_by: String,
    /// When `verify` last accepted it.
    pub last_used_at: Option<Timestamp>,
    /// Since when uses have been recorded; none where that isn't known.
    pub last_use_known_since: Option<Timestamp>,
    /// When `verify` last refused it although the secret was right.
    pub last_refused_at: Option<Timestamp>,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
}

impl Key {
    /// The key's id.
    pub fn id(&self) -> &KeyId {
        &self.short.id
    }

    /// Whether the key's secret was never handed over.
    pub fn is_pending(&self) -> bool {
        self.state == State::Pending
    }

    /// The same key, active.
    #[must_use]
    pub fn activated(&self) -> Self {
        Self {
            state: State::Active,
            ..self.clone()
        }
    }

    /// Whether the key's expiry has come. A key that expires at `now` has expired.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= now)
    }

    /// What the key is at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(self.state, self.expires_at, self.owner.as_ref(), now)
    }

    /// Returns when it was last used.
    pub fn last_use(&self) -> LastUse {
        self.on_record(self.last_used_at)
    }

    /// Returns when it was last refused.
    pub fn last_refusal(&self) -> LastUse {
        self.on_record(self.last_refused_at)
    }

    fn on_record(&self, last: Option<Timestamp>) -> LastUse {
        let record = UseRecord {
            last,
            known_since: self.last_use_known_since,
            created_at: self.created_at,
        };
        record.last_use()
    }

    /// Returns the name of the user it belongs to.
    pub fn owner_name(&self) -> Option<&UserName> {
        self.owner.as_ref().map(|owner| &owner.name)
    }
}

#[cfg(test)]
pub(super) mod tests;
