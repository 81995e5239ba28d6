use proptest::prelude::*;

use super::*;

fn permission(text: &str) -> Permission {
    text.parse().unwrap()
}

/// Parses `ACTION` or `ACTION RESOURCE`, as in `--can` and `--on`.
fn act(text: &str) -> Act {
    let (action, resource) = match text.split_once(' ') {
        Some((action, resource)) => (action, Some(resource)),
        None => (text, None),
    };
    Act {
        action: action.parse().unwrap(),
        resource: resource.map(|resource| resource.parse().unwrap()),
    }
}

#[test]
fn permissions_follow_the_contract() {
    for good in [
        "*",
        "*:read",
        "apikey:manage",
        "project:create",
        "credential:read@prod-*",
        "a@b@c",
        "a@*",
        "a-1:*b*:c@/x?y=~!",
    ] {
        assert!(good.parse::<Permission>().is_ok(), "{good}");
    }
    for bad in [
        "", ":", "a:", ":a", "A", "a b", "@R", "a@", "@", "a@b c", "a@ü", "a_b", "a::b", "a@\t",
    ] {
        assert!(bad.parse::<Permission>().is_err(), "{bad}");
    }
}

#[test]
fn an_act_has_no_wildcard_in_its_action() {
    for good in ["a", "project:create", "a-b:9", "apikey:own"] {
        assert!(good.parse::<Action>().is_ok(), "{good}");
    }
    for bad in ["", "*", "a:*", "a@b", "A", "a:", "a b"] {
        assert!(bad.parse::<Action>().is_err(), "{bad}");
    }
    for good in ["prod-1", "*", "a@b", "-"] {
        assert!(good.parse::<Resource>().is_ok(), "{good}");
    }
    for bad in ["", "a b", "ü", "\u{7f}"] {
        assert!(bad.parse::<Resource>().is_err(), "{bad}");
    }
}

#[test]
fn a_permission_allows_what_it_matches() {
    let cases: &[(&str, &str, &str, bool)] = &[
        ("an action matches itself", "a:b", "a:b", true),
        ("it matches no other action", "a:b", "a:c", false),
        ("it matches no longer action", "a:b", "a:b:c", false),
        ("it matches no end of an action", "a:b", "x:a:b", false),
        ("it matches no part of itself", "a:b", "a", false),
        ("a star matches everything", "*", "a:b:c", true),
        (
            "a star matches any sequence of characters",
            "a:*",
            "a:b",
            true,
        ),
        ("a star matches colons", "a:*", "a:b:c", true),
        ("a star may be in the middle", "a:*:c", "a:b:c", true),
        ("the text after a star must match", "a:*:c", "a:b:d", false),
        ("a star may match nothing", "a*", "a", true),
        ("a star at the end of a word", "read*", "readonly", true),
        ("a star at the beginning", "*:read", "project:read", true),
        (
            "a star before a colon needs the colon",
            "*:read",
            "read",
            false,
        ),
        ("several stars", "*:b:*", "a:b:c", true),
        ("several pieces can't share a character", "a*a", "a", false),
        ("pieces match in order", "*a*b*", "b:a", false),
        ("pieces don't overlap", "*ab*ba", "aba", false),
        ("pieces may touch", "*ab*ba", "abba", true),
        ("two stars equal one", "a:**", "a:b", true),
        ("no resource means every resource", "a", "a prod", true),
        ("a resource matches itself", "a@prod", "a prod", true),
        ("a resource matches no other", "a@prod", "a test", false),
        ("one resource is not every resource", "a@prod", "a", false),
        ("not even a star is every resource", "a@*", "a", false),
        ("a star in a resource", "a@prod-*", "a prod-1", true),
        (
            "a star in a resource matches slashes",
            "a@/x/*",
            "a /x/y/z",
            true,
        ),
        ("a resource is case-sensitive", "a@Prod", "a prod", false),
        ("a resource may contain an at sign", "a@b@c", "a b@c", true),
        ("a star in an act is a character", "a@b", "a *", false),
        ("a star matches this character", "a@*", "a *", true),
        ("both parts must match", "a:*@x", "b:c x", false),
        ("a star never matches apikey:", "*", "apikey:manage", false),
        (
            "a star after apikey: doesn't either",
            "apikey:*",
            "apikey:manage",
            false,
        ),
        (
            "a star within apikey: doesn't either",
            "a*:manage",
            "apikey:manage",
            false,
        ),
        (
            "a right that is spelled out matches",
            "apikey:own",
            "apikey:own",
            true,
        ),
        ("a star matches apikeys:", "*", "apikeys:x", true),
        ("a star matches apikey alone", "*", "apikey", true),
        (
            "a star matches apikey further in",
            "*",
            "x:apikey:own",
            true,
        ),
        (
            "a right with a resource doesn't match",
            "apikey:own@x",
            "apikey:own",
            false,
        ),
    ];
    for (sentence, pattern, wanted, allowed) in cases {
        assert_eq!(
            permission(pattern).allows(&act(wanted)),
            *allowed,
            "{sentence}: {pattern} and {wanted}"
        );
    }
}

