//! Locks on bytes of an open file: SQLite's, and our own.

use std::fs::File;
use std::io;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

/// The first of SQLite's lock bytes, and how many there are: `PENDING_BYTE`, `RESERVED_BYTE`
/// and the 510 `SHARED` ones of its os.h.
pub(in crate::store) const LOCK_BYTES: (u64, u64) = (0x4000_0000, 512);

/// Returns a lock of another process on SQLite's lock bytes of `file` that conflicts with a
/// lock of the given type.
pub(in crate::store) fn conflicting_lock(
    file: &File,
    typ: FlockType,
) -> rustix::io::Result<Option<Flock>> {
    let lock = Flock {
        start: LOCK_BYTES.0,
        length: LOCK_BYTES.1,
        pid: None,
        typ,
        offset_type: FlockOffsetType::Set,
    };
    fcntl_getlk(file, &lock)
}

/// The change of a lock on a range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Lock {
    /// Locks the bytes so that no other process can lock them exclusively.
    Shared,
    /// Locks the bytes so that no other process can lock them.
    Exclusive,
    /// Releases the lock.
    Release,
}

/// Changes the lock on `length` bytes of `file` from `start` on. Returns false if a lock of
/// another process prevents that.
///
/// The lock belongs to the open file. Unlike SQLite's locks, it stays when the process closes
/// another descriptor of the same file (fcntl(2)).
pub(in crate::store) fn try_lock(
    file: &File,
    lock: Lock,
    start: i64,
    length: i64,
) -> io::Result<bool> {
    let kind = match lock {
        Lock::Shared => libc::F_RDLCK,
        Lock::Exclusive => libc::F_WRLCK,
        Lock::Release => libc::F_UNLCK,
    };
    let lock = libc::flock {
        l_type: i16::try_from(kind).map_err(io::Error::other)?,
        l_whence: i16::try_from(libc::SEEK_SET).map_err(io::Error::other)?,
        l_start: start,
        l_len: length,
        l_pid: 0,
    };
    match fcntl(file, FcntlArg::F_OFD_SETLK(&lock)) {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
