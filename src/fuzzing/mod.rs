//! Functions for the fuzzer, one for each target in `fuzz/`. Each takes any bytes and
//! asserts what must hold for all of them. Compiled for the fuzzer and for the tests, which
//! run every checked-in seed through its target; never into the program.
//!
//! The assertions are a second, plain implementation of the contract, independent of the
//! code under test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a target reports a bug by a panic"
)]

mod arguments;
mod keys_db;
mod permission;
mod reading;
mod schema;
mod secret;
mod stored_hash;
mod time;
mod values;

pub use arguments::arguments;
pub use keys_db::keys_db;
pub use permission::permission;
pub use secret::secret;
pub use stored_hash::stored_hash;
pub use time::time;
pub use values::values;

#[cfg(test)]
mod tests;

/// A target: its name in `fuzz/`, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 7] = [
    ("arguments", arguments),
    ("keys_db", keys_db),
    ("permission", permission),
    ("secret", secret),
    ("stored_hash", stored_hash),
    ("time", time),
    ("values", values),
];

/// Returns the first `N` lines of `bytes`, empty ones for those that are missing. Returns
/// none if `bytes` are not UTF-8.
fn lines<const N: usize>(bytes: &[u8]) -> Option<[&str; N]> {
    let mut lines = str::from_utf8(bytes).ok()?.split('\n');
    Some(std::array::from_fn(|_| lines.next().unwrap_or_default()))
}
