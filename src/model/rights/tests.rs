//! Tests of the rights of operators, as tables of cases.

use super::super::key::tests::key;
use super::super::user::tests::{owner as owner_named, user};
use super::*;
use crate::model::{Change, State};

fn now() -> Timestamp {
    Timestamp::from_unix(2000)
}

fn rights(permissions: &[&str]) -> Result<Rights, Denied> {
    Rights::of("alice", Some(user("alice", &["a"], permissions)), now())
}

fn key_of(owner: Option<&str>) -> Key {
    Key {
        owner: owner.map(|name| owner_named(name, true)),
        ..key(&["a"])
    }
}

const CHANGES: [Change; 14] = [
    Change::Activate,
    Change::Deactivate,
    Change::Name,
    Change::Groups,
    Change::Permissions,
    Change::Description,
    Change::Owner,
    Change::Application,
    Change::Expiry,
    Change::Meta,
    Change::Rotate,
    Change::FinishRotation,
    Change::CancelRotation,
    Change::Delete,
];

#[test]
fn an_operator_without_rights_may_only_see_itself() {
    for permissions in [
        &[][..],
        &["*"],
        &["apikey:*"],
        &["apikey:manage@x", "apikey:own@*"],
        &["apikeys:manage", "manage"],
    ] {
        let rights = rights(permissions).unwrap();
        assert!(
            rights.check(RequiredRight::SeeUser).is_ok(),
            "{permissions:?}"
        );
        for required in [
            RequiredRight::SeeGroups,
            RequiredRight::SeeKeys,
            RequiredRight::SeeAll,
            RequiredRight::Create,
            RequiredRight::Change(Change::Delete),
            RequiredRight::Manage,
        ] {
            let denied = rights.check(required).unwrap_err();
            assert_eq!(denied.remedy, Remedy::Allow, "{permissions:?} {required:?}");
        }
    }
    let unregistered = Rights::of("bob", None, now()).unwrap_err();
    assert_eq!(unregistered.fact, "bob is not a registered user");
    let alice = user("alice", &[], &["apikey:manage"]);
    let inactive = User {
        active: false,
        ..alice.clone()
    };
    let expired = User {
        expires_at: Some(now()),
        ..alice.clone()
    };
    assert!(Rights::of("alice", Some(inactive), now()).is_err());
    assert!(Rights::of("alice", Some(expired), now()).is_err());
    assert!(Rights::of("alice", Some(alice), now()).is_ok());
}

#[test]
fn each_right_permits_what_the_contract_says() {
    use RequiredRight::*;
    let change = Change(crate::model::Change::Name);
    let all = [
        Nothing, SeeGroups, SeePolicy, SeeKeys, SeeUser, SeeAll, Create, change, Manage,
    ];
    for (permissions, refused) in [
        (&["apikey:manage"][..], &[][..]),
        (&["apikey:own"], &[SeeAll, Manage]),
        (&["apikey:read"], &[Create, change, Manage]),
        (&["apikey:read", "apikey:own"], &[Manage]),
    ] {
        let rights = rights(permissions).unwrap();
        for required in all {
            let is_allowed = rights.check(required).is_ok();
            assert_eq!(
                is_allowed,
                !refused.contains(&required),
                "{permissions:?} {required:?}"
            );
        }
    }
}

#[test]
fn own_sees_its_own_keys_and_the_other_rights_see_all() {
    let (own_key, other_key, unowned) = (key_of(Some("alice")), key_of(Some("bob")), key_of(None));
    for (permissions, sees) in [
        (&["apikey:manage"][..], [true, true, true]),
        (&["apikey:own"], [true, false, false]),
        (&["apikey:read"], [true, true, true]),
        (&["apikey:own", "apikey:read"], [true, true, true]),
    ] {
        let rights = rights(permissions).unwrap();
        let seen = [&own_key, &other_key, &unowned].map(|key| rights.sees(key));
        assert_eq!(seen, sees, "{permissions:?}");
    }
}

