//! The shared secret, with which integrations sign messages. It is stored in the clear by
//! design: a verifier of signatures needs the same secret as the signer.

use std::io::{self, Read};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{RANDOM_LEN, push_random};
use crate::error::Result;

/// 43 base62 characters, wiped from memory when dropped.
///
/// Like [`Secret`](super::Secret), it lacks Display, so that no code prints it by accident.
#[derive(Clone)]
pub struct SharedSecret(Zeroizing<String>);

/// The beginning of a signature: the name of the hash, as in webhooks.
const ALGORITHM: &str = "sha256=";

impl SharedSecret {
    /// Generates a shared secret.
    ///
    /// # Errors
    /// If the operating system provides no random bytes.
    pub fn generate() -> Result<Self> {
        // Full capacity from the start, since a string that grows leaves copies in memory.
        let mut text = Zeroizing::new(String::with_capacity(RANDOM_LEN));
        push_random(&mut text, RANDOM_LEN)?;
        Ok(Self(text))
    }

    /// Parses a shared secret; returns `None` if the shape is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let is_valid = text.len() == RANDOM_LEN && text.bytes().all(|c| c.is_ascii_alphanumeric());
        is_valid.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Returns the shared secret as text. Every caller could leak it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether it equals `other`. Not for untrusted input, since the time reveals the
    /// length of the common beginning.
    pub fn equals(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Returns an HMAC whose key is the text of the secret.
    fn keyed(&self) -> io::Result<Hmac<Sha256>> {
        // HMAC accepts a key of any length (RFC 2104), so this never fails.
        Hmac::new_from_slice(self.0.as_bytes()).map_err(io::Error::other)
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

/// Returns the signature of `message` by `secret`: `sha256=` and the HMAC-SHA256 (RFC 2104) in
/// lower-case hex.
///
/// # Errors
/// If `message` can't be read.
pub fn sign(secret: &SharedSecret, message: impl Read) -> io::Result<String> {
    let mut macs = [secret.keyed()?];
    feed(&mut macs, message)?;
    let [mac] = macs;
    let digest = mac.finalize().into_bytes();
    Ok(format!(
        "{ALGORITHM}{}",
        base16ct::lower::encode_string(&digest)
    ))
}

/// Returns for each secret whether `signature` is its signature of `message`. Compares every
/// digest, in constant time.
///
/// # Errors
/// If `message` can't be read.
pub fn signed_by(
    signature: &str,
    secrets: &[&SharedSecret],
    message: impl Read,
) -> io::Result<Vec<bool>> {
    let macs: io::Result<Vec<_>> = secrets.iter().map(|secret| secret.keyed()).collect();
    let mut macs = macs?;
    feed(&mut macs, message)?;
    let digits = signature.strip_prefix(ALGORITHM).unwrap_or_default();
    let digest = base16ct::mixed::decode_vec(digits).unwrap_or_default();
    Ok(macs
        .into_iter()
        .map(|mac| mac.verify_slice(&digest).is_ok())
        .collect())
}

/// Feeds `message` to all of `macs` in one pass.
fn feed(macs: &mut [Hmac<Sha256>], mut message: impl Read) -> io::Result<()> {
    let mut buffer = [0_u8; 1 << 14];
    loop {
        match message.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => macs.iter_mut().for_each(|mac| mac.update(&buffer[..count])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SharedSecret {
        SharedSecret(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn a_signature_is_the_hmac_of_the_standard() {
        // RFC 4231, test cases 1 and 2.
        for (key, message, digest) in [
            (
                "\u{b}".repeat(20),
                "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                "Jefe".to_owned(),
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ] {
            let signature = sign(&secret(&key), message.as_bytes()).unwrap();
            assert_eq!(signature, format!("sha256={digest}"));
        }
    }

    #[test]
    fn a_signature_is_accepted_only_with_its_secret_and_message() {
        let [signer, other] = [(); 2].map(|()| SharedSecret::generate().unwrap());
        let message = vec![b'x'; 100_000];
        let right = sign(&signer, &message[..]).unwrap();
        let check = |signature: &str, secrets: &[&SharedSecret], message: &[u8]| {
            let by = signed_by(signature, secrets, message).unwrap();
            assert_eq!(by.len(), secrets.len());
            by.contains(&true)
        };
        assert!(check(&right, &[&signer], &message));
        assert!(check(&right, &[&other, &signer], &message));
        assert!(check(&right, &[&signer, &other], &message));
        assert!(check(
            &format!("sha256={}", right[7..].to_uppercase()),
            &[&signer],
            &message
        ));
        assert!(!check(&right, &[&other], &message));
        assert!(!check(&right, &[], &message));
        assert!(!check(&right, &[&signer], &message[1..]));
        let last = if right.ends_with('0') { "1" } else { "0" };
        for wrong in [
            "",
            "sha256=",
            &right[7..],
            &right[..right.len() - 1],
            &right[..right.len() - 2],
            &format!("{}{last}", &right[..right.len() - 1]),
            &format!("{right}00"),
            &format!("sha1={}", &right[7..]),
            &format!(" {right}"),
        ] {
            assert!(!check(wrong, &[&signer], &message), "{wrong}");
        }
    }

    #[test]
    fn a_shared_secret_has_256_bits_and_is_not_shown() {
        let generated = SharedSecret::generate().unwrap();
        assert!(SharedSecret::parse(generated.expose()).is_some());
        assert_eq!(format!("{generated:?}"), "SharedSecret(…)");
        for bad in ["", &"a".repeat(42), &"a".repeat(44), &"-".repeat(43)] {
            assert!(SharedSecret::parse(bad).is_none(), "{bad}");
        }
    }
}
