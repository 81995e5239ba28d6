//! The shapes of imported keys: which texts may be one.

use std::fmt;
use std::str::FromStr;

use super::{DigestKind, Invalid, KeyId, Prefix};

mod bits;
#[cfg(test)]
mod tests;

/// The shape of texts: a prefix, and then a number of characters of an alphabet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The beginning of the text, which may be empty.
    pub prefix: String,
    /// The least number of characters after the prefix.
    pub min: u32,
    /// The greatest number of characters after the prefix.
    pub max: u32,
    /// The characters after the prefix.
    pub alphabet: Alphabet,
}

/// A set of printable ASCII characters other than the space: a bit for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alphabet(u128);

/// A shape of the texts that clients present, and their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportShape {
    /// The shape of the text; for [`DigestKind::Sanctum`] of what follows `ID|`.
    pub shape: Shape,
    /// The digest that is computed of the text.
    pub digest: DigestKind,
}

/// The most shapes of a database.
pub const MAX_SHAPES: usize = 8;

/// The number of characters of a secret of apikey after its second underscore.
pub const RANDOM_AND_CHECKSUM: usize = 49;

/// The greatest length of a prefix, and of what follows it. `verify` reads 4 KiB.
const MAX_PREFIX: usize = 64;
const MAX_LENGTH: u32 = 2048;

/// The greatest length of the ID before a `|`. A UUID has 36 characters.
const MAX_ID: usize = 64;

const DIGITS: u128 = ascii_range(b'0', b'9');
const LOWER: u128 = ascii_range(b'a', b'z');
const UPPER: u128 = ascii_range(b'A', b'Z');
const BASE62: u128 = DIGITS | LOWER | UPPER;
const HEX: u128 = DIGITS | ascii_range(b'a', b'f') | ascii_range(b'A', b'F');
const BASE64: u128 = BASE62 | bit(b'+') | bit(b'/') | bit(b'=');
const BASE64URL: u128 = BASE62 | bit(b'-') | bit(b'_');

/// The alphabets with a name: the name, the characters, and the number of values of a character.
const NAMED: [(&str, u128, u32); 4] = [
    ("hex", HEX, 16),
    ("base62", BASE62, 62),
    ("base64", BASE64, 64),
    ("base64url", BASE64URL, 64),
];

const fn bit(character: u8) -> u128 {
    1 << character
}

const fn ascii_range(first: u8, last: u8) -> u128 {
    (bit(last) - bit(first)) | bit(last)
}

impl Alphabet {
    /// Returns whether `character` is in the alphabet.
    fn has(self, character: char) -> bool {
        u8::try_from(character).is_ok_and(|c| c.is_ascii() && self.0 & bit(c) != 0)
    }
}

impl fmt::Display for Alphabet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, ..)) = NAMED.iter().find(|(_, all, _)| *all == self.0) {
            return f.write_str(name);
        }
        let all = (b'!'..=b'~').filter(|c| self.0 & bit(*c) != 0);
        all.map(char::from).try_for_each(|c| write!(f, "{c}"))
    }
}

impl FromStr for Alphabet {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some((_, all, _)) = NAMED.iter().find(|(name, ..)| *name == text) {
            return Ok(Self(*all));
        }
        if text.is_empty() || !text.bytes().all(|c| c.is_ascii_graphic()) {
            return Err(Invalid::new(
                "an alphabet is hex, base62, base64, base64url or a list of printable ASCII \
                 characters without spaces",
            ));
        }
        Ok(Self(text.bytes().map(bit).fold(0, |all, c| all | c)))
    }
}

impl FromStr for Shape {
    type Err = Invalid;

    /// Parses `PREFIX:LENGTH[-LENGTH]:ALPHABET`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        const FORM: &str = "a shape is PREFIX:LENGTH:ALPHABET or PREFIX:LENGTH-LENGTH:ALPHABET, \
             such as sk_live_:32:base62 or :40:hex";
        // A prefix may hold a colon, so the first part that is a length counts.
        let colons = text.match_indices(':').map(|(at, _)| at);
        let parts = colons.clone().find_map(|start| {
            let rest = &text[start + 1..];
            let (length, alphabet) = rest.split_once(':')?;
            Some((&text[..start], parse_lengths(length)?, alphabet))
        });
        let (prefix, (min, max), alphabet) = parts.ok_or_else(|| Invalid::new(FORM))?;
        Self::new(prefix, (min, max), alphabet.parse()?)
    }
}

/// Parses `LENGTH` or `LENGTH-LENGTH`.
fn parse_lengths(text: &str) -> Option<(u32, u32)> {
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
        digits.parse().ok().filter(|_| is_number)
    };
    match text.split_once('-') {
        Some((min, max)) => Some((number(min)?, number(max)?)),
        None => number(text).map(|length| (length, length)),
    }
}

