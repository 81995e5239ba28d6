//! What others can get at of this process while it works, and how it is stopped in order.
//!
//! Nothing can be got at. A secret is in its memory for a while, and belongs neither into
//! the hands of another program of the same user nor into a file that is left when it
//! crashes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::error::{Error, Kind, Result};

/// Keeps other programs of the same user from tracing the process and reading its
/// memory, and the kernel from writing that to a file.
///
/// To be called first of all. A process begins anew with every program that it
/// runs, so whoever holds the clipboard calls it, too. What a kernel refuses is no
/// reason to refuse to work.
pub(crate) fn harden() {
    // Alone it does for cores, too, and for those that are sent to a program, which
    // no limit holds back (core(5)).
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

/// Signals that ask the process to end, held until what must not be left behind is gone.
pub(crate) struct Signals(Arc<AtomicBool>);

impl Signals {
    /// Holds them from now on.
    pub(crate) fn hold() -> Self {
        let came = Arc::new(AtomicBool::new(false));
        let ignored = ignored();
        let asked = |signal: &i32| ignored & 1 << (signal - 1) == 0;
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(asked) {
            // One that can't be held ends the process at once, as it always did.
            let _ = signal_hook::flag::register(signal, Arc::clone(&came));
        }
        Self(came)
    }

    /// # Errors
    /// [`Kind::Interrupted`] when one came.
    pub(crate) fn check(&self) -> Result<()> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Error::new(Kind::Interrupted, "interrupted").hint("nothing was made")),
            false => Ok(()),
        }
    }
}

/// The signals that whoever started the process has it ignore, as nohup does: a bit for
/// each, from the first on.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
