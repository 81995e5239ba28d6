//! The process that holds a secret on the clipboard for a limited time, or until the user copies
//! something else. Its parent is the command that delivers the secret.

use std::io::{self, BufRead, Read, Write};
use std::os::fd::RawFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use arboard::{Clipboard, SetExtLinux};
use rustix::process::{Signal, getpid, kill_process};
use zeroize::Zeroizing;

use crate::model::Span;

/// The line that the holder writes when it has found a clipboard.
pub(super) const READY: &str = "ready";
/// The line that the holder writes when the secret can be pasted.
pub(super) const OK: &str = "ok";
/// The line by which the parent asks whether the secret can still be pasted. The answer is [`OK`]
/// or nothing.
pub(super) const CHECK: &str = "still?";
/// The line that the parent writes when the secret is usable. It starts the time after which the
/// clipboard is cleared.
pub(super) const KEEP: &str = "keep";

/// The interval of the first checks, which wait until the secret can be pasted.
const FIRST_CHECK_INTERVAL: Duration = Duration::from_millis(5);

/// The interval of checks whether the secret can still be pasted. They are necessary because a
/// display that ends sends no event.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The time after which the process kills itself, in addition to the time for which it holds the
/// secret. The program that owns the clipboard may never answer.
const KILL_DELAY: Duration = Duration::from_secs(10);

/// The events that the holder waits for.
enum Event {
    /// The parent wrote a line.
    Line(String),
    /// The parent closed the pipe.
    Closed,
    /// The clipboard is no longer served: the user copied something else, or an error occurred.
    Ended(Result<(), String>),
}

/// Reads a secret from stdin and holds it on the clipboard until the user copies something else,
/// at most for `clear_after`. Reports its progress on stdout.
///
/// The process leaves its terminal and session in order to outlive its parent.
///
/// # Errors
/// When the pipe to or from the parent fails.
pub(crate) fn hold(clear_after: Span) -> io::Result<()> {
    close_inherited();
    // This fails only for the leader of a process group, which a holder never is.
    let _ = rustix::process::setsid();
    let mut clipboard = match Clipboard::new() {
        Ok(clipboard) => clipboard,
        Err(error) => return write_line(&reason(&error)),
    };
    write_line(READY)?;
    let Some(secret) = read_secret()? else {
        return Ok(());
    };
    let (sender, events) = channel();
    serve(secret.clone(), sender.clone());
    if let Err(reason) = wait_until_copied(&mut clipboard, &secret, &events) {
        return write_line(&reason);
    }
    write_line(OK)?;
    listen(sender);
    let is_due = loop {
        match events.recv() {
            Ok(Event::Line(line)) if line == CHECK && contains(&mut clipboard, &secret) => {
                write_line(OK)?;
            }
            Ok(Event::Line(line)) if line == KEEP => {
                break keep(&mut clipboard, &secret, clear_after, &events);
            }
            Ok(Event::Line(_) | Event::Closed) | Err(_) => break true,
            Ok(Event::Ended(_)) => break false,
        }
    };
    // Reads the clipboard of another program only if necessary: some can be read only once.
    if is_due && contains(&mut clipboard, &secret) {
        // It is not enough that this process ends: a clipboard manager may keep the secret.
        let _ = clipboard.clear();
    }
    // The thread that serves the clipboard is not joined, because it may not have ended.
    Ok(())
}

/// Keeps the secret for `clear_after`. Returns whether the clipboard must be cleared: not if the
/// user copied something else or the display ended.
fn keep(
    clipboard: &mut Clipboard,
    secret: &str,
    clear_after: Span,
    events: &Receiver<Event>,
) -> bool {
    let clear_after = Duration::from_secs(clear_after.seconds().unsigned_abs());
    thread::spawn(move || {
        thread::sleep(clear_after + KILL_DELAY);
        let _ = kill_process(getpid(), Signal::KILL);
    });
    // Both clocks count: the monotonic one stops while the machine sleeps, and the system clock may
    // be set.
    let (begun, begun_at) = (Instant::now(), SystemTime::now());
    let left = || {
        let elapsed = begun_at.elapsed().unwrap_or_default().max(begun.elapsed());
        clear_after.saturating_sub(elapsed)
    };
    while !left().is_zero() {
        // If this process no longer serves the clipboard, but the clipboard still contains the
        // secret, a clipboard manager has it. At the end of the wait, the secret is cleared there,
        // too.
        match events.recv_timeout(left().min(CHECK_INTERVAL)) {
            Ok(Event::Ended(_)) | Err(_) if !contains(clipboard, secret) => return false,
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(left().min(CHECK_INTERVAL)),
        }
    }
    true
}

/// Reads the lines of the parent in another thread, and sends an event for each.
fn listen(sender: Sender<Event>) {
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let sent = line.map(|line| sender.send(Event::Line(line)));
            if !matches!(sent, Ok(Ok(()))) {
                break;
            }
        }
        // The receiver is dropped when the process ends.
        let _ = sender.send(Event::Closed);
    });
}

/// Closes the files that the process inherited, except the standard streams: another process may
/// wait for the end of a pipe, or for a lock.
fn close_inherited() {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers: Vec<RawFd> = open
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // This fails for the directory listing itself, which is already closed.
        let _ = nix::unistd::close(number);
    }
}

/// Returns the message of `error` without the library's preamble.
fn reason(error: &arboard::Error) -> String {
    match error {
        arboard::Error::Unknown { description } => description.clone(),
        error => error.to_string(),
    }
}

/// Serves `secret` to programs that paste, in another thread. Sends an event when that ends.
fn serve(secret: Zeroizing<String>, sender: Sender<Event>) {
    thread::spawn(move || {
        let served = Clipboard::new().and_then(|mut clipboard| {
            let set = clipboard.set().wait().exclude_from_history();
            set.text(secret.as_str())
        });
        // The receiver is dropped when the process ends.
        let _ = sender.send(Event::Ended(served.map_err(|error| reason(&error))));
    });
}

/// Waits until `secret` can be pasted.
///
/// # Errors
/// The reason why it can't.
fn wait_until_copied(
    clipboard: &mut Clipboard,
    secret: &str,
    events: &Receiver<Event>,
) -> Result<(), String> {
    loop {
        if contains(clipboard, secret) {
            return Ok(());
        }
        match events.recv_timeout(FIRST_CHECK_INTERVAL) {
            Ok(Event::Ended(Err(reason))) => return Err(reason),
            Ok(_) => return Err("something else was copied immediately".to_owned()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err("can't serve the clipboard".to_owned());
            }
            // The parent has a timeout.
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Returns whether the clipboard contains `secret`.
fn contains(clipboard: &mut Clipboard, secret: &str) -> bool {
    let pasted = clipboard.get_text().map(Zeroizing::new);
    pasted.is_ok_and(|pasted| pasted.as_str() == secret)
}

/// Reads the secret. Returns none if the parent sends none.
fn read_secret() -> io::Result<Option<Zeroizing<String>>> {
    /// More than the length of any secret.
    const MAX_LINE: usize = 1000;
    let mut line = Zeroizing::new(String::with_capacity(MAX_LINE));
    io::stdin()
        .lock()
        .take(MAX_LINE as u64)
        .read_line(&mut line)?;
    let secret = line.trim_end();
    Ok((!secret.is_empty()).then(|| Zeroizing::new(secret.to_owned())))
}

/// Writes a line to the parent, and flushes it.
fn write_line(line: &str) -> io::Result<()> {
    // A library's message may have several lines.
    let line = format!("{}\n", line.replace('\n', " "));
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush())
}
