//! Waiting: every wait has a deadline and names what it waits for, and no process that a
//! test starts inherits an ignored signal.

use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The deadline of every wait, enough for the busiest machine.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The deadline of a wait in a session of rexpect, in milliseconds. rexpect also waits this long
/// before it kills a shell that ignores SIGTERM.
pub const TERMINAL_PATIENCE: Option<u64> = Some(60_000);

/// The pause between two checks of a condition.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until `condition` returns true. `what` names it.
#[track_caller]
pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "timed out: {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Runs `wait`, which blocks until the process `pid` does `what`. At the deadline it kills the
/// process and its children, which ends the wait, and fails.
#[track_caller]
pub fn in_time<T>(pid: u32, what: &str, wait: impl FnOnce() -> T) -> T {
    within(PATIENCE, pid, what, wait)
}

/// Does the same as [`in_time`] with another deadline.
#[track_caller]
pub fn within<T>(patience: Duration, pid: u32, what: &str, wait: impl FnOnce() -> T) -> T {
    let (done, ended) = channel::<()>();
    let watchdog = std::thread::spawn(move || {
        let late = ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
        late.then(|| {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            kill_with_children(pid);
            String::from_utf8_lossy(&command).replace('\0', " ")
        })
    });
    let result = wait();
    drop(done);
    let late = watchdog.join().unwrap();
    assert!(late.is_none(), "timed out waiting for {what} of {late:?}");
    result
}

fn kill_with_children(pid: u32) {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    for child in children.unwrap_or_default().split_whitespace() {
        kill_with_children(child.parse().unwrap());
    }
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Repeats `task` on another thread while `test` runs, until `test` returns or panics.
pub fn during<T>(task: impl Fn() + Sync, test: impl FnOnce() -> T) -> T {
    struct Ends<'a>(&'a AtomicBool);
    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                task();
            }
        });
        let _ends = Ends(&is_over);
        test()
    })
}

/// Waits for the end of the process. Returns its output.
#[track_caller]
pub fn output(child: Child) -> Output {
    in_time(child.id(), "the end", || child.wait_with_output().unwrap())
}

/// Runs the command without input. Returns its output.
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    let command = command.stdin(Stdio::null());
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    output(command.spawn().unwrap())
}

/// Returns whether `program` is on PATH.
pub fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Resets the signals that this process inherited as ignored, such as those of a background job
/// (SIGINT, SIGQUIT) or of nohup (SIGHUP), for the processes that it starts. They inherit an
/// ignored signal, but have the default action of a caught one (execve(2)).
pub fn catch_ignored_signals() {
    /// The standard library resets SIGPIPE in every process that it starts.
    const PIPE: i32 = 13;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = std::fs::read_to_string("/proc/self/status");
        let ignored = ignored_signals(&status.unwrap_or_default());
        let is_ignored = |signal: &i32| ignored >> (signal - 1) & 1 == 1;
        let forbidden = signal_hook::consts::FORBIDDEN;
        let signals = (1..32).filter(|signal| *signal != PIPE && !forbidden.contains(signal));
        for signal in signals.filter(is_ignored) {
            signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).unwrap();
        }
    });
}

/// Returns the ignored signals in a `/proc/PID/status` as bits, the lowest for signal 1. Real-time
/// signals are masked out, since the C library uses some of them.
pub fn ignored_signals(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    mask & 0x7fff_ffff
}
