//! The effective groups and permissions of a key: never more than its owner's.

use super::user::UserStatus;
use super::{GroupName, Key, Permission, Timestamp, User};

/// A key, with its permissions and its owner.
#[derive(Debug, Clone)]
pub struct Entitlement {
    /// The key.
    pub key: Key,
    /// Its own permissions and those of its groups, sorted.
    pub permissions: Vec<Permission>,
    /// The user it belongs to, if it has an owner.
    pub owner: Option<User>,
}

/// The groups and permissions that count for a key while it is active, and their limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// The groups that count.
    pub groups: Vec<GroupName>,
    /// The permissions that count. If a permission of the key and one of its owner both contain
    /// `*`, an act that both allow may be missing here, although `verify` accepts it.
    pub permissions: Vec<Permission>,
    /// The key's groups and permissions that don't count, or only in part, and why.
    pub limits: Vec<Limit>,
}

/// A group or permission of a key that doesn't count, or only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The group or permission.
    pub item: Limited,
    /// The reason, for people, such as `alice is not in deploy`.
    pub reason: String,
}

/// The item that a [`Limit`] concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limited {
    /// A group of the key.
    Group(GroupName),
    /// A permission of the key, its own or a group's.
    Permission(Permission),
}

impl Entitlement {
    /// Returns the groups and permissions that count at `now` if the key itself is active.
    pub fn effective(&self, now: Timestamp) -> Effective {
        Effective::of(&self.key, &self.permissions, self.owner.as_ref(), now)
    }
}

impl Effective {
    /// Returns which groups of `key` and which of the `permissions` count at `now` if the key
    /// itself is active.
    pub fn of(key: &Key, permissions: &[Permission], owner: Option<&User>, now: Timestamp) -> Self {
        let Some(owner) = owner else {
            return Self {
                groups: key.groups.clone(),
                permissions: permissions.to_vec(),
                limits: Vec::new(),
            };
        };
        let stopped = match owner.status(now) {
            UserStatus::Active => None,
            UserStatus::Inactive => Some(format!("{} is inactive", owner.name)),
            UserStatus::Expired => Some(format!("{} has expired", owner.name)),
        };
        let mut effective = Self::default();
        for group in &key.groups {
            let reason = stopped.clone().or_else(|| {
                (!owner.groups.contains(group)).then(|| format!("{} is not in {group}", owner.name))
            });
            match reason {
                None => effective.groups.push(group.clone()),
                Some(reason) => effective.limit(Limited::Group(group.clone()), reason),
            }
        }
        for permission in permissions {
            let reason = match &stopped {
                Some(reason) => Some(reason.clone()),
                None => effective.share(permission, owner),
            };
            if let Some(reason) = reason {
                effective.limit(Limited::Permission(permission.clone()), reason);
            }
        }
        effective.permissions.sort();
        effective.permissions.dedup();
        effective
    }

    fn limit(&mut self, item: Limited, reason: String) {
        self.limits.push(Limit { item, reason });
    }

    /// Adds the part of `permission` that `owner` has; returns the reason if this is not all.
    fn share(&mut self, permission: &Permission, owner: &User) -> Option<String> {
        if permission.is_within(&owner.permissions) {
            self.permissions.push(permission.clone());
            return None;
        }
        let shared: Vec<Permission> = owner
            .permissions
            .iter()
            .filter_map(|owned| owned.meet(permission))
            .collect();
        // Two patterns without a meet may overlap, and no single permission describes the
        // overlap.
        let may_overlap = |owned: &Permission| {
            permission.is_pattern() && owned.is_pattern() && owned.meet(permission).is_none()
        };
        let reason = if owner.permissions.iter().any(may_overlap) {
            format!("only as far as {} may", owner.name)
        } else if shared.is_empty() {
            format!("{} may not", owner.name)
        } else {
            let shared: Vec<&str> = shared.iter().map(Permission::as_str).collect();
            format!("{} may only {}", owner.name, shared.join(" "))
        };
        self.permissions.extend(shared);
        Some(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::tests::key;
    use super::super::user::tests::user;
    use super::*;

    fn permissions(texts: &[&str]) -> Vec<Permission> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Returns the effective groups, permissions and limits of a key, as text.
    fn effective(
        (groups, allowed): (&[&str], &[&str]),
        owner: Option<User>,
    ) -> (String, String, Vec<String>) {
        let entitlement = Entitlement {
            key: key(groups),
            permissions: permissions(allowed),
            owner,
        };
        let effective = entitlement.effective(Timestamp::from_unix(2000));
        let limits = effective.limits.iter().map(|limit| match &limit.item {
            Limited::Group(group) => format!("{group}: {}", limit.reason),
            Limited::Permission(permission) => format!("{permission}: {}", limit.reason),
        });
        let groups: Vec<&str> = effective.groups.iter().map(GroupName::as_str).collect();
        let permissions = effective.permissions.iter().map(Permission::as_str);
        let permissions: Vec<&str> = permissions.collect();
        (groups.join(" "), permissions.join(" "), limits.collect())
    }

    #[test]
    fn a_key_without_an_owner_has_no_limits() {
        assert_eq!(
            effective((&["a", "b"], &["x", "y@z"]), None),
            ("a b".to_owned(), "x y@z".to_owned(), vec![])
        );
    }

    #[test]
    fn a_key_has_the_rights_that_its_owner_has_too_and_lists_the_limits() {
        let alice = user("alice", &["a"], &["read", "deploy:*@prod-*"]);
        let (groups, allowed, limits) = effective(
            (
                &["a", "b"],
                &["read", "write", "deploy:start", "*", "*:z", "read@x"],
            ),
            Some(alice),
        );
        assert_eq!(groups, "a");
        assert_eq!(allowed, "deploy:*@prod-* deploy:start@prod-* read read@x");
        assert_eq!(
            limits,
            [
                "b: alice is not in b",
                "write: alice may not",
                "deploy:start: alice may only deploy:start@prod-*",
                "*: alice may only read deploy:*@prod-*",
                "*:z: only as far as alice may",
            ]
        );
    }

    #[test]
    fn a_limit_distinguishes_missing_permissions_from_possible_overlaps() {
        let alice = || Some(user("alice", &[], &["read", "write@x"]));
        for missing in ["deploy", "*:run", "write@y*"] {
            let (_, allowed, limits) = effective((&[], &[missing]), alice());
            assert_eq!(
                (allowed.as_str(), limits),
                ("", vec![format!("{missing}: alice may not")])
            );
        }
        // The overlap of two patterns may be more than the listed permission.
        let overlapping = Some(user("alice", &[], &["x@*q", "x@pa"]));
        let (_, allowed, limits) = effective((&[], &["x@p*"]), overlapping);
        assert_eq!(allowed, "x@pa");
        assert_eq!(limits, ["x@p*: only as far as alice may"]);
    }

    #[test]
    fn an_inactive_or_expired_owner_limits_everything() {
        let alice = user("alice", &["a"], &["read"]);
        let inactive = User {
            active: false,
            ..alice.clone()
        };
        let expired = User {
            expires_at: Some(Timestamp::from_unix(2000)),
            ..alice
        };
        for (owner, reason) in [
            (inactive, "alice is inactive"),
            (expired, "alice has expired"),
        ] {
            let (groups, allowed, limits) = effective((&["a"], &["read"]), Some(owner));
            assert_eq!((groups.as_str(), allowed.as_str()), ("", ""));
            assert_eq!(limits, [format!("a: {reason}"), format!("read: {reason}")]);
        }
    }
}
