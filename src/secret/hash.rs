//! The stored hash of a secret: Argon2id over the whole secret, as a PHC string.

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::stack::wiping_stack;
use super::{Secret, fill_random, huge_pages};
use crate::error::{Error, Kind, Result};
use crate::model::Cost;

/// The length of a new salt, in bytes.
pub(super) const SALT_LEN: usize = 16;

/// The length of the output of every hash, in bytes.
const OUTPUT_LEN: usize = 32;

/// The hash of a secret as the database stores it, not yet trusted.
///
/// It lacks Display and Serialize, since it belongs only into the database.
#[derive(Clone)]
pub struct SecretHash(String);

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

fn out_of_memory() -> Error {
    Error::new(Kind::OutOfMemory, "there is not enough memory for a hash")
        .hint("try again later, or create a database with cheaper hashes: init --argon2")
}

fn out_of_bounds() -> Error {
    let fact = "the stored hash is damaged, or outside the bounds of the key format";
    Error::new(Kind::DatabaseDamaged, fact)
        .hint("delete the key and create it again, or restore a backup")
}

impl SecretHash {
    /// Returns the hash for a PHC string from the database. Its bounds are checked before use.
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// Returns the PHC string, for the database alone.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// Returns whether [`SecretHash::matches_in`] would compute the hash.
    pub fn is_within_bounds(&self) -> bool {
        self.bounded().is_some()
    }

    /// Hashes `secret` at `cost` with a new salt.
    ///
    /// # Errors
    /// [`Kind::OutOfMemory`], or [`Kind::Io`] without random bytes.
    pub fn of(secret: &Secret, cost: Cost) -> Result<Self> {
        let mut salt = [0_u8; SALT_LEN];
        fill_random(&mut salt)?;
        let password = secret.expose().as_bytes();
        let output = compute(password, cost, &salt, &mut Memory::default())?;
        let salt = Salt::new(&salt).map_err(|_| out_of_bounds())?;
        Ok(Self(encoded(cost, &salt, &output)))
    }

    /// Hashes `bytes` at `cost` with `salt`, in `memory`.
    ///
    /// # Errors
    /// [`Kind::OutOfMemory`].
    pub(super) fn of_bytes(
        bytes: &[u8],
        cost: Cost,
        salt: &Salt,
        memory: &mut Memory,
    ) -> Result<Self> {
        let output = compute(bytes, cost, salt, memory)?;
        Ok(Self(encoded(cost, salt, &output)))
    }

    /// Returns whether this is the hash of `secret`, compared in constant time. Computes it in
    /// `memory`, which later hashes reuse.
    ///
    /// # Errors
    /// [`Kind::OutOfMemory`], or [`Kind::DatabaseDamaged`] if the stored hash is out of bounds.
    /// Neither says anything about the secret.
    pub fn matches_in(&self, secret: &Secret, memory: &mut Memory) -> Result<bool> {
        let (cost, salt, stored) = self.bounded().ok_or_else(out_of_bounds)?;
        // Output's equality is constant-time.
        Ok(compute(secret.expose().as_bytes(), cost, &salt, memory)? == stored)
    }

    /// As [`SecretHash::matches_in`], in new memory.
    #[cfg(any(fuzzing, test))]
    pub fn matches(&self, secret: &Secret) -> Result<bool> {
        self.matches_in(secret, &mut Memory::default())
    }

    /// Takes the time of [`SecretHash::matches_in`], so that the time doesn't distinguish an
    /// unknown id from a wrong secret.
    ///
    /// # Errors
    /// [`Kind::OutOfMemory`].
    pub fn spend(secret: &Secret, cost: Cost) -> Result<()> {
        let password = secret.expose().as_bytes();
        compute(password, cost, &[0; SALT_LEN], &mut Memory::default()).map(drop)
    }

    /// Returns the parts of the PHC string if it is within the bounds of the key format. argon2
    /// itself would allocate any amount of memory that the string asks for.
    fn bounded(&self) -> Option<(Cost, Salt, Output)> {
        let phc = PasswordHash::new(&self.0).ok()?;
        let is_right_kind = phc.algorithm.as_str() == "argon2id" && phc.version == Some(19);
        // Only m, t and p, each once: no key id, no associated data.
        let cost: Cost = phc.params.as_str().parse().ok()?;
        let salt = phc.salt.filter(|salt| (16..=48).contains(&salt.len()))?;
        let output = phc.hash.filter(|output| output.len() == OUTPUT_LEN)?;
        // A hash has one spelling, as in the reference implementation: no leading zeros, no
        // other order, no bits beyond the last byte.
        let is_canonical = self.0 == encoded(cost, &salt, &output);
        (is_right_kind && is_canonical).then_some((cost, salt, output))
    }
}

/// Returns the PHC string.
fn encoded(cost: Cost, salt: &Salt, output: &Output) -> String {
    format!("$argon2id$v=19${cost}${salt}${output}")
}

/// The memory for computing hashes. Each hash reuses the memory of the one before. Its content
/// reveals nothing about a secret.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// Returns `count` blocks with arbitrary content.
    fn blocks(&mut self, count: usize) -> Result<&mut [Block]> {
        if self.0.len() < count {
            // Frees the old blocks before it allocates.
            self.0 = Vec::new();
            let mut blocks: Vec<Block> = Vec::new();
            let reserved = blocks.try_reserve_exact(count);
            reserved.map_err(|_| out_of_memory())?;
            huge_pages::advise(&mut blocks);
            blocks.resize(count, Block::new());
            self.0 = blocks;
        }
        Ok(&mut self.0[..count])
    }
}

