//! Commands on users.

use clap::{ArgGroup, Args, Subcommand};

use super::GroupChange;
use crate::model::{GroupName, Text, UserName, When};

/// Register, list, change and delete users, who own keys
///
/// A key never has more rights than its owner: deactivating or expiring a user, or
/// removing the user from a group, affects all of the user's keys at once.
///
/// Once a user is registered, every operator must be registered, by login name, and in a
/// group with one of the permissions below. Root and the file's owner are exempt; a
/// user who becomes one of them through sudo is not.
///
/// apikey:manage permits an operator to do everything. apikey:own permits an operator to
/// create, list, show and change their own keys, within their own rights and for no
/// application, but not to activate them, extend their expiry, set their metadata, cancel their
/// rotations or give them away.
/// apikey:read permits an operator to list, show and review everything, read the log and run
/// doctor. Every registered user may run `user show` for themselves.
#[derive(Debug, Subcommand)]
#[command(
    disable_help_subcommand = true,
    after_long_help = "Examples:
  apikey user add alice -g deploy
  apikey user list"
)]
pub(crate) enum User {
    #[command(visible_alias = "create")]
    Add(UserAdd),
    /// List users
    #[command(after_long_help = "Examples:
  apikey user list
  apikey user list --format csv")]
    List,
    Show(UserShow),
    Activate(UserActivate),
    Deactivate(UserDeactivate),
    SetGroups(UserSetGroups),
    SetExpiry(UserSetExpiry),
    Rename(UserRename),
    Delete(UserDelete),
}

/// Register a user
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user add alice -g deploy -d 'Alice, shop team'
  apikey user add CORP\\\\bob --expires 90d")]
pub(crate) struct UserAdd {
    /// User name; for an operator, the login name
    pub(crate) name: UserName,

    /// Group of the user; may be repeated
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// Description of the user
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) description: Option<Text>,

    /// Expiry of the user, after which verify refuses the user's keys: 90d, 2027-01-31 or never
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,
}

/// Show a user
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user show alice")]
pub(crate) struct UserShow {
    /// User name
    pub(crate) name: UserName,
}

/// Activate deactivated users; their active keys work again
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user activate alice")]
pub(crate) struct UserActivate {
    /// User names
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<UserName>,
}

/// Deactivate users; verify then refuses all their keys
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user deactivate alice bob")]
pub(crate) struct UserDeactivate {
    /// User names
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<UserName>,
}

/// Change a user's groups
///
/// GROUPs replace all groups of the user; --add and --remove change single ones. The
/// user's keys lose a removed group until the user is in it again.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("change").args(["to", "add", "remove", "none"]).required(true).multiple(true)),
    override_usage = "apikey user set-groups [OPTIONS] <NAME> <GROUP>...\n       \
        apikey user set-groups [OPTIONS] <NAME> [--add <GROUP>]... [--remove <GROUP>]...\n       \
        apikey user set-groups [OPTIONS] <NAME> --none",
    after_long_help = "Examples:
  apikey user set-groups alice deploy readonly
  apikey user set-groups alice --remove deploy"
)]
pub(crate) struct UserSetGroups {
    /// User name
    pub(crate) name: UserName,

    #[command(flatten)]
    pub(crate) groups: GroupChange,

    /// Remove the user from all groups
    #[arg(long, conflicts_with_all = ["to", "add", "remove"])]
    pub(crate) none: bool,
}

/// Set when a user expires
///
/// verify refuses all keys of an expired user. A time in the past expires the user at
/// once.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user set-expiry alice 2027-01-31
  apikey user set-expiry alice never")]
pub(crate) struct UserSetExpiry {
    /// User name
    pub(crate) name: UserName,

    /// Duration (30m, 12h, 90d, 2w), date (2027-01-31, 00:00 UTC), RFC 3339 time, now or never
    #[arg(value_name = "WHEN")]
    pub(crate) when: When,
}

/// Rename a user, who keeps all keys
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user rename alice alice@corp.example")]
pub(crate) struct UserRename {
    /// User name
    pub(crate) name: UserName,

    /// New name
    #[arg(value_name = "NEW")]
    pub(crate) new: UserName,
}

/// Delete a user who owns no keys
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user delete alice
  apikey user delete alice --yes")]
pub(crate) struct UserDelete {
    /// User name
    pub(crate) name: UserName,
}