#[test]
fn a_permission_is_within_every_permission_that_matches_it() {
    for (inner, outer, within) in [
        ("a:b", "a:b", true),
        ("a:b", "a:*", true),
        ("a:*", "a:*", true),
        ("a:*", "*", true),
        ("*", "a:*", false),
        ("a:*", "a:b", false),
        ("*:b", "a*", false),
        ("a@x", "a", true),
        ("a", "a@*", false),
        ("a@*", "a", true),
        ("a@*", "a@x", false),
        ("a@x*", "a@*", true),
        ("a:b@x1", "a:*@x*", true),
        ("apikey:manage", "*", false),
        ("apikey:*", "*", false),
        ("apikey:own", "apikey:own", true),
        ("apikey:own@x", "apikey:own", true),
    ] {
        assert_eq!(
            permission(inner).is_within(&[permission(outer)]),
            within,
            "{inner} within {outer}"
        );
    }
}

#[test]
fn the_meet_has_the_narrower_action_and_resource() {
    for (first, second, both) in [
        ("a:b", "a:*", Some("a:b")),
        ("*@prod-*", "deploy", Some("deploy@prod-*")),
        ("deploy@prod-1", "*@prod-*", Some("deploy@prod-1")),
        ("a", "b", None),
        ("a@x", "a@y", None),
        ("*", "apikey:own", None),
        ("apikey:own", "apikey:own@x", Some("apikey:own@x")),
    ] {
        let both = both.map(permission);
        assert_eq!(permission(first).meet(&permission(second)), both, "{first}");
        assert_eq!(permission(second).meet(&permission(first)), both, "{first}");
    }
}

#[test]
fn matching_takes_linear_time_for_hostile_patterns() {
    let text = "a".repeat(10_000);
    for (pattern, found) in [
        ("*a*a*a*a*b".to_owned(), false),
        ("*a*a*a*a*a".to_owned(), true),
        ("*a".repeat(5_000) + "b", false),
        ("*a".repeat(5_000) + "*", true),
        ("*".repeat(10_000), true),
        (format!("*{}b*", "a".repeat(5_000)), false),
    ] {
        assert_eq!(matches(&pattern, &text), found);
    }
}

/// Matches character by character: the definition, as a reference for `matches`.
fn matches_by_definition(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some((b'*', rest)), None) => matches_by_definition(rest, text),
        (Some((b'*', rest)), Some((_, after))) => {
            matches_by_definition(rest, text) || matches_by_definition(pattern, after)
        }
        (Some((c, rest)), Some((d, after))) => c == d && matches_by_definition(rest, after),
        (Some(_), None) => false,
    }
}

fn permissions() -> impl Strategy<Value = Permission> {
    let part = "[ab*]{1,3}(:[ab*]{1,2})?|apikey:(own|\\*)";
    (part, proptest::option::of("[xy*]{1,3}")).prop_map(|(action, resource)| {
        permission(&match resource {
            Some(resource) => format!("{action}@{resource}"),
            None => action,
        })
    })
}

fn acts() -> impl Strategy<Value = Act> {
    let action = "[ab]{1,4}(:[ab]{1,3})?|apikey:own";
    (action, proptest::option::of("[xy*]{1,4}")).prop_map(|(action, resource)| Act {
        action: action.parse().unwrap(),
        resource: resource.map(|resource| resource.parse().unwrap()),
    })
}

proptest! {
    #[test]
    fn matches_agrees_with_the_definition(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
        prop_assert_eq!(
            matches(&pattern, &text),
            matches_by_definition(pattern.as_bytes(), text.as_bytes())
        );
    }

    #[test]
    fn a_permission_allows_everything_that_it_contains(
        outer in permissions(), inner in permissions(), act in acts(),
    ) {
        prop_assert!(inner.contains(&inner));
        if outer.contains(&inner) && inner.allows(&act) {
            prop_assert!(outer.allows(&act));
        }
    }

    #[test]
    fn the_meet_allows_exactly_what_both_allow(
        first in permissions(), second in permissions(), act in acts(),
    ) {
        if let Some(both) = first.meet(&second) {
            prop_assert_eq!(both.allows(&act), first.allows(&act) && second.allows(&act));
        }
    }
}
