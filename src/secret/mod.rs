//! The secret: the string that a client presents. This module generates, parses and hashes
//! it; [`Secret::expose`] and [`Secret::line`] are the only ways out.

mod concat;
mod finder;
mod hash;
mod huge_pages;
mod imported;
mod input;
mod lines;
mod remembered;
mod scan;
mod shared;
mod stack;

pub use concat::concat_wiped;
pub use finder::{Finder, Occurrence};
pub use hash::{Memory, SecretHash};
pub use imported::{ImportHashing, SecretDigest};
pub use input::{BadInput, ForeignText, Presented, read_presented};
pub use lines::{Line, Lines};
pub use remembered::{Remembered, Tag};
pub use scan::{holds_secret, redact};
pub use shared::{SharedSecret, sign, signed_by};

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::model::{KeyId, Prefix, RANDOM_AND_CHECKSUM, ShortForm};

use stack::wiping_stack;

/// The digits of base62, in the order of their values.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// 43 base62 characters hold 256 bits.
const RANDOM_LEN: usize = RANDOM_AND_CHECKSUM - CHECKSUM_LEN;

/// CRC-32 as in IEEE 802.3, computed byte by byte. The implementation for sixteen bytes at a
/// time leaves sixteen bytes of the secret on the stack.
const CRC_32: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// 6 base62 digits hold the 32 bits of a CRC.
const CHECKSUM_LEN: usize = 6;

/// The length of a secret without its prefix.
const TAIL_LEN: usize = 1 + KeyId::LEN + 1 + RANDOM_AND_CHECKSUM;

/// A secret: `PREFIX_ID_RANDOM+CHECKSUM`, wiped from memory when dropped.
///
/// It deliberately lacks Display, Serialize, Deref, PartialEq and Clone, so that no code prints
/// or copies it by accident.
pub struct Secret {
    text: Zeroizing<String>,
    short: ShortForm,
}

impl Secret {
    /// Generates a secret for the key `id` of a database with `prefix`.
    ///
    /// # Errors
    /// [`Kind::Io`] if the operating system provides no random bytes.
    pub fn generate(prefix: &Prefix, id: &KeyId) -> Result<Self> {
        // Full capacity from the start, since a string that grows leaves copies in memory.
        let len = Prefix::MAX_LEN + 1 + KeyId::LEN + 1 + RANDOM_LEN + CHECKSUM_LEN;
        let mut text = Zeroizing::new(String::with_capacity(len));
        text.push_str(prefix.as_str());
        text.push('_');
        text.push_str(id.as_str());
        text.push('_');
        push_random(&mut text, RANDOM_LEN)?;
        let checksum = checksum(text.as_bytes());
        text.extend(checksum.map(char::from));
        let short = ShortForm {
            prefix: prefix.clone(),
            id: id.clone(),
            last_four: last_four(&text),
        };
        Ok(Self { text, short })
    }

    /// Parses a secret; returns `None` if its shape or its checksum is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        wiping_stack(|| Self::parse_on_stack(text))
    }

    fn parse_on_stack(text: &str) -> Option<Self> {
        if !is_well_formed(text.as_bytes()) {
            return None;
        }
        let (prefix, rest) = text.split_once('_')?;
        let short = ShortForm {
            prefix: prefix.parse().ok()?,
            id: rest.get(..KeyId::LEN)?.parse().ok()?,
            last_four: last_four(text),
        };
        let text = Zeroizing::new(text.to_owned());
        Some(Self { text, short })
    }

    /// Returns the secret as text. Every caller could leak it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Returns the secret and a newline, as it is printed and as a file contains it.
    pub fn line(&self) -> Zeroizing<Vec<u8>> {
        concat_wiped(&[self.text.as_bytes(), b"\n"])
    }

    /// Returns the public part: prefix, id and last four characters.
    pub fn short_form(&self) -> &ShortForm {
        &self.short
    }
}

/// Returns the last four characters of a secret, which is ASCII.
fn last_four(text: &str) -> String {
    text.get(text.len() - 4..).unwrap_or_default().to_owned()
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Generates an id. The store checks that it is free.
///
/// # Errors
/// [`Kind::Io`] if the operating system provides no random bytes.
pub fn generate_id() -> Result<KeyId> {
    let mut text = String::with_capacity(KeyId::LEN);
    push_random(&mut text, KeyId::LEN)?;
    text.parse().map_err(|_| no_randomness())
}

/// Appends `count` random base62 characters, all equally likely: bytes from 248 (4 × 62) on
/// are discarded, because they would bias the remainder.
fn push_random(text: &mut String, count: usize) -> Result<()> {
    let mut missing = count;
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while missing > 0 {
        fill_random(bytes.as_mut_slice())?;
        for byte in bytes.iter().filter(|byte| **byte < 248).take(missing) {
            text.push(char::from(BASE62[usize::from(byte % 62)]));
            missing -= 1;
        }
    }
    Ok(())
}

/// Fills `bytes` from the operating system's random generator.
fn fill_random(bytes: &mut [u8]) -> Result<()> {
    let filled = SysRng.try_fill_bytes(bytes);
    filled.map_err(|source| no_randomness().caused_by(source))
}

fn no_randomness() -> Error {
    let fact = "the operating system provided no random bytes";
    Error::new(Kind::Io, fact).hint("try again later")
}

/// Returns the CRC-32 (IEEE) of `bytes` in base62, most significant digit first.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut crc = CRC_32.checksum(bytes);
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(crc % 62) as usize];
        crc /= 62;
    }
    digits
}

/// Returns whether `bytes` have the shape of a secret and end with its checksum.
fn is_well_formed(bytes: &[u8]) -> bool {
    if !has_native_shape(bytes) {
        return false;
    }
    let (body, digits) = bytes.split_at(bytes.len() - CHECKSUM_LEN);
    checksum(body) == *digits
}

/// Returns whether `bytes` have the shape of a secret, with a right or a wrong checksum.
fn has_native_shape(bytes: &[u8]) -> bool {
    let prefix_len = bytes.iter().position(|&c| c == b'_');
    prefix_len.is_some_and(|len| {
        let (prefix, rest) = bytes.split_at(len);
        Prefix::is_valid(prefix) && has_shape_after_prefix(rest)
    })
}

/// Returns whether `rest` is exactly `_ID_RANDOM+CHECKSUM`.
fn has_shape_after_prefix(rest: &[u8]) -> bool {
    let is_base62 = |part: &[u8]| part.iter().all(u8::is_ascii_alphanumeric);
    rest.len() == TAIL_LEN
        && rest[0] == b'_'
        && rest[KeyId::LEN + 1] == b'_'
        // In most texts the longer part is the wrong one.
        && is_base62(&rest[KeyId::LEN + 2..])
        && is_base62(&rest[1..=KeyId::LEN])
}

#[cfg(test)]
mod tests;
