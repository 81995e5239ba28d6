//! Commands that look after a database.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, PathBufValueParser, TypedValueParser};

use crate::model::{Cost, Prefix};

/// Make a database
///
/// It has two groups: admin, which may do everything, and readonly. A database
/// at the default path is made by the first `create`, too. An existing file is
/// never touched.
///
/// With --shared, members of that group of the operating system may verify: they
/// read every record and hash, never a secret, and change nothing. It is to be run
/// as the user who owns the database, a member, too. A folder that is there already
/// keeps its mode, and is refused if it doesn't keep them to that.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey init
  apikey --db ./keys.db init --prefix acme --argon2 m=7168,t=5,p=1")]
pub(crate) struct Init {
    /// What every secret begins with: 2 to 10 lower-case letters and digits
    #[arg(long, value_name = "P", default_value_t)]
    pub(crate) prefix: Prefix,

    /// What the hash of every key made from then on costs
    #[arg(long, value_name = "m=KIB,t=N,p=N", default_value_t)]
    pub(crate) argon2: Cost,

    /// The operating system's group whose members may verify, by name or number
    #[arg(long, value_name = "GROUP|GID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) shared: Option<String>,
}

/// Look for everything that could be wrong
///
/// Prints one line for each check: who may read and write the files, what keeps their
/// owner from writing them, whether the database is whole, its version, the hashes, the log, the clock, keys that were
/// never handed over, and the last uses. Exits with 1 when one fails, with the
/// command that mends it. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey doctor
  apikey doctor -q
  apikey doctor --json")]
pub(crate) struct Doctor {}

/// Copy the database while it is used
///
/// The copy is as the database was at one moment, and for its owner alone; the
/// last uses are in PATH.usage beside it. Nothing is written over. Whoever holds the
/// copy can read every record and hash, and never a secret. The shared secret and
/// keys whose secrets were not handed over yet are not in it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey backup keys-2027-01-31.db")]
pub(crate) struct Backup {
    /// The file to make
    #[arg(value_name = "PATH", value_parser = backup_path())]
    pub(crate) path: PathBuf,
}

/// Make a database from a backup
///
/// The backup is looked at first. A key that was deactivated, changed or deleted after
/// the backup was made is again as it was then, so the keys that would be active are
/// listed, and it asks. With --inactive every key is inactive until it is activated,
/// and nothing is asked. Users are as they were, too; those who would be active are
/// named. The shared secret is in no backup.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey --db ./restored.db restore keys-2027-01-31.db --inactive
  apikey --db ./restored.db restore keys-2027-01-31.db --yes")]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "BACKUP")]
    pub(crate) backup: PathBuf,

    /// Restore every active key inactive
    #[arg(long)]
    pub(crate) inactive: bool,
}

/// Where a backup goes. `-` is stdout to most programs, and would be a file here.
fn backup_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" {
            Err("a backup goes to a file; one of that name is ./-")
        } else {
            Ok(path)
        }
    })
}