#[test]
fn own_changes_its_own_keys_but_not_their_activation_owner_or_application() {
    let own = rights(&["apikey:own", "apikey:read"]).unwrap();
    let own_key = key_of(Some("alice"));
    for change in CHANGES {
        let forbidden = [
            Change::Activate,
            Change::Owner,
            Change::Application,
            Change::Meta,
            Change::CancelRotation,
        ];
        let allowed = own.check_change(&own_key, change).is_ok();
        assert_eq!(allowed, !forbidden.contains(&change), "{change:?}");
        assert_eq!(own.check_kind(change).is_ok(), allowed, "{change:?}");
        assert!(own.check_change(&key_of(Some("bob")), change).is_err());
        assert!(own.check_change(&key_of(None), change).is_err());
        let manage = rights(&["apikey:manage"]).unwrap();
        assert!(manage.check_change(&key_of(None), change).is_ok());
        assert!(manage.check_kind(change).is_ok());
    }
}

#[test]
fn own_creates_keys_for_itself_only() {
    let own = rights(&["apikey:own"]).unwrap();
    let name = |name: &str| name.parse::<UserName>().unwrap();
    assert_eq!(own.owner_of_new(None), Ok(Some(name("alice"))));
    assert_eq!(
        own.owner_of_new(Some(&name("alice"))),
        Ok(Some(name("alice")))
    );
    assert!(own.owner_of_new(Some(&name("bob"))).is_err());
    assert!(own.owner_of_new(Some(&name("Alice"))).is_err());
    let manage = rights(&["apikey:manage"]).unwrap();
    assert_eq!(manage.owner_of_new(None), Ok(None));
    assert_eq!(
        manage.owner_of_new(Some(&name("bob"))),
        Ok(Some(name("bob")))
    );
}

#[test]
fn own_creates_no_keys_for_applications() {
    let app = "billing".parse().unwrap();
    for (permissions, allowed) in [
        (&["apikey:own"][..], false),
        (&["apikey:own", "apikey:read", "*"], false),
        (&["apikey:manage"], true),
    ] {
        let rights = rights(permissions).unwrap();
        assert!(rights.check_application(None).is_ok());
        assert_eq!(rights.check_application(Some(&app)).is_ok(), allowed);
    }
}

#[test]
fn each_user_sees_itself_and_read_sees_every_user() {
    for (permissions, sees_bob) in [
        (&[][..], false),
        (&["apikey:own"], false),
        (&["apikey:read"], true),
        (&["apikey:manage"], true),
    ] {
        let rights = rights(permissions).unwrap();
        assert!(rights.check_user(&"alice".parse().unwrap()).is_ok());
        for other in ["bob", "Alice"] {
            let seen = rights.check_user(&other.parse().unwrap()).is_ok();
            assert_eq!(seen, sees_bob, "{permissions:?} {other}");
        }
    }
}

#[test]
fn own_gives_nothing_that_the_operator_lacks() {
    let own = rights(&["apikey:own", "deploy:*", "read@prod-*"]).unwrap();
    let manage = rights(&["apikey:manage"]).unwrap();
    for (group, allowed) in [("a", true), ("A", true), ("b", false)] {
        let given = [group.parse().unwrap()];
        assert_eq!(own.check_groups(&given).is_ok(), allowed, "{group}");
        assert!(manage.check_groups(&given).is_ok());
    }
    for (permission, allowed) in [
        ("deploy:run", true),
        ("deploy:*", true),
        ("deploy:run@x", true),
        ("read@prod-1", true),
        ("apikey:own", true),
        ("read", false),
        ("read@*", false),
        ("*", false),
        ("apikey:manage", false),
        ("apikey:*", false),
    ] {
        let given = [permission.parse().unwrap()];
        assert_eq!(
            own.check_permissions(&given).is_ok(),
            allowed,
            "{permission}"
        );
        assert!(manage.check_permissions(&given).is_ok());
    }
}

