//! Commands that rotate a key's secret.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};

use super::{DeliveryOptions, TargetKey};
use crate::model::{Invalid, KeyRef, Span, When};

/// Replace a key's secret with a new one
///
/// The key's id, name, groups and expiry stay. The previous secret is accepted for the time that
/// --overlap gives, never beyond the key's expiry, so clients can change over one by one; `apikey
/// show` says when it was last used. --overlap 0s ends it at once: use that for a leaked secret.
/// It ends both secrets of an overlap under way.
///
/// The new secret is delivered once, like the secret of a new key. If that fails, nothing changes.
/// At a terminal the command asks for the overlap and how to deliver the secret.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey rotate deploy-bot --overlap 24h --export new.APIKEY
  apikey rotate deploy-bot --overlap 0s
  apikey rotate deploy-bot --overlap 7d --expires 90d --json")]
pub(crate) struct Rotate {
    #[command(flatten)]
    pub(crate) key: TargetKey,

    /// How long the previous secret is still accepted: 0s, 1h, 24h, 7d
    #[arg(long, value_name = "DURATION")]
    pub(crate) overlap: Option<Span>,

    /// When the key expires from now on: in 90d, at 2027-01-31 (its start in UTC) or an RFC 3339
    /// time; or never
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    #[command(flatten)]
    pub(crate) delivery: DeliveryOptions,
}

/// End the overlap of rotations now
///
/// The previous secret is refused from now on. A key without an overlap stays as it is.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey finish-rotation deploy-bot
  apikey finish-rotation deploy-bot ci --if-drained")]
pub(crate) struct FinishRotation {
    /// The keys: their names, ids, or short forms
    #[arg(value_name = "KEY", required = true)]
    pub(crate) keys: Vec<KeyRef>,

    /// Change nothing and exit with 1 unless every previous secret is drained: the new secret has
    /// been used, and the previous one has not for a day
    #[arg(long)]
    pub(crate) if_drained: bool,
}

/// Make a key's previous secret current again
///
/// Works during the overlap. The new secret is refused from then on, so clients that changed over
/// already stop working: the command shows when it was last used and asks.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey cancel-rotation deploy-bot --yes")]
pub(crate) struct CancelRotation {
    #[command(flatten)]
    pub(crate) key: TargetKey,
}

/// Replace the secret in a file with a new one
///
/// Rotates the key whose secret FILE holds and replaces FILE at once, with its mode and owner.
/// The previous secret is accepted for the time that --overlap gives, so a program that has read
/// FILE can use it until then. Exits with 1 when FILE's secret is refused.
///
/// A run that was killed may leave FILE.new; the next run completes it. If that runs on a schedule,
/// choose an overlap of at least two intervals: otherwise FILE's secret may end before.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey renew secret.APIKEY --overlap 1d
  apikey renew secret.APIKEY --overlap 2d --if-older-than 30d")]
pub(crate) struct Renew {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// How long the previous secret is still accepted: 1h, 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = overlap())]
    pub(crate) overlap: Span,

    /// Do nothing unless the secret is that old: 30d
    #[arg(long, value_name = "DURATION")]
    pub(crate) if_older_than: Option<Span>,
}

/// Parses an overlap in which a program can read the file again.
fn overlap() -> impl TypedValueParser<Value = Span> {
    NonEmptyStringValueParser::new().try_map(|text| match text.parse::<Span>() {
        Ok(span) if span.seconds() == 0 => Err(Invalid::new(
            "a file is renewed with an overlap; give at least 1s",
        )),
        parsed => parsed,
    })
}
