//! The baseline of `verify`: hashes one secret as `apikey` does, compares it, and does
//! nothing else. Takes the PHC string as argument and the secret on stdin.
//!
//! It must allocate memory as src/secret/hash.rs does, with the allocator of src/main.rs:
//! repeat here a change made there.

use std::io;
use std::process::ExitCode;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};

#[path = "../src/secret/huge_pages.rs"]
mod huge_pages;

fn main() -> ExitCode {
    let mut secret = String::new();
    let phc = std::env::args().nth(1);
    let matches = match (phc, io::stdin().read_line(&mut secret)) {
        (Some(phc), Ok(_)) => matches(secret.trim_end(), &phc),
        _ => None,
    };
    match matches {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => ExitCode::from(2),
    }
}

/// Returns whether `secret` has the hash in `phc`; none if it can't be computed.
fn matches(secret: &str, phc: &str) -> Option<bool> {
    let stored = PasswordHash::new(phc).ok()?;
    let (salt, output) = (stored.salt?, stored.hash?);
    let params = Params::try_from(&stored).ok()?;
    let mut blocks: Vec<Block> = Vec::new();
    blocks.try_reserve_exact(params.block_count()).ok()?;
    huge_pages::advise(&mut blocks);
    blocks.resize(params.block_count(), Block::new());
    let mut computed = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(secret.as_bytes(), &salt, &mut computed, &mut blocks)
        .ok()?;
    Some(output.as_bytes() == computed.as_slice())
}
