use super::*;
use crate::model::key::tests::key;
use crate::model::overlap::PreviousSecret;
use crate::model::user::tests::owner;
use crate::model::{Key, SecretRecord, SecretState};

const DAY: i64 = 86_400;

/// The time of every judgement.
const NOW: i64 = 1_000_000_000;

fn at(unix: i64) -> Timestamp {
    Timestamp::from_unix(unix)
}

fn policy(rules: &[(Rule, &str)]) -> Policy {
    let mut policy = Policy::default();
    for (rule, value) in rules {
        policy.add(rule.as_str(), value).unwrap();
    }
    policy
}

#[test]
fn no_two_rules_share_a_name_and_each_has_a_meaning() {
    for (position, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(rule as usize, position);
        assert_eq!(Rule::from_name(rule.as_str()), Some(rule));
        assert!(!rule.meaning().is_empty());
    }
    assert_eq!(Rule::from_name("max-lifetimes"), None);
}

#[test]
fn a_pattern_must_match_the_complete_name() {
    for (pattern, name, is_right) in [
        ("[a-z]+", "deploy", true),
        ("[a-z]+", "Deploy", false),
        ("[a-z]+", "deploy1", false),
        ("[a-z]+", "1deploy", false),
        // Alternatives: the anchors apply to each.
        ("a|ab", "ab", true),
        ("a|b", "ac", false),
        ("a|b", "cb", false),
        ("(?i)deploy-.*", "DEPLOY-1", true),
        ("(?m)a$", "a", true),
        ("^a$", "a", true),
        ("a.*", "a-b.c", true),
        (".*", "x", true),
    ] {
        let policy = policy(&[(Rule::NamePattern, pattern)]);
        let name = name.parse().unwrap();
        let facts = Facts {
            name: Some(&name),
            ..Facts::default()
        };
        let broken = policy.judge(&facts, at(NOW));
        assert_eq!(broken.is_none(), is_right, "{pattern} {name}");
    }
}

#[test]
fn a_pattern_takes_linear_time() {
    // With backtracking this would take 2^30 steps.
    let policy = policy(&[(Rule::NamePattern, "(a?){30}(a*)*b")]);
    let name = "a".repeat(64).parse().unwrap();
    let facts = Facts {
        name: Some(&name),
        ..Facts::default()
    };
    assert!(policy.judge(&facts, at(NOW)).is_some());
}

#[test]
fn a_lifetime_counts_from_the_change() {
    let policy = policy(&[(Rule::MaxLifetime, "90d")]);
    let limit = NOW + 90 * DAY;
    for (expires_at, is_right) in [
        (Some(limit - 1), true),
        (Some(limit), true),
        (Some(limit + 1), false),
        (None, false),
        (Some(NOW - 1), true),
    ] {
        let facts = Facts {
            expires_at: Some(expires_at.map(at)),
            ..Facts::default()
        };
        let broken = policy.judge(&facts, at(NOW)).map(|broken| broken.rule);
        let expected = (!is_right).then_some(Rule::MaxLifetime);
        assert_eq!(broken, expected, "{expires_at:?}");
    }
    assert_eq!(policy.judge(&Facts::default(), at(NOW)), None);
}

#[test]
fn an_owner_is_required_only_if_the_rule_is_true() {
    let alice = "alice".parse().unwrap();
    for (value, owner, is_right) in [
        ("true", Some(None), false),
        ("true", Some(Some(&alice)), true),
        ("true", None, true),
        ("false", Some(None), true),
    ] {
        let policy = policy(&[(Rule::OwnerRequired, value)]);
        let facts = Facts {
            owner,
            ..Facts::default()
        };
        assert_eq!(
            policy.judge(&facts, at(NOW)).is_none(),
            is_right,
            "{value} {owner:?}"
        );
    }
}

