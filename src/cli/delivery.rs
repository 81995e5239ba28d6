//! The options for the delivery of a secret.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PathBufValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::model::{Invalid, Span};

/// The delivery of a new secret; without an option, to stdout.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeliveryOptions {
    /// Write the secret to this new file instead of stdout; if PATH is a directory, to
    /// NAME.APIKEY in it
    #[arg(long, value_name = "PATH", conflicts_with = "copy", value_parser =
          output_path("without --export the secret goes to stdout; for a file of that name use ./-"))]
    pub(crate) export: Option<PathBuf>,

    /// Copy the secret to the clipboard instead of printing it; =osc52 works over ssh
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "clipboard")]
    pub(crate) copy: Option<CopyTarget>,

    /// Time until the clipboard is cleared if it still holds the secret: 45s, 2m [default: 45s]
    #[arg(long, value_name = "DURATION", requires = "copy", value_parser = parse_clear_after())]
    pub(crate) clear_after: Option<Span>,
}

/// The clipboard that --copy uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CopyTarget {
    /// The clipboard of the desktop
    Clipboard,
    /// The clipboard of the terminal, through an escape sequence
    Osc52,
}

/// Parses --clear-after. At 0s the secret could not be pasted.
fn parse_clear_after() -> impl TypedValueParser<Value = Span> {
    NonEmptyStringValueParser::new().try_map(|text| match text.parse::<Span>() {
        Ok(span) if span.seconds() == 0 => Err(Invalid::new("give at least 1s")),
        parsed => parsed,
    })
}

/// Returns the parser of the path of a new file. It refuses `-`, which other programs take for
/// stdout, with the text `refusal`.
pub(super) fn output_path(refusal: &'static str) -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(move |path| {
        if path.as_os_str() == "-" {
            Err(refusal)
        } else {
            Ok(path)
        }
    })
}

/// Hold a secret on the clipboard
///
/// Started by `create --copy` and `rotate --copy`, with the secret on stdin.
#[derive(Debug, Args)]
pub(crate) struct HoldClipboard {
    /// Time until the clipboard is cleared
    pub(crate) clear_after: Span,
}
