//! Each check at its threshold, one second before and one second after.

mod on_request;
mod refused;

use super::super::key::tests::key;
use super::super::user::tests::{owner, user};
use super::*;
use crate::model::{
    OverlapUses, Owner, PreviousSecret, SecretRecord, SecretState, ShortForm, State, UserName,
};

const DAY: i64 = 86_400;
/// When the keys of these tests were created.
const CREATED: i64 = 1_800_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(CREATED + seconds)
}

/// Returns a key that was created at `at(0)`, whose uses have been recorded since then.
fn new_key() -> Key {
    Key {
        created_at: at(0),
        last_use_known_since: Some(at(0)),
        ..key(&["a", "b"])
    }
}

fn review(checks: &[Check]) -> Review {
    let mut policy = Policy::default();
    policy.add("max-age", "365d").unwrap();
    Review::new(checks.to_vec(), policy)
}

/// Returns what `check` finds on `key`, `seconds` after its creation: since when, in seconds
/// after its creation, and the detail.
fn found(check: Check, key: &Key, seconds: i64) -> Option<(Option<i64>, String)> {
    found_with(check, key, &[], None, seconds)
}

fn found_with(
    check: Check,
    key: &Key,
    permissions: &[&str],
    owner: Option<&User>,
    seconds: i64,
) -> Option<(Option<i64>, String)> {
    let permissions: Vec<Permission> = permissions.iter().map(|p| p.parse().unwrap()).collect();
    let subject = Subject {
        key,
        permissions: &permissions,
        owner,
        owned: 0,
        weak_bits: None,
    };
    let mut findings = review(&[check]).findings(subject, at(seconds));
    assert!(findings.len() <= 1, "{findings:?}");
    let finding = findings.pop()?;
    assert_eq!(finding.check, check);
    let since = finding.since.map(|since| since.since(at(0)));
    Some((since, finding.detail))
}

/// Checks that `check` finds `since` and `detail` on `key` at `begin` and one second later, and
/// nothing one second before.
#[track_caller]
fn begins(check: Check, key: &Key, begin: i64, since: i64, detail: &str) {
    let expected = Some((Some(since), detail.to_owned()));
    assert_eq!(found(check, key, begin - 1), None, "before");
    assert_eq!(found(check, key, begin), expected, "at");
    assert_eq!(found(check, key, begin + 1), expected, "after");
}

fn named_owner(name: &str, is_active: bool, expires_at: Option<i64>) -> Option<Owner> {
    Some(Owner {
        expires_at: expires_at.map(at),
        ..owner(name, is_active)
    })
}

/// Returns a key that was rotated at `at(100)`, with an overlap until `at(end)`.
fn rotated(current: Option<i64>, previous: Option<i64>, end: i64) -> Key {
    let key = new_key();
    let uses = OverlapUses {
        rotated_at: at(100),
        current: current.map(at),
        previous: previous.map(at),
        known_since: key.last_use_known_since,
        drain_after: Policy::default().drain_after(),
    };
    Key {
        rotated_at: Some(at(100)),
        previous: Some(PreviousSecret {
            short: key.short.clone(),
            secret: SecretRecord {
                slot: 1,
                last_four: "9fQ2".to_owned(),
                state: SecretState::Previous,
                created_at: at(0),
                valid_until: Some(at(end)),
            },
            uses: Some(uses),
            last_used_at: uses.previous,
            last_refused_at: None,
        }),
        last_used_at: uses.current.max(uses.previous),
        ..key
    }
}

#[test]
fn a_key_is_unused_from_the_latest_of_its_creation_its_use_and_the_record() {
    let check = Check::Unused;
    let never = "never used since it was created";
    begins(check, &new_key(), 90 * DAY, 0, never);
    let used = Key {
        last_used_at: Some(at(DAY)),
        ..new_key()
    };
    begins(check, &used, 91 * DAY, DAY, "last used then");
    let recorded = Key {
        last_use_known_since: Some(at(2 * DAY)),
        ..used.clone()
    };
    let record = "not used since the record of uses began";
    begins(check, &recorded, 92 * DAY, 2 * DAY, record);
    let unrecorded = Key {
        last_use_known_since: None,
        ..used
    };
    assert_eq!(found(check, &unrecorded, 1000 * DAY), None);
}

