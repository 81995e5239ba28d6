//! Commands that rotate a key's secret.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};

use super::{DeliveryOptions, SelectionOptions, TargetKey};
use crate::model::{Invalid, KeyRef, Span, When};

/// Replace a key's secret with a new one
///
/// The key keeps its id, name and groups, and its expiry unless --expires changes it. The previous
/// secret is accepted for the time given with --overlap, but never beyond the key's expiry. In that
/// time clients can switch one by one; `apikey show` says when the previous secret was last used.
///
/// Use --overlap 0s for a leaked secret: the previous secret ends at once. If an overlap is under
/// way, both of its secrets end.
///
/// The new secret is delivered once, like the secret of a new key. If the delivery fails, nothing
/// changes. At a terminal, without --overlap, the command prompts for the overlap and the delivery.
/// If it can't prompt, the policy's default-overlap counts; if that isn't set, --overlap is
/// required.
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

    /// New expiry of the key: duration (90d), date (2027-01-31, 00:00 UTC), RFC 3339 time or never
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    #[command(flatten)]
    pub(crate) delivery: DeliveryOptions,
}

/// Finish rotations: refuse the previous secrets from now on
///
/// A key without an overlap under way stays as it is.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey finish-rotation [OPTIONS] <KEY>...\n       \
        apikey finish-rotation [OPTIONS] [FILTERS]",
    after_long_help = "Examples:
  apikey finish-rotation deploy-bot
  apikey finish-rotation deploy-bot ci --if-drained
  apikey finish-rotation --drained --yes"
)]
pub(crate) struct FinishRotation {
    /// Key names, ids or short forms; omit them with filters
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<KeyRef>,

    /// Change nothing and exit with 1 unless every previous secret is drained: the new secret has
    /// been used, and the previous one hasn't been used for a day, or for the
    /// policy's drain-after
    #[arg(long)]
    pub(crate) if_drained: bool,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}

/// Make a key's previous secret current again
///
/// This works only during the overlap. The new secret is then refused, so clients that already use
/// it stop working. The command first shows when the new secret was last used, and prompts for
/// confirmation.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey cancel-rotation deploy-bot --yes")]
pub(crate) struct CancelRotation {
    #[command(flatten)]
    pub(crate) key: TargetKey,
}

/// Replace the secret in a file with a new one
///
/// Rotates the key whose secret is in FILE, then replaces FILE atomically. The new file has the
/// same mode and owner. The previous secret is accepted for the time given with --overlap, so a
/// program that has already read FILE keeps working for that time. Exits with 1 if FILE's secret
/// is refused.
///
/// A run that was killed may leave FILE.new; the next run completes the renewal. If renewals run on
/// a schedule, choose an overlap of at least two intervals: otherwise FILE's secret may end before
/// the next run.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey renew secret.APIKEY --overlap 1d
  apikey renew secret.APIKEY --overlap 2d --if-older-than 30d")]
pub(crate) struct Renew {
    /// File that holds the secret
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// How long the previous secret is still accepted: 1h, 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = overlap())]
    pub(crate) overlap: Span,

    /// Do nothing unless the secret is at least this old: 30d
    #[arg(long, value_name = "DURATION")]
    pub(crate) if_older_than: Option<Span>,
}

/// Parses an overlap of at least 1s: programs need time to read the file again.
fn overlap() -> impl TypedValueParser<Value = Span> {
    NonEmptyStringValueParser::new().try_map(|text| match text.parse::<Span>() {
        Ok(span) if span.seconds() == 0 => Err(Invalid::new(
            "the overlap of a renewal can't be 0s; give at least 1s",
        )),
        parsed => parsed,
    })
}
