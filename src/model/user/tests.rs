//! Tests of user names and statuses, and users for other tests.

use super::*;

/// Returns an active user with `groups` and `permissions`.
pub(in crate::model) fn user(name: &str, groups: &[&str], permissions: &[&str]) -> User {
    User {
        name: name.parse().unwrap(),
        active: true,
        description: None,
        groups: groups.iter().map(|g| g.parse().unwrap()).collect(),
        permissions: permissions.iter().map(|p| p.parse().unwrap()).collect(),
        created_at: Timestamp::from_unix(1000),
        created_by: "root".to_owned(),
        expires_at: None,
    }
}

/// Returns an owner that never expires.
pub(in crate::model) fn owner(name: &str, active: bool) -> Owner {
    Owner {
        name: name.parse().unwrap(),
        active,
        expires_at: None,
    }
}

#[test]
fn user_names_follow_the_contract() {
    let longest = format!("{}$", "a".repeat(63));
    for good in [
        "a",
        "7",
        "alice",
        "Alice",
        "A.b_c-9",
        "alice@corp.example",
        "CORP\\alice",
        "host$",
        "svc-",
        longest.as_str(),
    ] {
        assert!(good.parse::<UserName>().is_ok(), "{good}");
    }
    let too_long = format!("{longest}$");
    for bad in [
        "",
        "$",
        "@a",
        "\\a",
        "a@",
        "a\\",
        "a@$",
        "a$b",
        "a$$",
        "_apt",
        "-a",
        ".a",
        "a b",
        "a/b",
        "ä",
        "a\n",
        "uid:5",
        too_long.as_str(),
    ] {
        assert!(bad.parse::<UserName>().is_err(), "{bad:?}");
    }
}

#[test]
fn user_names_are_compared_exactly() {
    let name = |text: &str| text.parse::<UserName>().unwrap();
    assert_ne!(name("alice"), name("Alice"));
}

#[test]
fn a_users_status_is_the_first_that_applies() {
    let now = Timestamp::from_unix(2000);
    let alice = user("alice", &[], &[]);
    let until = |seconds| User {
        expires_at: Some(Timestamp::from_unix(seconds)),
        ..alice.clone()
    };
    assert_eq!(alice.status(now), UserStatus::Active);
    assert_eq!(until(2001).status(now), UserStatus::Active);
    assert_eq!(until(2000).status(now), UserStatus::Expired);
    let inactive = User {
        active: false,
        ..until(2000)
    };
    assert_eq!(inactive.status(now), UserStatus::Inactive);
}
