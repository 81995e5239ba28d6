//! A secret shown at the terminal: on its alternate screen, so that it isn't left
//! in the scroll-back. Where there is none, that is said.

use std::io;

use termini::{StringCapability, TermInfo};
use zeroize::Zeroizing;

use super::stdout;

/// Has it drawn, and waits until somebody has seen it.
pub(super) type Wait = Box<dyn FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()>>;

/// The terminal that stdout is.
pub(crate) struct Screen {
    /// What enters and leaves the alternate screen; none where there is none.
    alternate: Option<(Vec<u8>, Vec<u8>)>,
    wait: Option<Wait>,
}

impl Screen {
    /// The terminal as terminfo knows it; one that it doesn't know has no
    /// alternate screen.
    pub(super) fn new(wait: Wait) -> Self {
        Self {
            alternate: TermInfo::from_env()
                .ok()
                .and_then(|known| alternate(&known)),
            wait: Some(wait),
        }
    }

    /// Shows `line` until somebody has seen it.
    pub(super) fn show(&mut self, line: &[u8]) -> io::Result<()> {
        let (enter, leave): (&[u8], &[u8]) = match &self.alternate {
            Some((enter, leave)) => (enter, leave),
            None => (
                b"\nthis terminal has no alternate screen, so the secret stays on it: clear it, \
                  and its scroll-back\n",
                b"",
            ),
        };
        let before = b"\nThis is the secret. It is shown only now, and stored nowhere.\n\n";
        let after = b"\nPress Enter when you have it.\n";
        let parts = [enter, before, line, after];
        let len = parts.iter().map(|part| part.len()).sum();
        let mut shown = Zeroizing::new(Vec::with_capacity(len));
        parts.iter().for_each(|part| shown.extend_from_slice(part));
        let mut draw = || stdout::write(&shown);
        let seen = match self.wait.take() {
            Some(wait) => wait(&mut draw),
            None => draw(),
        };
        let left = stdout::write(leave);
        seen.and(left)
    }
}

/// What enters the alternate screen, and what leaves it: wiped first, for some
/// terminals keep it. Line by line: wiped at once, tmux without alternate screens puts
/// it in its scroll-back.
fn alternate(known: &TermInfo) -> Option<(Vec<u8>, Vec<u8>)> {
    /// Where the terminal doesn't tell how many rows it has.
    const ROWS: u16 = 24;
    let enter = known.utf8_string_cap(StringCapability::EnterAlternativeMode)?;
    let leave = known.utf8_string_cap(StringCapability::ExitAlternativeMode)?;
    let home = known.utf8_string_cap(StringCapability::CursorHome)?;
    let below = known.utf8_string_cap(StringCapability::ClearEOS)?;
    let line = known.utf8_string_cap(StringCapability::ClearEOL)?;
    if enter.is_empty() || leave.is_empty() {
        return None;
    }
    let rows = terminal_size::terminal_size_of(io::stdout()).map_or(ROWS, |(_, rows)| rows.0);
    let mut wipe = String::from(home);
    for row in 0..rows {
        let next = if row + 1 < rows { "\r\n" } else { "" };
        wipe.push_str(line);
        wipe.push_str(next);
    }
    Some((
        format!("{enter}{home}{below}").into_bytes(),
        format!("{wipe}{home}{leave}").into_bytes(),
    ))
}
