//! The clipboard of the terminal as the target of a delivery, which works over ssh: the escape
//! sequence OSC 52 (xterm's Control Sequences, "Manipulate Selection Data"). A terminal doesn't
//! report whether it obeys, so the user confirms the arrival.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::errors::{delivery_error, interrupted, write_error};
use crate::error::{Kind, Result};
use crate::secret::concat_wiped;

/// Asks the user whether the secret arrived.
pub(super) type HasArrived = Box<dyn FnOnce() -> Result<bool>>;

/// A terminal that may set the clipboard.
pub(crate) struct Osc52 {
    terminal: File,
    in_tmux: bool,
    has_arrived: Option<HasArrived>,
}

impl Osc52 {
    /// Opens the terminal of this process, even if stdout is redirected.
    pub(super) fn open(in_tmux: bool, has_arrived: HasArrived) -> io::Result<Self> {
        Ok(Self {
            terminal: OpenOptions::new().write(true).open("/dev/tty")?,
            in_tmux,
            has_arrived: Some(has_arrived),
        })
    }

    /// Sends `line`, and asks the user whether it arrived.
    ///
    /// # Errors
    /// [`Kind::NotHandedOver`]; [`Kind::Interrupted`] after Ctrl-C.
    pub(super) fn send(&mut self, line: &[u8]) -> Result<()> {
        let sequence = sequence(line.trim_ascii_end(), self.in_tmux);
        let sent = sequence.and_then(|sequence| self.terminal.write_all(&sequence));
        sent.map_err(write_error)?;
        let has_arrived = self.has_arrived.take().map_or(Ok(false), |ask| ask());
        let has_arrived = has_arrived.map_err(|error| match error.kind() {
            Kind::Interrupted => interrupted().caused_by(error),
            _ => delivery_error(error.message()).caused_by(error),
        })?;
        if has_arrived {
            return Ok(());
        }
        Err(delivery_error(
            "the secret was sent, but did not arrive on the clipboard",
        ))
    }
}

/// Returns the sequence that copies `secret`, wrapped for tmux to pass it on.
fn sequence(secret: &[u8], in_tmux: bool) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut encoded = Zeroizing::new(vec![0; Base64::encoded_len(secret)]);
    let encoded = Base64::encode(secret, &mut encoded).map_err(io::Error::other)?;
    // Every escape is doubled in tmux's passthrough (tmux(1), allow-passthrough).
    let (begin, end) = if in_tmux {
        ("\x1bPtmux;\x1b\x1b]52;c;", "\x07\x1b\\")
    } else {
        ("\x1b]52;c;", "\x07")
    };
    let parts = [begin, encoded, end].map(str::as_bytes);
    Ok(concat_wiped(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_xterms_and_wrapped_for_tmux() {
        let plain = sequence(b"apik", false).unwrap();
        assert_eq!(*plain, b"\x1b]52;c;YXBpaw==\x07");
        let wrapped = sequence(b"apik", true).unwrap();
        assert_eq!(*wrapped, b"\x1bPtmux;\x1b\x1b]52;c;YXBpaw==\x07\x1b\\");
    }
}
