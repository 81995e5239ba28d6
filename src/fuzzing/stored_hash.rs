//! Fuzzes stored hashes: only those within the bounds of the key format are computed.

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};

use super::lines;
use crate::secret::{Secret, SecretHash};

const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

/// KiB times passes of the most expensive hash that is computed here. The bounds allow
/// more, which is too slow for a fuzzer.
const MAX_COST: u32 = 64;

/// Reads a line as a stored hash. A hash outside the bounds must be an error without any
/// computation; a hash within them must match only its own secret.
pub fn stored_hash(bytes: &[u8]) {
    let Some([stored]) = lines(bytes) else {
        return;
    };
    let secret = Secret::parse(SECRET).unwrap();
    let hash = SecretHash::from_stored(stored.to_owned());
    assert_eq!(hash.as_stored(), stored);
    assert_eq!(format!("{hash:?}"), "SecretHash(…)");
    assert_eq!(hash.is_within_bounds(), Parts::of(stored).is_some());
    let Some(parts) = Parts::of(stored) else {
        assert!(hash.matches(&secret).is_err(), "computed: {stored}");
        return;
    };
    if !is_cheap(stored) {
        return;
    }
    let right = parts.output_for(SECRET);
    assert_eq!(hash.matches(&secret).unwrap(), parts.output == right);
    // The same hash with the right output, and with one bit of it wrong.
    let with = |output: &[u8]| {
        let (head, _) = stored.rsplit_once('$').unwrap();
        let output = Base64Unpadded::encode_string(output);
        SecretHash::from_stored(format!("{head}${output}"))
    };
    assert!(with(&right).matches(&secret).unwrap());
    let mut wrong = right;
    wrong[bytes.len() % 32] ^= 1 << (bytes.len() / 32 % 8);
    assert!(!with(&wrong).matches(&secret).unwrap());
}

/// Returns whether comparing a secret with `stored` is fast.
pub(super) fn is_cheap(stored: &str) -> bool {
    Parts::of(stored).is_none_or(|parts| parts.memory_kib * parts.passes <= MAX_COST)
}

/// The values in a stored hash within the bounds.
struct Parts {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Parts {
    /// Parses exactly `$argon2id$v=19$m=M,t=T,p=P$SALT$OUTPUT`, within the bounds.
    fn of(stored: &str) -> Option<Self> {
        let mut parts = stored.strip_prefix("$argon2id$v=19$")?.split('$');
        let mut costs = parts.next()?.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let (memory_kib, passes, lanes) = (cost("m=")?, cost("t=")?, cost("p=")?);
        let mut bytes = || Base64Unpadded::decode_vec(parts.next()?).ok();
        let (salt, output) = (bytes()?, bytes()?);
        let canonical = format!(
            "$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${}${}",
            Base64Unpadded::encode_string(&salt),
            Base64Unpadded::encode_string(&output),
        );
        let is_within = canonical == stored
            && (8..=262_144).contains(&memory_kib)
            && (1..=10).contains(&passes)
            && (1..=4).contains(&lanes)
            && memory_kib >= 8 * lanes
            && (16..=48).contains(&salt.len())
            && output.len() == 32;
        is_within.then_some(Self {
            memory_kib,
            passes,
            lanes,
            salt,
            output,
        })
    }

    fn output_for(&self, secret: &str) -> [u8; 32] {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut output = [0; 32];
        argon2
            .hash_password_into(secret.as_bytes(), &self.salt, &mut output)
            .unwrap();
        output
    }
}
