//! Commands for the shared secret.

use clap::{Args, Subcommand};

use crate::model::Span;

/// Sign and check messages with a shared secret
///
/// A shared secret is for integrations that sign their messages, such as webhooks. Unlike a key's
/// secret, the shared secret can be printed again. Everyone who can check a signature can also
/// create one. The shared secret is in a file next to the database; only the owner of the database
/// can read that file.
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
    /// Prints `sha256=` and the HMAC-SHA256 of stdin in hex. The HMAC's key is the text that
    /// `show` prints.
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
    /// How long `check` still accepts signatures made with the previous secret: 12h, 7d
    /// [default: not at all]
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
