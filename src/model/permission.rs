//! Permissions, and the acts that they allow.

use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// The beginning of the actions that authorize operators of `apikey` itself. No `*` matches
/// them: such a permission must be spelled out.
const RESERVED: &str = "apikey:";

/// The maximum number of a key's own permissions, in addition to those of its groups.
pub const MAX_PERMISSIONS_OF_KEY: usize = 64;

/// `ACTION` or `ACTION@RESOURCE`; both may contain `*`. A permission without a resource is for
/// every resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission(String);

/// An action: words of `[a-z0-9-]` joined by `:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action(String);

/// The object of an action: printable ASCII without spaces. A `*` in it is an ordinary
/// character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource(String);

/// An action on a resource, or on every resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The action.
    pub action: Action,
    /// The resource; `None` means every resource.
    pub resource: Option<Resource>,
}

impl Permission {
    /// The length of the longest permission that may be given, in characters. Older databases
    /// may contain longer ones.
    const MAX_LEN: usize = 200;

    /// Parses a permission to give to a key or a group.
    ///
    /// # Errors
    /// If it is invalid or too long.
    pub fn parse_given(text: &str) -> Result<Self, Invalid> {
        match text.chars().count() {
            len if len > Self::MAX_LEN => Err(Invalid::new(format!(
                "the permission has {len} characters; at most {} are allowed",
                Self::MAX_LEN
            ))),
            _ => text.parse(),
        }
    }

    /// Returns the permission as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it allows `act`.
    pub fn allows(&self, act: &Act) -> bool {
        let resource = act.resource.as_ref().map(|resource| resource.0.as_str());
        self.reaches(&act.action.0) && self.covers(resource)
    }

    /// Returns whether it allows everything that `other` allows. A `*` in `other` counts as an
    /// ordinary character.
    pub fn contains(&self, other: &Self) -> bool {
        let (action, resource) = other.parts();
        self.reaches(action) && self.covers(resource)
    }

    /// Returns whether one of `others` contains it.
    pub fn is_within(&self, others: &[Self]) -> bool {
        others.iter().any(|other| other.contains(self))
    }

    /// Returns the permission that allows what both allow, if there is one: one of the two
    /// actions must match the other, and so must one of the two resources.
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

    /// Returns whether it is a right of operators. Keys can't use those.
    pub fn is_of_operators(&self) -> bool {
        self.0.starts_with(RESERVED)
    }

    /// Returns whether it contains a `*`. If at most one of two permissions does, their
    /// [`meet`](Self::meet) is everything that both allow.
    pub fn is_pattern(&self) -> bool {
        self.0.contains('*')
    }

    /// Returns whether its action has a `*`, except for `*:read`, which changes nothing.
    pub fn is_wide(&self) -> bool {
        let (action, _) = self.parts();
        action.contains('*') && action != "*:read"
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

/// Returns whether `text` matches `pattern`, in which `*` stands for any sequence of characters,
/// including none.
///
/// Takes time proportional to the two lengths: each piece between two `*` is searched once,
/// from the end of the piece before it, with std's two-way algorithm of Crochemore and Perrin.
/// Backtracking is unnecessary: the first match of a piece leaves the most text for the rest.
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
    // No action contains an `@`.
    match text.split_once('@') {
        Some((action, resource)) => (action, Some(resource)),
        None => (text, None),
    }
}

fn is_action(text: &str, also: &[u8]) -> bool {
    let is_allowed =
        |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || also.contains(&c);
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_allowed);
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
            "an action can't contain '@'; give the resource with --on"
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
