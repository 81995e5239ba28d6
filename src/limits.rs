//! Limits of the process, such as `ulimit` and an administrator's sudo set them,
//! met before a change begins or as a fault that is undone in order.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;

use crate::error::{Error, Kind, Result};

/// What a command takes beside the memory of a hash, which is asked for by itself,
/// and beside a very long list.
const ROOM: usize = 8 << 20;

/// Makes the process meet them.
///
/// # Errors
/// [`Kind::OutOfMemory`] when there is not enough for a command.
pub(crate) fn meet() -> Result<()> {
    // Unless somebody listens, the signal kills whoever writes past the limit on the
    // size of files, in the middle of a commit; if somebody does, the write fails,
    // and SQLite undoes the change. Where that can't be had, it is as it always was.
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
