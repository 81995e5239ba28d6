//! Which secrets were right already, known by a keyed hash: neither they nor anything
//! that could be compared with another run is kept.

use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::stack::wiping_stack;
use super::{NoRandomness, Secret, SecretHash};

/// How many are remembered at most: half of them, and the half before.
const MOST: usize = 1 << 16;

/// What stands for a secret and the hash that it was right for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag([u8; 32]);

impl Hash for Tag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

/// A tag is a hash already, under a key that nobody knows.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
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
    reason = "its hasher needs no randomness, and a BTreeSet can't refuse to grow where memory is short"
)]
type Set = std::collections::HashSet<Tag, BuildHasherDefault<AsItIs>>;

/// The secrets of one run that were right, in memory alone.
pub struct Remembered {
    keyed: Hmac<Sha256>,
    tags: Mutex<Tags>,
}

/// The tags seen lately. When half of all is full, the half before is forgotten, and what
/// of it was not seen since.
#[derive(Default)]
struct Tags {
    now: Set,
    before: Set,
}

impl Remembered {
    /// With nothing in it, and a key that nobody knows.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new() -> Result<Self, NoRandomness> {
        let mut key = Zeroizing::new([0_u8; 32]);
        SysRng
            .try_fill_bytes(key.as_mut_slice())
            .map_err(|_| NoRandomness)?;
        Ok(Self {
            // HMAC takes a key of any length (RFC 2104), so this never fails.
            keyed: Hmac::new_from_slice(key.as_slice()).map_err(|_| NoRandomness)?,
            tags: Mutex::default(),
        })
    }

    /// What stands for `secret` together with `hash`: a key whose hash was changed is
    /// another to it.
    pub fn tag(&self, secret: &Secret, hash: &SecretHash) -> Tag {
        wiping_stack(|| {
            let mut mac = self.keyed.clone();
            // A secret has no zero in it, so where it ends is plain.
            mac.update(secret.expose().as_bytes());
            mac.update(&[0]);
            mac.update(hash.as_stored().as_bytes());
            Tag(mac.finalize().into_bytes().into())
        })
    }

    /// Whether that secret was right before.
    pub fn holds(&self, tag: Tag) -> bool {
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        tags.now.contains(&tag) || tags.before.remove(&tag) && tags.add(tag)
    }

    /// Remembers that it was right.
    pub fn add(&self, tag: Tag) {
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        tags.add(tag);
    }
}

impl Tags {
    /// True: it was right, also where there is no memory to keep it.
    fn add(&mut self, tag: Tag) -> bool {
        if self.now.len() >= MOST / 2 {
            self.before = std::mem::take(&mut self.now);
        }
        if self.now.try_reserve(1).is_ok() {
            self.now.insert(tag);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cost;

    const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";
    const OTHER: &str = "apik_ERV3kQN2_dtXXKrUTUOHPeN0lakT2XJgy6DbAmq49toLIkLR812n1272AB";

    #[test]
    fn a_secret_is_remembered_with_the_hash_that_it_was_right_for() {
        let known = Remembered::new().unwrap();
        let [secret, other] = [SECRET, OTHER].map(|text| Secret::parse(text).unwrap());
        let cost = Cost::new(8, 1, 1).unwrap();
        let [hash, again] = [(); 2].map(|()| SecretHash::of(&secret, cost).unwrap());
        known.add(known.tag(&secret, &hash));
        assert!(known.holds(known.tag(&secret, &hash)));
        assert!(!known.holds(known.tag(&secret, &again)));
        assert!(!known.holds(known.tag(&other, &hash)));
        // Of another run, nothing is the same.
        let elsewhere = Remembered::new().unwrap();
        assert_ne!(elsewhere.tag(&secret, &hash), known.tag(&secret, &hash));
    }

    fn numbered(number: usize) -> Tag {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Tag(bytes)
    }

    #[test]
    fn what_was_not_seen_for_long_is_forgotten_and_no_more_is_kept() {
        let known = Remembered::new().unwrap();
        for number in 0..200_000 {
            known.add(numbered(number));
            // Seen again and again.
            assert!(known.holds(numbered(0)));
            let tags = known.tags.lock().unwrap();
            assert!(tags.now.len() + tags.before.len() <= MOST);
        }
        assert!(!known.holds(numbered(1)));
        assert!(known.holds(numbered(199_999 - MOST / 2)));
    }
}
