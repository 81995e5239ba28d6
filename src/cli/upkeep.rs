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
///
/// On a PostgreSQL server, creates the schema in an existing database, which must have no
/// tables, views or functions yet. With --shared, the role of that name may verify: it can
/// read every record and hash, but not the log, and records uses. --shared may be given again
/// later, for another role.
///
/// With --upgrade, migrates the schema on a server to that of this version; nothing else does.
/// Install this version on every host first: its `verify` works with the schema of the version
/// before, but no older version works with a newer schema. A file needs no --upgrade: the
/// first change migrates it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey init
  apikey --db ./keys.db init --prefix acme --argon2 m=7168,t=5,p=1
  apikey --db postgres://apikey@db.example.com/apikey init --shared verifier
  apikey --db service=apikey init --upgrade")]
pub(crate) struct Init {
    /// Prefix of every secret: 2 to 10 lower-case letters and digits
    #[arg(long, value_name = "P", default_value_t)]
    pub(crate) prefix: Prefix,

    /// Cost of new hashes
    #[arg(long, value_name = "m=KIB,t=N,p=N", default_value_t)]
    pub(crate) argon2: Cost,

    /// Operating-system group (name or number) whose members may verify; on a server, a role
    #[arg(long, value_name = "GROUP|GID|ROLE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) shared: Option<String>,

    /// Migrate the schema of a database on a server to this version
    #[arg(long, conflicts_with_all = ["prefix", "argon2", "shared"])]
    pub(crate) upgrade: bool,
}

/// Check the database for problems
///
/// Prints one line per check: permissions and writability of the files, integrity and
/// version of the database, hashes, log, policy, clock, keys whose secrets were never delivered,
/// leftover files, and dates of last use. If a check fails, prints the command that fixes
/// it and exits with 1. Changes nothing.
///
/// For a database on a server, checks its encoding, its schema, the rights of roles, synchronous
/// replication and the clock of this machine in place of the files. A server without a
/// synchronous standby is a warning: a failover may lose a revocation that was reported as done.
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
/// secret and keys whose secrets are not yet delivered are not in it. The backup of a database on
/// a server is such a file, too.
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
///
/// A database on a server must be one that `init` would take: without tables, views or functions.
/// A backup moves a database from a file to a server, or back.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey --db ./restored.db restore keys-2027-01-31.db --inactive
  apikey --db ./restored.db restore keys-2027-01-31.db --yes
  apikey --db postgres://keys@db.example.com/keys restore keys-2027-01-31.db --yes")]
pub(crate) struct Restore {
    /// Backup file
    #[arg(value_name = "BACKUP")]
    pub(crate) backup: PathBuf,

    /// Restore active keys as inactive
    #[arg(long)]
    pub(crate) inactive: bool,
}
