//! Names of keys, groups and applications. Made only by parsing.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::{Invalid, KeyId, Prefix};

/// A name: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. Two names that differ only in
/// case are the same name.
///
/// `Of` says what is named, so that a group's name can't stand for a key's.
#[derive(Debug)]
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

/// What a [`Name`] can be the name of.
pub mod of {
    /// Names a key.
    #[derive(Debug)]
    pub enum Key {}
    /// Names a group.
    #[derive(Debug)]
    pub enum Group {}
    /// Names an application.
    #[derive(Debug)]
    pub enum Application {}
}

impl<Of> Name<Of> {
    /// The longest name, in characters.
    pub const MAX_LEN: usize = 64;

    /// The name as it was given, case kept.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is wrong with `text` as a name.
    fn complaint(text: &str) -> Option<&'static str> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || b"._-".contains(&c);
        match text.as_bytes() {
            [] => Some("a name can't be empty"),
            bytes if bytes.len() > Self::MAX_LEN => Some("a name has at most 64 characters"),
            [first, ..] if !first.is_ascii_alphanumeric() => {
                Some("a name begins with a letter or a digit (A-Z, a-z, 0-9)")
            }
            bytes if !bytes.iter().copied().all(allowed) => {
                Some("a name holds only letters, digits, '.', '_' and '-'")
            }
            _ => None,
        }
    }
}

impl<Of> FromStr for Name<Of> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match Self::complaint(text) {
            Some(complaint) => Err(Invalid::new(complaint)),
            None => Ok(Self {
                text: text.to_owned(),
                of: PhantomData,
            }),
        }
    }
}

impl<Of> Clone for Name<Of> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            of: PhantomData,
        }
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

impl KeyName {
    /// Refuses a name that reads as the id of a key, with the prefix before it, whatever
    /// its case: names are compared without.
    ///
    /// # Errors
    /// When it is of the form `PREFIX_ID`.
    pub fn check_is_no_id(&self, prefix: &Prefix) -> Result<(), Invalid> {
        match KeyId::parse_prefixed(prefix, &self.text.to_ascii_lowercase()) {
            Some(_) => Err(Invalid::new(
                "a name can't be the prefix, '_' and 8 letters and digits: that is a key's id",
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
    fn names_are_the_same_regardless_of_case_and_keep_it() {
        let a: GroupName = "Deploy".parse().unwrap();
        let b: GroupName = "dEPLOY".parse().unwrap();
        assert_eq!(a, b);
        assert_eq!(a.as_str(), "Deploy");
    }
}
