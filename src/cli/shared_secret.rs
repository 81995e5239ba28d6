//! Commands on the shared secret.

use clap::{Args, Subcommand};

use crate::model::Span;

/// Keep a secret that is shared with an integration, and sign with it
///
/// For integrations that sign what they send, as webhooks do. It can be printed
/// again by design, and whoever can check a signature can also make one. It is in
/// a file of its own beside the database, open to the owner alone.
#[derive(Debug, Subcommand)]
#[command(
    disable_help_subcommand = true,
    after_long_help = "Examples:
  apikey shared-secret create
  apikey shared-secret check -- \"$SIGNATURE\" < body.json"
)]
pub(crate) enum SharedSecret {
    Create(SharedSecretCreate),
    Show(SharedSecretShow),
    Rotate(SharedSecretRotate),
    Delete(SharedSecretDelete),
    Sign(SharedSecretSign),
    Check(SharedSecretCheck),
}

/// Make the shared secret, and print it
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret create
  (umask 077; apikey shared-secret create > shared-secret)")]
pub(crate) struct SharedSecretCreate {}

/// Print the shared secret
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret show")]
pub(crate) struct SharedSecretShow {}

/// Make a new shared secret in its place, and print it
///
/// Only one previous one is kept: another rotation drops the one before,
/// whatever overlap it had.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret rotate
  apikey shared-secret rotate --overlap 1d")]
pub(crate) struct SharedSecretRotate {
    /// How long `check` still takes the previous one: 12h, 7d [default: not at all]
    #[arg(long, value_name = "DURATION")]
    pub(crate) overlap: Option<Span>,
}

/// Delete the shared secret, and the previous one
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret delete
  apikey shared-secret delete --yes")]
pub(crate) struct SharedSecretDelete {}

/// Sign what is on stdin
///
/// Prints `sha256=` and the HMAC-SHA256 in hex, keyed with the text that `show`
/// prints.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret sign < body.json")]
pub(crate) struct SharedSecretSign {}

/// Check the signature of what is on stdin
///
/// Exits with 0 when it is right, with 1 when it is not. Put `--` before a
/// signature that comes from outside: it could be an option, such as --help,
/// which exits with 0 too.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey shared-secret check -- \"$SIGNATURE\" < body.json")]
pub(crate) struct SharedSecretCheck {
    /// The signature, as `sign` prints it
    pub(crate) signature: String,
}
