//! The line that a secret is delivered in.

use zeroize::Zeroizing;

use crate::secret::Secret;

/// Returns `secret` and a newline, as it is printed and as a file holds it.
pub(crate) fn secret_line(secret: &Secret) -> Zeroizing<Vec<u8>> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(secret.expose().len() + 1));
    line.extend_from_slice(secret.expose().as_bytes());
    line.push(b'\n');
    line
}