#[test]
fn an_unknown_use_is_undecided_only_where_it_could_change_the_answer() {
    let now = at(100 * DAY);
    let recorded_for = |days: i64| Key {
        last_use_known_since: Some(now.minus(Span::from_seconds(days * DAY))),
        ..new_key()
    };
    let used = |days: i64| Key {
        last_used_at: Some(now.minus(Span::from_seconds(days * DAY))),
        ..recorded_for(89)
    };
    let inactive = Key {
        state: State::Inactive,
        ..recorded_for(89)
    };
    for (key, by_unused, by_never_used) in [
        (recorded_for(89), true, true),
        (recorded_for(90), false, true),
        (recorded_for(100), false, false),
        (used(95), true, false),
        (used(89), false, false),
        (inactive, false, false),
    ] {
        for (check, expected) in [
            (Check::Unused, by_unused),
            (Check::NeverUsed, by_never_used),
            (Check::Expired, false),
        ] {
            let is_undecided = review(&[check]).is_use_undecided(&key, now);
            assert_eq!(is_undecided, expected, "{check:?} {key:?}");
        }
    }
}

#[test]
fn a_key_is_expiring_from_the_window_to_its_end() {
    let check = Check::Expiring;
    let until = |days: i64| Key {
        expires_at: Some(at(days * DAY)),
        ..new_key()
    };
    let key = until(100);
    let detail = format!("it expires at {}", at(100 * DAY));
    begins(check, &key, 86 * DAY, 86 * DAY, &detail);
    let expected = Some((Some(86 * DAY), detail));
    assert_eq!(found(check, &key, 100 * DAY - 1), expected);
    for over in [100 * DAY, 100 * DAY + 1] {
        assert_eq!(found(check, &key, over), None);
    }
    assert_eq!(found(check, &new_key(), 100 * DAY), None);
    // A key that lives for a shorter time than the window is always near its end.
    let lives = |seconds: i64| Key {
        expires_at: Some(at(14 * DAY + seconds)),
        ..new_key()
    };
    assert_eq!(found(check, &lives(-1), DAY), None);
    assert!(found(check, &lives(0), DAY).is_some());
    assert!(found(check, &lives(1), DAY).is_some());
}

#[test]
fn a_key_is_expired_from_its_expiry_in_every_state() {
    for state in [State::Active, State::Inactive, State::Pending] {
        let key = Key {
            expires_at: Some(at(DAY)),
            state,
            ..new_key()
        };
        begins(Check::Expired, &key, DAY, DAY, "it has expired");
    }
    assert_eq!(found(Check::Expired, &new_key(), 1000 * DAY), None);
}

#[test]
fn an_owner_is_inactive_when_deactivated_or_expired() {
    let check = Check::OwnerInactive;
    let owned = |owner| Key { owner, ..new_key() };
    let expiring = owned(named_owner("alice", true, Some(DAY)));
    begins(check, &expiring, DAY, DAY, "alice has expired");
    let inactive = owned(named_owner("alice", false, Some(DAY)));
    let detail = "alice is inactive".to_owned();
    assert_eq!(found(check, &inactive, 2 * DAY), Some((None, detail)));
    for owner in [named_owner("alice", true, None), None] {
        assert_eq!(found(check, &owned(owner), DAY), None);
    }
}

#[test]
fn an_owner_of_any_status_lacks_groups_of_the_key() {
    let check = Check::OwnerMissingGroup;
    let missing = |groups: &[&str], is_active| {
        let alice = User {
            active: is_active,
            ..user("alice", groups, &[])
        };
        found_with(check, &new_key(), &[], Some(&alice), 0)
    };
    let is = |detail: &str| Some((None, detail.to_owned()));
    assert_eq!(missing(&["a", "b", "c"], true), None);
    assert_eq!(missing(&["b"], true), is("alice is not in a"));
    assert_eq!(missing(&[], false), is("alice is not in a, b"));
    // The owner is none, or was deleted since the key was read.
    assert_eq!(found(check, &new_key(), 0), None);
}

#[test]
fn a_previous_secret_is_drained_after_a_quiet_day_within_the_overlap() {
    let check = Check::Drained;
    let end = 100 + 30 * DAY;
    let quiet = format!(
        "its previous secret is no longer used, and is accepted until {}",
        at(end)
    );
    let unused = rotated(Some(200), None, end);
    begins(check, &unused, 100 + DAY, 100, &quiet);
    let used = rotated(Some(200), Some(5000), end);
    begins(check, &used, 5000 + DAY, 5000, &quiet);
    assert!(found(check, &used, end - 1).is_some());
    assert_eq!(found(check, &used, end), None);
    assert_eq!(found(check, &rotated(None, None, end), 5 * DAY), None);
    assert_eq!(found(check, &new_key(), 5 * DAY), None);
}

