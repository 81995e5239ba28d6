//! Wipes the stack after work with a secret. Optimised code leaves copies there that a wipe of
//! the values doesn't reach.

use std::hint::black_box;

/// The number of bytes to wipe, more than work with a secret uses.
const DEPTH: usize = 16 << 10;

/// Runs `work` and wipes the stack that it used. The result may contain a secret only on the
/// heap.
pub(super) fn wiping_stack<T>(work: impl FnOnce() -> T) -> T {
    let result = run_in_frame(work);
    wipe();
    result
}

/// Runs `work` in a frame of its own, so that `wipe` overwrites that frame and
/// those below it.
#[inline(never)]
fn run_in_frame<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe() {
    black_box(&mut [0_u8; DEPTH]);
}
