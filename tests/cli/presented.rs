//! Texts for `verify` that look like a secret but are not the secret of a key.

use super::sandbox::Sandbox;

/// Returns a secret of a database with another prefix of the same length.
pub fn foreign() -> String {
    let foreign = Sandbox::empty();
    foreign.run(&["init", "--prefix", "acme"]).succeeds();
    foreign.key("x")
}

/// Returns `secret` with another last character.
pub fn mistyped(secret: &str) -> String {
    let last = if secret.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &secret[..62])
}
