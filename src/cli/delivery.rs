//! The options that say where a secret is delivered.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PathBufValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::model::{Invalid, Span};

/// Where a command delivers the secret that it issues; stdout without an option.
#[derive(Debug, Args)]
pub(crate) struct DeliveryOptions {
    /// Write the secret to this new file (in a directory: NAME.APIKEY) instead of stdout
    #[arg(long, value_name = "PATH", value_parser = export_path(), conflicts_with = "copy")]
    pub(crate) export: Option<PathBuf>,

    /// Copy the secret to the clipboard instead of printing it; osc52: through the terminal, which
    /// works over ssh
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "clipboard")]
    pub(crate) copy: Option<Copying>,

    /// When to clear the clipboard if it still holds the secret: 45s, 2m [default: 45s]
    #[arg(long, value_name = "DURATION", requires = "copy", value_parser = clear_after())]
    pub(crate) clear_after: Option<Span>,
}

/// How a secret is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Copying {
    /// To the clipboard of the desktop
    Clipboard,
    /// By an escape sequence of the terminal
    Osc52,
}

/// Parses how long the clipboard holds a secret: long enough to be pasted once.
fn clear_after() -> impl TypedValueParser<Value = Span> {
    NonEmptyStringValueParser::new().try_map(|text| match text.parse::<Span>() {
        Ok(span) if span.seconds() == 0 => Err(Invalid::new("give at least 1s")),
        parsed => parsed,
    })
}

/// Parses the path of an export. Most programs take `-` as stdout; here it would be a file.
fn export_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" {
            return Err("without --export the secret goes to stdout; a file of that name is ./-");
        }
        Ok(path)
    })
}

/// Hold a secret on the clipboard
///
/// `create --copy` starts it, and gives it the secret on stdin.
#[derive(Debug, Args)]
pub(crate) struct HoldClipboard {
    /// For how long
    pub(crate) clear_after: Span,
}
