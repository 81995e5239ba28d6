//! The bits of imported keys: whether a key can be guessed.

use super::{Alphabet, DigestKind, ImportShape, NAMED, Shape, bit};

/// The least number of bits of a key that can't be guessed.
const MIN_BITS: u32 = 64;

/// The number of characters before the secret part of a key of [`DigestKind::DrfApiKey`]: a public
/// prefix of 8 and the dot.
const DRF_PUBLIC: u32 = 9;

/// The most `=` at the end of base64.
const MAX_PADDING: u32 = 2;

impl Alphabet {
    /// Returns the number of values that a character other than `=`, which is padding, has: a
    /// hexadecimal digit in either case is one of 16.
    fn size(self) -> u32 {
        let named = NAMED.iter().find(|(_, all, _)| *all == self.0);
        let counted = (self.0 & !bit(b'=')).count_ones();
        named.map_or(counted, |(_, _, size)| *size)
    }
}

impl ImportShape {
    /// Returns the bits of a key, rounded down; none if there are [`MIN_BITS`] or more. `part` is
    /// the digested part of the key; without it the key may be any that has the shape. Only
    /// characters that are random count: no padding, and not the public part of a key of
    /// [`DigestKind::DrfApiKey`].
    pub fn missing_bits(&self, part: Option<&str>) -> Option<u32> {
        let Shape {
            prefix,
            min,
            alphabet,
            ..
        } = &self.shape;
        let has_padding = alphabet.has('=');
        let length = match part.and_then(|part| part.strip_prefix(prefix.as_str())) {
            Some(rest) => rest.bytes().map(|c| u32::from(c != b'=')).sum(),
            None if has_padding => min.saturating_sub(MAX_PADDING),
            None => *min,
        };
        match self.digest {
            DigestKind::DrfApiKey => {
                let alphabet = Alphabet(alphabet.0 & !bit(b'.'));
                bits(length.saturating_sub(DRF_PUBLIC), alphabet.size())
            }
            DigestKind::Sha256 | DigestKind::Sanctum | DigestKind::Sha512 => {
                bits(length, alphabet.size())
            }
        }
    }
}

/// Returns the bits of `length` characters that have `size` values each, rounded down; none if
/// there are [`MIN_BITS`] or more.
fn bits(length: u32, size: u32) -> Option<u32> {
    let mut values: u128 = 1;
    for _ in 0..length {
        values *= u128::from(size.max(1));
        // A size has at most 7 bits, so the next product doesn't overflow.
        if values >> MIN_BITS != 0 {
            return None;
        }
    }
    Some(values.ilog2())
}
