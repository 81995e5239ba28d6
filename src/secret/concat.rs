//! Text that contains a secret, put together without leaving copies in memory.

use zeroize::Zeroizing;

/// Returns `parts` joined, wiped from memory when dropped. The buffer has its full size at
/// once: a buffer that grows leaves copies behind.
pub fn concat_wiped(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut joined = Zeroizing::new(Vec::with_capacity(len));
    parts.iter().for_each(|part| joined.extend_from_slice(part));
    joined
}
