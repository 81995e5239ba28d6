//! What a key may do at a given time: no more than its owner may.

use super::user::UserStatus;
use super::{GroupName, Key, Permission, Timestamp, User};

/// A key with everything that decides what it may do.
#[derive(Debug, Clone)]
pub struct Entitlement {
    /// The key.
    pub key: Key,
    /// Its own permissions and those of its groups, sorted.
    pub permissions: Vec<Permission>,
    /// The user it belongs to, if it has an owner.
    pub owner: Option<User>,
}

/// What a key may do while it is active itself, and what keeps it from more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// The groups it counts as being in.
    pub groups: Vec<GroupName>,
    /// What it surely may do. Where two permissions overlap without one containing the
    /// other, what both allow is missing here; `verify` knows it all the same.
    pub permissions: Vec<Permission>,
    /// What of the key's own doesn't count, and why.
    pub limits: Vec<Limit>,
}

/// A group or permission of a key that doesn't count, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub item: Limited,
    /// The reason, for people: `alice is not in deploy`.
    pub reason: String,
}

/// What a [`Limit`] is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limited {
    /// A group of the key.
    Group(GroupName),
    /// A permission of the key, its own or a group's.
    Permission(Permission),
}

impl Entitlement {
    /// What the key may do at `now`, its own state aside.
    pub fn effective(&self, now: Timestamp) -> Effective {
        let Some(owner) = &self.owner else {
            return Effective {
                groups: self.key.groups.clone(),
                permissions: self.permissions.clone(),
                limits: Vec::new(),
            };
        };
        let stopped = match owner.status(now) {
            UserStatus::Active => None,
            UserStatus::Inactive => Some(format!("{} is inactive", owner.name)),
            UserStatus::Expired => Some(format!("{} has expired", owner.name)),
        };
        let mut effective = Effective::default();
        for group in &self.key.groups {
            let reason = stopped.clone().or_else(|| {
                (!owner.groups.contains(group)).then(|| format!("{} is not in {group}", owner.name))
            });
            match reason {
                None => effective.groups.push(group.clone()),
                Some(reason) => effective.limit(Limited::Group(group.clone()), reason),
            }
        }
        for permission in &self.permissions {
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
}

impl Effective {
    fn limit(&mut self, item: Limited, reason: String) {
        self.limits.push(Limit { item, reason });
    }

    /// Adds what `owner` allows of `permission`, and says why that is not all of it.
    fn share(&mut self, permission: &Permission, owner: &User) -> Option<String> {
        if permission.is_within(&owner.permissions) {
            self.permissions.push(permission.clone());
            return None;
        }
        let shared: Vec<Permission> = owner
            .permissions
            .iter()
            .filter_map(|its| its.meet(permission))
            .collect();
        // Of two patterns neither of which holds the other, both may allow something
        // that no one permission says.
        let may_overlap = |its: &Permission| {
            permission.is_pattern() && its.is_pattern() && its.meet(permission).is_none()
        };
        let reason = if owner.permissions.iter().any(may_overlap) {
            format!("only as far as {} may, too", owner.name)
        } else if shared.is_empty() {
            format!("{} may not", owner.name)
        } else {
            let words: Vec<&str> = shared.iter().map(Permission::as_str).collect();
            format!("{} may only {}", owner.name, words.join(" "))
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

    fn permissions(words: &[&str]) -> Vec<Permission> {
        words.iter().map(|word| word.parse().unwrap()).collect()
    }

    /// What a key with those rights and that owner may do, as words.
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
        let words: Vec<&str> = effective
            .permissions
            .iter()
            .map(Permission::as_str)
            .collect();
        (groups.join(" "), words.join(" "), limits.collect())
    }

    #[test]
    fn a_key_without_an_owner_is_limited_by_nobody() {
        assert_eq!(
            effective((&["a", "b"], &["x", "y@z"]), None),
            ("a b".to_owned(), "x y@z".to_owned(), vec![])
        );
    }

    #[test]
    fn a_key_may_what_its_owner_may_too_and_is_told_what_limits_it() {
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
                "*:z: only as far as alice may, too",
            ]
        );
    }

    #[test]
    fn what_an_owner_surely_may_not_is_told_so() {
        let alice = || Some(user("alice", &[], &["read", "write@x"]));
        for none in ["deploy", "*:run", "write@y*"] {
            let (_, allowed, limits) = effective((&[], &[none]), alice());
            assert_eq!(
                (allowed.as_str(), limits),
                ("", vec![format!("{none}: alice may not")])
            );
        }
        // Never so where there is more than can be said.
        let overlapping = Some(user("alice", &[], &["x@*q", "x@pa"]));
        let (_, allowed, limits) = effective((&[], &["x@p*"]), overlapping);
        assert_eq!(allowed, "x@pa");
        assert_eq!(limits, ["x@p*: only as far as alice may, too"]);
    }

    #[test]
    fn an_owner_that_is_stopped_stops_everything() {
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
