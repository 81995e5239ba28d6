//! Names of keys, groups, applications and entries of metadata.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::{Invalid, KeyId, Prefix};

/// A name: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. Two names that differ only in case are equal.
///
/// `Of` is the kind of thing it names, so that a group's name can't be passed for a key's.
#[derive(Debug, Clone)]
pub struct Name<Of> {
    text: String,
    of: PhantomData<Of>,
}

/// The name of a key.
pub type KeyName = Name<of::Key>;
/// The name of a group.
pub type GroupName = Name<of::Group>;
/// The name of an application.
pub type AppName = Name<of::Application>;

/// The name of an entry of a key's metadata.
pub type MetaName = Name<of::Meta>;

/// Kinds of things that a [`Name`] can name.
pub mod of {
    /// A key.
    #[derive(Debug, Clone)]
    pub enum Key {}
    /// A group.
    #[derive(Debug, Clone)]
    pub enum Group {}
    /// An application.
    #[derive(Debug, Clone)]
    pub enum Application {}
    /// An entry of a key's metadata.
    #[derive(Debug, Clone)]
    pub enum Meta {}
}

impl<Of> Name<Of> {
    /// The length of the longest name, in characters.
    pub const MAX_LEN: usize = 64;

    /// Returns the name as the operator gave it, in the same case.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<Of> FromStr for Name<Of> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_allowed = |c: u8| c.is_ascii_alphanumeric() || b"._-".contains(&c);
        let reason = match text.as_bytes() {
            [] => "a name can't be empty",
            bytes if bytes.len() > Self::MAX_LEN => "a name has at most 64 characters",
            [first, ..] if !first.is_ascii_alphanumeric() => {
                "a name begins with a letter or a digit (A-Z, a-z, 0-9)"
            }
            bytes if !bytes.iter().copied().all(is_allowed) => {
                "a name consists of letters, digits, '.', '_' and '-'"
            }
            _ => {
                let text = text.to_owned();
                return Ok(Self {
                    text,
                    of: PhantomData,
                });
            }
        };
        Err(Invalid::new(reason))
    }
}

impl<Of> PartialEq for Name<Of> {
    fn eq(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl<Of> Eq for Name<Of> {}

impl<Of> fmt::Display for Name<Of> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&KeyId> for KeyName {
    /// Returns `id` as a name, for [`KeyRef::NameOrId`](super::KeyRef::NameOrId).
    fn from(id: &KeyId) -> Self {
        Self {
            text: id.as_str().to_owned(),
            of: PhantomData,
        }
    }
}

impl KeyName {
    /// Refuses a name that could be `PREFIX_ID`. Ignores case, since names do.
    ///
    /// # Errors
    /// If the name has that form.
    pub fn check_is_no_id(&self, prefix: &Prefix) -> Result<(), Invalid> {
        match KeyId::parse_prefixed(prefix, &self.text.to_ascii_lowercase()) {
            Some(_) => Err(Invalid::new(
                "a name can't be the prefix, '_' and 8 letters and digits: this is the form of a key's id",
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_contract() {
        let longest = "a".repeat(64);
        for good in ["a", "7", "deploy-bot", "A.b_c-9", longest.as_str()] {
            assert!(good.parse::<KeyName>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(65);
        for bad in [
            "",
            ".a",
            "-a",
            "_a",
            "a b",
            "a/b",
            "ä",
            "a\n",
            "a@b",
            "a\u{202e}",
            too_long.as_str(),
        ] {
            assert!(bad.parse::<KeyName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_ignore_case_in_comparisons_and_keep_it_in_output() {
        let a: GroupName = "Deploy".parse().unwrap();
        let b: GroupName = "dEPLOY".parse().unwrap();
        assert_eq!(a, b);
        assert_eq!(a.as_str(), "Deploy");
    }
}
