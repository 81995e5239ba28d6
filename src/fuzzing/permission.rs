//! Fuzzes permissions: parsing, matching, comparing.

use super::lines;
use crate::model::{Act, Action, Permission, Resource};

/// The maximum length of an input in bytes. The plain matcher is too slow for longer ones.
const MAX_LEN: usize = 300;

/// Reads four lines as two permissions, an action and a resource. Asserts that the parsers accept
/// and refuse each line as the contract says, and that the permissions match as the plain matcher
/// below does.
pub fn permission(bytes: &[u8]) {
    let Some([a, b, action, resource]) = lines(bytes) else {
        return;
    };
    for text in [a, b, action, resource] {
        check_parsers(text);
    }
    let (Ok(first), Ok(second)) = (a.parse::<Permission>(), b.parse::<Permission>()) else {
        return;
    };
    if bytes.len() > MAX_LEN {
        return;
    }
    assert_eq!(first.contains(&second), contains(a, b));
    assert_eq!(second.contains(&first), contains(b, a));
    // The fuzzer rarely finds an action that both permissions allow, so the text of the second
    // permission is tried as an action and a resource, too.
    let (action_of_b, resource_of_b) = split(b);
    for action in [action, action_of_b] {
        for resource in [Some(resource), resource_of_b, None] {
            if let Some(act) = act(action, resource) {
                check_act(&first, &second, &act, (action, resource));
            }
        }
    }
}

fn check_parsers(text: &str) {
    let permission = text.parse::<Permission>();
    let (action, resource) = split(text);
    assert_eq!(
        permission.is_ok(),
        is_action(action, "*") && resource.is_none_or(is_resource),
        "{text:?}"
    );
    if let Ok(permission) = permission {
        assert_eq!(permission.as_str(), text);
        assert_eq!(permission.to_string(), text);
        assert_eq!(permission.is_pattern(), text.contains('*'));
        assert!(permission.contains(&permission));
        assert_eq!(permission.meet(&permission), Some(permission.clone()));
    }
    assert_eq!(text.parse::<Action>().is_ok(), is_action(text, ""));
    assert_eq!(text.parse::<Resource>().is_ok(), is_resource(text));
}

fn act(action: &str, resource: Option<&str>) -> Option<Act> {
    let resource = resource.map(str::parse).transpose().ok()?;
    let action = action.parse().ok()?;
    Some(Act { action, resource })
}

/// Checks that each of two permissions allows `act` exactly if the plain matcher says so, and that
/// the meet of the two allows `act` only if both do. The last argument is `act` as text.
fn check_act(a: &Permission, b: &Permission, act: &Act, (action, resource): (&str, Option<&str>)) {
    for permission in [a, b] {
        let plain = allows(permission.as_str(), action, resource);
        assert_eq!(permission.allows(act), plain, "{permission} {act:?}");
    }
    let both = a.allows(act) && b.allows(act);
    if a.contains(b) {
        assert!(a.allows(act) || !b.allows(act), "{a} contains {b}");
    }
    let meet = a.meet(b).is_some_and(|meet| meet.allows(act));
    assert!(both || !meet, "the meet of {a} and {b} allows {act:?}");
    if !(a.is_pattern() && b.is_pattern()) {
        assert_eq!(meet, both, "{a} and {b}: {act:?}");
    }
}

fn allows(permission: &str, action: &str, resource: Option<&str>) -> bool {
    let (allowed, on) = split(permission);
    let reaches = if action.starts_with("apikey:") {
        allowed == action
    } else {
        glob(allowed.as_bytes(), action.as_bytes())
    };
    let covers = match (on, resource) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(on), Some(resource)) => glob(on.as_bytes(), resource.as_bytes()),
    };
    reaches && covers
}

/// Returns whether `permission` contains `other`: whether it allows the text of `other`, in which
/// `*` is taken as an ordinary character.
fn contains(permission: &str, other: &str) -> bool {
    let (action, resource) = split(other);
    allows(permission, action, resource)
}

/// Returns whether `text` matches `pattern`: the plain definition, a character at a time.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    // matched[n]: the pattern so far matches the first n characters.
    let mut matched = vec![false; text.len() + 1];
    matched[0] = true;
    for wanted in pattern {
        if *wanted == b'*' {
            let first = matched.iter().position(|matched| *matched);
            let from = first.unwrap_or(matched.len());
            matched[from..].fill(true);
        } else {
            for n in (0..text.len()).rev() {
                matched[n + 1] = matched[n] && text[n] == *wanted;
            }
            matched[0] = false;
        }
    }
    matched[text.len()]
}

fn split(text: &str) -> (&str, Option<&str>) {
    match text.find('@') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Returns whether `text` is `[a-z0-9-]+(:[a-z0-9-]+)*`, with the characters of `also`
/// allowed in addition.
fn is_action(text: &str, also: &str) -> bool {
    let allowed = |c| matches!(c, 'a'..='z' | '0'..='9' | '-' | ':') || also.contains(c);
    text.chars().all(allowed)
        && !(text.is_empty() || text.starts_with(':') || text.ends_with(':') || text.contains("::"))
}

fn is_resource(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| ('!'..='~').contains(&c))
}
