//! The terminal of the prompts: its size, its modes and their restoration.

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

use super::look::PromptTheme;
use crate::config;
use crate::error::{Error, Kind};
use crate::process::{self, BlockedSignals};

/// The smallest terminal on which a menu is readable, in rows and columns.
const SMALLEST: (u16, u16) = (5, 20);

/// The byte that a terminal sends for Ctrl-C.
const CTRL_C: u8 = 3;

/// Returns whether prompts on stderr can be answered on stdin.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Returns why the terminal can't draw a menu; none if it can.
pub(super) fn reason_not_to_draw() -> Option<&'static str> {
    if config::is_dumb_terminal() {
        return Some("this terminal can't draw a menu (TERM)");
    }
    let (rows, columns) = Term::stderr().size();
    (rows < SMALLEST.0 || columns < SMALLEST.1).then_some("this terminal is too small for a menu")
}

/// Returns the most entries of a menu that are shown at once.
pub(super) fn menu_rows() -> usize {
    /// Few enough to see at a glance. Ctrl-C leaves them on the screen.
    const MAX: usize = 15;
    /// The rows of the question, of an error and of the footer, and an empty row.
    const OTHER_ROWS: usize = 4;
    usize::from(Term::stderr().size().0)
        .saturating_sub(OTHER_ROWS)
        .clamp(1, MAX)
}

/// Returns the width of the terminal in columns.
pub(super) fn columns() -> usize {
    usize::from(Term::stderr().size().1)
}

/// The terminal in raw mode until this is dropped. Keys are read one by one, without echo, and
/// Ctrl-C is a key instead of a signal.
///
/// console enters raw mode only while it reads a key. Between two keys, Ctrl-C would be a signal
/// and end the process before it can undo a change.
pub(crate) struct RawMode(Option<Termios>);

impl RawMode {
    pub(super) fn enter() -> Self {
        let modes = LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO;
        Self::without(modes, OptionalActions::Now)
    }

    /// Clears `modes` until the returned value is dropped.
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

impl Drop for RawMode {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// The time that the process has to end after a signal: enough to delete a key whose secret is
/// shown.
const GRACE_PERIOD: Duration = Duration::from_millis(500);

/// The time that the process has if it must undo a change first, which waits for a lock twice.
const UNDO_PERIOD: Duration = Duration::from_secs(15);

/// How often a prompt is interrupted during the grace period: once is not enough if it is just
/// about to wait for a key.
const INTERRUPTIONS: u32 = 10;

/// Restores the terminal when a signal ends the process: a prompt hides the cursor or the echo,
/// and dialoguer doesn't undo that.
///
/// The handler stays until the process ends, since signal-hook can't give up a signal.
pub(super) fn restore_on_signal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let settings = tcgetattr(io::stdin());
        let Ok(mut signals) = SignalsInfo::<WithOrigin>::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])
        else {
            return;
        };
        // The new thread must not receive the signals that stop the process: they are held until
        // a transaction ends.
        let _blocked_stops = BlockedSignals::that_stop();
        std::thread::spawn(move || {
            let own = rustix::process::getpid();
            for origin in signals.forever() {
                // console raises SIGINT for a Ctrl-C that it reads as a key, and ends the prompt
                // by itself.
                let is_own = |pid: i32| pid == own.as_raw_nonzero().get();
                if origin.process.is_some_and(|sender| is_own(sender.pid)) {
                    continue;
                }
                // Any signal ends a prompt that waits for a key, and then the process ends.
                let begun = Instant::now();
                let period = || {
                    if process::is_uninterruptible() {
                        UNDO_PERIOD
                    } else {
                        GRACE_PERIOD
                    }
                };
                while begun.elapsed() <= period() {
                    std::thread::sleep(GRACE_PERIOD / INTERRUPTIONS);
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

/// Prompts for a line without echo. It bypasses std's stdin, whose buffer would keep a copy of
/// the line in memory.
///
/// # Errors
/// [`ErrorKind::Interrupted`] after a signal that ends the process, such as that of Ctrl-C.
pub(super) fn read_hidden_line(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    /// The most bytes of a line (termios(3), canonical mode).
    const MAX_LINE: usize = 4096;
    let ends = |line: &[u8]| line.last().is_some_and(|end| b"\r\n".contains(end));
    let mut prompt = String::new();
    PromptTheme
        .format_input_prompt(&mut prompt, question, None)
        .map_err(io::Error::other)?;
    // This discards input that was typed before the prompt.
    let _no_echo = RawMode::without(LocalModes::ECHO, OptionalActions::Flush);
    let (stdin, mut stderr) = (io::stdin(), io::stderr());
    stderr.write_all(prompt.as_bytes())?;
    let mut line = Zeroizing::new(vec![0; MAX_LINE]);
    let mut len = 0;
    while !ends(&line[..len]) && len < MAX_LINE {
        // A signal ends this wait, but not a read.
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

/// Discards input that was typed before a prompt. Returns whether it contained Ctrl-C.
pub(super) fn discard_input() -> bool {
    let stdin = io::stdin();
    let no_wait = Timespec::default();
    let mut typed = [0; 64];
    let mut was_interrupted = false;
    while let Ok(1) = poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&no_wait)) {
        // Bypasses std's stdin, whose buffer would keep further input.
        match rustix::io::read(&stdin, &mut typed) {
            Ok(read @ 1..) => was_interrupted |= typed[..read].contains(&CTRL_C),
            _ => break,
        }
    }
    was_interrupted
}

/// Shows the cursor and begins a new line.
pub(super) fn show_cursor() {
    // DECTCEM, which every terminal with a cursor supports.
    let _ = io::stderr().write_all(b"\x1b[?25h\n");
}

/// Returns the error of a prompt that failed with `error`, and shows the cursor.
pub(super) fn prompt_failed(error: io::Error) -> Error {
    show_cursor();
    let failed = match error.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => interrupted(),
        ErrorKind::Unsupported => too_small(),
        _ => Error::new(Kind::Io, format!("can't prompt: {error}")),
    };
    failed.caused_by(error)
}

/// Returns the error of a terminal that became too small for a menu.
pub(super) fn too_small() -> Error {
    let fact = "this terminal became too small for a menu; nothing was changed";
    Error::new(Kind::Usage, fact).hint("enlarge it, or give the missing arguments")
}

/// Returns the error of a prompt in which the user pressed Ctrl-C or Escape.
pub(super) fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted; nothing was changed")
}
