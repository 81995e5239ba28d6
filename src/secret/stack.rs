//! What is left on the stack of whoever worked with a secret: optimised code keeps copies
//! there of what it has in its hands, which nobody wipes who only knows the values.

use std::hint::black_box;

/// Bytes of the stack that are wiped: more than whoever works with a secret leaves copies
/// in.
const DEPTH: usize = 16 << 10;

/// Does `work`, and wipes what it leaves on the stack. What it returns must hold no secret
/// but on the heap.
pub(super) fn wiping_stack<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    wipe();
    done
}

/// In a frame of its own, below which are those that `wipe` writes over.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe() {
    black_box(&mut [0_u8; DEPTH]);
}
