//! Properties of the verdict.

use proptest::prelude::*;

use super::*;

const GROUPS: [&str; 4] = ["a", "b", "c", "d"];
const PERMISSIONS: [&str; 10] = [
    "x",
    "x@p",
    "x@*",
    "x@*q",
    "x:*",
    "*",
    "*:y",
    "x:y@p*",
    "apikey:own",
    "apikey:manage",
];

fn subset(all: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(all, 0..=all.len())
}

/// Generates a time before, at or after now, or none.
fn expiries() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of((-2_i64..100).prop_map(|seconds| in_seconds(seconds).unwrap()))
}

fn owners() -> impl Strategy<Value = User> {
    let parts = (
        subset(&GROUPS),
        subset(&PERMISSIONS),
        expiries(),
        any::<bool>(),
    );
    parts.prop_map(|(groups, permissions, expires_at, active)| User {
        expires_at,
        active,
        ..user("alice", &groups, &permissions)
    })
}

fn entitlements() -> impl Strategy<Value = Entitlement> {
    let states = prop_oneof![
        Just(State::Active),
        Just(State::Active),
        Just(State::Inactive)
    ];
    let own = (subset(&GROUPS), subset(&PERMISSIONS), expiries(), states);
    (own, proptest::option::of(owners())).prop_map(
        |((groups, permissions, expiry, state), owner)| {
            let mut held = held(&groups, &permissions).with_state(state);
            held.key.expires_at = expiry;
            match owner {
                Some(owner) => held.owned_by(owner),
                None => held,
            }
        },
    )
}

fn requirements() -> impl Strategy<Value = Requirements> {
    let acts = prop_oneof![
        Just(None),
        proptest::sample::select(vec![
            "x",
            "x@p",
            "x@q",
            "x:y",
            "x:y@p1",
            "z:y",
            "apikey:own",
            "apikey:manage",
        ])
        .prop_map(Some),
    ];
    let parts = (subset(&GROUPS[..2]), acts, proptest::option::of(0_i64..60));
    parts.prop_map(|(groups, act, lasting)| {
        let required = Requirements::default().groups(&groups);
        let required = Requirements {
            min_remaining: lasting.map(Span::from_seconds),
            ..required
        };
        match act {
            Some(act) => required.can(act),
            None => required,
        }
    })
}

fn accepts(held: &Entitlement, required: &Requirements) -> bool {
    decide(held, &current(), required, now()) == Verdict::Accepted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn additional_rights_never_turn_accepted_into_refused(
        held in entitlements(),
        required in requirements(),
        group in proptest::sample::select(&GROUPS[..]),
        permission in proptest::sample::select(&PERMISSIONS[..]),
    ) {
        if !accepts(&held, &required) {
            return Ok(());
        }
        let group: GroupName = group.parse().unwrap();
        let permission: Permission = permission.parse().unwrap();
        let mut more = held.clone();
        more.key.groups.push(group.clone());
        prop_assert!(accepts(&more, &required), "a group of the key");
        more.permissions.push(permission.clone());
        prop_assert!(accepts(&more, &required), "a permission of the key");
        if let Some(owner) = &mut more.owner {
            owner.groups.push(group);
            owner.permissions.push(permission);
        }
        prop_assert!(accepts(&more, &required), "a group and a permission of the owner");
    }

    #[test]
    fn a_key_of_an_inactive_or_expired_owner_is_always_refused(held in entitlements(), owner in owners(), required in requirements()) {
        prop_assert!(!accepts(&held.clone().owned_by(owner.clone().inactive()), &required));
        prop_assert!(!accepts(&held.owned_by(owner.until(0)), &required));
    }

    #[test]
    fn a_key_never_exceeds_its_owner_or_its_own_rights(
        held in entitlements(), owner in owners(), required in requirements(),
    ) {
        let owned = held.clone().owned_by(owner.clone());
        if accepts(&owned, &required) {
            // A key with the owner's rights.
            let mut as_owner = held.clone();
            as_owner.key.groups = owner.groups.clone();
            as_owner.permissions = owner.permissions.clone();
            as_owner.owner = None;
            prop_assert!(accepts(&as_owner, &required));
            let unowned = Entitlement { owner: None, ..held };
            prop_assert!(accepts(&unowned, &required));
        }
    }

    #[test]
    fn the_effective_rights_are_those_that_are_accepted(held in entitlements(), required in requirements()) {
        let held = held.with_state(State::Active);
        if held.key.has_expired(now()) {
            return Ok(());
        }
        let effective = held.effective(now());
        if let Some(owner) = &held.owner {
            prop_assert!(effective.groups.iter().all(|group| owner.groups.contains(group)));
            prop_assert!(effective.permissions.iter().all(|permission| permission.is_within(&owner.permissions)));
        }
        prop_assert!(effective.permissions.iter().all(|permission| permission.is_within(&held.permissions)));
        for group in &required.groups {
            let required = Requirements { groups: vec![group.clone()], ..Requirements::default() };
            prop_assert_eq!(accepts(&held, &required), effective.groups.contains(group) && !held.is_blocked());
        }
        if let Some(act) = &required.act {
            let required = Requirements { act: Some(act.clone()), ..Requirements::default() };
            let shown = effective.permissions.iter().any(|permission| permission.allows(act));
            // A listed permission is always accepted; only an overlap of patterns is not listed.
            prop_assert!(!shown || accepts(&held, &required));
            let owners = held.owner.iter().flat_map(|owner| &owner.permissions);
            let overlap = held.permissions.iter().any(Permission::is_pattern)
                && owners.into_iter().any(Permission::is_pattern);
            prop_assert!(shown || overlap || !accepts(&held, &required));
        }
    }
}

impl Entitlement {
    fn is_blocked(&self) -> bool {
        let active = crate::model::user::UserStatus::Active;
        self.owner
            .as_ref()
            .is_some_and(|owner| owner.status(now()) != active)
    }
}
