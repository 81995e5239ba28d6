//! Commands on groups.

use clap::{ArgGroup, Args, Subcommand};

use crate::model::{GroupName, Permission, Text};

/// Make, list, change and delete groups
///
/// A group is a named set of permissions; a key may do what its groups allow.
#[derive(Debug, Subcommand)]
#[command(
    disable_help_subcommand = true,
    after_long_help = "Examples:
  apikey group create deploy -d 'may deploy' --allow 'deploy:*'
  apikey group list"
)]
pub(crate) enum Group {
    Create(GroupCreate),
    List(GroupList),
    Show(GroupShow),
    SetPermissions(GroupSetPermissions),
    SetDescription(GroupSetDescription),
    Rename(GroupRename),
    Delete(GroupDelete),
}

/// Make a group
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group create deploy -d 'may deploy' --allow 'deploy:*'
  apikey group create self-service --allow apikey:own")]
pub(crate) struct GroupCreate {
    /// The group's name: letters, digits, '.', '_' and '-', at most 64
    pub(crate) name: GroupName,

    /// What the group is for
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) description: Option<Text>,

    /// What the group allows: ACTION or ACTION@RESOURCE; may be repeated
    #[arg(long = "allow", value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,
}

/// List groups
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group list
  apikey group list --format csv")]
pub(crate) struct GroupList {}

/// Show a group
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group show readonly")]
pub(crate) struct GroupShow {
    /// The group
    pub(crate) name: GroupName,
}

/// Say what a group allows
///
/// A permission is ACTION or ACTION@RESOURCE, each with `*` for any run of
/// characters; one without a resource is for every resource. `*` does not reach
/// apikey:manage, apikey:own and apikey:read, which let operators use apikey.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").args(["permissions", "none"]).required(true)),
    override_usage = "apikey group set-permissions [OPTIONS] <NAME> <PERM>...\n       \
        apikey group set-permissions [OPTIONS] <NAME> --none",
    after_long_help = "Examples:
  apikey group set-permissions deploy 'deploy:*' 'project:read@prod-*'
  apikey group set-permissions deploy --none"
)]
pub(crate) struct GroupSetPermissions {
    /// The group
    pub(crate) name: GroupName,

    /// The permissions, in the place of those it has
    #[arg(value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,

    /// None
    #[arg(long)]
    pub(crate) none: bool,
}

/// Say what a group is for
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group set-description readonly 'may look, not touch'")]
pub(crate) struct GroupSetDescription {
    /// The group
    pub(crate) name: GroupName,

    /// The description; empty for none
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Text,
}

/// Rename a group; its keys stay in it
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group rename readonly viewer")]
pub(crate) struct GroupRename {
    /// The group
    pub(crate) name: GroupName,

    /// The new name
    #[arg(value_name = "NEW")]
    pub(crate) new: GroupName,
}

/// Delete a group that no key and no user is in
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group delete deploy
  apikey group delete deploy --yes")]
pub(crate) struct GroupDelete {
    /// The group
    pub(crate) name: GroupName,
}

/// Which groups somebody is to be in, a key or a user.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Regrouping {
    /// The groups it is in from then on
    #[arg(value_name = "GROUP", conflicts_with_all = ["add", "remove"])]
    pub(crate) groups: Vec<GroupName>,

    /// A group it is in, too; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub(crate) add: Vec<GroupName>,

    /// A group it is no longer in; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub(crate) remove: Vec<GroupName>,
}
