//! Commands for the upkeep of a database.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::delivery::output_path;
use crate::model::{Cost, Prefix};

/// Create a database
///
/// A new database has two groups: admin, which may do everything, and readonly. At the
/// default path, the first `create`, `group create` or `user add` creates the database, too.
/// An existing file is never changed.
///
/// With --shared, members of the named operating-system group may verify: they can read every
/// record and hash, but no secret, and change nothing. Run it as the user who owns the
/// database, who must be a member, too. An existing directory keeps its group and mode; it is
/// refused unless it has that group and set-group-ID, and members may enter it but not write in
/// it (mode 2750).
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey init
  apikey --db ./keys.db init --prefix acme --argon2 m=7168,t=5,p=1")]
pub(crate) struct Init {
    /// Prefix of every secret: 2 to 10 lower-case letters and digits
    #[arg(long, value_name = "P", default_value_t)]
    pub(crate) prefix: Prefix,

    /// Cost of new hashes
    #[arg(long, value_name = "m=KIB,t=N,p=N", default_value_t)]
    pub(crate) argon2: Cost,

    /// Operating-system group whose members may verify, by name or number
    #[arg(long, value_name = "GROUP|GID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) shared: Option<String>,
}

/// Check the database for problems
///
/// Prints one line per check: permissions and writability of the files, integrity and
/// version of the database, hashes, log, policy, clock, keys whose secrets were never delivered,
/// leftover files, and dates of last use. If a check fails, prints the command that fixes
/// it and exits with 1. Changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey doctor
  apikey doctor -q
  apikey doctor --json")]
pub(crate) struct Doctor {}

/// Back up the database while it is in use
///
/// Writes a consistent copy that only its owner can read, and the usage file PATH.usage.
/// Never overwrites a file. The copy has every record and hash, but no secret; the shared
/// secret and keys whose secrets are not yet delivered are not in it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey backup keys-2027-01-31.db")]
pub(crate) struct Backup {
    /// New file
    #[arg(value_name = "PATH", value_parser =
          output_path("a backup goes to a file; for a file of that name use ./-"))]
    pub(crate) path: PathBuf,
}

/// Create a database from a backup
///
/// Checks the backup first. Keys and users become what they were at the time of the
/// backup, even if they were deactivated, changed or deleted since. Therefore `restore`
/// lists the keys and the users that would be active, and prompts for confirmation.
/// With --inactive, every key is inactive until it is activated, and there is no prompt.
/// The shared secret is in no backup.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey --db ./restored.db restore keys-2027-01-31.db --inactive
  apikey --db ./restored.db restore keys-2027-01-31.db --yes")]
pub(crate) struct Restore {
    /// Backup file
    #[arg(value_name = "BACKUP")]
    pub(crate) backup: PathBuf,

    /// Restore active keys as inactive
    #[arg(long)]
    pub(crate) inactive: bool,
}
