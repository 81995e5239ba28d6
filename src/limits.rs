//! Resource limits of the process, as set by `ulimit` or sudo: checked before a change begins, or
//! turned into an ordinary error.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Resource, getrlimit};
use signal_hook::consts::SIGXFSZ;

use crate::error::{Error, Kind, Result};

/// The memory that a command needs, without that of a hash, which is requested separately, and
/// without that of a very long listing.
const NEEDED_MEMORY: usize = 8 << 20;

/// Turns an exceeded file size into an error and checks that there is enough memory.
///
/// # Errors
/// [`Kind::OutOfMemory`] if there is not enough for a command.
pub(crate) fn prepare() -> Result<()> {
    // Without a handler, the signal kills a process that exceeds the limit on the size of
    // files; with one, the write fails. No change begins under such a limit, but uses of keys
    // are recorded.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    // Rust aborts without memory, which would interrupt a change, so the memory is requested
    // now. This takes only address space; no page is touched.
    let mut memory = Vec::<u8>::new();
    let reserved = memory.try_reserve_exact(NEEDED_MEMORY);
    // Keeps the compiler from removing the request.
    black_box(&memory);
    reserved.map_err(|_| {
        Error::new(Kind::OutOfMemory, "there is not enough memory").hint("try again later")
    })
}

/// Refuses changes under a limit on the size of files (`ulimit -f`): a write that fails in the
/// middle leaves a journal, because of which no other user can read the database until the
/// owner's next command.
///
/// # Errors
/// [`Kind::Io`] if there is such a limit.
pub(crate) fn check_file_size_limit() -> Result<()> {
    let limit = getrlimit(Resource::Fsize);
    let Some(bytes) = limit.current else {
        return Ok(());
    };
    let fact = format!(
        "the size of files is limited to {bytes} bytes (ulimit -f), which could interrupt a change"
    );
    Err(Error::new(Kind::Io, fact).hint(match limit.maximum {
        None => "ulimit -f unlimited".to_owned(),
        Some(_) => "run without this limit, which only root can raise".to_owned(),
    }))
}
