//! The errors of an import: of its shape, and of a line.

use crate::error::{Error, Kind, Result};
use crate::model::{ImportShape, MAX_SHAPES, Rule};

/// Refuses a shape that can't be stored in addition to the `stored` ones. No message shows a
/// prefix, which is a part of secrets.
///
/// # Errors
/// [`Kind::InvalidInput`] when secrets of apikey, or keys of a shape with another digest, have the
/// shape, too; [`Kind::TooMany`].
pub(super) fn check_shape(shape: &ImportShape, stored: &[ImportShape]) -> Result<()> {
    if shape.overlaps_native() {
        let fact = "secrets of apikey can have this shape, too";
        return Err(Error::new(Kind::InvalidInput, fact)
            .hint("give the exact length, prefix and alphabet of the keys"));
    }
    let is_other = |other: &&ImportShape| other.digest != shape.digest && other.overlaps(shape);
    if let Some(other) = stored.iter().find(is_other) {
        let fact = format!(
            "a text can have this shape and one that was imported with the digest {}",
            other.digest.as_str()
        );
        return Err(Error::new(Kind::InvalidInput, fact)
            .hint("give the exact length, prefix and alphabet of the keys"));
    }
    if !stored.contains(shape) && stored.len() >= MAX_SHAPES {
        let fact = format!("keys of {MAX_SHAPES} shapes were imported, and there can't be more");
        return Err(Error::new(Kind::TooMany, fact)
            .hint("import them with one of the shapes that exist, if they have it"));
    }
    Ok(())
}

/// Returns the error of a key that breaks `rule`, without anything of the key.
pub(super) fn forbidden(rule: Rule) -> Error {
    Error::new(
        Kind::Policy,
        format!("the policy's {rule} forbids such a key"),
    )
    .hint("see the rules with `apikey policy`")
}

/// Returns the error on a line of the input without anything that the line holds, since a column
/// may hold a secret by mistake.
pub(super) fn on_line(error: Error, line: u64) -> Error {
    let (fact, hint) = match error.kind() {
        Kind::NameTaken => (
            "a key has this name, or this id, already",
            "skip such keys with --skip-existing, or change the name",
        ),
        Kind::Exists => (
            "a key with this secret was imported already",
            "skip such keys with --skip-existing",
        ),
        Kind::GroupNotFound => (
            "there is no such group",
            "list the groups with `apikey group list`, or create it with `apikey group create`",
        ),
        Kind::UserNotFound => (
            "there is no such user",
            "list the users with `apikey user list`, or register it with `apikey user add`",
        ),
        Kind::OwnerLacksGroup => (
            "the owner is not in a group of the key",
            "leave the group out, or add the owner to it with `apikey user set-groups`",
        ),
        Kind::Policy => {
            let fact = format!("line {line}: {error}; nothing was imported");
            let hint = error.advice().unwrap_or_default().to_owned();
            return Error::new(error.kind(), fact).hint(hint);
        }
        Kind::InvalidInput => (
            "a key can't have this name: it has the form PREFIX_ID",
            "choose another name",
        ),
        _ => return error,
    };
    Error::new(
        error.kind(),
        format!("line {line}: {fact}; nothing was imported"),
    )
    .hint(hint)
}
