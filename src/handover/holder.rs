//! The process that holds a secret on the clipboard for a limited time, or until the user
//! copies something else. Its parent is the process that started it.

use std::io::{self, BufRead, Read, Write};
use std::os::fd::RawFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use arboard::{Clipboard, SetExtLinux};
use rustix::process::{Signal, getpid, kill_process};
use zeroize::Zeroizing;

use crate::model::Span;

/// Written when the process has found a clipboard.
pub(super) const READY: &str = "ready";
/// Written when the secret can be pasted.
pub(super) const OK: &str = "ok";
/// Read from the parent, which asks whether the secret can still be pasted. The answer is
/// [`OK`], or none.
pub(super) const STILL: &str = "still?";
/// Read from the parent when the secret is usable. The time after which the clipboard is
/// cleared begins now.
pub(super) const KEEP: &str = "keep";

/// How long to sleep before looking again whether the secret can be pasted.
const LOOK_FOR_FIRST_EVERY: Duration = Duration::from_millis(5);

/// How long to sleep before looking again whether the secret can still be pasted: a display
/// that ends sends no event.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long after its time the process ends by force: another program that the user copied
/// from may never answer.
const MARGIN: Duration = Duration::from_secs(10);

/// What this process waits for.
enum Event {
    /// The parent wrote a line.
    Line(String),
    /// The parent closed the pipe.
    Closed,
    /// The secret is no longer served: the user copied something else, or an error occurred.
    Ended(Result<(), String>),
}

/// Reads a secret from stdin and holds it on the clipboard until the user copies something
/// else, but no longer than `clear_after`. Writes to stdout what happens.
///
/// Leaves its terminal and session, so that the process outlives its parent.
///
/// # Errors
/// When the parent ended before the secret was usable.
pub(crate) fn hold(clear_after: Span) -> io::Result<()> {
    close_inherited();
    // This fails only for the leader of a group, which needs no other session.
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
    if let Err(reason) = wait_until_there(&mut clipboard, &secret, &events) {
        return write_line(&reason);
    }
    write_line(OK)?;
    listen(sender);
    let is_due = loop {
        match events.recv() {
            Ok(Event::Line(line)) if line == STILL && holds(&mut clipboard, &secret) => {
                write_line(OK)?;
            }
            Ok(Event::Line(line)) if line == KEEP => {
                break keep(&mut clipboard, &secret, clear_after, &events);
            }
            Ok(Event::Line(_) | Event::Closed) | Err(_) => break true,
            Ok(Event::Ended(_)) => break false,
        }
    };
    // Another program's content is not read without need: it may be readable only once.
    if is_due && holds(&mut clipboard, &secret) {
        // Ending is not enough: a clipboard manager may keep the secret.
        let _ = clipboard.clear();
    }
    // The thread that serves is not joined: on Wayland it never ends.
    Ok(())
}

/// Keeps the secret for `clear_after`. Returns whether the clipboard is due to be cleared:
/// not if the user copied something else or the display ended.
fn keep(
    clipboard: &mut Clipboard,
    secret: &str,
    clear_after: Span,
    events: &Receiver<Event>,
) -> bool {
    let clear_after = Duration::from_secs(clear_after.seconds().unsigned_abs());
    thread::spawn(move || {
        thread::sleep(clear_after + MARGIN);
        let _ = kill_process(getpid(), Signal::KILL);
    });
    // The monotonic clock stands still while the machine sleeps; the time of day may be set.
    let (begun, begun_at) = (Instant::now(), SystemTime::now());
    let left = || {
        let elapsed = begun_at.elapsed().unwrap_or_default().max(begun.elapsed());
        clear_after.saturating_sub(elapsed)
    };
    while !left().is_zero() {
        // When the secret is no longer served, a clipboard manager may have taken it over: it
        // is cleared there, too.
        match events.recv_timeout(left().min(LOOK_EVERY)) {
            Ok(Event::Ended(_)) | Err(_) if !holds(clipboard, secret) => return false,
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(left().min(LOOK_EVERY)),
        }
    }
    true
}

/// Reads the lines of the parent in a thread of its own.
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

/// Closes the files that the parent had open in addition to the standard streams: another
/// process may wait for the end of a pipe, or for a lock.
fn close_inherited() {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers: Vec<RawFd> = open
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // The directory that was read is closed already.
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

/// Serves `secret` to programs that paste, in a thread of its own. Sends an event when that
/// ends.
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
fn wait_until_there(
    clipboard: &mut Clipboard,
    secret: &str,
    events: &Receiver<Event>,
) -> Result<(), String> {
    loop {
        if holds(clipboard, secret) {
            return Ok(());
        }
        match events.recv_timeout(LOOK_FOR_FIRST_EVERY) {
            Ok(Event::Ended(Err(reason))) => return Err(reason),
            Ok(_) => return Err("something else was copied at once".to_owned()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err("the clipboard can't be served".to_owned());
            }
            // The parent has a timeout.
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Returns whether `secret` is what would be pasted.
fn holds(clipboard: &mut Clipboard, secret: &str) -> bool {
    let pasted = clipboard.get_text().map(Zeroizing::new);
    pasted.is_ok_and(|pasted| pasted.as_str() == secret)
}

/// Reads the secret; none if the parent sends none.
fn read_secret() -> io::Result<Option<Zeroizing<String>>> {
    /// Longer than any secret.
    const LONGEST: usize = 1000;
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    io::stdin()
        .lock()
        .take(LONGEST as u64)
        .read_line(&mut line)?;
    let secret = line.trim_end();
    Ok((!secret.is_empty()).then(|| Zeroizing::new(secret.to_owned())))
}

/// Writes a line to the parent and flushes it.
fn write_line(line: &str) -> io::Result<()> {
    // A library's message may have several lines.
    let line = format!("{}\n", line.replace('\n', " "));
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush())
}
