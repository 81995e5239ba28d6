//! Commands on the shared secret.

use clap::{Args, Subcommand};

use crate::model::Span;

/// Sign and check messages with a shared secret
///
/// For integrations that sign their messages, such as webhooks. The shared secret can be
/// printed again by design, and everyone who can check a signature can also create one.
/// It is in a file of its own next to the database, which only the owner can read.
#[derive(Debug, Subcommand)]
#[command(
    disable_help_subcommand = true,
    after_long_help = "Examples:
  apikey shared-secret create
  apikey shared-secret check -- \"$SIGNATURE\" < body.json"
)]
pub(crate) enum SharedSecret {
    /// Create the shared secret and print it
    #[command(after_long_help = "Examples:
  apikey shared-secret create
  (umask 077; apikey shared-secret create > shared-secret)")]
    Create,

    /// Print the shared secret
    #[command(after_long_help = "Examples:
  apikey shared-secret show")]
    Show,

    Rotate(SharedSecretRotate),

    /// Delete the shared secret and the previous one
    #[command(after_long_help = "Examples:
  apikey shared-secret delete
  apikey shared-secret delete --yes")]
    Delete,

    /// Sign the message on stdin
    ///
    /// Prints `sha256=` and the HMAC-SHA256 of stdin in hex. Its key is the text that `show`
    /// prints.
    #[command(after_long_help = "Examples:
  apikey shared-secret sign < body.json")]
    Sign,

    Check(SharedSecretCheck),
}

/// Replace the shared secret and print the new one
///
/// Only one previous shared secret is kept: another rotation drops it, even during its
/// overlap.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret rotate
  apikey shared-secret rotate --overlap 1d")]
pub(crate) struct SharedSecretRotate {
    /// How long `check` still accepts the previous one: 12h, 7d [default: not at all]
    #[arg(long, value_name = "DURATION")]
    pub(crate) overlap: Option<Span>,
}

/// Check the signature of the message on stdin
///
/// Exits with 0 if the signature is valid, with 1 if it isn't. Put `--` before a signature
/// from an untrusted source: it could be an option such as --help, which also exits with 0.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret check -- \"$SIGNATURE\" < body.json")]
pub(crate) struct SharedSecretCheck {
    /// Signature as `sign` prints it
    pub(crate) signature: String,
}
