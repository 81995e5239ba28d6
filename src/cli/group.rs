//! Commands on groups.

use clap::{ArgGroup, Args, Subcommand};

use crate::model::{GroupName, Permission, Text};

/// Create, list, change and delete groups
///
/// A group is a named set of permissions. A key may do what its groups allow.
#[derive(Debug, Subcommand)]
#[command(
    disable_help_subcommand = true,
    after_long_help = "Examples:
  apikey group create deploy -d 'may deploy' --allow 'deploy:*'
  apikey group list"
)]
pub(crate) enum Group {
    Create(GroupCreate),
    /// List groups
    #[command(after_long_help = "Examples:
  apikey group list
  apikey group list --format csv")]
    List,
    Show(GroupShow),
    SetPermissions(GroupSetPermissions),
    SetDescription(GroupSetDescription),
    Rename(GroupRename),
    Delete(GroupDelete),
}

/// Create a group
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group create deploy -d 'may deploy' --allow 'deploy:*'
  apikey group create self-service --allow apikey:own")]
pub(crate) struct GroupCreate {
    /// Group name: up to 64 letters, digits, '.', '_' and '-'
    pub(crate) name: GroupName,

    /// Description of the group
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) description: Option<Text>,

    /// Permission of the group: ACTION or ACTION@RESOURCE; may be repeated
    #[arg(long = "allow", value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,
}

/// Show a group
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group show readonly")]
pub(crate) struct GroupShow {
    /// Group name
    pub(crate) name: GroupName,
}

/// Set a group's permissions
///
/// A permission is ACTION or ACTION@RESOURCE; `*` in either matches any sequence of characters.
/// A permission without a resource applies to every resource. `*` doesn't match
/// apikey:manage, apikey:own and apikey:read, which permit operators to use apikey.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("change").args(["permissions", "none"]).required(true)),
    override_usage = "apikey group set-permissions [OPTIONS] <NAME> <PERM>...\n       \
        apikey group set-permissions [OPTIONS] <NAME> --none",
    after_long_help = "Examples:
  apikey group set-permissions deploy 'deploy:*' 'project:read@prod-*'
  apikey group set-permissions deploy --none"
)]
pub(crate) struct GroupSetPermissions {
    /// Group name
    pub(crate) name: GroupName,

    /// Permissions that replace those of the group
    #[arg(value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,

    /// Remove all permissions
    #[arg(long)]
    pub(crate) none: bool,
}

/// Set a group's description
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group set-description readonly 'read-only access'")]
pub(crate) struct GroupSetDescription {
    /// Group name
    pub(crate) name: GroupName,

    /// New description; an empty one removes it
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Text,
}

/// Rename a group; its keys and users stay in it
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group rename readonly viewer")]
pub(crate) struct GroupRename {
    /// Group name
    pub(crate) name: GroupName,

    /// New name
    #[arg(value_name = "NEW")]
    pub(crate) new: GroupName,
}

/// Delete a group without keys and users
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group delete deploy
  apikey group delete deploy --yes")]
pub(crate) struct GroupDelete {
    /// Group name
    pub(crate) name: GroupName,
}

/// A change of the groups of a key or a user.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct GroupChange {
    /// Groups that replace the current ones
    #[arg(value_name = "GROUP", conflicts_with_all = ["add", "remove"])]
    pub(crate) to: Vec<GroupName>,

    /// Group to add; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub(crate) add: Vec<GroupName>,

    /// Group to remove; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub(crate) remove: Vec<GroupName>,
}
