//! The clipboard as a secret's target: on X11 and Wayland whoever copies must go
//! on to hold what was copied, so a process of its own does (`holder`).
//!
//! It is this program again, told nothing by arguments or environment but where
//! the display is and for how long: the secret goes to it over a pipe. It says
//! "ready" when it has found a clipboard, which is the preflight, and "ok" when
//! the secret can be pasted.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::holder::{KEEP, OK, READY, STILL};
use crate::model::Span;

/// How long a display may take to answer at all. One that is there does so within
/// milliseconds; one that doesn't is none.
const PATIENCE: Duration = Duration::from_millis(900);

/// How long it may take to put the secret there: a display that has answered is there.
const MORE_PATIENCE: Duration = Duration::from_secs(5);

/// How long it may take to say that it still is: nobody can verify meanwhile.
const LITTLE_PATIENCE: Duration = Duration::from_millis(500);

/// A process that has found a clipboard.
pub(crate) struct Clipboard {
    holder: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    /// Whether it holds the secret, and is to live on.
    holds: bool,
}

impl Clipboard {
    /// Starts the process, which clears the clipboard after `clear_after`.
    ///
    /// # Errors
    /// The reason why there is no clipboard.
    pub(super) fn open(
        clear_after: Span,
        display: impl Iterator<Item = (&'static str, OsString)>,
    ) -> Result<Self, String> {
        let mut display = display.peekable();
        if display.peek().is_none() {
            return Err(
                "there is no clipboard: neither WAYLAND_DISPLAY nor DISPLAY is set".to_owned(),
            );
        }
        // Not by its name: that may be another program by now.
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
        let failed = |fault: io::Error| format!("the clipboard can't be used: {fault}");
        let mut holder = command.spawn().map_err(failed)?;
        let (to, from) = (holder.stdin.take(), holder.stdout.take());
        let from = from.ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        let mut clipboard = Self {
            holder,
            to,
            from: BufReader::new(from),
            holds: false,
        };
        clipboard.expect(READY, PATIENCE)?;
        Ok(clipboard)
    }

    /// Has the process put `line` on the clipboard.
    ///
    /// # Errors
    /// The reason why it isn't there.
    pub(super) fn put(&mut self, line: &[u8]) -> Result<(), String> {
        self.tell(line)?;
        self.expect(OK, MORE_PATIENCE)
    }

    /// Refuses to go on where the secret can be pasted no longer.
    pub(super) fn check(&mut self) -> Result<(), String> {
        self.tell(format!("{STILL}\n").as_bytes())
            .and_then(|()| self.expect(OK, LITTLE_PATIENCE))
            .map_err(|_| "something else was copied meanwhile".to_owned())
    }

    /// Has the process live on, from now for as long as it was told.
    pub(super) fn keep(&mut self) {
        // Where it is gone since the check, so is the secret: as if something else
        // had been copied a moment later.
        self.holds = self.tell(format!("{KEEP}\n").as_bytes()).is_ok();
    }

    fn tell(&mut self, line: &[u8]) -> Result<(), String> {
        let to = self.to.as_mut();
        let written = to.map_or(Err(io::ErrorKind::BrokenPipe.into()), |to| {
            to.write_all(line)
        });
        written.map_err(|fault| format!("the clipboard can't be used: {fault}"))
    }

    /// Clears the clipboard: what nobody holds isn't on it.
    pub(super) fn take_back(&mut self) {
        self.holds = false;
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }

    /// Waits for the process to say `wanted`.
    fn expect(&mut self, wanted: &str, patience: Duration) -> Result<(), String> {
        let said = self
            .next_line(patience)
            .map_err(|fault| format!("the clipboard can't be used: {fault}"))?;
        match said.trim_end() {
            said if said == wanted => Ok(()),
            "" => Err("there is no clipboard".to_owned()),
            why => Err(format!("there is no clipboard: {why}")),
        }
    }

    /// The next line that the process says, if it does so in time.
    fn next_line(&mut self, patience: Duration) -> io::Result<String> {
        const LONGEST: u64 = 1000;
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut answer = [PollFd::new(self.from.get_ref(), PollFlags::IN)];
            match poll(&mut answer, Some(&left)) {
                Err(rustix::io::Errno::INTR) => {}
                Err(fault) => return Err(fault.into()),
                Ok(0) => return Err(io::Error::other("the display does not answer")),
                Ok(_) => break,
            }
        }
        // It writes a line at once.
        let mut line = String::new();
        (&mut self.from).take(LONGEST).read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        if !self.holds {
            self.take_back();
        }
    }
}
