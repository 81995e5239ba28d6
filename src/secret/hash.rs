//! What is stored of a secret: Argon2id over the whole of it, as a PHC string.

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::TryRng;
use rand::rngs::SysRng;

use super::stack::wiping_stack;
use super::{NoRandomness, Secret, huge_pages};
use crate::error::{Error, Kind};
use crate::model::Cost;

/// Bytes of salt in the hashes made here.
const SALT_LEN: usize = 16;

/// Bytes of output in every hash.
const OUTPUT_LEN: usize = 32;

/// The hash of a secret as the database holds it, not yet trusted.
///
/// Without Display and Serialize: it goes into the database and nowhere else.
pub struct SecretHash(String);

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// Why a hash could not be computed. Never that it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFault {
    /// The stored PHC string is not one, or outside the bounds of the format.
    OutOfBounds,
    /// There is not enough memory for it.
    OutOfMemory,
    /// The operating system gave no random bytes for a salt.
    NoRandomness,
}

impl From<HashFault> for Error {
    fn from(fault: HashFault) -> Self {
        match fault {
            HashFault::OutOfMemory => {
                Self::new(Kind::OutOfMemory, "there is not enough memory for a hash").hint(
                    "try again later, or make a database whose hashes cost less with init --argon2",
                )
            }
            HashFault::OutOfBounds => Self::new(
                Kind::DatabaseDamaged,
                "the stored hash is damaged, or outside the bounds of the key format",
            )
            .hint("delete the key and create it again, or restore a backup"),
            HashFault::NoRandomness => NoRandomness.into(),
        }
    }
}

impl SecretHash {
    /// The PHC string a database holds. Its bounds are checked before it is used.
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the database alone.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// Whether it is a hash that [`SecretHash::matches_in`] would compute.
    pub fn is_within_bounds(&self) -> bool {
        self.bounded().is_some()
    }

    /// Hashes `secret` at `cost` with a fresh salt.
    ///
    /// # Errors
    /// When there is no memory or no randomness for it.
    pub fn of(secret: &Secret, cost: Cost) -> Result<Self, HashFault> {
        let mut salt = [0_u8; SALT_LEN];
        SysRng
            .try_fill_bytes(&mut salt)
            .map_err(|_| HashFault::NoRandomness)?;
        let output = compute(secret, cost, &salt, &mut Memory::default())?;
        let salt = Salt::new(&salt).map_err(|_| HashFault::OutOfBounds)?;
        Ok(Self(encoded(cost, &salt, &output)))
    }

    /// Whether `secret` is the one hashed, compared in constant time; computed in memory
    /// that the next hash can have, too.
    ///
    /// # Errors
    /// When the hash can't be computed: then nothing is known of the secret.
    pub fn matches_in(&self, secret: &Secret, memory: &mut Memory) -> Result<bool, HashFault> {
        let (cost, salt, stored) = self.bounded().ok_or(HashFault::OutOfBounds)?;
        // Output's equality is constant-time.
        Ok(compute(secret, cost, &salt, memory)? == stored)
    }

    /// As [`SecretHash::matches_in`], in memory of its own.
    #[cfg(any(fuzzing, test))]
    pub fn matches(&self, secret: &Secret) -> Result<bool, HashFault> {
        self.matches_in(secret, &mut Memory::default())
    }

    /// Spends what [`SecretHash::matches_in`] would, so that time doesn't tell an
    /// unknown key from a wrong secret.
    ///
    /// # Errors
    /// As [`SecretHash::matches_in`].
    pub fn spend(secret: &Secret, cost: Cost) -> Result<(), HashFault> {
        compute(secret, cost, &[0; SALT_LEN], &mut Memory::default()).map(drop)
    }

    /// The parts of the PHC string, if it is one and within the bounds of the
    /// key format. argon2 would take its memory from whatever stands in it.
    fn bounded(&self) -> Option<(Cost, Salt, Output)> {
        let phc = PasswordHash::new(&self.0).ok()?;
        let right_kind = phc.algorithm.as_str() == "argon2id" && phc.version == Some(19);
        // Just m, t and p, each once: no key id, no associated data.
        let cost: Cost = phc.params.as_str().parse().ok()?;
        let salt = phc.salt.filter(|salt| (16..=48).contains(&salt.len()))?;
        let output = phc.hash.filter(|output| output.len() == OUTPUT_LEN)?;
        // One way to write a hash, as the reference implementation has it too: no
        // leading zeros, no other order, no bits beyond the last byte.
        let is_canonical = self.0 == encoded(cost, &salt, &output);
        (right_kind && is_canonical).then_some((cost, salt, output))
    }
}

