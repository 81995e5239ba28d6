//! The terminal that questions are asked at: what it can do, and that it is given back
//! as it was.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Once;
use std::time::{Duration, Instant};

use dialoguer::console::Term;
use dialoguer::theme::Theme;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use zeroize::Zeroizing;

use super::look::House;
use crate::config;
use crate::error::{Error, Kind};
use crate::process::{self, BlockedSignals};

/// The smallest screen, in rows and columns, on which a menu can be read.
const SMALLEST: (u16, u16) = (5, 20);

/// The key, as a terminal sends it.
const CTRL_C: u8 = 3;

/// Whether somebody can answer at stdin what is asked on stderr.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Why no menu can be drawn on the terminal, if so.
pub(super) fn cannot_draw() -> Option<&'static str> {
    if config::is_dumb_terminal() {
        return Some("this terminal can't draw a menu (TERM)");
    }
    let (rows, columns) = Term::stderr().size();
    (rows < SMALLEST.0 || columns < SMALLEST.1).then_some("this terminal is too small for a menu")
}

/// How many entries of a menu are shown at once at most.
pub(super) fn menu_rows() -> usize {
    /// More at once nobody overlooks, and Ctrl-C leaves them standing.
    const MOST: usize = 15;
    /// The question, what is wrong with an answer, how to use the menu, and a line to spare.
    const OTHERS: usize = 4;
    usize::from(Term::stderr().size().0)
        .saturating_sub(OTHERS)
        .clamp(1, MOST)
}

/// How many columns it has.
pub(super) fn columns() -> usize {
    usize::from(Term::stderr().size().1)
}

/// The terminal's keys, read one by one for as long as this lives: Ctrl-C is a key
/// among them, and no signal, also while nobody reads.
///
/// console takes them only for each single key. In between a Ctrl-C would be a
/// signal, and end the process in the middle of what is to be undone first.
pub(crate) struct Keys(Option<Termios>);

impl Keys {
    pub(super) fn take() -> Self {
        let modes = LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO;
        Self::without(modes, OptionalActions::Now)
    }

    fn without(modes: LocalModes, when: OptionalActions) -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut changed = before.clone();
            changed.local_modes.remove(modes);
            let _ = tcsetattr(io::stdin(), when, &changed);
        }
        Self(before)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// How long the process has to end in good order after a signal: as long as it
/// takes to delete a key whose secret was being shown.
const GOOD_ORDER: Duration = Duration::from_millis(500);

/// How long it has where something is to be undone first: a lock is waited for twice.
const UNDOING: Duration = Duration::from_secs(15);

/// How often a question is told meanwhile that it is over: it may just be about to
/// wait for a key.
const REMINDERS: u32 = 10;

/// Has a signal that ends the process give the terminal back as it was: a
/// question hides the cursor or the echo, and dialoguer doesn't undo that.
///
/// For the rest of the process: what signal-hook has taken over it keeps.
pub(super) fn restore_on_signal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let settings = tcgetattr(io::stdin());
        let Ok(mut signals) = SignalsInfo::<WithOrigin>::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])
        else {
            return;
        };
        // What stops the process stops it where a transaction ends, not in this thread.
        let _blocked_stops = BlockedSignals::that_stop();
        std::thread::spawn(move || {
            let own = rustix::process::getpid();
            for origin in signals.forever() {
                // console raises SIGINT for a Ctrl-C that it read as a key, and
                // ends the question too: that way is the orderly one.
                let is_own = |pid: i32| pid == own.as_raw_nonzero().get();
                if origin.process.is_some_and(|sender| is_own(sender.pid)) {
                    continue;
                }
                // A question that waits for a key ends by any signal, and the
                // process with it.
                let begun = Instant::now();
                let is_over = || {
                    if process::is_uninterruptible() {
                        begun.elapsed() > UNDOING
                    } else {
                        begun.elapsed() > GOOD_ORDER
                    }
                };
                while !is_over() {
                    std::thread::sleep(GOOD_ORDER / REMINDERS);
                    let _ = rustix::process::kill_process(own, Signal::INT);
                }
                if let Ok(settings) = &settings {
                    let _ = tcsetattr(io::stdin(), OptionalActions::Now, settings);
                }
                show_cursor();
                let _ = signal_hook::low_level::emulate_default_handler(origin.signal);
            }
        });
    });
}

/// Prompts for a line that is not shown, and returns it. No copy of it stays in memory:
/// std's stdin would keep one, and so would all that reads through it.
///
/// # Errors
/// [`ErrorKind::Interrupted`] after a signal that ends the process, such as that of Ctrl-C.
pub(super) fn read_unseen(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    /// Bytes of a line that a terminal holds at most (termios(3), canonical mode).
    const LINE: usize = 4096;
    let ends = |line: &[u8]| line.last().is_some_and(|end| b"\r\n".contains(end));
    let mut prompt = String::new();
    House
        .format_input_prompt(&mut prompt, question, None)
        .map_err(io::Error::other)?;
    // Keys typed before the prompt are thrown away.
    let _unseen = Keys::without(LocalModes::ECHO, OptionalActions::Flush);
    let (stdin, mut stderr) = (io::stdin(), io::stderr());
    stderr.write_all(prompt.as_bytes())?;
    let mut line = Zeroizing::new(vec![0; LINE]);
    let mut len = 0;
    while !ends(&line[..len]) && len < LINE {
        // Unlike the read, this wait ends by a signal.
        poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None)?;
        match rustix::io::read(&stdin, &mut line[len..])? {
            0 => break,
            read => len += read,
        }
    }
    line.truncate(len);
    stderr.write_all(b"[hidden]\n")?;
    Ok(line)
}

/// Takes away what was typed before it was asked for. Whether a Ctrl-C was among it.
pub(super) fn drain() -> bool {
    let stdin = io::stdin();
    let at_once = Timespec::default();
    let mut typed = [0; 64];
    let mut was_interrupted = false;
    while let Ok(1) = poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&at_once)) {
        // Not through stdin's own buffer, which would keep the rest.
        match rustix::io::read(&stdin, &mut typed) {
            Ok(read @ 1..) => was_interrupted |= typed[..read].contains(&CTRL_C),
            _ => break,
        }
    }
    was_interrupted
}

/// Shows the cursor again, and goes to a line of its own.
pub(super) fn show_cursor() {
    // DECTCEM, which every terminal with a cursor knows.
    let _ = io::stderr().write_all(b"\x1b[?25h\n");
}

/// Returns the error for a question that `error` left without an answer.
pub(super) fn unanswered(error: io::Error) -> Error {
    show_cursor();
    let unanswered = match error.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => interrupted(),
        ErrorKind::Unsupported => became_too_small(),
        _ => Error::new(Kind::Io, format!("the question can't be asked: {error}")),
    };
    unanswered.caused_by(error)
}

/// The screen is too small to see what is chosen on it.
pub(super) fn became_too_small() -> Error {
    let fact = "this terminal became too small for a menu; nothing was changed";
    Error::new(Kind::Usage, fact).hint("make it larger, or name what the command lacks")
}

/// Somebody pressed Ctrl-C, or Escape where a menu takes that.
pub(super) fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted; nothing was changed")
}
