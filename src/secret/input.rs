//! What is presented to `verify`: a secret, something that isn't one, or a
//! mistake in how it was passed on.

use std::io::Read;

use zeroize::Zeroizing;

use super::Secret;
use super::scan::count_secrets;
use crate::model::ShortForm;

/// What was presented.
#[derive(Debug)]
pub enum Presented {
    /// Shape and checksum are right.
    WellFormed(Secret),
    /// They are not: a refusal, not an error.
    Malformed,
}

/// A mistake of whoever passes the secret on, not of whoever presents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadInput {
    /// Nothing, or only white space.
    Empty,
    /// More than a secret can be.
    TooLong,
    /// Two well-formed secrets, or more.
    Several,
    /// Quotes around it.
    Quoted,
    /// The scheme of an Authorization header before it.
    Bearer,
    /// The name of a variable before it, as in a .env file.
    Assignment,
    /// UTF-16, as PowerShell and Notepad write it.
    Utf16,
    /// The short form that tables show.
    ShortForm,
}

impl BadInput {
    /// The fact, and what to do.
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => (
                "there is no secret in the input",
                "pass one on stdin, with --key-file PATH or with --key-env NAME",
            ),
            Self::TooLong => (
                "the input is longer than 4 KiB",
                "pass one secret and nothing else",
            ),
            Self::Several => (
                "the input holds more than one secret",
                "pass one secret a call",
            ),
            Self::Quoted => (
                "the input has quotes around it",
                "pass the secret without the quotes",
            ),
            Self::Bearer => (
                "the input begins with \"Bearer\"",
                "pass only what follows it",
            ),
            Self::Assignment => (
                "the input begins with a name and \"=\"",
                "pass only what follows the \"=\"",
            ),
            Self::Utf16 => (
                "the input is UTF-16, not UTF-8",
                "write it as UTF-8, in PowerShell with -Encoding utf8",
            ),
            Self::ShortForm => (
                "the input is the short form of a key, not its secret",
                "pass the whole secret, as it was shown when the key was made",
            ),
        }
    }
}

impl Presented {
    /// The most bytes that are read.
    pub const MAX_BYTES: usize = 4096;

    /// What `bytes` present, white space around them and a byte order mark ignored.
    ///
    /// # Errors
    /// When they show a mistake in how the secret was passed on.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadInput> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(BadInput::TooLong);
        }
        if is_utf16(bytes) {
            return Err(BadInput::Utf16);
        }
        let Ok(text) = str::from_utf8(bytes) else {
            return Ok(Self::Malformed);
        };
        let text = text.trim();
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).trim();
        if text.is_empty() {
            return Err(BadInput::Empty);
        }
        if let Some(secret) = Secret::parse(text) {
            return Ok(Self::WellFormed(secret));
        }
        let quoted = |mark: char| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
        let bearer = |word: &str| word.eq_ignore_ascii_case("bearer");
        let mut words = text.split_whitespace();
        if count_secrets(text.as_bytes()) > 1 {
            Err(BadInput::Several)
        } else if ['"', '\'', '`'].into_iter().any(quoted) {
            Err(BadInput::Quoted)
        } else if words.next().is_some_and(bearer) && words.next().is_some() {
            Err(BadInput::Bearer)
        } else if is_assignment(text) {
            Err(BadInput::Assignment)
        } else if text.parse::<ShortForm>().is_ok() {
            Err(BadInput::ShortForm)
        } else {
            Ok(Self::Malformed)
        }
    }
}

/// What some editors put before UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Whether `bytes` are ASCII text in UTF-16, with or without its byte order mark.
fn is_utf16(bytes: &[u8]) -> bool {
    let has_mark = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let all_nul = |at: usize| bytes.iter().skip(at).step_by(2).all(|byte| *byte == 0);
    let is_text = |at: usize| {
        let mut halves = bytes.iter().skip(at).step_by(2);
        halves.all(|byte| byte.is_ascii() && *byte != 0)
    };
    let is_wide = bytes.len() > 1 && bytes.len().is_multiple_of(2);
    has_mark || is_wide && (all_nul(0) && is_text(1) || all_nul(1) && is_text(0))
}

/// Whether `text` is `NAME=something`, also with `export` before it. What ends in `=`,
/// as base64 does, is not.
fn is_assignment(text: &str) -> bool {
    let text = text.strip_prefix("export ").map_or(text, str::trim_start);
    let Some((name, value)) = text.split_once('=') else {
        return false;
    };
    let name = name.trim_end();
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(in_name)
        && !value.trim_start_matches('=').is_empty()
}

/// Reads what `source` presents, no more than tells that it is too long. What
/// was read is wiped from memory.
///
/// # Errors
/// When `source` can't be read.
pub fn read_presented(source: impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(Presented::MAX_BYTES + 64));
    source
        .take(Presented::MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