#[test]
fn own_never_extends_a_keys_life() {
    let own = rights(&["apikey:own"]).unwrap();
    let at = |seconds| Some(Timestamp::from_unix(seconds));
    for (old, new, allowed) in [
        (None, None, true),
        (None, at(5000), true),
        (None, Some(Timestamp::MAX), true),
        (at(5000), at(4000), true),
        (at(5000), at(5000), true),
        (at(5000), at(1000), true),
        (at(5000), at(5001), false),
        (at(1000), at(1001), false),
        (at(5000), None, false),
        (Some(Timestamp::MAX), None, false),
    ] {
        assert_eq!(
            own.check_expiry(old, new).is_ok(),
            allowed,
            "{old:?} {new:?}"
        );
        let manage = rights(&["apikey:manage"]).unwrap();
        assert!(manage.check_expiry(old, new).is_ok());
    }
}

#[test]
fn own_never_shortens_a_deactivation() {
    let own = rights(&["apikey:own"]).unwrap();
    let manage = rights(&["apikey:manage"]).unwrap();
    let at = |seconds| Some(Timestamp::from_unix(seconds));
    let (inactive, active) = (State::Inactive, State::Active);
    for (state, old, new, allowed) in [
        (active, None, at(2001), true),
        (active, None, None, true),
        (inactive, None, None, true),
        (inactive, at(5000), at(4999), false),
        (inactive, at(5000), at(5000), true),
        (inactive, at(5000), at(5001), true),
        (inactive, at(5000), None, true),
        // The deactivation is over.
        (inactive, at(2000), at(1999), true),
        (inactive, at(2001), at(2000), false),
    ] {
        let key = Key {
            state,
            reactivates_at: old,
            ..key_of(Some("alice"))
        };
        let is_allowed = own.check_deactivation(&key, new, now()).is_ok();
        assert_eq!(is_allowed, allowed, "{state:?} {old:?} {new:?}");
        assert!(manage.check_deactivation(&key, new, now()).is_ok());
    }
}

#[test]
fn an_additional_right_never_removes_a_permission() {
    const RIGHTS: [&str; 4] = ["apikey:manage", "apikey:own", "apikey:read", "*"];
    let required = [
        RequiredRight::Nothing,
        RequiredRight::SeeUser,
        RequiredRight::SeeGroups,
        RequiredRight::SeeKeys,
        RequiredRight::SeeAll,
        RequiredRight::Create,
        RequiredRight::Manage,
    ];
    let changes = CHANGES.map(RequiredRight::Change);
    let keys = [key_of(Some("alice")), key_of(Some("bob")), key_of(None)];
    // Every set of rights, with each additional right.
    for held in 0..1_usize << RIGHTS.len() {
        let members = |set: usize| -> Vec<&str> {
            let is_in = |at: &usize| set & 1 << at != 0;
            (0..RIGHTS.len())
                .filter(is_in)
                .map(|at| RIGHTS[at])
                .collect()
        };
        let Ok(before) = rights(&members(held)) else {
            continue;
        };
        for more in 0..RIGHTS.len() {
            let after = rights(&members(held | 1 << more)).unwrap();
            for right in required.iter().chain(&changes) {
                assert!(before.check(*right).is_err() || after.check(*right).is_ok());
            }
            for (key, change) in keys
                .iter()
                .flat_map(|key| CHANGES.map(|change| (key, change)))
            {
                assert!(!before.sees(key) || after.sees(key));
                let allowed = |rights: &Rights| rights.check_change(key, change).is_ok();
                assert!(!allowed(&before) || allowed(&after), "{held} {more}");
            }
        }
    }
}

#[test]
fn a_permission_that_only_looks_like_a_right_has_no_effect() {
    for (permission, expected) in [
        ("apikey:manage", false),
        ("apikey:own", false),
        ("apikey:read", false),
        ("apikey:admin", true),
        ("apikey:*", true),
        ("apikey:own@x", true),
        ("*", false),
        ("apikeys:x", false),
    ] {
        assert_eq!(
            has_no_effect(&permission.parse().unwrap()),
            expected,
            "{permission}"
        );
    }
}
