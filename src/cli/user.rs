//! Commands on users.

use clap::{ArgGroup, Args, Subcommand};

use super::Regrouping;
use crate::model::{GroupName, Text, UserName, When};

/// Register, list, change and delete users, who own keys
///
/// A key never does more than its owner may at that moment: a user who is
/// deactivated, expired or taken out of a group stops all of its keys at once.
///
/// Once a user is registered, operators must be, too, by their login name, and in a
/// group that allows one of these. Root and the owner of the file need not, unless
/// they came through sudo.
///
/// apikey:manage lets an operator do everything. apikey:own lets it make, list, show
/// and change its own keys, never beyond its own rights and for no application; it
/// can't activate, lengthen or give away. apikey:read lets it list and show everything,
/// read the log and run doctor. Every registered user may `user show` itself.
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
    List(UserList),
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
  apikey user add alice -g deploy -d 'Alice of the shop team'
  apikey user add CORP\\\\bob --expires 90d")]
pub(crate) struct UserAdd {
    /// The user's name; an operator's is the login name
    pub(crate) name: UserName,

    /// A group the user is in; may be repeated
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// Who or what the user is
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) description: Option<Text>,

    /// When the user and its keys stop: in 90d, at 2027-01-31, or never
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,
}

/// List users
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user list
  apikey user list --format csv")]
pub(crate) struct UserList {}

/// Show a user
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user show alice")]
pub(crate) struct UserShow {
    /// The user
    pub(crate) name: UserName,
}

/// Activate users that were deactivated, and with them their keys
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user activate alice")]
pub(crate) struct UserActivate {
    /// The users
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<UserName>,
}

/// Deactivate users: verify refuses all their keys until they are activated
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user deactivate alice bob")]
pub(crate) struct UserDeactivate {
    /// The users
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<UserName>,
}

/// Put a user in other groups
///
/// With GROUPs, in those instead of all it is in. With --add and --remove, in
/// and out of those. What the user leaves, its keys lose until it is back.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").args(["groups", "add", "remove", "none"]).required(true).multiple(true)),
    override_usage = "apikey user set-groups [OPTIONS] <NAME> <GROUP>...\n       \
        apikey user set-groups [OPTIONS] <NAME> [--add <GROUP>]... [--remove <GROUP>]...\n       \
        apikey user set-groups [OPTIONS] <NAME> --none",
    after_long_help = "Examples:
  apikey user set-groups alice deploy readonly
  apikey user set-groups alice --remove deploy"
)]
pub(crate) struct UserSetGroups {
    /// The user
    pub(crate) name: UserName,

    #[command(flatten)]
    pub(crate) groups: Regrouping,

    /// In no group
    #[arg(long, conflicts_with_all = ["groups", "add", "remove"])]
    pub(crate) none: bool,
}

/// Say when a user and its keys stop
///
/// An instant in the past is allowed: the user has expired from then on.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user set-expiry alice 2027-01-31
  apikey user set-expiry alice never")]
pub(crate) struct UserSetExpiry {
    /// The user
    pub(crate) name: UserName,

    /// In 30m, 12h, 90d or 2w; at 2027-01-31 (its start in UTC) or an RFC 3339 instant; now; or never
    #[arg(value_name = "WHEN")]
    pub(crate) when: When,
}

/// Rename a user; its keys stay its own
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user rename alice alice@corp.example")]
pub(crate) struct UserRename {
    /// The user
    pub(crate) name: UserName,

    /// The new name
    #[arg(value_name = "NEW")]
    pub(crate) new: UserName,
}

/// Delete a user that owns no key
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey user delete alice
  apikey user delete alice --yes")]
pub(crate) struct UserDelete {
    /// The user
    pub(crate) name: UserName,
}
