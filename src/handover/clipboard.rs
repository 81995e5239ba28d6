//! The clipboard as the target of a delivery. On X11 and Wayland a copied text is lost when the
//! process that copied it ends, so a separate process, the `holder`, copies the secret.
//!
//! The holder runs this program again. Its arguments and environment contain only the display and
//! the time to hold the secret; it reads the secret from a pipe. It writes "ready" when it has
//! found a clipboard, which is the preflight, and "ok" when the secret can be pasted.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::errors::delivery_error;
use super::holder::{CHECK, KEEP, OK, READY};
use crate::error::{Error, Result};
use crate::model::Span;

/// The timeout for a display to answer. A working one takes milliseconds.
const READY_TIMEOUT: Duration = Duration::from_millis(900);

/// The timeout for the holder to copy the secret.
const PUT_TIMEOUT: Duration = Duration::from_secs(5);

/// The timeout for the holder to check that the secret can still be pasted. It is short because
/// no process can verify meanwhile.
const CHECK_TIMEOUT: Duration = Duration::from_millis(500);

/// A holder that has found a clipboard.
pub(crate) struct Clipboard {
    holder: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// Whether the secret is usable, and the holder outlives this process.
    is_kept: bool,
}

impl Clipboard {
    /// Starts the holder, which clears the clipboard after `clear_after`. `display` is its
    /// environment.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`](crate::error::Kind::NotHandedOver) when there is no clipboard, or
    /// the holder can't be started.
    pub(super) fn open(
        clear_after: Span,
        display: impl Iterator<Item = (&'static str, OsString)>,
    ) -> Result<Self> {
        let mut display = display.peekable();
        if display.peek().is_none() {
            return Err(delivery_error(
                "there is no clipboard: neither WAYLAND_DISPLAY nor DISPLAY is set",
            ));
        }
        // The path of this program may name another file by now.
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

    /// Copies `line` to the clipboard.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`](crate::error::Kind::NotHandedOver) when it can't be pasted.
    pub(super) fn put(&mut self, line: &[u8]) -> Result<()> {
        self.write(line)?;
        self.expect(OK, PUT_TIMEOUT)
    }

    /// Checks that the secret can still be pasted.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`](crate::error::Kind::NotHandedOver) when it can't.
    pub(super) fn check(&mut self) -> Result<()> {
        self.write(format!("{CHECK}\n").as_bytes())
            .and_then(|()| self.expect(OK, CHECK_TIMEOUT))
            .map_err(|error| delivery_error("something else was copied meanwhile").caused_by(error))
    }

    /// Lets the holder outlive this process, and starts the time after which it clears the
    /// clipboard.
    pub(super) fn keep(&mut self) {
        // If the holder ended since the check, the result is the same as if the user had copied
        // something else right after the command.
        self.is_kept = self.write(format!("{KEEP}\n").as_bytes()).is_ok();
    }

    /// Writes `line` to the holder.
    fn write(&mut self, line: &[u8]) -> Result<()> {
        let written = match &mut self.stdin {
            Some(stdin) => stdin.write_all(line),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        written.map_err(unusable)
    }

    /// Clears the clipboard by ending the holder.
    pub(super) fn take_back(&mut self) {
        self.is_kept = false;
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }

    /// Waits until the holder writes `answer`. Any other line is the reason of an error.
    fn expect(&mut self, answer: &str, timeout: Duration) -> Result<()> {
        let line = self.next_line(timeout).map_err(unusable)?;
        match line.trim_end() {
            line if line == answer => Ok(()),
            "" => Err(delivery_error("there is no clipboard")),
            reason => Err(delivery_error(format!("there is no clipboard: {reason}"))),
        }
    }

    /// Reads the next line of the holder.
    fn next_line(&mut self, timeout: Duration) -> io::Result<String> {
        const MAX_LINE: u64 = 1000;
        let deadline = Instant::now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut stdout = [PollFd::new(self.stdout.get_ref(), PollFlags::IN)];
            match poll(&mut stdout, Some(&left)) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(0) => return Err(io::Error::other("the display does not answer")),
                Ok(_) => break,
            }
        }
        // The holder writes every line in one piece.
        let mut line = String::new();
        (&mut self.stdout).take(MAX_LINE).read_line(&mut line)?;
        Ok(line)
    }
}

/// Returns the error of a holder that failed, or of its pipes.
fn unusable(error: io::Error) -> Error {
    delivery_error(format!("can't use the clipboard: {error}")).caused_by(error)
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        if !self.is_kept {
            self.take_back();
        }
    }
}
