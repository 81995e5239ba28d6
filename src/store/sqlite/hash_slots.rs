//! Hash slots: one per core, shared by all processes that use the database.
//!
//! A hash of the default cost needs a core and 19 MiB. More hashes at once than there are cores
//! finish no sooner, and each keeps its memory until it is done: 256 `verify` at once took six
//! times as much memory without slots (docs/performance.md). A slot is a lock on a byte of the
//! usage file, far past any record; the system releases it when the process ends.
//!
//! Every verifier can lock these bytes and keep them. Therefore the wait is limited, and a
//! process that gets no slot in time hashes without one.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{process, thread};

use nix::unistd::{SysconfVar, sysconf};

use super::lock::{Lock, try_lock};
use super::usage::UsageFile;
use crate::config::{Location, Place};
use crate::process::BlockedSignals;
use crate::store::Store;
#[cfg(feature = "postgres")]
use crate::store::postgres::lock_file;

/// The longest wait for a slot: hundreds of hashes of the default cost.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// How long the first process in the queue sleeps between two attempts to take a slot: a small part
/// of the time of a hash, and long enough to leave the processor to the processes that hash.
const RETRY_INTERVAL: Duration = Duration::from_millis(1);

/// The byte that the first process in the queue locks. The slots are the bytes after it.
const QUEUE: i64 = 1 << 62;

/// A hash slot, released when dropped.
pub(crate) struct HashSlot {
    /// The locked usage file; none if no slot was free in time.
    locked: Option<File>,
    /// Signals that stop the process are blocked until the slot is released: a stopped process
    /// would keep it.
    _blocked_stops: BlockedSignals,
}

impl HashSlot {
    /// Waits up to ten seconds for a hash slot of the database at `location`.
    ///
    /// Requires no right. If the usage file can't be written, or other processes keep the
    /// slots, the result has no slot, and the caller hashes without one.
    pub(crate) fn wait(location: &Location) -> Self {
        Self::within(location.place(), MAX_WAIT)
    }

    fn within(db: &Place, max_wait: Duration) -> Self {
        let blocked_stops = BlockedSignals::that_stop();
        let file = match db {
            Place::File(path) => UsageFile::open_writing(path).ok().map(UsageFile::into_file),
            #[cfg(feature = "postgres")]
            Place::Server(_) => lock_file().ok(),
        };
        Self {
            _blocked_stops: blocked_stops,
            // Not every file system has such locks.
            locked: file.filter(|file| matches!(wait(file, max_wait), Ok(true))),
        }
    }
}

/// The hash slots, for a process that hashes many times.
pub(crate) struct HashSlots {
    location: Location,
    /// Whether the last wait failed, probably because other processes keep the slots.
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

    /// Waits for a slot as [`HashSlot::wait`] does. Once a wait has failed, later calls only
    /// try, without waiting, until one of them gets a slot.
    pub(crate) fn wait(&self) -> HashSlot {
        let are_kept = self.are_kept.load(Ordering::Relaxed);
        let max_wait = if are_kept { Duration::ZERO } else { MAX_WAIT };
        let slot = HashSlot::within(self.location.place(), max_wait);
        self.are_kept
            .store(slot.locked.is_none(), Ordering::Relaxed);
        slot
    }
}

impl Store {
    /// Waits for a hash slot, as [`HashSlot::wait`] does.
    pub(crate) fn hash_slot(&self) -> HashSlot {
        HashSlot::within(&self.place, MAX_WAIT)
    }
}

/// Waits for a slot, at most for `max_wait`. Returns whether a slot was taken.
///
/// No system call waits for a lock with a time limit. So the first in the queue polls for a
/// slot, and all others poll to become the first.
fn wait(file: &File, max_wait: Duration) -> io::Result<bool> {
    let start = Instant::now();
    let mut is_first = false;
    loop {
        is_first = is_first || take(file, QUEUE)?;
        if is_first && take_any(file)? {
            try_lock(file, Lock::Release, QUEUE, 1)?;
            return Ok(true);
        }
        let waited = start.elapsed();
        let left = max_wait.saturating_sub(waited);
        if left.is_zero() {
            return Ok(false);
        }
        let pause = if is_first {
            RETRY_INTERVAL
        } else {
            pause(waited, left)
        };
        thread::sleep(pause.min(left));
    }
}

/// Returns how long a process that is not the first in the queue sleeps between two attempts
/// to become the first.
///
/// It is about half of the time waited so far: short if the queue is short, and long enough
/// that hundreds of waiting processes leave the processor to those that hash. Near the end of
/// the wait it is about a fiftieth of the time left: a process that will soon hash without a slot
/// tries often, so that processes that began to wait later rarely overtake it.
fn pause(waited: Duration, left: Duration) -> Duration {
    // Processes that started together must not keep polling together.
    let stagger = 0.5 + f64::from(process::id() % 128) / 128.0;
    let pause = (waited / 2).min(left / 50).max(RETRY_INTERVAL);
    pause.mul_f64(stagger)
}

/// Takes a slot, if one is free.
fn take_any(file: &File) -> io::Result<bool> {
    let first = QUEUE + 1;
    // Usually no other process hashes, and the number of cores need not be read.
    if take(file, first)? {
        return Ok(true);
    }
    // All cores of the system count, not just those that this process may use: all processes must
    // agree on the slots.
    let cores = sysconf(SysconfVar::_NPROCESSORS_ONLN)?.unwrap_or(1);
    for slot in first + 1..first + cores {
        if take(file, slot)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Locks a byte, unless another process has locked it.
fn take(file: &File, byte: i64) -> io::Result<bool> {
    try_lock(file, Lock::Exclusive, byte, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_waiting_process_tries_most_often_but_never_without_a_pause() {
        let mut before = Duration::MAX;
        for hundredths in 10..=100 {
            let waited = MAX_WAIT / 100 * hundredths;
            let pause = pause(waited, MAX_WAIT - waited);
            assert!(pause <= before, "{waited:?}: {pause:?}");
            assert!(pause >= RETRY_INTERVAL / 2, "{waited:?}: {pause:?}");
            before = pause;
        }
        assert!(pause(Duration::ZERO, MAX_WAIT) <= 2 * RETRY_INTERVAL);
        assert!(before <= 2 * RETRY_INTERVAL);
    }
}
