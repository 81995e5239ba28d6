//! The clipboard by way of the terminal, which works over ssh: the escape
//! sequence OSC 52 (xterm's Control Sequences, "Manipulate Selection Data").
//! A terminal doesn't say whether it obeyed, so somebody is asked.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::target::Undelivered;
use crate::error::{Kind, Result};

/// A terminal that may have a clipboard.
pub(crate) struct Osc52 {
    terminal: File,
    in_tmux: bool,
    /// Asks whether the secret arrived. Gone once it was asked.
    arrived: Option<Box<dyn FnOnce() -> Result<bool>>>,
}

impl Osc52 {
    /// The terminal of this process, whatever stdout is.
    pub(super) fn open(
        in_tmux: bool,
        arrived: Box<dyn FnOnce() -> Result<bool>>,
    ) -> io::Result<Self> {
        Ok(Self {
            terminal: OpenOptions::new().write(true).open("/dev/tty")?,
            in_tmux,
            arrived: Some(arrived),
        })
    }

    /// Sends `line`, and asks whether it arrived.
    pub(super) fn send(&mut self, line: &[u8]) -> std::result::Result<(), Undelivered> {
        let sequence = sequence(line.trim_ascii_end(), self.in_tmux)?;
        self.terminal.write_all(&sequence)?;
        drop(sequence);
        let arrived = match self.arrived.take() {
            Some(ask) => ask().map_err(|error| match error.kind() {
                Kind::Interrupted => Undelivered::Interrupted,
                _ => Undelivered::Refused(error.message().to_owned()),
            })?,
            None => false,
        };
        match arrived {
            true => Ok(()),
            false => Err(Undelivered::Refused(
                "the terminal did not take the secret, though it was sent".to_owned(),
            )),
        }
    }
}

/// The sequence that puts `secret` on the clipboard; for tmux wrapped, so that it
/// passes it on.
fn sequence(secret: &[u8], in_tmux: bool) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut encoded = Zeroizing::new(vec![0; Base64::encoded_len(secret)]);
    let encoded = Base64::encode(secret, &mut encoded).map_err(io::Error::other)?;
    // In tmux's passthrough every escape is doubled (tmux(1), allow-passthrough).
    let (begin, end) = match in_tmux {
        true => ("\x1bPtmux;\x1b\x1b]52;c;", "\x07\x1b\\"),
        false => ("\x1b]52;c;", "\x07"),
    };
    let len = begin.len() + encoded.len() + end.len();
    let mut sequence = Zeroizing::new(Vec::with_capacity(len));
    for part in [begin, encoded, end] {
        sequence.extend_from_slice(part.as_bytes());
    }
    Ok(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_xterms_and_for_tmux_wrapped() {
        let plain = sequence(b"apik", false).unwrap();
        assert_eq!(*plain, b"\x1b]52;c;YXBpaw==\x07");
        let wrapped = sequence(b"apik", true).unwrap();
        assert_eq!(*wrapped, b"\x1bPtmux;\x1b\x1b]52;c;YXBpaw==\x07\x1b\\");
    }
}
