//! What others can get at of this process while it works, and how it is stopped in order.
//!
//! Nothing can be got at. A secret is in its memory for a while, and belongs neither into
//! the hands of another program of the same user nor into a file that is left when it
//! crashes.

use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use nix::sys::signal::{SigSet, SigmaskHow};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
use signal_hook::low_level::pipe;

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

/// Bytes of the stack of a thread that waits for a signal and calls one function.
const STACK: usize = 64 << 10;

/// How many [`Signals`] and [`BlockedSignals`] there are: what they hold must not be cut off.
static HOLDERS: AtomicUsize = AtomicUsize::new(0);

/// Whether something is under way that no signal may cut off.
pub(crate) fn is_uninterruptible() -> bool {
    HOLDERS.load(Ordering::Relaxed) > 0
}

/// Signals that ask the process to end, held until what must not be left behind is gone.
///
/// What one of them met, every later one knows: a command holds them more than once.
pub(crate) struct Signals {
    /// Readable since one came; none where none can be held.
    came: Option<&'static UnixStream>,
}

impl Signals {
    /// Holds them from now on.
    pub(crate) fn hold() -> Self {
        static CAME: OnceLock<Option<UnixStream>> = OnceLock::new();
        HOLDERS.fetch_add(1, Ordering::Relaxed);
        Self {
            // One that can't be held ends the process at once, as it always did.
            came: CAME.get_or_init(|| register().ok()).as_ref(),
        }
    }

    /// # Errors
    /// [`Kind::Interrupted`] when one came.
    pub(crate) fn check(&self) -> Result<()> {
        if self.has_arrived() {
            return Err(Error::new(Kind::Interrupted, "interrupted").hint("nothing was made"));
        }
        Ok(())
    }

    /// Whether one came.
    pub(crate) fn has_arrived(&self) -> bool {
        let at_once = Timespec::default();
        self.came.is_some_and(|came| {
            let asked = poll(&mut [PollFd::new(came, PollFlags::IN)], Some(&at_once));
            matches!(asked, Ok(1))
        })
    }

    /// Has `interrupt` called, by a thread of its own, again and again from when one comes
    /// until what is returned is dropped: one call may come between two things that it is
    /// to end. None where that can't be had.
    pub(crate) fn interrupt_with(
        &self,
        interrupt: impl Fn() + Send + 'static,
    ) -> Option<Interrupter> {
        let came = self.came?;
        let (until, end) = UnixStream::pair().ok()?;
        // The thread is to have no signal that stops the process.
        let _blocked_stops = BlockedSignals::that_stop();
        let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
            let mut to_see = vec![
                PollFd::new(&end, PollFlags::IN),
                PollFd::new(came, PollFlags::IN),
            ];
            let often = Timespec {
                tv_sec: 0,
                tv_nsec: 10_000_000,
            };
            let mut patience = None;
            loop {
                match poll(&mut to_see, patience) {
                    Err(Errno::INTR) => continue,
                    Err(_) => return,
                    Ok(_) if !to_see[0].revents().is_empty() => return,
                    Ok(_) => interrupt(),
                }
                // It stays readable.
                to_see.truncate(1);
                patience = Some(&often);
            }
        });
        Some(Interrupter {
            until: Some(until),
            thread: Some(thread.ok()?),
        })
    }

    /// Waits until `file` can be written, or one came, which is checked first.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] when one came.
    pub(crate) fn wait_for_room(&self, file: impl AsFd) -> io::Result<()> {
        loop {
            if self.has_arrived() {
                return Err(ErrorKind::Interrupted.into());
            }
            let mut ready: Vec<PollFd<'_>> = vec![PollFd::new(&file, PollFlags::OUT)];
            ready.extend(self.came.map(|came| PollFd::new(came, PollFlags::IN)));
            match poll(&mut ready, None) {
                Ok(_) if !ready[0].revents().is_empty() => return Ok(()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        HOLDERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is interrupted when a signal comes, until this is dropped.
pub(crate) struct Interrupter {
    until: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Interrupter {
    fn drop(&mut self) {
        // The thread reads the end of it.
        self.until = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Returns what becomes readable when a signal comes that asks the process to end.
fn register() -> io::Result<UnixStream> {
    let (came, told) = UnixStream::pair()?;
    let ignored = ignored();
    let is_asked = |signal: &i32| ignored & 1 << (signal - 1) == 0;
    for signal in ENDS.into_iter().filter(is_asked) {
        pipe::register(signal, told.try_clone()?)?;
    }
    Ok(came)
}

/// Signals that ask a process to end.
const ENDS: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// Signals that stop a process until it is continued: Ctrl-Z, and what one in the
/// background gets that uses its terminal.
const STOPS: [i32; 3] = [SIGTSTP, SIGTTIN, SIGTTOU];

/// Keeps signals from this thread until it is dropped: then those that came do what they
/// do. Other threads must never have them.
pub(crate) struct BlockedSignals(SigSet);

impl BlockedSignals {
    /// Keeps signals that stop the process: it would keep a lock for as long as it is
    /// stopped.
    pub(crate) fn that_stop() -> Self {
        Self::by(&STOPS)
    }

    /// Keeps signals that end the process: half of a change would be left for the next
    /// command to undo, and nobody could read the database until then.
    pub(crate) fn that_end() -> Self {
        Self::by(&ENDS)
    }

    fn by(signals: &[i32]) -> Self {
        HOLDERS.fetch_add(1, Ordering::Relaxed);
        let signals = signals.iter().filter_map(|&signal| signal.try_into().ok());
        let wanted: SigSet = signals.collect();
        let before = wanted.thread_swap_mask(SigmaskHow::SIG_BLOCK);
        let before = before.unwrap_or_else(|_| SigSet::all());
        Self(wanted.iter().filter(|&one| !before.contains(one)).collect())
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        HOLDERS.fetch_sub(1, Ordering::Relaxed);
        let _ = self.0.thread_unblock();
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
