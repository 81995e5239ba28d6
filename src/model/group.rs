//! A group: a named set of permissions.

use std::collections::BTreeSet;

use super::{Described, Field, FieldValue as Value, Fit, GroupName, Permission, Timestamp};

/// The maximum number of groups of a key.
pub const MAX_GROUPS_OF_KEY: usize = 64;

/// The maximum number of permissions of a group.
pub const MAX_PERMISSIONS_OF_GROUP: usize = 1000;

/// A group and the numbers of its keys and users.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// Its description.
    pub description: Option<String>,
    /// Its permissions, sorted.
    pub permissions: Vec<Permission>,
    /// The number of keys in it.
    pub keys: u64,
    /// The number of users in it.
    pub users: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// The operator who created it.
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
        "its permissions",
        "PERMISSIONS",
        |group, _| Value::Permissions(&group.permissions),
    );
    const KEYS: Field<Self> =
        Field::<Self>::new("keys", "the number of keys in it", "KEYS", |group, _| {
            Value::Number(group.keys.into())
        })
        .fit(Fit::Full);
    const USERS: Field<Self> =
        Field::<Self>::new("users", "the number of users in it", "USERS", |group, _| {
            Value::Number(group.users.into())
        })
        .fit(Fit::Full);
    const CREATED_AT: Field<Self> = Field::<Self>::new(
        "created_at",
        "when it was created",
        "CREATED",
        |group, _| Value::Time(Some(group.created_at)),
    )
    .fit(Fit::Full)
    .drops(2);
    const CREATED_BY: Field<Self> = Field::<Self>::new(
        "created_by",
        "the operator who created it",
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

/// Returns the resulting groups: `to` if given, otherwise `held`; plus `add`, minus `remove`.
pub fn resulting_groups(
    held: &[GroupName],
    to: &[GroupName],
    add: &[GroupName],
    remove: &[GroupName],
) -> Vec<GroupName> {
    let folded = |group: &GroupName| group.as_str().to_ascii_lowercase();
    // A set is fast: a command line can name many groups, and the database is locked meanwhile.
    let mut excluded: BTreeSet<String> = remove.iter().map(folded).collect();
    let kept = held.iter().filter(|_| to.is_empty());
    let all = kept.chain(to).chain(add);
    all.filter(|group| excluded.insert(folded(group)))
        .cloned()
        .collect()
}

/// Returns whether two lists without repetitions name the same groups.
pub fn are_same_groups(first: &[GroupName], second: &[GroupName]) -> bool {
    let folded = |group: &GroupName| group.as_str().to_ascii_lowercase();
    let set = |groups: &[GroupName]| groups.iter().map(folded).collect::<BTreeSet<_>>();
    first.len() == second.len() && set(first) == set(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_replaced_or_added_and_removed() {
        let groups = |names: &str| -> Vec<GroupName> {
            let names = names.split_whitespace();
            names.map(|name| name.parse().unwrap()).collect()
        };
        for (held, to, add, remove, expected) in [
            ("a b", "c", "", "", "c"),
            ("a b", "b A b", "", "", "b A"),
            ("a b", "", "c a", "", "a b c"),
            ("a b", "", "c", "B", "a c"),
            ("a", "", "", "a", ""),
        ] {
            let chosen =
                resulting_groups(&groups(held), &groups(to), &groups(add), &groups(remove));
            let names: Vec<&str> = chosen.iter().map(GroupName::as_str).collect();
            assert_eq!(names.join(" "), expected, "{held} {to} {add} {remove}");
        }
    }
}
