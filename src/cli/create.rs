//! The command that makes a key.

use clap::Args;

use super::delivery::DeliveryOptions;
use crate::model::{AppName, GroupName, KeyName, Permission, Text, UserName, When};

/// Make a key and hand over its secret, once
///
/// The secret goes to stdout alone on its line, with --export to a new file, with
/// --copy to the clipboard; what there is to know of the key goes to stderr. It
/// can't be shown again: only its hash is stored. When the secret can't be handed
/// over, no key is made.
///
/// At a terminal it asks for what is missing, if the name or the groups are, and
/// then how to hand the secret over: on the clipboard, in a file, or shown on a
/// screen that goes. Ctrl-C, or Escape in a menu, ends it, and no key is made.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey create deploy-bot --group readonly --export deploy-bot.APIKEY
  apikey create ci --group readonly --app billing --expires 90d -d 'nightly build'
  apikey create shop --group readonly --owner alice --allow 'order:create@eu-*'
  apikey create nightly --group readonly --if-absent --export .
  (umask 077; apikey create web --group admin > web.APIKEY)")]
pub(crate) struct Create {
    /// The key's name: letters, digits, '.', '_' and '-', at most 64
    pub(crate) name: Option<KeyName>,

    /// A group the key is in, at least one; may be repeated
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// What the key is for
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) description: Option<Text>,

    /// The user the key belongs to: it may never do more than that one may
    #[arg(long, value_name = "USER")]
    pub(crate) owner: Option<UserName>,

    /// The application the key is for
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<AppName>,

    /// What the key may do beside what its groups allow: ACTION or ACTION@RESOURCE; may be repeated
    #[arg(long = "allow", value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,

    /// When the key expires: in 30m, 12h, 90d or 2w; at 2027-01-31 (its start in UTC) or an RFC
    /// 3339 instant; or never
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// Where a key of that name exists already, change nothing and exit with 0
    #[arg(long, requires = "name")]
    pub(crate) if_absent: bool,

    #[command(flatten)]
    pub(crate) delivery: DeliveryOptions,
}
