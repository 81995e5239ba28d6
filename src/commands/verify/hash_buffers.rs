//! The memory in which a batch hashes: lent for a hash, and kept for the next. Where there
//! is not enough for all workers at once, they wait for each other.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Kind, Result};
use crate::secret::Memory;

/// HashBuffers to lend.
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
    /// Hashes in one of them. Of those who find that there is no memory for another, each
    /// waits for one that is in use; so it fails only where there is not enough for one.
    ///
    /// # Errors
    /// Those of `hash`.
    pub(super) fn lend<T>(&self, hash: impl Fn(&mut Memory) -> Result<T>) -> Result<T> {
        loop {
            let mut memory = self.take();
            match hash(&mut memory) {
                Err(error) if error.kind() == Kind::OutOfMemory => {
                    drop(memory);
                    if !self.may_have_another() {
                        return Err(error);
                    }
                }
                done => {
                    self.give_back(memory);
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

    fn give_back(&self, memory: Memory) {
        let mut state = self.lock();
        state.lent -= 1;
        state.idle.push(memory);
        self.returned.notify_all();
    }

    /// Whether it may do to try again: after one was given back, or where some that are
    /// kept were in the way.
    fn may_have_another(&self) -> bool {
        let mut state = self.lock();
        state.lent -= 1;
        // Whoever waits for this one would wait in vain.
        self.returned.notify_all();
        if state.idle.is_empty() && state.lent > 0 {
            drop(self.returned.wait(state));
            return true;
        }
        let were_in_the_way = !state.idle.is_empty();
        state.idle.clear();
        were_in_the_way
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
