//! A group: a named set of permissions.

use super::{GroupName, Permission, Timestamp};

/// A group and how many keys and users are in it.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows, sorted.
    pub permissions: Vec<Permission>,
    /// How many keys are in it.
    pub keys: u64,
    /// How many users are in it.
    pub users: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// The operator who made it.
    pub created_by: String,
}

/// The groups that who is in those `held` is to be in: in those `to` instead, or
/// where there are none in its own; in those to `add`, too; not in those to
/// `remove`.
pub fn regrouped(
    held: &[GroupName],
    to: &[GroupName],
    add: &[GroupName],
    remove: &[GroupName],
) -> Vec<GroupName> {
    let kept = held.iter().filter(|_| to.is_empty());
    let mut chosen: Vec<GroupName> = Vec::new();
    for group in kept.chain(to).chain(add) {
        if !chosen.contains(group) && !remove.contains(group) {
            chosen.push(group.clone());
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_replaced_or_added_and_removed() {
        let groups = |words: &str| -> Vec<GroupName> {
            words
                .split_whitespace()
                .map(|word| word.parse().unwrap())
                .collect()
        };
        for (held, to, add, remove, then) in [
            ("a b", "c", "", "", "c"),
            ("a b", "b A b", "", "", "b A"),
            ("a b", "", "c a", "", "a b c"),
            ("a b", "", "c", "B", "a c"),
            ("a", "", "", "a", ""),
        ] {
            let chosen = regrouped(&groups(held), &groups(to), &groups(add), &groups(remove));
            let words: Vec<&str> = chosen.iter().map(GroupName::as_str).collect();
            assert_eq!(words.join(" "), then, "{held} {to} {add} {remove}");
        }
    }
}
