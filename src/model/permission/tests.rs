use proptest::prelude::*;

use super::*;

fn permission(text: &str) -> Permission {
    text.parse().unwrap()
}

/// `ACTION` or `ACTION RESOURCE`, as `--can` and `--on` have them.
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
fn what_is_asked_holds_no_wildcard_in_its_action() {
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
        ("an action allows itself", "a:b", "a:b", true),
        ("and no other", "a:b", "a:c", false),
        ("nor one that it begins", "a:b", "a:b:c", false),
        ("nor one that it ends", "a:b", "x:a:b", false),
        ("nor a part of it", "a:b", "a", false),
        ("a star is everything", "*", "a:b:c", true),
        ("a star is any run of characters", "a:*", "a:b", true),
        ("a colon among them", "a:*", "a:b:c", true),
        ("a star may be in the middle", "a:*:c", "a:b:c", true),
        (
            "a star in the middle keeps the end",
            "a:*:c",
            "a:b:d",
            false,
        ),
        ("a star may be nothing", "a*", "a", true),
        ("a star at the end of a word", "read*", "readonly", true),
        ("a star at the beginning", "*:read", "project:read", true),
        (
            "a star before a colon needs the colon",
            "*:read",
            "read",
            false,
        ),
        ("several stars", "*:b:*", "a:b:c", true),
        ("several stars, nothing left between", "a*a", "a", false),
        ("pieces come in order", "*a*b*", "b:a", false),
        ("pieces don't overlap", "*ab*ba", "aba", false),
        ("pieces may touch", "*ab*ba", "abba", true),
        ("two stars are one", "a:**", "a:b", true),
        ("without a resource every resource", "a", "a prod", true),
        ("its resource", "a@prod", "a prod", true),
        ("no other resource", "a@prod", "a test", false),
        ("a narrowed one is not for all", "a@prod", "a", false),
        ("not even narrowed to a star", "a@*", "a", false),
        ("a star in a resource", "a@prod-*", "a prod-1", true),
        (
            "a star in a resource holds slashes",
            "a@/x/*",
            "a /x/y/z",
            true,
        ),
        ("a resource keeps its case", "a@Prod", "a prod", false),
        ("a resource may hold an at sign", "a@b@c", "a b@c", true),
        ("a star asked for is a character", "a@b", "a *", false),
        ("which a star matches", "a@*", "a *", true),
        ("both parts must match", "a:*@x", "b:c x", false),
        ("a star never reaches apikey", "*", "apikey:manage", false),
        ("nor one after it", "apikey:*", "apikey:manage", false),
        ("nor one within it", "a*:manage", "apikey:manage", false),
        ("spelled out it is", "apikey:own", "apikey:own", true),
        ("a word that begins so is another", "*", "apikeys:x", true),
        ("so is the word alone", "*", "apikey", true),
        ("and one further in", "*", "x:apikey:own", true),
        (
            "spelled out but narrowed",
            "apikey:own@x",
            "apikey:own",
            false,
        ),
    ];
    for (sentence, pattern, asked, allowed) in cases {
        assert_eq!(
            permission(pattern).allows(&act(asked)),
            *allowed,
            "{sentence}: {pattern} and {asked}"
        );
    }
}

#[test]
fn a_permission_is_within_one_that_matches_it() {
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
fn what_two_allow_is_the_narrower_of_each_part() {
    for (one, other, both) in [
        ("a:b", "a:*", Some("a:b")),
        ("*@prod-*", "deploy", Some("deploy@prod-*")),
        ("deploy@prod-1", "*@prod-*", Some("deploy@prod-1")),
        ("a", "b", None),
        ("a@x", "a@y", None),
        ("*", "apikey:own", None),
        ("apikey:own", "apikey:own@x", Some("apikey:own@x")),
    ] {
        let both = both.map(permission);
        assert_eq!(permission(one).meet(&permission(other)), both, "{one}");
        assert_eq!(permission(other).meet(&permission(one)), both, "{one}");
    }
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
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

/// The plain definition, character by character: what the fast way must agree with.
fn by_definition(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some((b'*', rest)), None) => by_definition(rest, text),
        (Some((b'*', rest)), Some((_, after))) => {
            by_definition(rest, text) || by_definition(pattern, after)
        }
        (Some((c, rest)), Some((d, after))) => c == d && by_definition(rest, after),
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
    fn a_match_is_what_the_definition_says(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
        prop_assert_eq!(
            matches(&pattern, &text),
            by_definition(pattern.as_bytes(), text.as_bytes())
        );
    }

    #[test]
    fn who_contains_a_permission_allows_all_that_it_does(
        outer in permissions(), inner in permissions(), act in acts(),
    ) {
        prop_assert!(inner.contains(&inner));
        if outer.contains(&inner) && inner.allows(&act) {
            prop_assert!(outer.allows(&act));
        }
    }

    #[test]
    fn what_two_allow_neither_does_without_the_other(
        one in permissions(), other in permissions(), act in acts(),
    ) {
        if let Some(both) = one.meet(&other) {
            prop_assert_eq!(both.allows(&act), one.allows(&act) && other.allows(&act));
        }
    }
}