#[test]
fn keys_overlaps_and_groups_have_limits() {
    let policy = policy(&[
        (Rule::MaxKeysPerOwner, "2"),
        (Rule::MaxOverlap, "7d"),
        (Rule::SelfServiceGroups, "ci,Deploy"),
    ]);
    let alice = "alice".parse().unwrap();
    let [ci, deploy, admin]: [GroupName; 3] =
        ["CI", "deploy", "admin"].map(|name| name.parse().unwrap());
    let owned = |count| Facts {
        owned: Some((&alice, count)),
        ..Facts::default()
    };
    let overlap = |seconds| Facts {
        overlap: Some(Span::from_seconds(seconds)),
        ..Facts::default()
    };
    let permitted = [ci, deploy.clone()];
    let refused = [deploy, admin];
    let groups = |groups| Facts {
        groups,
        ..Facts::default()
    };
    for (facts, expected) in [
        (owned(1), None),
        (owned(2), None),
        (owned(3), Some(Rule::MaxKeysPerOwner)),
        (overlap(0), None),
        (overlap(7 * DAY), None),
        (overlap(7 * DAY + 1), Some(Rule::MaxOverlap)),
        (groups(&permitted[..]), None),
        (groups(&refused[..]), Some(Rule::SelfServiceGroups)),
        (groups(&[][..]), None),
    ] {
        let broken = policy.judge(&facts, at(NOW));
        assert_eq!(broken.map(|broken| broken.rule), expected, "{facts:?}");
    }
}

#[test]
fn a_default_is_at_most_its_maximum_whichever_is_set_first() {
    for (first, second) in [
        (Rule::DefaultLifetime, Rule::MaxLifetime),
        (Rule::DefaultOverlap, Rule::MaxOverlap),
    ] {
        for (smaller, larger, is_right) in [("10d", "10d", true), ("11d", "10d", false)] {
            let value = |rule, text| Some(RuleValue::parse(rule, text).unwrap());
            let begun = policy(&[(first, smaller)]);
            let done = begun.with(second, value(second, larger));
            assert_eq!(done.is_ok(), is_right, "{first} {second}");
            let begun = policy(&[(second, larger)]);
            let done = begun.with(first, value(first, smaller));
            assert_eq!(done.is_ok(), is_right, "{second} {first}");
        }
    }
    let both = policy(&[(Rule::DefaultLifetime, "10d"), (Rule::MaxLifetime, "10d")]);
    assert!(both.with(Rule::MaxLifetime, None).is_ok());
    assert!(both.with(Rule::DefaultLifetime, None).is_ok());
}

#[test]
fn two_rules_that_contradict_each_other_already_don_t_block_a_third() {
    let policy = policy(&[(Rule::DefaultLifetime, "11d"), (Rule::MaxLifetime, "10d")]);
    let value = RuleValue::parse(Rule::MaxAge, "1d").unwrap();
    assert!(policy.with(Rule::MaxAge, Some(value)).is_ok());
}

#[test]
fn a_cap_never_extends_a_life() {
    let latest = NOW + 90 * DAY;
    for (old, expected) in [
        (None, latest),
        (Some(latest + 1), latest),
        (Some(latest), latest),
        (Some(latest - 1), latest - 1),
        (Some(NOW - 1), NOW - 1),
    ] {
        assert_eq!(capped(old.map(at), at(latest)), at(expected), "{old:?}");
    }
}

