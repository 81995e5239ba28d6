//! What each right lets an operator do, as tables of cases.

use super::super::key::tests::key;
use super::super::user::tests::{owner as owner_named, user};
use super::*;

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

const CHANGES: [Change; 10] = [
    Change::Activate,
    Change::Deactivate,
    Change::Name,
    Change::Groups,
    Change::Permissions,
    Change::Description,
    Change::Owner,
    Change::Application,
    Change::Expiry,
    Change::Delete,
];

#[test]
fn who_has_no_right_has_no_leave() {
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
        for need in [
            RequiredRight::SeeGroups,
            RequiredRight::SeeKeys,
            RequiredRight::SeeAll,
            RequiredRight::Create,
            RequiredRight::Change(Change::Delete),
            RequiredRight::Manage,
        ] {
            let denied = rights.check(need).unwrap_err();
            assert_eq!(denied.remedy, Remedy::Allow, "{permissions:?} {need:?}");
        }
    }
    let nobody = Rights::of("bob", None, now()).unwrap_err();
    assert_eq!(nobody.fact, "bob is not a registered user");
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
fn each_right_is_leave_for_what_the_contract_says() {
    use RequiredRight::*;
    let change = Change(super::Change::Name);
    for (permissions, allowed, refused) in [
        (
            &["apikey:manage"][..],
            &[
                Nothing, SeeUser, SeeGroups, SeeKeys, SeeAll, Create, change, Manage,
            ][..],
            &[][..],
        ),
        (
            &["apikey:own"],
            &[Nothing, SeeUser, SeeGroups, SeeKeys, Create, change],
            &[SeeAll, Manage],
        ),
        (
            &["apikey:read"],
            &[Nothing, SeeUser, SeeGroups, SeeKeys, SeeAll],
            &[Create, change, Manage],
        ),
        (
            &["apikey:read", "apikey:own"],
            &[Nothing, SeeUser, SeeGroups, SeeKeys, SeeAll, Create, change],
            &[Manage],
        ),
    ] {
        let rights = rights(permissions).unwrap();
        for need in allowed {
            assert!(rights.check(*need).is_ok(), "{permissions:?} {need:?}");
        }
        for need in refused {
            assert!(rights.check(*need).is_err(), "{permissions:?} {need:?}");
        }
    }
}

#[test]
fn who_sees_what() {
    let (hers, his, nobodys) = (key_of(Some("alice")), key_of(Some("bob")), key_of(None));
    for (permissions, sees) in [
        (&["apikey:manage"][..], [true, true, true]),
        (&["apikey:own"], [true, false, false]),
        (&["apikey:read"], [true, true, true]),
        (&["apikey:own", "apikey:read"], [true, true, true]),
    ] {
        let rights = rights(permissions).unwrap();
        let seen = [&hers, &his, &nobodys].map(|key| rights.sees(key));
        assert_eq!(seen, sees, "{permissions:?}");
    }
}

#[test]
fn with_own_the_own_keys_are_changed_and_neither_revived_nor_given_away() {
    let own = rights(&["apikey:own", "apikey:read"]).unwrap();
    let hers = key_of(Some("alice"));
    for change in CHANGES {
        let forbidden = [Change::Activate, Change::Owner, Change::Application];
        let allowed = own.check_change(&hers, change).is_ok();
        assert_eq!(allowed, !forbidden.contains(&change), "{change:?}");
        assert!(own.check_change(&key_of(Some("bob")), change).is_err());
        assert!(own.check_change(&key_of(None), change).is_err());
        let manage = rights(&["apikey:manage"]).unwrap();
        assert!(manage.check_change(&key_of(None), change).is_ok());
    }
}

#[test]
fn with_own_a_new_key_is_the_operators() {
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
fn with_own_a_new_key_is_for_no_application() {
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
fn each_user_sees_itself_and_with_read_every_other() {
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
fn with_own_nothing_is_given_that_the_operator_lacks() {
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
fn with_own_a_life_is_shortened_and_never_lengthened() {
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
fn to_give_a_right_never_takes_leave_away() {
    const WORDS: [&str; 4] = ["apikey:manage", "apikey:own", "apikey:read", "*"];
    let needs = [
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
    // Every set of rights, and every right more.
    for held in 0..1_usize << WORDS.len() {
        let words = |set: usize| -> Vec<&str> {
            let is_in = |at: &usize| set & 1 << at != 0;
            (0..WORDS.len()).filter(is_in).map(|at| WORDS[at]).collect()
        };
        let Ok(before) = rights(&words(held)) else {
            continue;
        };
        for more in 0..WORDS.len() {
            let after = rights(&words(held | 1 << more)).unwrap();
            for need in needs.iter().chain(&changes) {
                assert!(before.check(*need).is_err() || after.check(*need).is_ok());
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
fn what_only_looks_like_a_right_is_known() {
    for (word, idle) in [
        ("apikey:manage", false),
        ("apikey:own", false),
        ("apikey:read", false),
        ("apikey:admin", true),
        ("apikey:*", true),
        ("apikey:own@x", true),
        ("*", false),
        ("apikeys:x", false),
    ] {
        assert_eq!(has_no_effect(&word.parse().unwrap()), idle, "{word}");
    }
}
