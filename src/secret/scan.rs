//! Finds secrets where they don't belong: in arguments and in messages.

use std::borrow::Cow;

use super::{TAIL_LEN, has_shape_after_prefix, is_well_formed};
use crate::model::{KeyId, Prefix};

/// The replacement for a secret in a message.
const REDACTED: &str = "[secret]";

/// The least number of characters after `PREFIX_ID_` with which a text counts as a secret. It is
/// low, so that a truncated secret counts, too.
const SUSPICIOUS_LEN: usize = 16;

/// Returns whether `bytes` contain a well-formed secret with any prefix.
pub fn holds_secret(bytes: &[u8]) -> bool {
    count_secrets(bytes) > 0
}

/// Returns the number of well-formed secrets in `bytes`.
pub(super) fn count_secrets(bytes: &[u8]) -> usize {
    let ends_prefix = |at: &usize| prefix_len(bytes, *at).is_some();
    (0..bytes.len()).filter(ends_prefix).count()
}

/// Returns the length of the prefix of a well-formed secret that ends before `at`, if the rest of
/// the secret begins there. Letters may precede the prefix, so every possible prefix is tried.
pub(super) fn prefix_len(bytes: &[u8], at: usize) -> Option<usize> {
    let end = at + TAIL_LEN;
    bytes
        .get(at..end)
        .filter(|tail| has_shape_after_prefix(tail))?;
    (2..=Prefix::MAX_LEN.min(at)).find(|len| is_well_formed(&bytes[at - len..end]))
}

/// Replaces everything in `text` that is shaped like a secret. Ignores checksums, since a mistyped
/// secret is still secret.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut rest = text;
    while let Some((start, end)) = find_shape(rest.as_bytes()) {
        clean.push_str(&rest[..start]);
        clean.push_str(REDACTED);
        rest = &rest[end..];
    }
    if clean.is_empty() && rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// Returns the start and end of the first text that is shaped like a secret. Both are character
/// boundaries, since the shape is ASCII.
fn find_shape(bytes: &[u8]) -> Option<(usize, usize)> {
    let run = |from: usize| {
        let tail = bytes.get(from..).unwrap_or_default();
        tail.iter()
            .take_while(|c| c.is_ascii_alphanumeric())
            .count()
    };
    let underscores = bytes.iter().enumerate().filter(|(_, c)| **c == b'_');
    underscores.map(|(at, _)| at).find_map(|at| {
        let id_end = at + 1 + KeyId::LEN;
        let has_shape = run(at + 1) == KeyId::LEN
            && bytes.get(id_end) == Some(&b'_')
            && run(id_end + 1) >= SUSPICIOUS_LEN;
        let before = bytes[..at]
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_alphanumeric())
            .count();
        (has_shape && before > 0).then(|| (at - before, id_end + 1 + run(id_end + 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

    #[test]
    fn a_secret_is_found_anywhere() {
        for text in [
            SECRET.to_owned(),
            format!("--description={SECRET}"),
            format!("https://example.com/?key={SECRET}&x=1"),
            format!("xyz{SECRET}"),
            format!("a_b_{SECRET}_c"),
            format!("\u{e9}{SECRET}\u{e9}"),
        ] {
            assert!(holds_secret(text.as_bytes()), "{text}");
        }
        for text in ["", "_", "apik_SbXOIkDj…IvGX", &SECRET[1..], &SECRET[..62]] {
            assert!(!holds_secret(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_message_keeps_everything_but_the_secret() {
        assert_eq!(
            redact(&format!("no key named '{SECRET}', nor {SECRET}.")),
            "no key named '[secret]', nor [secret]."
        );
        assert_eq!(redact("plain é text_with_words"), "plain é text_with_words");
    }

    #[test]
    fn a_mistyped_secret_is_redacted_too() {
        for wrong in [
            SECRET.replace('8', "9"),
            SECRET.to_uppercase(),
            SECRET[..50].to_owned(),
            format!("{SECRET}more"),
            format!("{}_{}", &SECRET[..40], &SECRET[40..]),
        ] {
            let clean = redact(&wrong).into_owned();
            assert!(clean.starts_with("[secret]"), "{wrong} became {clean}");
            assert!(!clean.contains(&wrong[16..30]), "{wrong} became {clean}");
        }
    }
}
