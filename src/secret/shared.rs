//! The shared secret, with which integrations sign what they send. It can be
//! read again by design: whoever can check a signature can also make one.

use std::io::{self, Read};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{NoRandomness, RANDOM_LEN, push_random};

/// 43 base62 characters, wiped from memory when dropped.
///
/// As for [`Secret`](super::Secret), what can't be printed by accident isn't.
#[derive(Clone)]
pub struct SharedSecret(Zeroizing<String>);

/// What a signature begins with: the name of the hash, as webhooks have it.
const ALGORITHM: &str = "sha256=";

impl SharedSecret {
    /// Generates one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, NoRandomness> {
        // Room for all of it at once: a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(RANDOM_LEN));
        push_random(&mut text, RANDOM_LEN)?;
        Ok(Self(text))
    }

    /// The shared secret that `text` is, if it has the shape of one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == RANDOM_LEN && text.bytes().all(|c| c.is_ascii_alphanumeric());
        is_one.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret itself. Every caller is a place where it could get out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is the same as `other`. Not for what comes from outside: the time
    /// it takes tells how far they agree.
    pub fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// The key is what `expose` shows, as text.
    fn keyed(&self) -> io::Result<Hmac<Sha256>> {
        // HMAC takes a key of any length (RFC 2104), so this never fails.
        Hmac::new_from_slice(self.0.as_bytes()).map_err(io::Error::other)
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

/// The signature of `message` by `secret`: `sha256=` and the HMAC-SHA256
/// (RFC 2104) in lower-case hex.
///
/// # Errors
/// When `message` can't be read.
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

/// Which of `secrets` made `signature` of `message`: as many answers as secrets.
/// Digests are compared in constant time, and each of them is.
///
/// # Errors
/// When `message` can't be read.
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

/// Reads `message` once, however long it is, for all of `macs`.
fn feed(macs: &mut [Hmac<Sha256>], mut message: impl Read) -> io::Result<()> {
    let mut buffer = [0_u8; 1 << 14];
    loop {
        match message.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => macs.iter_mut().for_each(|mac| mac.update(&buffer[..count])),
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
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
    fn a_signature_is_right_or_it_is_not() {
        let (one, other) = (
            SharedSecret::generate().unwrap(),
            SharedSecret::generate().unwrap(),
        );
        let message = vec![b'x'; 100_000];
        let right = sign(&one, &message[..]).unwrap();
        let check = |signature: &str, secrets: &[&SharedSecret], message: &[u8]| {
            let by = signed_by(signature, secrets, message).unwrap();
            assert_eq!(by.len(), secrets.len());
            by.contains(&true)
        };
        assert!(check(&right, &[&one], &message));
        assert!(check(&right, &[&other, &one], &message));
        assert!(check(&right, &[&one, &other], &message));
        assert!(check(
            &format!("sha256={}", right[7..].to_uppercase()),
            &[&one],
            &message
        ));
        assert!(!check(&right, &[&other], &message));
        assert!(!check(&right, &[], &message));
        assert!(!check(&right, &[&one], &message[1..]));
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
            assert!(!check(wrong, &[&one], &message), "{wrong}");
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