#[test]
fn an_overlap_ends_in_use_if_the_previous_secret_was_used_since_the_rotation() {
    let check = Check::OverlapEndingInUse;
    let end = 100 + 30 * DAY;
    let begin = end - 14 * DAY;
    let detail = format!(
        "its previous secret is in use, and is accepted until {}",
        at(end)
    );
    for (used, is_found) in [(99, false), (100, true), (101, true)] {
        let key = rotated(None, Some(used), end);
        if is_found {
            begins(check, &key, begin, used, &detail);
        }
        assert_eq!(found(check, &key, begin).is_some(), is_found, "{used}");
        assert_eq!(found(check, &key, end - 1).is_some(), is_found, "{used}");
        assert_eq!(found(check, &key, end), None);
    }
    assert_eq!(found(check, &rotated(None, None, end), begin), None);
}

#[test]
fn a_pending_key_is_found_at_once() {
    let key = Key {
        state: State::Pending,
        ..new_key()
    };
    let (since, _) = found(Check::Pending, &key, 0).unwrap();
    assert_eq!(since, Some(0));
    assert_eq!(found(Check::Pending, &new_key(), 0), None);
}

#[test]
fn each_broken_rule_of_the_policy_is_a_finding_in_every_state() {
    let mut policy = Policy::default();
    for (rule, value) in [
        ("max-lifetime", "30d"),
        ("owner-required", "true"),
        ("max-keys-per-owner", "2"),
    ] {
        policy.add(rule, value).unwrap();
    }
    let review = Review {
        policy,
        ..review(&[Check::Policy])
    };
    let details = |key: &Key, owned| {
        let subject = Subject {
            key,
            permissions: &[],
            owner: None,
            owned,
            weak_bits: None,
        };
        let findings = review.findings(subject, at(0));
        let details = findings
            .into_iter()
            .map(|found| (found.since, found.detail));
        details.collect::<Vec<_>>()
    };
    let is = |detail: &str| (None, detail.to_owned());
    let endless = is("the key never expires; max-lifetime is 30d");
    for state in [State::Active, State::Inactive, State::Pending] {
        let key = Key { state, ..new_key() };
        let ownerless = is("the key has no owner; owner-required is true");
        assert_eq!(details(&key, 0), [endless.clone(), ownerless]);
    }
    let owned = Key {
        owner: named_owner("alice", true, None),
        expires_at: Some(at(30 * DAY)),
        ..new_key()
    };
    assert_eq!(details(&owned, 2), []);
    let many = "alice may not have 3 keys that are not expired; max-keys-per-owner is 2";
    assert_eq!(details(&owned, 3), [is(many)]);
}

#[test]
fn few_checks_concern_an_inactive_or_pending_key() {
    let name: UserName = "alice".parse().unwrap();
    let alice = user(name.as_str(), &[], &[]);
    let imported = ShortForm {
        last_four: String::new(),
        ..new_key().short
    };
    let everything = |state, reactivates_at| {
        let key = Key {
            state,
            reactivates_at,
            short: imported.clone(),
            owner: named_owner("alice", false, None),
            expires_at: Some(at(2 * DAY)),
            last_refused_at: Some(at(3 * DAY)),
            ..new_key()
        };
        let subject = Subject {
            key: &key,
            permissions: &["*".parse().unwrap()],
            owner: Some(&alice),
            owned: 0,
            weak_bits: Some(40),
        };
        let findings = review(&Check::ALL).findings(subject, at(400 * DAY));
        let words = findings.iter().map(|finding| finding.check.as_str());
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(everything(State::Inactive, None), "expired refused");
    // It comes back by itself, and with it the old secret.
    assert_eq!(
        everything(State::Inactive, Some(at(401 * DAY))),
        "expired refused imported-weak imported"
    );
    assert_eq!(everything(State::Pending, None), "expired refused pending");
    assert_eq!(
        everything(State::Active, None),
        "unused expired owner-inactive owner-missing-group refused imported-weak never-used old \
         imported"
    );
}
