//! Imported secrets: their digests, and the one hash of a digest.

use argon2::password_hash::phc::Salt;
use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, Zeroizing};

use super::hash::{Memory, SALT_LEN, SecretHash};
use super::input::{BadInput, ForeignText};
use super::stack::wiping_stack;
use super::{Secret, fill_random};
use crate::error::Result;
use crate::model::{Cost, DigestKind, ImportShape, Scheme};

/// The digest of an imported secret, as the other system computed it; wiped when dropped.
///
/// It lacks Display and Serialize: a client of the other system needs no more.
#[derive(PartialEq)]
pub struct SecretDigest(Zeroizing<Vec<u8>>);

/// The salt and the cost of the hashes of all imported secrets of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportHashing {
    cost: Cost,
    salt: Salt,
}

impl SecretDigest {
    /// Computes the digest of the part of a text that its shape selects.
    pub fn of(part: &str, kind: DigestKind) -> Self {
        wiping_stack(|| match kind {
            DigestKind::Sha256 | DigestKind::Sanctum => {
                let mut digest = Sha256::digest(part);
                let bytes = Zeroizing::new(digest.to_vec());
                digest.as_mut_slice().zeroize();
                Self(bytes)
            }
            DigestKind::Sha512 | DigestKind::DrfApiKey => {
                let mut digest = Sha512::digest(part);
                let bytes = Zeroizing::new(digest.to_vec());
                digest.as_mut_slice().zeroize();
                Self(bytes)
            }
        })
    }

    /// Decodes a digest that the other system stored by `scheme`. Returns none if it has another
    /// form. [`Scheme::Plain`] has no digests.
    pub fn decode(text: &str, scheme: Scheme) -> Option<Self> {
        let (bytes, len) = match scheme {
            Scheme::Plain => return None,
            Scheme::Sha256Hex | Scheme::Sanctum => (from_hex(text)?, 32),
            Scheme::Sha256Base64 => (from_base64(text)?, 32),
            Scheme::Sha512Hex => (from_hex(text)?, 64),
            Scheme::DrfApiKey => (from_hex(text.strip_prefix("sha512$$")?)?, 64),
        };
        let bytes = Zeroizing::new(bytes);
        (bytes.len() == len).then_some(Self(bytes))
    }

    /// Returns the bytes of the digest. Every caller could leak them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    base16ct::mixed::decode_vec(text).ok()
}

/// Decodes base64 in either alphabet, with or without padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let decoders = [
        Base64::decode_vec,
        Base64Unpadded::decode_vec,
        Base64Url::decode_vec,
        Base64UrlUnpadded::decode_vec,
    ];
    decoders.iter().find_map(|decode| decode(text).ok())
}

impl ForeignText {
    /// Returns the digest of the text by the shape that it has; none if it has none of `shapes`.
    /// Shapes with different digests don't overlap, so the first one decides.
    pub fn digest(&self, shapes: &[ImportShape]) -> Option<SecretDigest> {
        let digest = |shape: &ImportShape| {
            let part = shape.digested(self.expose())?;
            Some(SecretDigest::of(part, shape.digest))
        };
        shapes.iter().find_map(digest)
    }

    /// Returns the mistake of the caller that the text shows, if it has none of `shapes`: several
    /// secrets if two or more parts of it have one, or are native.
    pub fn mistake_by(&self, shapes: &[ImportShape]) -> Option<BadInput> {
        let is_secret = |part: &&str| {
            Secret::parse(part).is_some()
                || shapes.iter().any(|shape| shape.digested(part).is_some())
        };
        let parts = self.expose().split_ascii_whitespace();
        let is_several = || parts.filter(is_secret).nth(1).is_some();
        self.mistake()
            .or_else(|| is_several().then_some(BadInput::Several))
    }
}

impl ImportHashing {
    /// Returns a new random salt with `cost`.
    ///
    /// # Errors
    /// [`Kind::Io`](crate::error::Kind::Io) without random bytes.
    pub fn generate(cost: Cost) -> Result<Self> {
        let mut bytes = [0_u8; SALT_LEN];
        fill_random(&mut bytes)?;
        let salt = Salt::new(&bytes).map_err(|_| super::no_randomness())?;
        Ok(Self { cost, salt })
    }

