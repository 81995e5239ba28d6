//! What a key may do.

use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// `ACTION` or `ACTION@RESOURCE`: ACTION is words of `[a-z0-9-]` joined by `:`,
/// RESOURCE printable ASCII without spaces; each may hold `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission(String);

impl Permission {
    /// The permission as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Permission {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (action, resource) = match text.split_once('@') {
            Some((action, resource)) => (action, Some(resource)),
            None => (text, None),
        };
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-*".contains(&c))
        };
        let is_resource =
            |resource: &str| !resource.is_empty() && resource.bytes().all(|c| c.is_ascii_graphic());
        if !action.split(':').all(is_word) {
            return Err(Invalid::new(
                "an action is words of a-z, 0-9, '-' and '*' joined by ':', such as project:create",
            ));
        }
        if !resource.is_none_or(is_resource) {
            return Err(Invalid::new(
                "a resource is printable ASCII without spaces, such as prod-*",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_follow_the_contract() {
        for good in [
            "*",
            "*:read",
            "apikey:manage",
            "project:create",
            "credential:read@prod-*",
            "a@b@c",
        ] {
            assert!(good.parse::<Permission>().is_ok(), "{good}");
        }
        for bad in [
            "", ":", "a:", ":a", "A", "a b", "@R", "a@", "a@b c", "a@ü", "a_b",
        ] {
            assert!(bad.parse::<Permission>().is_err(), "{bad}");
        }
    }
}
