//! Commands on groups.

use clap::{Args, Subcommand};

use crate::model::{GroupName, Text};

/// Make, list, change and delete groups
///
/// A group is a named set of permissions; a key may do what its groups allow.
#[derive(Debug, Subcommand)]
#[command(after_long_help = "Examples:
  apikey group create deploy -d 'may deploy'
  apikey group list")]
pub(crate) enum Group {
    Create(GroupCreate),
    List(GroupList),
    Show(GroupShow),
    SetDescription(GroupSetDescription),
    Rename(GroupRename),
    Delete(GroupDelete),
}

/// Make a group
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group create deploy -d 'may deploy'")]
pub(crate) struct GroupCreate {
    /// The group's name: letters, digits, '.', '_' and '-', at most 64
    pub(crate) name: GroupName,

    /// What the group is for
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) description: Option<Text>,
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

/// Delete a group that no key is in
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey group delete deploy --yes")]
pub(crate) struct GroupDelete {
    /// The group
    pub(crate) name: GroupName,
}
