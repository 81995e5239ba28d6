//! The buffers in which a batch hashes. A worker borrows a buffer for one hash; the next hash
//! reuses it. If memory doesn't suffice for all workers at once, they wait for each other.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Kind, Result};
use crate::secret::Memory;

/// The buffers of a batch.
#[derive(Default)]
pub(super) struct HashBuffers {
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Memory>,
    lent: usize,
}

impl HashBuffers {
    /// Calls `hash` with a buffer. Without memory for a new buffer, waits for a lent one; so it
    /// fails only if memory doesn't suffice for a single buffer.
    ///
    /// # Errors
    /// The errors of `hash`.
    pub(super) fn lend<T>(&self, hash: impl Fn(&mut Memory) -> Result<T>) -> Result<T> {
        loop {
            let mut buffer = self.borrow();
            match hash(&mut buffer) {
                Err(error) if error.kind() == Kind::OutOfMemory => {
                    drop(buffer);
                    if !self.wait_for_memory() {
                        return Err(error);
                    }
                }
                done => {
                    self.give_back(buffer);
                    return done;
                }
            }
        }
    }

    fn borrow(&self) -> Memory {
        let mut state = self.lock();
        state.lent += 1;
        state.idle.pop().unwrap_or_default()
    }

    fn give_back(&self, buffer: Memory) {
        let mut state = self.lock();
        state.lent -= 1;
        state.idle.push(buffer);
        self.returned.notify_all();
    }

    /// Waits until another worker returns a buffer, or frees the idle buffers. Returns whether
    /// either happened, so that another attempt is worthwhile.
    fn wait_for_memory(&self) -> bool {
        let mut state = self.lock();
        state.lent -= 1;
        // Wakes workers that wait for this buffer, which is not returned.
        self.returned.notify_all();
        if state.idle.is_empty() && state.lent > 0 {
            drop(self.returned.wait(state));
            return true;
        }
        let has_idle = !state.idle.is_empty();
        state.idle.clear();
        has_idle
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
