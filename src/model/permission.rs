//! What may be done, and what a permission says of it.

use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// The actions that let an operator do something with `apikey` itself begin so.
/// No `*` reaches them: such a permission is spelled out or not had.
const RESERVED: &str = "apikey:";

/// The most permissions that a key is given beside those of its groups.
pub const MAX_PERMISSIONS_OF_KEY: usize = 64;

/// `ACTION` or `ACTION@RESOURCE`, where each may hold `*`. One without a
/// resource is for every resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission(String);

/// What is done: words of `[a-z0-9-]` joined by `:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action(String);

/// What it is done to: printable ASCII without spaces. A `*` in it is an
/// ordinary character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource(String);

/// What somebody wants to do. Without a resource: to every resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What is done.
    pub action: Action,
    /// What it is done to.
    pub resource: Option<Resource>,
}

impl Permission {
    /// The longest permission that is given, in characters. Databases of before may hold
    /// longer ones.
    const MAX_LEN: usize = 200;

    /// Parses a permission to be given.
    ///
    /// # Errors
    /// When it is none, or longer than is given.
    pub fn parse_given(text: &str) -> Result<Self, Invalid> {
        match text.chars().count() {
            len if len > Self::MAX_LEN => Err(Invalid::new(format!(
                "the permission has {len} characters; at most {} are taken",
                Self::MAX_LEN
            ))),
            _ => text.parse(),
        }
    }

    /// The permission as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it allows `act`.
    pub fn allows(&self, act: &Act) -> bool {
        let resource = act.resource.as_ref().map(|resource| resource.0.as_str());
        self.reaches(&act.action.0) && self.covers(resource)
    }

    /// Whether it allows all that `other` does, a `*` of `other` read as an
    /// ordinary character.
    pub fn contains(&self, other: &Self) -> bool {
        let (action, resource) = other.parts();
        self.reaches(action) && self.covers(resource)
    }

    /// Whether one of `others` contains it.
    pub fn is_within(&self, others: &[Self]) -> bool {
        others.iter().any(|other| other.contains(self))
    }

    /// What both allow, where that can be said in one permission: of two actions,
    /// and of two resources, one must hold the other.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        let ((action, resource), (action2, resource2)) = (self.parts(), other.parts());
        let action = match (self.reaches(action2), other.reaches(action)) {
            (_, true) => action,
            (true, _) => action2,
            _ => return None,
        };
        let resource = match (self.covers(resource2), other.covers(resource)) {
            (_, true) => resource,
            (true, _) => resource2,
            _ => return None,
        };
        Some(Self(match resource {
            Some(resource) => format!("{action}@{resource}"),
            None => action.to_owned(),
        }))
    }

    /// Returns whether it spells out a right of operators, which a key doesn't have: it is
    /// no operator.
    pub fn is_of_operators(&self) -> bool {
        self.0.starts_with(RESERVED)
    }

    /// Whether it holds a `*`. Of two permissions without one, or with one in
    /// only one of them, all that both allow is their [`meet`](Self::meet).
    pub fn is_pattern(&self) -> bool {
        self.0.contains('*')
    }

    fn parts(&self) -> (&str, Option<&str>) {
        split(&self.0)
    }

    fn reaches(&self, action: &str) -> bool {
        let (pattern, _) = self.parts();
        if action.starts_with(RESERVED) {
            pattern == action
        } else {
            matches(pattern, action)
        }
    }

    fn covers(&self, resource: Option<&str>) -> bool {
        match (self.parts().1, resource) {
            (None, _) => true,
            (Some(pattern), Some(resource)) => matches(pattern, resource),
            (Some(_), None) => false,
        }
    }
}

/// Whether `text` is `pattern`, in which `*` stands for any run of characters,
/// an empty one too.
///
/// In time proportional to the two lengths: what stands between two `*` is
/// looked for once, from where the piece before it ended, and std's search is
/// the two-way algorithm of Crochemore and Perrin. Going back is never needed:
/// the first place a piece fits leaves the most for those after it.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn split(text: &str) -> (&str, Option<&str>) {
    // No action holds an `@`.
    match text.split_once('@') {
        Some((action, resource)) => (action, Some(resource)),
        None => (text, None),
    }
}

fn is_action(text: &str, also: &[u8]) -> bool {
    let allowed =
        |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || also.contains(&c);
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(allowed);
    text.split(':').all(is_word)
}

fn check_resource(text: &str) -> Result<(), Invalid> {
    if !text.is_empty() && text.bytes().all(|c| c.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(Invalid::new(
            "a resource is printable ASCII without spaces, such as prod-db",
        ))
    }
}

impl FromStr for Permission {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (action, resource) = split(text);
        if !is_action(action, b"*") {
            return Err(Invalid::new(
                "an action is words of a-z, 0-9, '-' and '*' joined by ':', such as project:create",
            ));
        }
        resource.map_or(Ok(()), check_resource)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Action {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if is_action(text, b"") {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(if text.contains('@') {
            "an action has no '@'; give the resource with --on"
        } else {
            "an action is words of a-z, 0-9 and '-' joined by ':', such as project:create"
        }))
    }
}

impl FromStr for Resource {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        check_resource(text).map(|()| Self(text.to_owned()))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
