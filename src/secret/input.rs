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

    /// What `bytes` present, white space around them ignored.
    ///
    /// # Errors
    /// When they show a mistake in how the secret was passed on.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadInput> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(BadInput::TooLong);
        }
        let Ok(text) = str::from_utf8(bytes) else {
            return Ok(Self::Malformed);
        };
        let text = text.trim();
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
        } else if text.parse::<ShortForm>().is_ok() {
            Err(BadInput::ShortForm)
        } else {
            Ok(Self::Malformed)
        }
    }
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
