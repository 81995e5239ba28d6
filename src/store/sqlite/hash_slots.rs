//! Slots for hashing: one a core, among all processes that use the database.
//!
//! A hash takes a core and its memory for itself. More hashes at once are done no sooner,
//! and each keeps its memory until it is done: 256 took six times as much memory without
//! slots (docs/performance.md). A slot is a lock on a byte of the usage file, far past any
//! record, so that a process that ends in any way releases it.
//!
//! Every verifier can lock these bytes and keep them. Therefore the wait is short, and a
//! process that got no slot in time hashes without.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{process, thread};

use nix::unistd::{SysconfVar, sysconf};

use super::lock::{Lock, try_lock};
use super::usage::UsageFile;
use crate::config::Location;
use crate::process::BlockedSignals;
use crate::store::Store;

/// The longest wait for a slot: hundreds of hashes of the default cost.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the first in the queue sleeps between two tries to take a slot: a small part of
/// a hash, and long enough to leave the processor to the processes that hash.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The byte that the first in the queue has locked. The slots are the bytes after it.
const QUEUE: i64 = 1 << 62;

/// A slot for hashing, until dropped.
pub(crate) struct HashSlot {
    /// None where no slot was free in time.
    locked: Option<File>,
    /// A process that is stopped would keep its slot. Released after the slot.
    _blocked_stops: BlockedSignals,
}

impl HashSlot {
    /// Waits for a slot among the processes that use the database at `location`, for ten
    /// seconds at most.
    ///
    /// No right is required. Where the usage file can't be written, or another process keeps
    /// the slots, the caller hashes without.
    pub(crate) fn wait(location: &Location) -> Self {
        Self::within(location.file(), PATIENCE)
    }

    fn within(db: &Path, patience: Duration) -> Self {
        let blocked_stops = BlockedSignals::that_stop();
        let file = UsageFile::open_writing(db).ok().map(UsageFile::into_file);
        Self {
            _blocked_stops: blocked_stops,
            // Not every file system has such locks.
            locked: file.filter(|file| matches!(wait(file, patience), Ok(true))),
        }
    }
}

/// The slots for hashing, for a process that hashes again and again.
pub(crate) struct HashSlots {
    location: Location,
    /// Whether the last wait was in vain: another process keeps the slots.
    are_kept: AtomicBool,
}

impl HashSlots {
    /// Returns the slots of the database at `location`.
    pub(crate) fn new(location: &Location) -> Self {
        Self {
            location: location.clone(),
            are_kept: AtomicBool::new(false),
        }
    }

    /// Waits for a slot as [`HashSlot::wait`] does; not again after a wait in vain, until a
    /// slot is free at once.
    pub(crate) fn wait(&self) -> HashSlot {
        let are_kept = self.are_kept.load(Ordering::Relaxed);
        let patience = if are_kept { Duration::ZERO } else { PATIENCE };
        let slot = HashSlot::within(self.location.file(), patience);
        self.are_kept
            .store(slot.locked.is_none(), Ordering::Relaxed);
        slot
    }
}

impl Store {
    /// Waits for a slot for hashing, as [`HashSlot::wait`] does.
    pub(crate) fn hash_slot(&self) -> HashSlot {
        HashSlot::within(&self.path, PATIENCE)
    }
}

/// Returns whether a slot was taken within `patience`.
///
/// No system call waits for a lock for a limited time. So the first in the queue tries again
/// and again to take a slot, and all others to become the first.
fn wait(file: &File, patience: Duration) -> io::Result<bool> {
    let begun = Instant::now();
    let mut is_first = false;
    loop {
        is_first = is_first || take(file, QUEUE)?;
        if is_first && take_any(file)? {
            try_lock(file, Lock::None, QUEUE, 1)?;
            return Ok(true);
        }
        let waited = begun.elapsed();
        let left = patience.saturating_sub(waited);
        if left.is_zero() {
            return Ok(false);
        }
        let pause = if is_first {
            LOOK_EVERY
        } else {
            pause(waited, left)
        };
        thread::sleep(pause.min(left));
    }
}

/// Returns how long a process that is not the first in the queue sleeps between two tries to
/// become the first.
///
/// It is about half of the time waited so far: short where the queue is short, and where
/// hundreds wait, they leave the processor to the processes that hash. But it is at most a
/// fiftieth of the time left, so that few early processes are overtaken until they hash
/// without a slot.
fn pause(waited: Duration, left: Duration) -> Duration {
    // Processes that came at once must not try at once, again and again.
    let stagger = 0.5 + f64::from(process::id() % 128) / 128.0;
    let pause = (waited / 2).min(left / 50).max(LOOK_EVERY);
    pause.mul_f64(stagger)
}

/// Takes a slot, if one is free.
fn take_any(file: &File) -> io::Result<bool> {
    let first = QUEUE + 1;
    // Where no other process hashes, this is the only system call.
    if take(file, first)? {
        return Ok(true);
    }
    // The machine's, not those that this process may use: all processes must mean the same
    // slots.
    let cores = sysconf(SysconfVar::_NPROCESSORS_ONLN)?.unwrap_or(1);
    for slot in first + 1..first + cores {
        if take(file, slot)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Locks that byte, if no other process has.
fn take(file: &File, byte: i64) -> io::Result<bool> {
    try_lock(file, Lock::Write, byte, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_waiting_process_tries_most_often_but_never_without_a_pause() {
        let mut before = Duration::MAX;
        for hundredths in 10..=100 {
            let waited = PATIENCE / 100 * hundredths;
            let pause = pause(waited, PATIENCE - waited);
            assert!(pause <= before, "{waited:?}: {pause:?}");
            assert!(pause >= LOOK_EVERY / 2, "{waited:?}: {pause:?}");
            before = pause;
        }
        assert!(pause(Duration::ZERO, PATIENCE) <= 2 * LOOK_EVERY);
        assert!(before <= 2 * LOOK_EVERY);
    }
}
