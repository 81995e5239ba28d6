//! The public part of a secret, its prefix and id, and the short form that tables print.

use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// The beginning of every secret of a database: `[a-z][a-z0-9]{1,9}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// The length of the longest prefix, in characters.
    pub const MAX_LEN: usize = 10;

    /// Returns the prefix, without the underscore that follows it in a secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether `bytes` are a prefix.
    pub fn is_valid(bytes: &[u8]) -> bool {
        (2..=Self::MAX_LEN).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes[1..]
                .iter()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("apik".to_owned())
    }
}

impl FromStr for Prefix {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if Self::is_valid(text.as_bytes()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new(
                "a prefix is 2 to 10 lower-case letters and digits and begins with a letter",
            ))
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a key, a public part of its secret: 8 base62 characters. `verify` looks a key
/// up by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// The length of an id, in characters.
    pub const LEN: usize = 8;

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id in `text` if `text` is `PREFIX_ID`, the public part of a secret.
    pub fn parse_prefixed(prefix: &Prefix, text: &str) -> Option<Self> {
        let id = text.strip_prefix(prefix.as_str())?.strip_prefix('_')?;
        id.parse().ok()
    }

    /// Returns whether `text` is an id.
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

/// The short form of a key, which tables show: prefix, id, `…` and the secret's last four
/// characters, such as `apik_7Kd93mZQ…9fQ2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortForm {
    /// The database's prefix.
    pub prefix: Prefix,
    /// The key's id.
    pub id: KeyId,
    /// The secret's last four characters; empty for an imported secret, since no part of it is
    /// shown.
    pub last_four: String,
}

impl fmt::Display for ShortForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_imported() {
            return write!(f, "{IMPORTED}…{}", self.id);
        }
        write!(f, "{}_{}…{}", self.prefix, self.id, self.last_four)
    }
}

/// The beginning of the short form of an imported secret: `imported…7Kd93mZQ`.
const IMPORTED: &str = "imported";

impl ShortForm {
    /// Returns whether the secret is an imported one.
    pub fn is_imported(&self) -> bool {
        self.last_four.is_empty()
    }

    /// Returns the id in `text` if `text` is the short form of an imported secret. Three dots in
    /// place of `…` would make it a key's name.
    pub fn parse_imported(text: &str) -> Option<KeyId> {
        let id = text.strip_prefix(IMPORTED)?.strip_prefix('…')?;
        id.parse().ok()
    }

    /// Returns whether `text` can be the last four characters of a secret.
    pub fn is_last_four(text: &str) -> bool {
        text.len() == 4 && text.bytes().all(|c| c.is_ascii_alphanumeric())
    }
}

/// Accepts three dots in place of `…`, which not every keyboard has.
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
        parts().ok_or_else(|| Invalid::new("a short form looks like apik_7Kd93mZQ…9fQ2"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_of_an_imported_secret_has_no_part_of_it() {
        let short = ShortForm {
            prefix: Prefix::default(),
            id: "7Kd93mZQ".parse().unwrap(),
            last_four: String::new(),
        };
        assert_eq!(short.to_string(), "imported…7Kd93mZQ");
        let parsed = ShortForm::parse_imported("imported…7Kd93mZQ");
        assert_eq!(parsed, Some(short.id));
        for other in ["imported…", "imported...7Kd93mZQ", "apik_7Kd93mZQ…9fQ2"] {
            assert_eq!(ShortForm::parse_imported(other), None, "{other}");
        }
    }

    #[test]
    fn prefixes_follow_the_contract() {
        for good in ["ab", "a1", "abcdefghij", "apik"] {
            assert!(good.parse::<Prefix>().is_ok(), "{good}");
        }
        for bad in ["", "a", "1a", "abcdefghijk", "Ab", "a_b", "ap\u{ed}k"] {
            assert!(bad.parse::<Prefix>().is_err(), "{bad}");
        }
    }
}
