//! Turns at hashing: one a core, among all processes that use the database.
//!
//! A hash takes a core and its memory for itself. Of more at once none is done sooner,
//! and each has its memory until it is done: 256 had six times as much without turns
//! (docs/performance.md). A turn is a lock on a byte of the usage file, far past any
//! record, so that a process that ends in any way gives it back.
//!
//! Whoever may verify can lock these bytes and keep them. That is why nobody waits
//! for long: who got no turn in time hashes without.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{process, thread};

use nix::unistd::{SysconfVar, sysconf};

use super::lock::{Lock, try_lock};
use super::usage::UsageFile;
use crate::process::Undivided;

/// How long a turn is waited for: some hundreds of hashes of the default cost.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the first in the queue sleeps between two looks for a free turn: a part of a
/// hash that isn't missed, and seldom enough to leave those who hash in peace.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The byte that the first in the queue has locked. The turns are those after it.
const QUEUE: i64 = 1 << 62;

/// A turn at hashing, until dropped.
pub(crate) struct HashSlot {
    /// None where there was none to be had.
    locked: Option<File>,
    /// A process that is stopped would keep its turn. Released after the turn.
    _unstopped: Undivided,
}

impl HashSlot {
    /// Waits for a turn among those who use the database at `db`, if not for too long.
    ///
    /// Not a matter of leave, or of right: where the usage file can't be written, or
    /// turns are kept from others, it is as if there were none.
    pub(crate) fn wait(db: &Path) -> Self {
        Self::within(db, PATIENCE)
    }

    /// Takes a turn if one can be had at once.
    pub(crate) fn take(db: &Path) -> Self {
        Self::within(db, Duration::ZERO)
    }

    /// Whether it is one.
    pub(crate) fn is_taken(&self) -> bool {
        self.locked.is_some()
    }

    fn within(db: &Path, patience: Duration) -> Self {
        let unstopped = Undivided::by_stops();
        let file = UsageFile::open_writing(db).ok().map(UsageFile::into_file);
        Self {
            _unstopped: unstopped,
            // Not every file system has such locks.
            locked: file.filter(|file| matches!(wait(file, patience), Ok(true))),
        }
    }
}

/// Whether a turn could be had in that time.
///
/// Nothing waits for a lock and gives up but a thread that is left behind, so it is asked
/// for again and again; by the first in the queue for a turn, by all others for that place.
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
        let pause = match is_first {
            true => LOOK_EVERY,
            false => pause(waited, left),
        };
        thread::sleep(pause.min(left));
    }
}

/// How long those who are not the first in the queue sleep between two tries to become it.
///
/// About half of what they have waited: where few wait that is short, and where hundreds
/// do they leave the processor to those who hash. But no more than a fiftieth of what is
/// left, so that few who came early are passed by until they hash without a turn.
fn pause(waited: Duration, left: Duration) -> Duration {
    // Those who came at once are not to try at once, time after time.
    let stagger = 0.5 + f64::from(process::id() % 128) / 128.0;
    let pause = (waited / 2).min(left / 50).max(LOOK_EVERY);
    pause.mul_f64(stagger)
}

/// Takes a turn, if one is free.
fn take_any(file: &File) -> io::Result<bool> {
    let first = QUEUE + 1;
    // Where nobody else hashes, no more is asked.
    if take(file, first)? {
        return Ok(true);
    }
    // The machine's, not those that this process may use: all who use the database must
    // mean the same turns.
    let cores = sysconf(SysconfVar::_NPROCESSORS_ONLN)?.unwrap_or(1);
    for turn in first + 1..first + cores {
        if take(file, turn)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Locks that byte, if nobody else has.
fn take(file: &File, byte: i64) -> io::Result<bool> {
    try_lock(file, Lock::Write, byte, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waited_longest_tries_most_often_but_never_without_a_pause() {
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
