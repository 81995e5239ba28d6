//! Turns at hashing: one a core, among all processes that use the database.
//!
//! A hash takes a core and its memory for itself. Of more at once none is done sooner,
//! and 256 took half as long again as one after the other, and 5 GiB
//! (docs/performance.md). A turn is a lock on a byte of the usage file, far past any
//! record, so that a process that ends in any way gives it back.
//!
//! Whoever may verify can lock these bytes and keep them. That is why nobody waits
//! for long: who got no turn in time hashes without.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::usage::UsageFile;

/// How long a turn is waited for: some hundreds of hashes of the default cost.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the first in the queue sleeps between two looks for a free turn: a
/// hundredth of a hash.
const LOOK_EVERY: Duration = Duration::from_micros(200);

/// The byte that the first in the queue has locked. The turns are those after it.
const QUEUE: i64 = 1 << 62;

/// Bytes of the stack of the thread that waits.
const STACK: usize = 64 << 10;

/// A turn at hashing, until dropped.
pub(crate) struct Turn {
    /// None where there was none to be had.
    _locked: Option<File>,
}

impl Turn {
    /// Waits for a turn among those who use the database at `db`, if not for too long.
    ///
    /// Not a matter of leave, or of right: where the usage file can't be written, or
    /// turns are kept from others, it is as if there were none.
    pub(crate) fn wait(db: &Path) -> Self {
        let file = UsageFile::open_writing(db).ok().map(UsageFile::into_file);
        Self {
            _locked: file.and_then(wait),
        }
    }
}

fn wait(file: File) -> Option<File> {
    // Where nobody else hashes, no more is asked.
    match take_any(&file, 1) {
        Ok(true) => return Some(file),
        Ok(false) => {}
        // Not every file system has such locks.
        Err(_) => return None,
    }
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    // Nothing but a thread can wait for a lock and give up.
    let (send, receive) = mpsc::channel();
    let queue = move || {
        let taken = queue(&file, cores);
        // Nobody listens any longer: then the lock goes with the file.
        let _ = send.send(taken.is_ok().then_some(file));
    };
    let waiting = thread::Builder::new().stack_size(STACK).spawn(queue).ok()?;
    let taken = receive.recv_timeout(PATIENCE).ok().flatten();
    drop(waiting);
    taken
}

/// Waits in the queue, and at its head for a turn. Just one looks for turns at a time,
/// however many wait.
fn queue(file: &File, cores: usize) -> io::Result<()> {
    fcntl(file, FcntlArg::F_OFD_SETLKW(&lock(libc::F_WRLCK, QUEUE)))?;
    while !take_any(file, cores)? {
        thread::sleep(LOOK_EVERY);
    }
    fcntl(file, FcntlArg::F_OFD_SETLK(&lock(libc::F_UNLCK, QUEUE)))?;
    Ok(())
}

/// Takes a turn, if one is free.
fn take_any(file: &File, cores: usize) -> io::Result<bool> {
    for turn in (QUEUE + 1..).take(cores) {
        let taken = fcntl(file, FcntlArg::F_OFD_SETLK(&lock(libc::F_WRLCK, turn)));
        match taken.map_err(io::Error::from) {
            Ok(_) => return Ok(true),
            Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(false)
}

/// A lock on one byte of an open file; unlike others of fcntl(2), closing another
/// descriptor of the file leaves it alone.
fn lock(kind: i32, byte: i64) -> libc::flock {
    libc::flock {
        l_type: i16::try_from(kind).unwrap_or_default(),
        l_whence: i16::try_from(libc::SEEK_SET).unwrap_or_default(),
        l_start: byte,
        l_len: 1,
        l_pid: 0,
    }
}