#[test]
fn an_existing_key_breaks_every_rule_that_it_does_not_meet() {
    let policy = policy(&[
        (Rule::MaxLifetime, "90d"),
        (Rule::OwnerRequired, "true"),
        (Rule::NamePattern, "svc-.*"),
        (Rule::MaxKeysPerOwner, "2"),
        (Rule::MaxOverlap, "7d"),
        (Rule::SelfServiceGroups, "ci"),
    ]);
    let good = Key {
        name: "svc-a".parse().unwrap(),
        owner: Some(owner("alice", true)),
        expires_at: Some(at(NOW + 90 * DAY)),
        ..key(&["deploy"])
    };
    let rotated = |begin: i64, end: i64| Key {
        rotated_at: Some(at(begin)),
        previous: Some(PreviousSecret {
            short: good.short.clone(),
            secret: SecretRecord {
                slot: 1,
                last_four: "9fQ2".to_owned(),
                state: SecretState::Previous,
                created_at: at(0),
                valid_until: Some(at(end)),
            },
            uses: None,
            last_used_at: None,
            last_refused_at: None,
        }),
        ..good.clone()
    };
    let bad = Key {
        owner: None,
        expires_at: None,
        name: "other".parse().unwrap(),
        ..good.clone()
    };
    let expired = Key {
        expires_at: Some(at(NOW)),
        ..good.clone()
    };
    for (key, owned, expected) in [
        (good.clone(), 2, vec![]),
        (good.clone(), 3, vec![Rule::MaxKeysPerOwner]),
        (
            Key {
                expires_at: Some(at(NOW + 90 * DAY + 1)),
                ..good.clone()
            },
            1,
            vec![Rule::MaxLifetime],
        ),
        (
            bad,
            0,
            vec![Rule::MaxLifetime, Rule::OwnerRequired, Rule::NamePattern],
        ),
        // An expired key doesn't count.
        (expired, 3, vec![]),
        (rotated(NOW - DAY, NOW + 6 * DAY), 1, vec![]),
        (
            rotated(NOW - DAY, NOW + 6 * DAY + 1),
            1,
            vec![Rule::MaxOverlap],
        ),
        // An overlap that is over breaks nothing.
        (rotated(NOW - 30 * DAY, NOW), 1, vec![]),
    ] {
        let broken = policy.broken_by(&key, owned, at(NOW));
        let rules: Vec<Rule> = broken.iter().map(|broken| broken.rule).collect();
        assert_eq!(rules, expected, "{key:?}");
        for Broken { rule, fact } in broken {
            assert!(fact.contains(rule.as_str()), "{fact}");
        }
    }
    assert_eq!(Policy::default().broken_by(&good, 9, at(NOW)), []);
}

#[test]
fn rules_of_a_newer_version_are_kept_by_name() {
    let mut policy = Policy::default();
    policy.add("max-secrets", "3").unwrap();
    assert!(policy.add("max-age", "3").is_err());
    assert_eq!(policy.unknown(), ["max-secrets"]);
    assert!(
        policy
            .settings()
            .iter()
            .all(|setting| setting.is_default == setting.value.is_some())
    );
}

#[test]
fn the_thresholds_of_reviews_have_defaults() {
    let defaults = Policy::default();
    let days = |days| Some(Span::from_seconds(days * DAY));
    assert_eq!(defaults.span(Rule::UnusedAfter), days(90));
    assert_eq!(defaults.span(Rule::WarnBefore), days(14));
    assert_eq!(defaults.drain_after(), Span::from_seconds(DAY));
    assert_eq!(defaults.span(Rule::MaxAge), None);
    let changed = policy(&[(Rule::UnusedAfter, "1d"), (Rule::DrainAfter, "2d")]);
    assert_eq!(changed.span(Rule::UnusedAfter), days(1));
    assert_eq!(changed.drain_after(), Span::from_seconds(2 * DAY));
}

#[test]
fn prompts_offer_only_what_the_policy_permits() {
    let spans = |policy: &Policy| -> Vec<String> {
        policy
            .overlaps_to_offer()
            .iter()
            .map(Span::to_string)
            .collect()
    };
    for (rules, lifetime, overlaps) in [
        (&[][..], "30d", &["1h", "1d", "7d"][..]),
        (&[(Rule::MaxLifetime, "10d")], "10d", &["1h", "1d", "7d"]),
        (&[(Rule::MaxLifetime, "60d")], "30d", &["1h", "1d", "7d"]),
        (
            &[(Rule::DefaultLifetime, "60d")],
            "60d",
            &["1h", "1d", "7d"],
        ),
        (&[(Rule::MaxOverlap, "2d")], "30d", &["1h", "1d"]),
        (&[(Rule::MaxOverlap, "30m")], "30d", &["30m"]),
        (&[(Rule::MaxOverlap, "0s")], "30d", &[]),
        (
            &[(Rule::DefaultOverlap, "2d")],
            "30d",
            &["1h", "1d", "2d", "7d"],
        ),
        (&[(Rule::DefaultOverlap, "0s")], "30d", &["1h", "1d", "7d"]),
    ] {
        let policy = policy(rules);
        assert_eq!(
            policy.lifetime_to_offer().to_string(),
            lifetime,
            "{rules:?}"
        );
        assert_eq!(spans(&policy), overlaps, "{rules:?}");
    }
}
