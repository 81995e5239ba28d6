//! The command that creates a key.

use clap::Args;

use super::delivery::DeliveryOptions;
use crate::model::{
    AppName, GroupName, KeyName, KeyRef, Meta, MetaEntry, Permission, Text, UserName, When,
};

/// Create a key and deliver its secret once
///
/// The secret goes to stdout, alone on its line; with --export to a new file, with
/// --copy to the clipboard. Details of the key go to stderr. The secret can't be shown
/// again, since only its hash is stored. If it can't be delivered, no key is created.
///
/// At a terminal, prompts for a missing name or group, and then for the delivery:
/// clipboard, file, or a screen that is cleared afterwards. Ctrl-C, or Escape in a menu,
/// cancels without creating a key.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "Examples:
  apikey create deploy-bot --group readonly --export deploy-bot.APIKEY
  apikey create ci -g readonly --app billing --expires 90d -d 'nightly build'
  apikey create shop --group readonly --owner alice --allow 'order:create@eu-*'
  apikey create nightly --group readonly --if-absent --export .
  (umask 077; apikey create web --group admin > web.APIKEY)")]
pub(crate) struct Create {
    /// Key name: up to 64 letters, digits, '.', '_' and '-'
    pub(crate) name: Option<KeyName>,

    /// Group of the key; at least one, may be repeated
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// Description of the key
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) description: Option<Text>,

    /// User who owns the key; a key never has more rights than its owner
    #[arg(long, value_name = "USER")]
    pub(crate) owner: Option<UserName>,

    /// Application that the key is for
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<AppName>,

    /// Permission in addition to those of the groups: ACTION or ACTION@RESOURCE; may be repeated
    #[arg(long = "allow", value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,

    /// Expiry: duration (30m, 12h, 90d, 2w), date (2027-01-31, 00:00 UTC), RFC 3339 time or
    /// never
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// Copy from this key the groups, permissions, owner and application, each unless given here,
    /// and every metadata entry whose name isn't given
    #[arg(long, value_name = "KEY")]
    pub(crate) like: Option<KeyRef>,

    /// Metadata that apikey stores and doesn't interpret: NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) meta: Vec<MetaEntry>,

    /// If a key named NAME exists, change nothing and exit with 0
    #[arg(long, requires = "name")]
    pub(crate) if_absent: bool,

    #[command(flatten)]
    pub(crate) delivery: DeliveryOptions,
}

impl Create {
    /// Returns the metadata for the key; of a name that is given more than once, the last value.
    pub(crate) fn meta(&self) -> Meta {
        // Can't fail: the module `arguments` and --like refuse more entries than a key may have.
        Meta::default().changed(&self.meta, &[]).unwrap_or_default()
    }
}
