//! One decision about colours for help, errors, tables and prompts.

use std::io;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};

use crate::cli::Color;
use crate::config;

/// The decision for each stream. It is never `Auto`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colors {
    pub(super) stdout: ColorChoice,
    pub(super) stderr: ColorChoice,
}

impl Colors {
    /// Decides by --color, the environment and the kind of each stream.
    pub(super) fn of(color: Color) -> Self {
        Self {
            stdout: choice(color, &io::stdout()),
            stderr: choice(color, &io::stderr()),
        }
    }
}

fn choice<S: RawStream>(color: Color, stream: &S) -> ColorChoice {
    match color {
        Color::Always => ColorChoice::AlwaysAnsi,
        Color::Never => ColorChoice::Never,
        // anstream treats CLICOLOR_FORCE=0 as if it forced colours.
        Color::Auto if config::is_color_unforced() && !is_colorful(stream) => ColorChoice::Never,
        Color::Auto => AutoStream::choice(stream),
    }
}

fn is_colorful<S: RawStream>(stream: &S) -> bool {
    stream.is_terminal() && !config::is_dumb_terminal()
}
