//! Protects the memory of this process, and holds or blocks its signals.
//!
//! A secret is in memory for a while. No other program of the same user may read it there, and no
//! core file after a crash may contain it.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
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

/// Prevents other programs of the same user from tracing the process and reading its memory, and
/// the kernel from writing a core file.
///
/// Call it first. execve(2) resets it, so the process that holds the clipboard calls it too. A
/// refusal by the kernel is ignored.
pub(crate) fn harden() {
    // This also prevents core files, including those that the kernel pipes to a program, which
    // no limit stops (core(5)).
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

/// The stack size of a thread that waits for a signal and calls one function, in bytes.
const STACK: usize = 64 << 10;

/// The number of [`Signals`] and [`BlockedSignals`].
static HOLDERS: AtomicUsize = AtomicUsize::new(0);

/// Returns whether the process is doing something that no signal may interrupt.
pub(crate) fn is_uninterruptible() -> bool {
    HOLDERS.load(Ordering::Relaxed) > 0
}

/// Holds signals that ask the process to end, until it has cleaned up.
///
/// A command may hold them more than once; an earlier signal counts for later holders.
pub(crate) struct Signals {
    /// Readable after a signal; `None` if signals can't be held.
    arrival: Option<&'static UnixStream>,
}

impl Signals {
    /// Holds the signals from now on.
    pub(crate) fn hold() -> Self {
        static ARRIVAL: OnceLock<Option<UnixStream>> = OnceLock::new();
        HOLDERS.fetch_add(1, Ordering::Relaxed);
        Self {
            // If signals can't be held, they end the process, as they do by default.
            arrival: ARRIVAL.get_or_init(|| register().ok()).as_ref(),
        }
    }

    /// Checks that no signal has arrived.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] if one has.
    pub(crate) fn check(&self) -> Result<()> {
        if self.has_arrived() {
            let error = Error::new(Kind::Interrupted, "interrupted");
            return Err(error.hint("run the command again; nothing was created"));
        }
        Ok(())
    }

    /// Returns whether a signal has arrived.
    pub(crate) fn has_arrived(&self) -> bool {
        let no_wait = Timespec::default();
        self.arrival.is_some_and(|arrival| {
            let ready = poll(&mut [PollFd::new(arrival, PollFlags::IN)], Some(&no_wait));
            matches!(ready, Ok(1))
        })
    }

    /// After a signal, calls `interrupt` repeatedly in another thread until the result is dropped:
    /// a single call might fall between two operations that it should end. Returns `None` if
    /// signals can't be held or no thread can be started.
    pub(crate) fn interrupt_with(
        &self,
        interrupt: impl Fn() + Send + 'static,
    ) -> Option<Interrupter> {
        let arrival = self.arrival?;
        let (stop, stopped) = UnixStream::pair().ok()?;
        // The thread inherits the mask, so it never receives a signal that stops the process.
        let _blocked_stops = BlockedSignals::that_stop();
        let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
            let mut sources = vec![
                PollFd::new(&stopped, PollFlags::IN),
                PollFd::new(arrival, PollFlags::IN),
            ];
            let interval = Timespec {
                tv_sec: 0,
                tv_nsec: 10_000_000,
            };
            let mut timeout = None;
            loop {
                match poll(&mut sources, timeout) {
                    Err(Errno::INTR) => continue,
                    Err(_) => return,
                    Ok(_) if !sources[0].revents().is_empty() => return,
                    Ok(_) => interrupt(),
                }
                // The arrival stays readable, so from now on the interval decides.
                sources.truncate(1);
                timeout = Some(&interval);
            }
        });
        Some(Interrupter {
            stop,
            thread: Some(thread.ok()?),
        })
    }

    /// Waits until `file` is writable.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] if a signal has arrived or arrives; the errors of poll(2).
    pub(crate) fn wait_until_writable(&self, file: impl AsFd) -> io::Result<()> {
        loop {
            if self.has_arrived() {
                return Err(ErrorKind::Interrupted.into());
            }
            let mut ready: Vec<PollFd<'_>> = vec![PollFd::new(&file, PollFlags::OUT)];
            ready.extend(
                self.arrival
                    .map(|arrival| PollFd::new(arrival, PollFlags::IN)),
            );
            match poll(&mut ready, None) {
                Ok(_) if !ready[0].revents().is_empty() => return Ok(()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        HOLDERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The thread of [`Signals::interrupt_with`]; dropping it stops the thread.
pub(crate) struct Interrupter {
    stop: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Interrupter {
    fn drop(&mut self) {
        let _ = self.stop.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Returns a stream that becomes readable when a signal arrives that asks the process to end.
fn register() -> io::Result<UnixStream> {
    let (arrival, writer) = UnixStream::pair()?;
    let ignored = ignored_signals();
    let is_heeded = |signal: &i32| ignored & 1 << (signal - 1) == 0;
    for signal in ENDING.into_iter().filter(is_heeded) {
        pipe::register(signal, writer.try_clone()?)?;
    }
    Ok(arrival)
}

/// Signals that ask a process to end.
const ENDING: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// Signals that stop a process until it is continued: Ctrl-Z, and those that a process in the
/// background gets when it uses the terminal.
const STOPPING: [i32; 3] = [SIGTSTP, SIGTTIN, SIGTTOU];

/// Blocks signals for this thread until this value is dropped; then those that arrived take effect.
/// Other threads must block them, too.
pub(crate) struct BlockedSignals(SigSet);

impl BlockedSignals {
    /// Blocks signals that stop the process: a stopped process would keep its locks.
    pub(crate) fn that_stop() -> Self {
        Self::block(&STOPPING)
    }

    /// Blocks signals that end the process: half of a change would remain for the next command to
    /// undo, and no process could read the database until then.
    pub(crate) fn that_end() -> Self {
        Self::block(&ENDING)
    }

    fn block(signals: &[i32]) -> Self {
        HOLDERS.fetch_add(1, Ordering::Relaxed);
        let signals = signals.iter().filter_map(|&signal| signal.try_into().ok());
        let wanted: SigSet = signals.collect();
        let before = wanted.thread_swap_mask(SigmaskHow::SIG_BLOCK);
        let before = before.unwrap_or_else(|_| SigSet::all());
        let is_new = |signal: &_| !before.contains(*signal);
        Self(wanted.iter().filter(is_new).collect())
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        HOLDERS.fetch_sub(1, Ordering::Relaxed);
        let _ = self.0.thread_unblock();
    }
}

/// Returns the signals that the parent process set to be ignored, as nohup does: a mask whose
/// lowest bit stands for signal 1.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
