//! What is presented and is no secret of a key.

use super::sandbox::Sandbox;

/// A secret of a database whose prefix is another, as long as any.
pub fn foreign() -> String {
    let foreign = Sandbox::empty();
    foreign.run(&["init", "--prefix", "acme"]).succeeds();
    foreign.key("x")
}

/// `secret` with another last character.
pub fn mistyped(secret: &str) -> String {
    let last = if secret.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &secret[..62])
}