    /// Returns the stored salt and cost; none if one of them is out of bounds.
    pub fn from_stored(cost: &str, salt: &str) -> Option<Self> {
        let salt = Salt::from_b64(salt).ok();
        Some(Self {
            cost: cost.parse().ok()?,
            salt: salt.filter(|salt| (SALT_LEN..=48).contains(&salt.len()))?,
        })
    }

    /// Returns the cost and the salt as the database stores them.
    pub fn to_stored(&self) -> (String, String) {
        (self.cost.to_string(), self.salt.to_string())
    }

    /// Returns whether `hash` has this salt and cost.
    pub fn has_made(&self, hash: &SecretHash) -> bool {
        let head = format!("$argon2id$v=19${}${}$", self.cost, self.salt);
        hash.as_stored().starts_with(&head)
    }

    /// Computes the hash of `digest` in `memory`. Equal digests have equal hashes: the hash is what
    /// the database finds the key by.
    ///
    /// # Errors
    /// [`Kind::OutOfMemory`](crate::error::Kind::OutOfMemory).
    pub fn hash(&self, digest: &SecretDigest, memory: &mut Memory) -> Result<SecretHash> {
        SecretHash::of_bytes(digest.as_bytes(), self.cost, &self.salt, memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc", as FIPS 180-2 has it.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const ABC_BASE64: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    #[test]
    fn a_stored_digest_is_the_digest_of_the_text() {
        let digest = SecretDigest::of("abc", DigestKind::Sha256);
        for (text, scheme) in [
            (ABC.to_owned(), Scheme::Sha256Hex),
            (ABC.to_uppercase(), Scheme::Sanctum),
            (ABC_BASE64.to_owned(), Scheme::Sha256Base64),
            (ABC_BASE64.replace('=', ""), Scheme::Sha256Base64),
            (
                ABC_BASE64.replace('+', "-").replace('/', "_"),
                Scheme::Sha256Base64,
            ),
        ] {
            let decoded = SecretDigest::decode(&text, scheme);
            assert!(decoded.is_some_and(|decoded| decoded == digest), "{text}");
        }
        let long = SecretDigest::of("abc", DigestKind::Sha512);
        let hex = base16ct::lower::encode_string(long.as_bytes());
        for (text, scheme) in [
            (hex.clone(), Scheme::Sha512Hex),
            (format!("sha512$${hex}"), Scheme::DrfApiKey),
        ] {
            let decoded = SecretDigest::decode(&text, scheme);
            assert!(decoded.is_some_and(|decoded| decoded == long), "{text}");
        }
    }

    #[test]
    fn a_digest_of_another_length_or_form_is_refused() {
        for (text, scheme) in [
            (&ABC[..62], Scheme::Sha256Hex),
            (&ABC[..63], Scheme::Sha256Hex),
            (ABC, Scheme::Sha512Hex),
            (ABC, Scheme::Sha256Base64),
            (ABC_BASE64, Scheme::Sha256Hex),
            (&ABC_BASE64[..40], Scheme::Sha256Base64),
            (ABC, Scheme::DrfApiKey),
            (ABC, Scheme::Plain),
            ("", Scheme::Sha256Hex),
        ] {
            let decoded = SecretDigest::decode(text, scheme);
            assert!(decoded.is_none(), "{text} {}", scheme.as_str());
        }
    }

    #[test]
    fn equal_digests_have_equal_hashes_under_one_salt_alone() {
        let cost = Cost::new(8, 1, 1).unwrap();
        let [a, b] = [(); 2].map(|()| ImportHashing::generate(cost).unwrap());
        let digest = SecretDigest::of("abc", DigestKind::Sha256);
        let hash = |hashing: &ImportHashing| {
            let hash = hashing.hash(&digest, &mut Memory::default()).unwrap();
            assert!(hash.is_within_bounds());
            hash.as_stored().to_owned()
        };
        assert_eq!(hash(&a), hash(&a));
        assert!(a.has_made(&SecretHash::from_stored(hash(&a))));
        assert!(!b.has_made(&SecretHash::from_stored(hash(&a))));
        assert_ne!(hash(&a), hash(&b));
        let (cost, salt) = a.to_stored();
        assert_eq!(ImportHashing::from_stored(&cost, &salt), Some(a));
        for (cost, salt) in [(cost.as_str(), "c2hvcnQ"), ("m=1,t=1,p=1", salt.as_str())] {
            assert_eq!(ImportHashing::from_stored(cost, salt), None);
        }
    }
}
