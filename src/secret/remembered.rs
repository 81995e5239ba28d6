//! Remembers which secrets of a batch were right, by a keyed hash. It keeps neither secrets nor
//! anything that could be compared with another run.

use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::stack::wiping_stack;
use super::{ImportHashing, Secret, SecretDigest, SecretHash, fill_random};
use crate::error::Result;

/// The maximum number of remembered secrets, in two halves.
const MAX_TAGS: usize = 1 << 16;

/// A keyed hash of a secret together with its stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag([u8; 32]);

impl Hash for Tag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

/// A hasher that returns a tag's first bytes: a tag is already a hash with a random key.
#[derive(Default)]
struct TagHasher(u64);

impl Hasher for TagHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "this hasher needs no randomness, and a BTreeMap can't fail gracefully without memory"
)]
type Map<T> = std::collections::HashMap<Tag, T, BuildHasherDefault<TagHasher>>;

/// The secrets that were right in this run. Exists only in memory.
pub struct Remembered {
    keyed: Hmac<Sha256>,
    tags: Mutex<Tags<()>>,
    /// The hashes of imported secrets, by which the database finds them.
    imported: Mutex<Tags<Box<str>>>,
}

/// The tags in two generations. When the newer one is full, it replaces the older one, whose
/// tags that were not seen since are forgotten.
#[derive(Default)]
struct Tags<T> {
    newer: Map<T>,
    older: Map<T>,
}

impl Remembered {
    /// Returns an empty set with a random key.
    ///
    /// # Errors
    /// If the operating system provides no random bytes.
    pub fn new() -> Result<Self> {
        let mut key = Zeroizing::new([0_u8; 64]);
        fill_random(key.as_mut_slice())?;
        Ok(Self {
            keyed: Hmac::new((&*key).into()),
            tags: Mutex::default(),
            imported: Mutex::default(),
        })
    }

    /// Returns the tag of `secret` and `hash`. A changed hash has another tag.
    pub fn tag(&self, secret: &Secret, hash: &SecretHash) -> Tag {
        wiping_stack(|| {
            let mut mac = self.keyed.clone();
            // A secret contains no zero, so the zero marks its end.
            mac.update(secret.expose().as_bytes());
            mac.update(&[0]);
            mac.update(hash.as_stored().as_bytes());
            Tag(mac.finalize().into_bytes().into())
        })
    }

    /// Returns whether this secret was right before.
    pub fn holds(&self, tag: Tag) -> bool {
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        tags.get(tag).is_some()
    }

    /// Remembers that this secret was right.
    pub fn add(&self, tag: Tag) {
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        tags.add(tag, ());
    }

    /// Returns the tag of the digest of an imported secret. Another salt has another tag.
    pub fn tag_imported(&self, digest: &SecretDigest, hashing: &ImportHashing) -> Tag {
        wiping_stack(|| {
            let mut mac = self.keyed.clone();
            let (cost, salt) = hashing.to_stored();
            mac.update(digest.as_bytes());
            mac.update(cost.as_bytes());
            mac.update(&[0]);
            mac.update(salt.as_bytes());
            Tag(mac.finalize().into_bytes().into())
        })
    }

    /// Returns the hash of an imported secret that was right before.
    pub fn imported(&self, tag: Tag) -> Option<SecretHash> {
        let mut tags = self.imported.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = tags.get(tag)?;
        Some(SecretHash::from_stored(hash.to_string()))
    }

    /// Remembers the hash of an imported secret that was right.
    pub fn add_imported(&self, tag: Tag, hash: &SecretHash) {
        let mut tags = self.imported.lock().unwrap_or_else(PoisonError::into_inner);
        tags.add(tag, hash.as_stored().into());
    }
}

impl<T> Tags<T> {
    /// Returns the value of a tag, which then belongs to the newer generation.
    fn get(&mut self, tag: Tag) -> Option<&T> {
        if let Some(value) = self.older.remove(&tag) {
            self.add(tag, value);
        }
        self.newer.get(&tag)
    }

    /// Adds a tag with its value unless memory is short.
    fn add(&mut self, tag: Tag, value: T) {
        if self.newer.len() >= MAX_TAGS / 2 {
            self.older = std::mem::take(&mut self.newer);
        }
        if self.newer.try_reserve(1).is_ok() {
            self.newer.insert(tag, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cost;

    const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";
    const OTHER: &str = "apik_ERV3kQN2_dtXXKrUTUOHPeN0lakT2XJgy6DbAmq49toLIkLR812n1272AB";

    #[test]
    fn a_secret_is_remembered_together_with_its_hash() {
        let known = Remembered::new().unwrap();
        let [secret, other] = [SECRET, OTHER].map(|text| Secret::parse(text).unwrap());
        let cost = Cost::new(8, 1, 1).unwrap();
        let [hash, other_hash] = [(); 2].map(|()| SecretHash::of(&secret, cost).unwrap());
        known.add(known.tag(&secret, &hash));
        assert!(known.holds(known.tag(&secret, &hash)));
        assert!(!known.holds(known.tag(&secret, &other_hash)));
        assert!(!known.holds(known.tag(&other, &hash)));
        // Another run has other tags.
        let other_run = Remembered::new().unwrap();
        assert_ne!(other_run.tag(&secret, &hash), known.tag(&secret, &hash));
    }

    fn numbered(number: usize) -> Tag {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Tag(bytes)
    }

    #[test]
    fn old_tags_are_forgotten_and_memory_is_bounded() {
        let known = Remembered::new().unwrap();
        for number in 0..200_000 {
            known.add(numbered(number));
            // Seen in every generation.
            assert!(known.holds(numbered(0)));
            let tags = known.tags.lock().unwrap();
            assert!(tags.newer.len() + tags.older.len() <= MAX_TAGS);
        }
        assert!(!known.holds(numbered(1)));
        assert!(known.holds(numbered(199_999 - MAX_TAGS / 2)));
    }
}