/// The PHC string.
fn encoded(cost: Cost, salt: &Salt, output: &Output) -> String {
    format!("$argon2id$v=19${cost}${salt}${output}")
}

/// The memory that a hash is computed in, kept from one to the next. What is left in it
/// tells nothing of a secret.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// So many blocks, whatever is in them.
    fn blocks(&mut self, count: usize) -> Result<&mut [Block], HashFault> {
        if self.0.len() < count {
            // What was there is of no use, and would be in the way.
            self.0 = Vec::new();
            let mut blocks: Vec<Block> = Vec::new();
            let reserved = blocks.try_reserve_exact(count);
            reserved.map_err(|_| HashFault::OutOfMemory)?;
            huge_pages::advise(&mut blocks);
            blocks.resize(count, Block::new());
            self.0 = blocks;
        }
        Ok(&mut self.0[..count])
    }
}

/// Argon2id, version 19, 32 bytes.
fn compute(
    secret: &Secret,
    cost: Cost,
    salt: &[u8],
    memory: &mut Memory,
) -> Result<Output, HashFault> {
    let params = Params::new(
        cost.memory_kib(),
        cost.passes(),
        cost.lanes(),
        Some(OUTPUT_LEN),
    )
    .map_err(|_| HashFault::OutOfBounds)?;
    let blocks = memory.blocks(params.block_count())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut bytes = [0_u8; OUTPUT_LEN];
    let secret = secret.expose().as_bytes();
    wiping_stack(|| argon2.hash_password_into_with_memory(secret, salt, &mut bytes, blocks))
        .map_err(|_| HashFault::OutOfBounds)?;
    Output::new(&bytes).map_err(|_| HashFault::OutOfBounds)
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
        assert_eq!(hash.matches(&secret()), Ok(true));
        let other = "apik_ERV3kQN2_dtXXKrUTUOHPeN0lakT2XJgy6DbAmq49toLIkLR812n1272AB";
        assert_eq!(hash.matches(&Secret::parse(other).unwrap()), Ok(false));
    }

    #[test]
    fn a_hash_is_the_same_in_memory_that_served_others() {
        let mut memory = Memory::default();
        let costs = [(64, 2, 1), (8, 1, 1), (64, 1, 4), (256, 1, 1), (32, 3, 2)];
        for (memory_kib, passes, lanes) in costs {
            let cost = Cost::new(memory_kib, passes, lanes).unwrap();
            let hash = SecretHash::of(&secret(), cost).unwrap();
            assert_eq!(hash.matches_in(&secret(), &mut memory), Ok(true));
            let wrong = encoded_otherwise(&hash);
            assert_eq!(wrong.matches_in(&secret(), &mut memory), Ok(false));
        }
        assert_eq!(memory.0.len(), 256);
    }

    /// `hash` with another salt.
    fn encoded_otherwise(hash: &SecretHash) -> SecretHash {
        let (cost, _, output) = hash.bounded().unwrap();
        SecretHash(encoded(cost, &Salt::new(&[7; SALT_LEN]).unwrap(), &output))
    }

    #[test]
    fn a_hash_is_salted_and_says_its_cost() {
        let a = SecretHash::of(&secret(), Cost::default()).unwrap();
        let b = SecretHash::of(&secret(), Cost::default()).unwrap();
        assert!(a.as_stored().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(a.as_stored(), b.as_stored());
        assert_eq!(a.as_stored().len(), 97);
    }

    #[test]
    fn what_is_outside_the_bounds_is_never_computed() {
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
            assert_eq!(
                hash.matches(&secret()),
                Err(HashFault::OutOfBounds),
                "{stored}"
            );
        }
    }

    #[test]
    fn a_hash_another_program_made_is_verified() {
        // argon2-cffi: low_level.hash_secret(SECRET, b"0123456789abcdef", 2, 64, 2, 32, ID)
        let stored = "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU";
        let hash = SecretHash::from_stored(stored.to_owned());
        assert_eq!(hash.matches(&secret()), Ok(true));
    }
}
