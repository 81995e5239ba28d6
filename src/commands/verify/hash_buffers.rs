//! The buffers in which a batch hashes: lent for a hash, and kept for the next. Where there
//! is not enough memory for all workers at once, they wait for each other.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Kind, Result};
use crate::secret::Memory;

/// Buffers to lend.
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
    /// Calls `hash` with a buffer. A worker that finds no memory for another buffer waits for
    /// one that is lent; so it fails only where there is not enough memory for a single one.
    ///
    /// # Errors
    /// The errors of `hash`.
    pub(super) fn lend<T>(&self, hash: impl Fn(&mut Memory) -> Result<T>) -> Result<T> {
        loop {
            let mut buffer = self.take();
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

    fn take(&self) -> Memory {
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

    /// Waits until a buffer is given back, or frees those that are kept. Returns whether
    /// either happened, so that another try is worthwhile.
    fn wait_for_memory(&self) -> bool {
        let mut state = self.lock();
        state.lent -= 1;
        // A worker that waits for this buffer would wait in vain.
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
