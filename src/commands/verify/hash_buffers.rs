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
    /// Calls `hash` with a buffer. If there is no memory for a new buffer, waits until a lent one
    /// is free; so it fails only if memory doesn't suffice for a single buffer.
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

    /// Frees the idle buffers; if there are none, waits until another worker returns or drops its
    /// buffer. Returns false if neither was possible: another attempt would fail, too.
    fn wait_for_memory(&self) -> bool {
        let mut state = self.lock();
        state.lent -= 1;
        // The caller dropped its buffer instead of returning it, so workers that wait for a buffer
        // must try again.
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
