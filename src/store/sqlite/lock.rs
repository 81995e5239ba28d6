//! Locks on bytes of an open file. Unlike others of fcntl(2), closing another descriptor of
//! the file leaves them alone.

use std::fs::File;
use std::io;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// What a lock keeps others from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Lock {
    /// From locking any of the bytes to write.
    Read,
    /// From locking any of the bytes.
    Write,
    /// From nothing any more.
    None,
}

/// Locks `length` bytes of `file` from `start` on, if no other process keeps it from that.
pub(in crate::store) fn try_lock(
    file: &File,
    lock: Lock,
    start: i64,
    length: i64,
) -> io::Result<bool> {
    let kind = match lock {
        Lock::Read => libc::F_RDLCK,
        Lock::Write => libc::F_WRLCK,
        Lock::None => libc::F_UNLCK,
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
        Err(fault) => Err(fault.into()),
    }
}
