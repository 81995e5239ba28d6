//! The terminal as the target of a delivery. The secret is shown on the alternate screen, which
//! the scroll-back doesn't keep. If the terminal has none, a line warns the user.

use std::io;

use super::stdout;
use crate::config;
use crate::secret::concat_wiped;

/// Calls the function that draws the screen, and waits until the user has read the secret.
pub(super) type Wait = Box<dyn FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()>>;

/// The terminal behind stdout.
pub(crate) struct Screen {
    /// The bytes that enter and leave the alternate screen, if the terminal has one.
    alternate: Option<(Vec<u8>, Vec<u8>)>,
    wait: Option<Wait>,
}

impl Screen {
    /// Returns the terminal, with its alternate screen if TERM names one that has it.
    pub(super) fn new(wait: Wait) -> Self {
        Self {
            alternate: has_alternate_screen(&config::terminal()).then(alternate_sequences),
            wait: Some(wait),
        }
    }

    /// Shows `line` until the user has read it.
    pub(super) fn show(&mut self, line: &[u8]) -> io::Result<()> {
        let (enter, leave): (&[u8], &[u8]) = match &self.alternate {
            Some((enter, leave)) => (enter, leave),
            None => (
                b"\nthis terminal has no alternate screen, so the secret stays on it: clear the \
                  screen and the scroll-back afterwards\n",
                b"",
            ),
        };
        let before = b"\nThis is the secret. It is shown only once and not stored.\n\n";
        let after = b"\nPress Enter when you have saved it.\n";
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

/// Returns whether the terminal `name`, as TERM calls it, is known to have an alternate screen
/// with xterm's sequences.
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

/// Returns the bytes that enter the alternate screen, and those that leave it. The latter erase
/// the screen first, since some terminals keep it. They erase line by line, because tmux with
/// alternate screens turned off puts a screen that is erased at once into its scroll-back.
fn alternate_sequences() -> (Vec<u8>, Vec<u8>) {
    /// The rows of a terminal that doesn't report them.
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
    fn only_terminals_of_known_families_have_an_alternate_screen() {
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
