//! A secret shown at the terminal: on its alternate screen, so that it isn't left
//! in the scroll-back. Where there is none, that is said.

use std::io;

use super::stdout;
use crate::config;
use crate::secret::concat_wiped;

/// Calls what draws the screen, and waits until the user has seen it.
pub(super) type Wait = Box<dyn FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()>>;

/// The terminal that stdout is.
pub(crate) struct Screen {
    /// The bytes that enter and leave the alternate screen; none where there is none.
    alternate: Option<(Vec<u8>, Vec<u8>)>,
    wait: Option<Wait>,
}

impl Screen {
    /// Finds out whether the terminal has an alternate screen.
    pub(super) fn new(wait: Wait) -> Self {
        Self {
            alternate: has_alternate_screen(&config::terminal()).then(alternate),
            wait: Some(wait),
        }
    }

    /// Shows `line` until the user has seen it.
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
        let shown = concat_wiped(&[enter, before, line, after]);
        let mut draw = || stdout::write(&shown);
        let seen = match self.wait.take() {
            Some(wait) => wait(&mut draw),
            None => draw(),
        };
        let left = stdout::write(leave);
        seen.and(left)
    }
}

/// Returns whether the terminal that TERM calls `name` has an alternate screen, entered and
/// left as xterm does it. Of a terminal that isn't in the list that is not assumed: then
/// the user is told to clear the screen.
fn has_alternate_screen(name: &str) -> bool {
    const FAMILIES: [&str; 15] = [
        "alacritty",
        "contour",
        "foot",
        "gnome",
        "kitty",
        "konsole",
        "mintty",
        "putty",
        "rxvt",
        "screen",
        "st",
        "tmux",
        "vte",
        "wezterm",
        "xterm",
    ];
    FAMILIES.iter().any(|family| {
        let variant = name.strip_prefix(family);
        variant.is_some_and(|variant| variant.is_empty() || variant.starts_with(['-', '.']))
    })
}

/// Returns the bytes that enter the alternate screen, and those that leave it. The screen is
/// wiped first, since some terminals keep it; line by line, since tmux without alternate
/// screens puts a screen that is wiped at once in its scroll-back.
fn alternate() -> (Vec<u8>, Vec<u8>) {
    /// Where the terminal doesn't know how many rows it has.
    const ROWS: u16 = 24;
    let rows = terminal_size::terminal_size_of(io::stdout()).map_or(ROWS, |(_, rows)| rows.0);
    let wipe = vec!["\x1b[K"; rows.into()].join("\r\n");
    (
        b"\x1b[?1049h\x1b[H\x1b[J".to_vec(),
        format!("\x1b[H{wipe}\x1b[H\x1b[?1049l").into_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::has_alternate_screen;

    #[test]
    fn terminals_of_known_families_have_an_alternate_screen() {
        for name in [
            "xterm",
            "xterm-kitty",
            "screen.xterm-256color",
            "st-256color",
            "foot",
        ] {
            assert!(has_alternate_screen(name), "{name}");
        }
        for name in [
            "",
            "dumb",
            "linux",
            "vt100",
            "ansi",
            "sun",
            "stterm",
            "xterminator",
        ] {
            assert!(!has_alternate_screen(name), "{name}");
        }
    }
}
