//! The process that holds a secret on the clipboard: for a while, and no longer
//! than nothing else is copied.

use std::io::{self, BufRead, Read, Write};
use std::os::fd::RawFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use arboard::{Clipboard, SetExtLinux};
use zeroize::Zeroizing;

use crate::model::Span;

/// What is said when there is a clipboard.
pub(super) const READY: &str = "ready";
/// What is said when the secret can be pasted from it.
pub(super) const OK: &str = "ok";

/// How often is looked whether the secret can be pasted yet.
const GLANCE: Duration = Duration::from_millis(5);

/// Reads a secret from stdin and holds it on the clipboard until something else
/// is copied, but no longer than `clear_after`. What happens, it says on stdout.
///
/// It leaves its terminal and session, so that it outlives whoever started it.
///
/// # Errors
/// When whoever started it is gone before the secret is on the clipboard.
pub(crate) fn hold(clear_after: Span) -> io::Result<()> {
    close_inherited();
    // Only the leader of a group can't, and needn't.
    let _ = rustix::process::setsid();
    let mut clipboard = match Clipboard::new() {
        Ok(clipboard) => clipboard,
        Err(why) => return say(&reason(&why)),
    };
    say(READY)?;
    let Some(secret) = read_line()? else {
        return Ok(());
    };
    let replaced = serve(secret.clone());
    if let Err(why) = wait_until_there(&mut clipboard, &secret, &replaced) {
        return say(&why);
    }
    say(OK)?;
    let clear_after = Duration::from_secs(clear_after.seconds().unsigned_abs());
    let until = Instant::now() + clear_after;
    let is_replaced = !matches!(
        replaced.recv_timeout(clear_after),
        Err(RecvTimeoutError::Timeout)
    );
    if is_replaced {
        if !holds(&mut clipboard, &secret) {
            return Ok(());
        }
        // A clipboard manager has taken it over, to keep it: not for longer.
        thread::sleep(until.saturating_duration_since(Instant::now()));
    }
    if !is_replaced || holds(&mut clipboard, &secret) {
        // Ending would do, but for a manager that keeps what nobody holds.
        let _ = clipboard.clear();
    }
    // The thread that serves is not waited for: on Wayland it serves for ever.
    Ok(())
}

/// Closes what whoever started this process had open beside the standard streams:
/// somebody may wait for the end of a pipe, or for a lock to go.
fn close_inherited() {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers: Vec<RawFd> = open
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // The one through which they were read is closed already.
        let _ = nix::unistd::close(number);
    }
}

/// What a library says, without what it says every time.
fn reason(why: &arboard::Error) -> String {
    match why {
        arboard::Error::Unknown { description } => description.clone(),
        why => why.to_string(),
    }
}

/// Serves `secret` to whoever pastes, in a thread of its own. It says so when
/// that ends: something else was copied, or it went wrong.
fn serve(secret: Zeroizing<String>) -> Receiver<Result<(), String>> {
    let (ended, replaced) = channel();
    thread::spawn(move || {
        let served = Clipboard::new().and_then(|mut clipboard| {
            let set = clipboard.set().wait().exclude_from_history();
            set.text(secret.as_str())
        });
        // Nobody listens any more where the process ends.
        let _ = ended.send(served.map_err(|why| reason(&why)));
    });
    replaced
}

/// Waits until `secret` can be pasted.
fn wait_until_there(
    clipboard: &mut Clipboard,
    secret: &str,
    replaced: &Receiver<Result<(), String>>,
) -> Result<(), String> {
    loop {
        if holds(clipboard, secret) {
            return Ok(());
        }
        match replaced.recv_timeout(GLANCE) {
            Ok(Err(why)) => return Err(why),
            Ok(Ok(())) => return Err("something else was copied at once".to_owned()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err("the clipboard can't be served".to_owned());
            }
            // Whoever started this process loses patience first.
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Whether `secret` is what would be pasted.
fn holds(clipboard: &mut Clipboard, secret: &str) -> bool {
    let pasted = clipboard.get_text().map(Zeroizing::new);
    pasted.is_ok_and(|pasted| pasted.as_str() == secret)
}

/// The secret; none where whoever started this process has none to hand over.
fn read_line() -> io::Result<Option<Zeroizing<String>>> {
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

/// Says a line, at once.
fn say(line: &str) -> io::Result<()> {
    // On one line, whatever a library says.
    let line = format!("{}\n", line.replace('\n', " "));
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush())
}
