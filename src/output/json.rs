//! Json on one line, with characters escaped that could control a terminal.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::error::Error;
use crate::model::{is_plain, is_unprintable};
use crate::secret;

/// Returns an error as json, without texts that are shaped like a secret.
pub(super) fn error_json(error: &Error) -> String {
    #[derive(Serialize)]
    struct ErrorJson<'a> {
        error: ErrorFields<'a>,
    }
    #[derive(Serialize)]
    struct ErrorFields<'a> {
        code: &'static str,
        message: Cow<'a, str>,
        hint: Option<Cow<'a, str>>,
    }
    let error = ErrorFields {
        code: error.kind().code(),
        message: secret::redact(error.message()),
        hint: error.advice().map(secret::redact),
    };
    to_json(&ErrorJson { error })
}

/// Returns `data` as json on one line.
pub(super) fn to_json(data: &impl Serialize) -> String {
    let mut line = Vec::with_capacity(128);
    append_json(&mut line, data);
    // Json of `str` and ASCII is valid UTF-8.
    String::from_utf8(line).unwrap_or_default()
}

/// Appends `data` as json to `line`.
pub(super) fn append_json(line: &mut Vec<u8>, data: &impl Serialize) {
    // It can't fail: it writes to memory, and the keys of every object are strings.
    let _ = data.serialize(&mut serde_json::Serializer::with_formatter(line, Escaping));
}

/// Escapes characters that could change how text is shown. serde_json alone escapes only those
/// up to U+001F. A json parser returns the original text.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // The fast path for nearly all text.
        if is_plain(fragment) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unprintable(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_could_control_a_terminal_are_escaped_reversibly() {
        for (text, json) in [
            ("plain \"部署\"", r#""plain \"部署\"""#),
            ("\u{1b}[2J", r#""\u001b[2J""#),
            ("a\u{9b}2J\u{7f}", r#""a\u009b2J\u007f""#),
            ("\u{202e}x\u{200b}", r#""\u202ex\u200b""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
        ] {
            assert_eq!(to_json(&text), json);
            assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
        }
        let map = std::collections::BTreeMap::from([("\u{9b}", 1)]);
        assert_eq!(to_json(&map), r#"{"\u009b":1}"#);
    }
}
