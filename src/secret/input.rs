//! The input of `verify`: a secret, a malformed text, or a mistake of the caller.

use std::io::Read;

use zeroize::Zeroizing;

use super::scan::count_secrets;
use super::{Secret, has_native_shape};
use crate::model::ShortForm;

/// A presented text.
#[derive(Debug)]
pub enum Presented {
    /// A text with the shape and the checksum of a secret.
    WellFormed(Secret),
    /// A text that may be a secret of an imported key, or several. Only the database knows the
    /// shapes of such secrets.
    Foreign(ForeignText),
    /// Any other text: a refusal, not an error.
    Malformed,
}

/// A text without the shape of a secret of apikey, wiped from memory when dropped.
pub struct ForeignText {
    text: Zeroizing<String>,
    mistake: Option<BadInput>,
}

impl ForeignText {
    /// Returns the mistake of the caller that can be recognized without a database, if there is
    /// one. It is no mistake if the text turns out to be an imported secret.
    pub fn mistake(&self) -> Option<BadInput> {
        self.mistake
    }

    /// Returns the text. Every caller could leak it.
    pub(super) fn expose(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for ForeignText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ForeignText(…)")
    }
}

/// A mistake of the caller, which passes the secret to this program, and not of the client, which
/// presented the secret to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadInput {
    /// No input, or only white space.
    Empty,
    /// More than [`Presented::MAX_BYTES`].
    TooLong,
    /// Two or more well-formed secrets.
    Several,
    /// Quotes around the secret.
    Quoted,
    /// The scheme of an Authorization header before the secret.
    Bearer,
    /// The name of a variable before the secret, as in a .env file.
    Assignment,
    /// UTF-16, which PowerShell and Notepad write.
    Utf16,
    /// A short form, as tables show it.
    ShortForm,
}

impl BadInput {
    /// Returns the fact and the hint.
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => (
                "the input contains no secret",
                "pass one on stdin, with --key-file PATH or with --key-env NAME",
            ),
            Self::TooLong => (
                "the input is longer than 4 KiB",
                "pass one secret and nothing else",
            ),
            Self::Several => (
                "the input contains more than one secret",
                "pass one secret per call, or use --batch",
            ),
            Self::Quoted => (
                "the input has quotes around it",
                "pass the secret without the quotes",
            ),
            Self::Bearer => (
                "the input begins with \"Bearer\"",
                "pass only the secret after it",
            ),
            Self::Assignment => (
                "the input begins with a name and \"=\"",
                "pass only the secret after the \"=\"",
            ),
            Self::Utf16 => (
                "the input is UTF-16, not UTF-8",
                "encode it as UTF-8, in PowerShell with -Encoding utf8",
            ),
            Self::ShortForm => (
                "the input is the short form of a key, not its secret",
                "pass the secret that `apikey create` printed",
            ),
        }
    }
}

impl Presented {
    /// The maximum length of the input, in bytes.
    pub const MAX_BYTES: usize = 4096;

    /// Parses the input of `verify`. Ignores surrounding white space and a byte order mark.
    ///
    /// # Errors
    /// If the input shows a mistake of the caller.
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
        if has_native_shape(text.as_bytes()) {
            return Ok(Self::Malformed);
        }
        let mistake = mistake_in(text);
        // An imported secret is printable ASCII without spaces, and contains no other secret.
        let is_foreign = text.bytes().all(|c| c.is_ascii_graphic());
        let may_be_several = || {
            let is_printable = |c: u8| c.is_ascii_graphic() || c.is_ascii_whitespace();
            text.bytes().all(is_printable)
        };
        match mistake {
            Some(mistake) if !is_foreign || mistake == BadInput::Several => Err(mistake),
            None if !is_foreign && !may_be_several() => Ok(Self::Malformed),
            mistake => Ok(Self::Foreign(ForeignText {
                text: Zeroizing::new(text.to_owned()),
                mistake,
            })),
        }
    }
}

/// Returns the mistake of the caller that `text` shows, if it shows one.
fn mistake_in(text: &str) -> Option<BadInput> {
    let is_quoted = |mark: char| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
    let is_bearer = |word: &str| word.eq_ignore_ascii_case("bearer");
    let mut parts = text.split_whitespace();
    if count_secrets(text.as_bytes()) > 1 {
        Some(BadInput::Several)
    } else if ['"', '\'', '`'].into_iter().any(is_quoted) {
        Some(BadInput::Quoted)
    } else if parts.next().is_some_and(is_bearer) && parts.next().is_some() {
        Some(BadInput::Bearer)
    } else if is_assignment(text) {
        Some(BadInput::Assignment)
    } else if text.parse::<ShortForm>().is_ok() || ShortForm::parse_imported(text).is_some() {
        Some(BadInput::ShortForm)
    } else {
        None
    }
}

/// The mark that some editors write before UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns whether `bytes` begin with a byte order mark of UTF-16, or are ASCII text in UTF-16.
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

/// Returns whether `text` is `NAME=VALUE`, perhaps after `export`. A text with
/// nothing but `=` after its first `=`, such as padded base64, is not.
fn is_assignment(text: &str) -> bool {
    let text = text.strip_prefix("export ").map_or(text, str::trim_start);
    let Some((name, value)) = text.split_once('=') else {
        return false;
    };
    let name = name.trim_end();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(is_allowed)
        && !value.trim_start_matches('=').is_empty()
}

/// Reads the input of `verify`, at most one byte more than allowed. The bytes are wiped from
/// memory when dropped.
///
/// # Errors
/// If `source` can't be read.
pub fn read_presented(source: impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // Full capacity from the start, since a buffer that grows leaves copies in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(Presented::MAX_BYTES + 64));
    source
        .take(Presented::MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
