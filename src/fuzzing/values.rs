//! Fuzzes names, free text, and other values that an operator types.

use super::lines;
use crate::model::{
    AppName, Cost, GroupName, KeyId, KeyName, KeyRef, LogHead, Operator, Prefix, ShortForm, Text,
    UserName, nearest,
};

/// Reads each of four lines as a value of every kind. Each must be accepted or refused as the
/// contract says, and an accepted value must be printed as it was typed, apart from `…` for `...`
/// in a short form and lower case in a hash.
pub fn values(bytes: &[u8]) {
    // The whole input is also read as free text and as a name, which may have no line breaks.
    if let Ok(text) = str::from_utf8(bytes) {
        check_text(text);
        check_names(text);
    }
    let Some(all) = lines::<4>(bytes) else {
        return;
    };
    for text in all {
        check_names(text);
        check_user_name(text);
        check_key_words(text);
        check_cost(text);
        check_log_head(text);
    }
    let [wanted, names @ ..] = all;
    if let Some(near) = nearest(wanted, names.iter().map(ToString::to_string)) {
        assert!(names.contains(&near.as_str()));
    }
}

fn check_text(text: &str) {
    let taken = text.parse::<Text>();
    if let Ok(taken) = &taken {
        assert_eq!(taken.as_str(), text);
        assert!(text.chars().count() <= 1000);
        assert!(!text.chars().any(char::is_control));
        assert!(!text.contains(['\u{200b}', '\u{200f}', '\u{202e}', '\u{2066}', '\u{feff}']));
    }
    let is_plain = text.bytes().all(|c| (b' '..=b'~').contains(&c));
    if is_plain && text.len() <= 1000 {
        assert!(taken.is_ok(), "{text:?}");
    }
}

fn check_names(text: &str) {
    let is_name = (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(is_plain);
    assert_eq!(text.parse::<GroupName>().is_ok(), is_name);
    assert_eq!(text.parse::<AppName>().is_ok(), is_name);
    let name = text.parse::<KeyName>();
    assert_eq!(name.is_ok(), is_name);
    if let Ok(name) = name {
        assert_eq!(name.as_str(), text);
        assert_eq!(name.to_string(), text);
        assert_eq!(Ok(name), text.to_ascii_uppercase().parse());
    }
}

fn check_user_name(text: &str) {
    let stem = text.strip_suffix('$').unwrap_or(text).as_bytes();
    let is_name = text.len() <= 64
        && stem.first().is_some_and(u8::is_ascii_alphanumeric)
        && stem.last().copied().is_some_and(is_plain)
        && stem.iter().all(|&c| is_plain(c) || c == b'@' || c == b'\\');
    let name = text.parse::<UserName>();
    assert_eq!(name.is_ok(), is_name, "{text:?}");
    if let Ok(name) = name {
        assert_eq!(name.as_str(), text);
        assert!(Operator::from_login(text).is_some_and(|login| login.as_str() == text));
    }
    if let Some(login) = Operator::from_login(text) {
        assert!(login.as_str() == text && !text.contains([' ', '\n', '\u{1b}', '\u{202e}']));
    }
}

fn check_key_words(text: &str) {
    let are_base62 = |text: &str| text.bytes().all(|c| c.is_ascii_alphanumeric());
    let id = text.parse::<KeyId>();
    assert_eq!(id.is_ok(), text.len() == 8 && are_base62(text));
    let prefix = text.parse::<Prefix>();
    let is_prefix = (2..=10).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && are_base62(text)
        && text == text.to_ascii_lowercase();
    assert_eq!(prefix.is_ok(), is_prefix);
    let short = text.parse::<ShortForm>();
    if let Ok(short) = &short {
        let shown = short.to_string();
        assert_eq!(shown, text.replace("...", "…"));
        assert_eq!(shown.parse(), Ok(short.clone()));
    }
    let expected = match (short, text.parse()) {
        (Ok(short), _) => Some(KeyRef::Short(short)),
        (_, Ok(name)) => Some(KeyRef::NameOrId(name)),
        _ => ShortForm::parse_imported(text).map(KeyRef::Imported),
    };
    assert_eq!(text.parse().ok(), expected);
}

fn check_cost(text: &str) {
    if let Ok(cost) = text.parse::<Cost>() {
        let (m, t, p) = (cost.memory_kib(), cost.passes(), cost.lanes());
        assert!((8 * p..=262_144).contains(&m) && (1..=10).contains(&t) && (1..=4).contains(&p));
        assert_eq!(cost.to_string(), format!("m={m},t={t},p={p}"));
        assert_eq!(cost.to_string().parse(), Ok(cost));
    }
}

fn check_log_head(text: &str) {
    let (seq, hash) = text.split_once(':').unwrap_or_default();
    let is_head = seq.bytes().all(|c| c.is_ascii_digit())
        && seq.parse::<i64>().is_ok_and(|seq| seq > 0)
        && !seq.starts_with('0')
        && hash.len() == 64
        && hash.bytes().all(|c| c.is_ascii_hexdigit());
    let head = text.parse::<LogHead>();
    assert_eq!(head.is_ok(), is_head, "{text:?}");
    if let Ok(head) = head {
        assert_eq!(head.to_string(), text.to_ascii_lowercase());
    }
}

fn is_plain(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-')
}
