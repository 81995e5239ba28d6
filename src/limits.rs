//! Limits of the process, such as `ulimit` and an administrator's sudo set them,
//! met before a change begins or as a fault that is undone in order.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Resource, getrlimit};
use signal_hook::consts::SIGXFSZ;

use crate::error::{Error, Kind, Result};

/// What a command takes beside the memory of a hash, which is asked for by itself,
/// and beside a very long list.
const ROOM: usize = 8 << 20;

/// Makes the process meet them.
///
/// # Errors
/// [`Kind::OutOfMemory`] when there is not enough for a command.
pub(crate) fn prepare() -> Result<()> {
    // Unless somebody listens, the signal kills whoever writes past the limit on the
    // size of files; if somebody does, the write fails. Changes don't begin under such a
    // limit, but the use of a key is recorded under any.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    // Rust aborts where memory can't be had, so it is asked for at once: under way it
    // would be too late. Address space is all it takes; no page of it is touched.
    let mut room = Vec::<u8>::new();
    let asked = room.try_reserve_exact(ROOM);
    // Or it is never asked for.
    black_box(&room);
    asked.map_err(|_| {
        Error::new(Kind::OutOfMemory, "there is not enough memory").hint("try again later")
    })
}

/// Refuses to change anything under a limit on the size of files (`ulimit -f`): a write
/// that fails in the middle leaves a journal by which nobody can read the database until
/// its owner's next command.
///
/// # Errors
/// [`Kind::Io`] where there is one.
pub(crate) fn check_file_size_limit() -> Result<()> {
    let limit = getrlimit(Resource::Fsize);
    let Some(bytes) = limit.current else {
        return Ok(());
    };
    let fact = format!(
        "the size of files is limited to {bytes} bytes (ulimit -f), which could cut a change off"
    );
    Err(Error::new(Kind::Io, fact).hint(match limit.maximum {
        None => "ulimit -f unlimited".to_owned(),
        Some(_) => "only root can raise that limit; start it where there is none".to_owned(),
    }))
}
