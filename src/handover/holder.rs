//! The process that holds a secret on the clipboard: for a while, and no longer
//! than nothing else is copied.

use std::io::{self, BufRead, Read, Write};
use std::os::fd::RawFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use arboard::{Clipboard, SetExtLinux};
use rustix::process::{Signal, getpid, kill_process};
use zeroize::Zeroizing;

use crate::model::Span;

/// What is said when there is a clipboard.
pub(super) const READY: &str = "ready";
/// What is said when the secret can be pasted from it.
pub(super) const OK: &str = "ok";
/// What asks whether it still can. The answer is [`OK`], or none.
pub(super) const STILL: &str = "still?";
/// What is told when the secret's key is active. Only then does the time begin.
pub(super) const KEEP: &str = "keep";

/// How often is looked whether the secret can be pasted yet.
const GLANCE: Duration = Duration::from_millis(5);

/// How often is looked whether it still can: a display that is gone tells nobody.
const LOOK: Duration = Duration::from_secs(1);

/// Within which time everything is over that should be: a program that was copied
/// from may never say what it has.
const MARGIN: Duration = Duration::from_secs(10);

/// What this process waits for.
enum Event {
    /// Whoever started it says something.
    Said(String),
    /// Whoever started it has no more to say.
    Left,
    /// The secret is served no longer: something else was copied, or why not.
    Ended(Result<(), String>),
}

/// Reads a secret from stdin and holds it on the clipboard until something else
/// is copied, but no longer than `clear_after`. What happens, it says on stdout.
///
/// It leaves its terminal and session, so that it outlives whoever started it.
///
/// # Errors
/// When whoever started it is gone before the secret's key is active.
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
    let (tell, events) = channel();
    serve(secret.clone(), tell.clone());
    if let Err(why) = wait_until_there(&mut clipboard, &secret, &events) {
        return say(&why);
    }
    say(OK)?;
    listen(tell);
    let is_over = loop {
        match events.recv() {
            Ok(Event::Said(line)) if line == STILL && holds(&mut clipboard, &secret) => say(OK)?,
            Ok(Event::Said(line)) if line == KEEP => {
                break keep(&mut clipboard, &secret, clear_after, &events);
            }
            Ok(Event::Said(_) | Event::Left) | Err(_) => break true,
            Ok(Event::Ended(_)) => break false,
        }
    };
    // What somebody else copied is not read for nothing: it may be there but once.
    if is_over && holds(&mut clipboard, &secret) {
        // Ending would do, but for a manager that keeps what nobody holds.
        let _ = clipboard.clear();
    }
    // The thread that serves is not waited for: on Wayland it serves for ever.
    Ok(())
}

/// Keeps the secret for that long: false, if something else is copied or the display
/// is gone by then.
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
    // The time that passes, and the time of day, which goes on while the machine
    // sleeps.
    let (begun, begun_at) = (Instant::now(), SystemTime::now());
    let left = || {
        let passed = begun_at.elapsed().unwrap_or_default().max(begun.elapsed());
        clear_after.saturating_sub(passed)
    };
    while !left().is_zero() {
        // What was said has been heard. That it is served no longer may mean that a
        // clipboard manager has taken it over, which is to keep it no longer either.
        match events.recv_timeout(left().min(LOOK)) {
            Ok(Event::Ended(_)) | Err(_) if !holds(clipboard, secret) => return false,
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(left().min(LOOK)),
        }
    }
    true
}

/// Hears what whoever started this process says, in a thread of its own.
fn listen(tell: Sender<Event>) {
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let told = line.map(|line| tell.send(Event::Said(line)));
            if !matches!(told, Ok(Ok(()))) {
                break;
            }
        }
        // Nobody listens any more where the process ends.
        let _ = tell.send(Event::Left);
    });
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
fn serve(secret: Zeroizing<String>, tell: Sender<Event>) {
    thread::spawn(move || {
        let served = Clipboard::new().and_then(|mut clipboard| {
            let set = clipboard.set().wait().exclude_from_history();
            set.text(secret.as_str())
        });
        // Nobody listens any more where the process ends.
        let _ = tell.send(Event::Ended(served.map_err(|why| reason(&why))));
    });
}

/// Waits until `secret` can be pasted.
fn wait_until_there(
    clipboard: &mut Clipboard,
    secret: &str,
    events: &Receiver<Event>,
) -> Result<(), String> {
    loop {
        if holds(clipboard, secret) {
            return Ok(());
        }
        match events.recv_timeout(GLANCE) {
            Ok(Event::Ended(Err(why))) => return Err(why),
            Ok(_) => return Err("something else was copied at once".to_owned()),
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
