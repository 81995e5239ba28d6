//! The clipboard as a secret's target. On X11 and Wayland the process that copied must keep
//! running to hold what was copied, so a process of its own does (`holder`).
//!
//! That process is this program again. Its arguments and environment hold only where the
//! display is and for how long to hold the secret, which it reads from a pipe. It writes
//! "ready" when it has found a clipboard, which is the preflight, and "ok" when the secret can
//! be pasted.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::errors::not_handed_over;
use super::holder::{KEEP, OK, READY, STILL};
use crate::error::{Error, Result};
use crate::model::Span;

/// How long a display may take to answer at all: a working display takes milliseconds.
const READY_TIMEOUT: Duration = Duration::from_millis(900);

/// How long the process may take to put the secret on a clipboard that it has found.
const PUT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the process may take to check that the secret is still there: no process can
/// verify meanwhile.
const CHECK_TIMEOUT: Duration = Duration::from_millis(500);

/// A process that has found a clipboard.
pub(crate) struct Clipboard {
    holder: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// Whether it holds the secret of a usable key, and outlives this process.
    is_kept: bool,
}

impl Clipboard {
    /// Starts the process, which clears the clipboard after `clear_after`. `display` are its
    /// environment.
    ///
    /// # Errors
    /// The reason why there is no clipboard.
    pub(super) fn open(
        clear_after: Span,
        display: impl Iterator<Item = (&'static str, OsString)>,
    ) -> Result<Self> {
        let mut display = display.peekable();
        if display.peek().is_none() {
            return Err(not_handed_over(
                "there is no clipboard: neither WAYLAND_DISPLAY nor DISPLAY is set",
            ));
        }
        // Its path may name another program by now.
        let mut command = Command::new("/proc/self/exe");
        command
            .arg0("apikey")
            .args(["hold-clipboard", &format!("{}s", clear_after.seconds())])
            .env_clear()
            .envs(display)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut holder = command.spawn().map_err(unusable)?;
        let (stdin, stdout) = (holder.stdin.take(), holder.stdout.take());
        let stdout = stdout.ok_or_else(|| unusable(io::ErrorKind::BrokenPipe.into()))?;
        let mut clipboard = Self {
            holder,
            stdin,
            stdout: BufReader::new(stdout),
            is_kept: false,
        };
        clipboard.expect(READY, READY_TIMEOUT)?;
        Ok(clipboard)
    }

    /// Puts `line` on the clipboard.
    ///
    /// # Errors
    /// The reason why it isn't there.
    pub(super) fn put(&mut self, line: &[u8]) -> Result<()> {
        self.write(line)?;
        self.expect(OK, PUT_TIMEOUT)
    }

    /// Checks that the secret can still be pasted.
    ///
    /// # Errors
    /// The reason why it can't.
    pub(super) fn check(&mut self) -> Result<()> {
        self.write(format!("{STILL}\n").as_bytes())
            .and_then(|()| self.expect(OK, CHECK_TIMEOUT))
            .map_err(|error| {
                not_handed_over("something else was copied meanwhile").caused_by(error)
            })
    }

    /// Lets the process outlive this one, and begins the time after which it clears the
    /// clipboard.
    pub(super) fn keep(&mut self) {
        // If the process ended since the check, the secret is lost as if the user had copied
        // something else a moment later.
        self.is_kept = self.write(format!("{KEEP}\n").as_bytes()).is_ok();
    }

    /// Writes `line` to the process.
    fn write(&mut self, line: &[u8]) -> Result<()> {
        let written = match &mut self.stdin {
            Some(stdin) => stdin.write_all(line),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        written.map_err(unusable)
    }

    /// Clears the clipboard by ending the process that holds the secret.
    pub(super) fn take_back(&mut self) {
        self.is_kept = false;
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }

    /// Waits until the process writes `wanted`, and nothing else.
    fn expect(&mut self, wanted: &str, timeout: Duration) -> Result<()> {
        let line = self.next_line(timeout).map_err(unusable)?;
        match line.trim_end() {
            line if line == wanted => Ok(()),
            "" => Err(not_handed_over("there is no clipboard")),
            reason => Err(not_handed_over(format!("there is no clipboard: {reason}"))),
        }
    }

    /// Reads the next line that the process writes.
    fn next_line(&mut self, timeout: Duration) -> io::Result<String> {
        const LONGEST: u64 = 1000;
        let until = Instant::now() + timeout;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut answer = [PollFd::new(self.stdout.get_ref(), PollFlags::IN)];
            match poll(&mut answer, Some(&left)) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(0) => return Err(io::Error::other("the display does not answer")),
                Ok(_) => break,
            }
        }
        // The process writes a line at once.
        let mut line = String::new();
        (&mut self.stdout).take(LONGEST).read_line(&mut line)?;
        Ok(line)
    }
}

/// Returns the error for an error of the pipes or of the process.
fn unusable(error: io::Error) -> Error {
    not_handed_over(format!("the clipboard can't be used: {error}")).caused_by(error)
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        if !self.is_kept {
            self.take_back();
        }
    }
}
