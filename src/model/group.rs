//! A group: a named set of permissions.

use std::collections::BTreeSet;

use super::{Described, Field, FieldValue as Value, Fit, GroupName, Permission, Timestamp};

/// The most groups that a key is put in.
pub const MAX_GROUPS_OF_KEY: usize = 64;

/// The most permissions that a group is given.
pub const MAX_PERMISSIONS_OF_GROUP: usize = 1000;

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

impl Group {
    const NAME: Field<Self> = Field::<Self>::new("name", "its name", "NAME", |group, _| {
        Value::text(group.name.as_str())
    });
    const DESCRIPTION: Field<Self> = Field::<Self>::new(
        "description",
        "what it is for",
        "DESCRIPTION",
        |group, _| Value::text_or_null(group.description.as_deref()),
    )
    .drops(3);
    const PERMISSIONS: Field<Self> = Field::<Self>::new(
        "permissions",
        "what it allows",
        "PERMISSIONS",
        |group, _| Value::Permissions(&group.permissions),
    );
    const KEYS: Field<Self> =
        Field::<Self>::new("keys", "how many keys are in it", "KEYS", |group, _| {
            Value::Number(group.keys.into())
        })
        .fit(Fit::Full);
    const USERS: Field<Self> =
        Field::<Self>::new("users", "how many users are in it", "USERS", |group, _| {
            Value::Number(group.users.into())
        })
        .fit(Fit::Full);
    const CREATED_AT: Field<Self> =
        Field::<Self>::new("created_at", "when it was made", "CREATED", |group, _| {
            Value::Time(Some(group.created_at))
        })
        .fit(Fit::Full)
        .drops(2);
    const CREATED_BY: Field<Self> = Field::<Self>::new(
        "created_by",
        "the operator who made it",
        "CREATED BY",
        |group, _| Value::text(&group.created_by),
    )
    .drops(1);

    /// The columns of a table, in order.
    pub const TABLE: [Field<Self>; 7] = [
        Self::NAME,
        Self::KEYS,
        Self::USERS,
        Self::PERMISSIONS,
        Self::CREATED_AT,
        Self::CREATED_BY,
        Self::DESCRIPTION,
    ];
}

impl Described for Group {
    fn fields() -> &'static [Field<Self>] {
        const {
            &[
                Self::NAME,
                Self::DESCRIPTION,
                Self::PERMISSIONS,
                Self::KEYS,
                Self::USERS,
                Self::CREATED_AT,
                Self::CREATED_BY,
            ]
        }
    }
}

/// The groups that who is in those `held` is to be in: in those `to` instead, or
/// where there are none in its own; in those to `add`, too; not in those to
/// `remove`.
pub fn resulting_groups(
    held: &[GroupName],
    to: &[GroupName],
    add: &[GroupName],
    remove: &[GroupName],
) -> Vec<GroupName> {
    let folded = |group: &GroupName| group.as_str().to_ascii_lowercase();
    // Sets: there may be as many as fit in a command line, and a lock is held.
    let mut left_out: BTreeSet<String> = remove.iter().map(folded).collect();
    let kept = held.iter().filter(|_| to.is_empty());
    let all = kept.chain(to).chain(add);
    all.filter(|group| left_out.insert(folded(group)))
        .cloned()
        .collect()
}

/// Whether `one` and `other`, each without repetitions, name the same groups.
pub fn are_same_groups(one: &[GroupName], other: &[GroupName]) -> bool {
    let folded = |group: &GroupName| group.as_str().to_ascii_lowercase();
    let set = |groups: &[GroupName]| groups.iter().map(folded).collect::<BTreeSet<_>>();
    one.len() == other.len() && set(one) == set(other)
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
            let chosen =
                resulting_groups(&groups(held), &groups(to), &groups(add), &groups(remove));
            let words: Vec<&str> = chosen.iter().map(GroupName::as_str).collect();
            assert_eq!(words.join(" "), then, "{held} {to} {add} {remove}");
        }
    }
}