/// Computes Argon2id, version 19, with 32 bytes of output.
fn compute(password: &[u8], cost: Cost, salt: &[u8], memory: &mut Memory) -> Result<Output> {
    let (memory_kib, passes, lanes) = (cost.memory_kib(), cost.passes(), cost.lanes());
    let params = Params::new(memory_kib, passes, lanes, Some(OUTPUT_LEN));
    let params = params.map_err(|_| out_of_bounds())?;
    let blocks = memory.blocks(params.block_count())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut bytes = [0_u8; OUTPUT_LEN];
    wiping_stack(|| argon2.hash_password_into_with_memory(password, salt, &mut bytes, blocks))
        .map_err(|_| out_of_bounds())?;
    Output::new(&bytes).map_err(|_| out_of_bounds())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

    fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    fn cheap() -> Cost {
        Cost::new(8, 1, 1).unwrap()
    }

    #[test]
    fn a_hash_matches_its_secret_and_no_other() {
        let hash = SecretHash::of(&secret(), cheap()).unwrap();
        assert!(hash.matches(&secret()).unwrap());
        let other = "apik_ERV3kQN2_dtXXKrUTUOHPeN0lakT2XJgy6DbAmq49toLIkLR812n1272AB";
        assert!(!hash.matches(&Secret::parse(other).unwrap()).unwrap());
    }

    #[test]
    fn a_hash_is_the_same_in_reused_memory() {
        let mut memory = Memory::default();
        let costs = [(64, 2, 1), (8, 1, 1), (64, 1, 4), (256, 1, 1), (32, 3, 2)];
        for (memory_kib, passes, lanes) in costs {
            let cost = Cost::new(memory_kib, passes, lanes).unwrap();
            let hash = SecretHash::of(&secret(), cost).unwrap();
            assert!(hash.matches_in(&secret(), &mut memory).unwrap());
            let wrong = with_other_salt(&hash);
            assert!(!wrong.matches_in(&secret(), &mut memory).unwrap());
        }
        assert_eq!(memory.0.len(), 256);
    }

    /// Returns `hash` with another salt.
    fn with_other_salt(hash: &SecretHash) -> SecretHash {
        let (cost, _, output) = hash.bounded().unwrap();
        SecretHash(encoded(cost, &Salt::new(&[7; SALT_LEN]).unwrap(), &output))
    }

    #[test]
    fn a_hash_has_its_own_salt_and_names_its_cost() {
        let a = SecretHash::of(&secret(), Cost::default()).unwrap();
        let b = SecretHash::of(&secret(), Cost::default()).unwrap();
        assert!(a.as_stored().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(a.as_stored(), b.as_stored());
        assert_eq!(a.as_stored().len(), 97);
    }

    #[test]
    fn a_hash_outside_the_bounds_is_never_computed() {
        let good = SecretHash::of(&secret(), cheap()).unwrap().0;
        let (salt, output) = {
            let mut parts = good.rsplit('$');
            let output = parts.next().unwrap();
            (parts.next().unwrap(), output)
        };
        let phc = |head: &str| format!("{head}${salt}${output}");
        for stored in [
            String::new(),
            "plain".to_owned(),
            good[..good.len() - 1].to_owned(),
            format!("{good}$"),
            phc("$argon2i$v=19$m=8,t=1,p=1"),
            phc("$argon2d$v=19$m=8,t=1,p=1"),
            phc("$argon2id$v=16$m=8,t=1,p=1"),
            phc("$argon2id$m=8,t=1,p=1"),
            phc("$argon2id$v=19$m=262145,t=1,p=1"),
            phc("$argon2id$v=19$m=4294967295,t=1,p=1"),
            phc("$argon2id$v=19$m=8,t=11,p=1"),
            phc("$argon2id$v=19$m=64,t=1,p=5"),
            phc("$argon2id$v=19$m=8,t=1"),
            phc("$argon2id$v=19$m=8,t=1,p=1,m=8"),
            phc("$argon2id$v=19$m=08,t=1,p=1"),
            phc("$argon2id$v=019$m=8,t=1,p=1"),
            phc("$argon2id$v=19$t=1,m=8,p=1"),
            phc("$argon2id$v=19$m=8,t=1,p=1,keyid=AAAA"),
            phc("$argon2id$v=19$m=8,t=1,p=1,data=AAAA"),
            format!("$argon2id$v=19$m=8,t=1,p=1${salt}"),
            format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${output}"),
            format!("$argon2id$v=19$m=8,t=1,p=1${salt}$c2hvcnRvdXRwdXQ"),
        ] {
            let hash = SecretHash::from_stored(stored.clone());
            let error = hash.matches(&secret()).unwrap_err();
            assert_eq!(error.kind(), Kind::DatabaseDamaged, "{stored}");
        }
    }

    #[test]
    fn a_hash_from_another_program_is_verified() {
        // argon2-cffi: low_level.hash_secret(SECRET, b"0123456789abcdef", 2, 64, 2, 32, ID)
        let stored = "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU";
        let hash = SecretHash::from_stored(stored.to_owned());
        assert!(hash.matches(&secret()).unwrap());
    }
}