impl Shape {
    /// Returns the shape with these parts.
    ///
    /// # Errors
    /// When the prefix or a length is out of bounds.
    pub fn new(prefix: &str, (min, max): (u32, u32), alphabet: Alphabet) -> Result<Self, Invalid> {
        if prefix.len() > MAX_PREFIX || !prefix.bytes().all(|c| c.is_ascii_graphic()) {
            return Err(Invalid::new(
                "the prefix of a shape has at most 64 printable ASCII characters, and no space",
            ));
        }
        if min == 0 || min > max || max > MAX_LENGTH {
            return Err(Invalid::new(
                "the lengths of a shape are from 1 to 2048, the smaller one first",
            ));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            min,
            max,
            alphabet,
        })
    }

    /// Returns the number of characters of `text` after the prefix if `text` has the shape.
    pub fn length_of(&self, text: &str) -> Option<u32> {
        let rest = text.strip_prefix(self.prefix.as_str())?;
        let length = u32::try_from(rest.len()).ok()?;
        let is_right =
            (self.min..=self.max).contains(&length) && rest.chars().all(|c| self.alphabet.has(c));
        is_right.then_some(length)
    }

    /// Returns the parts of `text`, at any position, that the prefix makes a text of this shape.
    /// A run of characters of the alphabet has many, if the lengths differ.
    pub fn parts_in<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let (min, max, alphabet) = (self.min as usize, self.max as usize, self.alphabet);
        let runs = text.split(move |c| !alphabet.has(c));
        runs.flat_map(move |run| {
            (0..run.len()).flat_map(move |start| {
                let rest = &run[start..];
                (min..=max.min(rest.len())).map(move |length| &rest[..length])
            })
        })
    }
}

impl ImportShape {
    /// Returns the shape of texts that `digest` is computed from. A key of
    /// [`DigestKind::DrfApiKey`] always has a dot, which the alphabet need not list.
    pub fn new(mut shape: Shape, digest: DigestKind) -> Self {
        if digest == DigestKind::DrfApiKey {
            shape.alphabet.0 |= bit(b'.');
        }
        Self { shape, digest }
    }

    /// Returns the part of `text` to digest if `text` has the shape.
    pub fn digested<'t>(&self, text: &'t str) -> Option<&'t str> {
        let part = match self.digest {
            DigestKind::Sanctum => {
                let (id, part) = text.split_once('|')?;
                let is_id = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
                let has_id = (1..=MAX_ID).contains(&id.len()) && id.bytes().all(is_id);
                has_id.then_some(part)?
            }
            DigestKind::Sha256 | DigestKind::Sha512 | DigestKind::DrfApiKey => text,
        };
        self.shape.length_of(part).map(|_| part)
    }

    /// Returns whether a text can have both shapes.
    pub fn overlaps(&self, other: &Self) -> bool {
        let patterns = other.patterns();
        self.patterns()
            .iter()
            .any(|a| patterns.iter().any(|b| a.meets(b)))
    }

    /// Returns whether a secret of apikey, with any prefix, can have the shape.
    pub fn overlaps_native(&self) -> bool {
        let native = native_patterns();
        self.patterns()
            .iter()
            .any(|a| native.iter().any(|b| a.meets(b)))
    }

    fn patterns(&self) -> Vec<Pattern> {
        let shape = &self.shape;
        let prefix: Vec<u128> = shape.prefix.bytes().map(bit).collect();
        let pattern = |head: Vec<u128>| Pattern {
            min: head.len() + shape.min as usize,
            max: head.len() + shape.max as usize,
            head,
            tail: shape.alphabet.0,
        };
        match self.digest {
            DigestKind::Sanctum => (1..=MAX_ID)
                .map(|len| {
                    let id = vec![BASE62 | bit(b'-'); len];
                    pattern([id, vec![bit(b'|')], prefix.clone()].concat())
                })
                .collect(),
            DigestKind::Sha256 | DigestKind::Sha512 | DigestKind::DrfApiKey => {
                vec![pattern(prefix)]
            }
        }
    }
}

/// Texts in which the position of a character decides which characters it may be.
struct Pattern {
    /// The characters of the first positions.
    head: Vec<u128>,
    /// The characters of all later positions.
    tail: u128,
    /// The least and the greatest number of characters.
    min: usize,
    max: usize,
}

impl Pattern {
    /// Returns whether a text can have both patterns. If one can, one of the least length that
    /// both permit can.
    fn meets(&self, other: &Self) -> bool {
        let length = self.min.max(other.min);
        let at = |pattern: &Self, index: usize| *pattern.head.get(index).unwrap_or(&pattern.tail);
        length <= self.max.min(other.max)
            && (0..length).all(|index| at(self, index) & at(other, index) != 0)
    }
}

/// Returns the patterns of the secrets of apikey: one for each length of a prefix.
fn native_patterns() -> Vec<Pattern> {
    (2..=Prefix::MAX_LEN)
        .map(|len| {
            let mut head = vec![LOWER];
            head.resize(len, LOWER | DIGITS);
            head.push(bit(b'_'));
            head.resize(head.len() + KeyId::LEN, BASE62);
            head.push(bit(b'_'));
            let length = head.len() + RANDOM_AND_CHECKSUM;
            Pattern {
                head,
                tail: BASE62,
                min: length,
                max: length,
            }
        })
        .collect()
}
