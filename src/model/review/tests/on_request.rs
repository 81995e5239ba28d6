//! The checks that run only on request, with `--only`.

use super::*;

#[test]
fn a_key_without_a_use_is_never_used_or_unknown_by_the_age_of_the_record() {
    let recorded = |since: Option<i64>, used: Option<i64>| Key {
        last_use_known_since: since.map(at),
        last_used_at: used.map(at),
        ..new_key()
    };
    for (since, used, is_never_used, is_unknown) in [
        (Some(-1), None, true, false),
        (Some(0), None, true, false),
        (Some(1), None, false, true),
        (None, None, false, true),
        (Some(1), Some(2), false, false),
        (Some(0), Some(2), false, false),
    ] {
        let key = recorded(since, used);
        let never = found(Check::NeverUsed, &key, DAY);
        let expected = (Some(0), "never used since it was created".to_owned());
        assert_eq!(never, is_never_used.then_some(expected), "{key:?}");
        let unknown = found(Check::UseUnknown, &key, DAY);
        assert_eq!(unknown.map(|(from, _)| from), is_unknown.then_some(since));
    }
}

#[test]
fn keys_without_an_expiry_and_without_an_owner_are_found_on_request() {
    let bare = new_key();
    let full = Key {
        expires_at: Some(at(1000 * DAY)),
        owner: named_owner("alice", true, None),
        ..new_key()
    };
    let is = |detail: &str| Some((None, detail.to_owned()));
    assert_eq!(found(Check::NoExpiry, &bare, 0), is("it never expires"));
    assert_eq!(found(Check::NoOwner, &bare, 0), is("it has no owner"));
    assert_eq!(found(Check::NoExpiry, &full, 0), None);
    assert_eq!(found(Check::NoOwner, &full, 0), None);
}

#[test]
fn a_secret_is_old_from_the_given_age_since_creation_or_rotation() {
    let never = "its secret was never rotated";
    begins(Check::Old, &new_key(), 365 * DAY, 0, never);
    let rotated = rotated(None, None, DAY);
    let last = "its secret was last rotated then";
    begins(Check::Old, &rotated, 100 + 365 * DAY, 100, last);
    let mut ageless = review(&[Check::Old]);
    ageless.thresholds.max_age = None;
    let key = new_key();
    let subject = Subject {
        key: &key,
        permissions: &[],
        owner: None,
        owned: 0,
        weak_bits: None,
    };
    assert_eq!(ageless.findings(subject, at(9999 * DAY)), []);
}

#[test]
fn a_wildcard_action_is_privileged_within_the_owners_rights() {
    let all = |permissions: &[&str], owner: Option<&User>| {
        found_with(Check::Privileged, &new_key(), permissions, owner, 0)
    };
    let is = |detail: &str| Some((None, detail.to_owned()));
    for (permissions, detail) in [
        (&["*"][..], Some("it may *")),
        (&["deploy:*", "log:read"], Some("it may deploy:*")),
        (&["*:write@eu", "x*"], Some("it may *:write@eu, x*")),
        (&["*:*:read"], Some("it may *:*:read")),
        (&["*:read", "*:read@eu", "order:create@*"], None),
        (&["apikey:manage"], None),
        (&[], None),
    ] {
        assert_eq!(all(permissions, None), detail.and_then(is), "{detail:?}");
    }
    let limited = user("alice", &[], &["deploy:run", "log:*"]);
    assert_eq!(all(&["*"], Some(&limited)), is("it may log:*"));
    assert_eq!(all(&["deploy:*"], Some(&limited)), None);
    let inactive = User {
        active: false,
        ..user("alice", &[], &["*"])
    };
    assert_eq!(all(&["*"], Some(&inactive)), None);
}
