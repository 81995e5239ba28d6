//! Commands on the log.

use clap::{Args, Subcommand};

use super::parse_count;
use crate::model::{KeyRef, LogHead, Operator, TimePoint};

/// Show the log of all changes, and verify it
///
/// Every change has an entry, the newest last. Filters combine with AND. The hash of an
/// entry covers the hash of the entry before it: keep the output of `log head` elsewhere,
/// and `log verify --expect` detects if that entry or an older one was changed since.
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
    /// Entries about this key (name, id or short form), even if it is deleted
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<KeyRef>,

    /// Entries by this operator (login name)
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<Operator>,

    /// Entries since a duration ago (12h, 90d, 2w), a date (2027-01-31) or an RFC 3339 time
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<TimePoint>,

    /// Maximum number of entries, the newest ones
    #[arg(long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(crate) limit: Option<u64>,

    #[command(subcommand)]
    pub(crate) command: Option<LogCommand>,
}

/// The commands below `log`.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Print the number and hash of the last entry
    ///
    /// Prints SEQ:HASH, the hash in lower-case hex. The hash covers every entry up to SEQ.
    /// Keep the output out of reach of everyone who can write the database.
    #[command(after_long_help = "Examples:
  apikey log head
  apikey log head > head")]
    Head,
    Verify(LogVerify),
}

/// Check the log for changed, removed, inserted and moved entries
///
/// Exits with 0 if the log is intact. Otherwise exits with 1 and prints the number of the
/// first wrong entry. Without --expect, finds only careless changes: everyone who can
/// write the database can also write a complete new log or restore an old copy. --expect
/// detects both. If an entry and all that follow it were rewritten, the expected entry is
/// reported as the first wrong one.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey log verify
  apikey log verify --expect \"$(cat head)\"")]
pub(crate) struct LogVerify {
    /// Earlier output of `log head`; the log must still have that entry
    #[arg(long, value_name = "SEQ:HASH")]
    pub(crate) expect: Option<LogHead>,
}

impl Log {
    /// Returns an option of the listing that was given with a command below `log`.
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
