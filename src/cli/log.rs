//! Commands on the log.

use clap::{Args, Subcommand};

use super::count;
use crate::model::{KeyRef, LogHead, Operator, TimePoint};

/// List what was done, by whom; keep the log's head, and check the log
///
/// Every change has an entry, the newest last. Different filters must all hold. Each
/// entry is hashed together with the one before it: keep the `head` elsewhere, and
/// `verify --expect` shows whether anything up to it was changed since.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    override_usage = "apikey log [OPTIONS]\n       apikey log <COMMAND>",
    after_long_help = "Examples:
  apikey log --limit 20
  apikey log --key deploy-bot --since 90d
  apikey log --since 2026-11-01
  apikey log --operator alice --format csv > alice.csv"
)]
pub(crate) struct Log {
    /// Of this key: its name, its id, or its short form; it may have been deleted since
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<KeyRef>,

    /// By this operator: the login name
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<Operator>,

    /// Since that long ago (12h, 90d, 2w), or that date (2027-01-31) or RFC 3339 instant
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<TimePoint>,

    /// The last that many
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) limit: Option<u64>,

    #[command(subcommand)]
    pub(crate) command: Option<LogCommand>,
}

/// What else can be done with the log.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    Head(LogHeadArgs),
    Verify(LogVerify),
}

/// Print the number and the hash of the last entry, to keep elsewhere
///
/// As SEQ:HASH, the hash in lower-case hex. It fixes every entry up to that one: keep
/// it where whoever can write the database can't.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey log head
  apikey log head > head")]
pub(crate) struct LogHeadArgs {}

/// Check that no entry was changed, removed, inserted or put elsewhere
///
/// Exits with 0 when the log holds. When it doesn't, exits with 1 and prints the number
/// of the first entry that is wrong. Without --expect that finds what was done
/// carelessly; whoever can write the database can write a whole new log, or put an old
/// copy in its place. Against a head that was kept elsewhere neither holds. An entry
/// that was written anew with all that follow is only seen at the expected one.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey log verify
  apikey log verify --expect \"$(cat head)\"")]
pub(crate) struct LogVerify {
    /// What `log head` printed once: the log must still have that entry
    #[arg(long, value_name = "SEQ:HASH")]
    pub(crate) expect: Option<LogHead>,
}

impl Log {
    /// An option of the listing before a command that has none of it.
    pub(crate) fn misplaced(&self) -> Option<&'static str> {
        self.command.as_ref()?;
        let given = [
            ("--key", self.key.is_some()),
            ("--operator", self.operator.is_some()),
            ("--since", self.since.is_some()),
            ("--limit", self.limit.is_some()),
        ];
        given
            .into_iter()
            .find_map(|(option, is_given)| is_given.then_some(option))
    }
}
