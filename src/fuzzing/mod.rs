//! What the fuzzer calls: a function for each target in `fuzz/`, that takes any
//! bytes and asserts what must hold whatever they are. Compiled for the fuzzer
//! and for the tests, which run every checked-in seed through its target; never
//! into the program.
//!
//! What is asserted is written down a second time and plainly, from the contract
//! and not from the code under test. Nothing else may enter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a target that panics has found something"
)]

mod arguments;
mod keys_db;
mod permission;
mod schema;
mod secret;
mod stored_hash;
mod time;
mod words;

pub use arguments::arguments;
pub use keys_db::keys_db;
pub use permission::permission;
pub use secret::secret;
pub use stored_hash::stored_hash;
pub use time::time;
pub use words::words;

#[cfg(test)]
mod tests;

/// A target: its name in `fuzz/`, and what it does with any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 7] = [
    ("arguments", arguments),
    ("keys_db", keys_db),
    ("permission", permission),
    ("secret", secret),
    ("stored_hash", stored_hash),
    ("time", time),
    ("words", words),
];

/// The lines of `bytes`, up to `N` of them, those that aren't there empty; none
/// where they are not UTF-8.
fn lines<const N: usize>(bytes: &[u8]) -> Option<[&str; N]> {
    let mut lines = str::from_utf8(bytes).ok()?.split('\n');
    Some(std::array::from_fn(|_| lines.next().unwrap_or_default()))
}
