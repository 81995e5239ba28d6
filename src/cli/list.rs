//! `apikey list`.

use clap::Args;

use super::{count, one_of};
use crate::model::{
    Action, AppName, GroupName, KeyField, Operator, Resource, Span, Status, Text, TimePoint,
    UserName,
};

/// List keys
///
/// Different filters must all match; of a repeated one, any. A table sent to a
/// program has a heading line and one line a key. With --wide a table has the
/// keys' own permissions and every column, too.
///
/// --can asks what `verify --can` asks, for a key in whatever status: its groups or
/// the key itself allow the action, and its owner's groups do, too. Add --status active
/// for the keys that may do it now. Without --on it asks for every resource.
///
/// Uses are known since the usage file was begun: --unused-for and --never-used leave
/// out what isn't known, and a warning counts those keys.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey list
  apikey list --status active --unused-for 90d --sort last_used_at
  apikey list --expires-within 2w --format csv > expiring.csv
  apikey list --expired-for 30d
  apikey list --can apikey:manage --wide
  apikey list --owner alice --json")]
pub(crate) struct List {
    /// Keys with this status
    #[arg(long = "status", value_name = "STATUS", value_parser = one_of(&Status::ALL, Status::as_str))]
    pub(crate) statuses: Vec<Status>,

    /// Keys in this group
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// Keys of this user
    #[arg(long = "owner", value_name = "USER")]
    pub(crate) owners: Vec<UserName>,

    /// Keys without an owner
    #[arg(long)]
    pub(crate) no_owner: bool,

    /// Keys created by this operator: the login name
    #[arg(long = "created-by", value_name = "NAME")]
    pub(crate) creators: Vec<Operator>,

    /// Keys for this application
    #[arg(long = "app", value_name = "NAME")]
    pub(crate) apps: Vec<AppName>,

    /// Keys that may do this, as far as their owner may, whatever their status
    #[arg(long = "can", value_name = "ACTION")]
    pub(crate) actions: Vec<Action>,

    /// To what; without it, to every resource
    #[arg(long = "on", value_name = "RESOURCE", requires = "actions")]
    pub(crate) resources: Vec<Resource>,

    /// Keys neither used nor created for that long (12h, 90d, 2w), where that is known
    #[arg(long, value_name = "DURATION")]
    pub(crate) unused_for: Option<Span>,

    /// Keys never used, where that is known
    #[arg(long)]
    pub(crate) never_used: bool,

    /// Keys not yet expired that will be within that time (90d) or by that date (2027-01-31)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires_within: Option<TimePoint>,

    /// Keys whose expiry passed that long ago (0s, 90d), whatever their status
    #[arg(long, value_name = "DURATION")]
    pub(crate) expired_for: Option<Span>,

    /// Keys that never expire
    #[arg(long)]
    pub(crate) no_expiry: bool,

    /// Keys whose name or description (case aside) or id contains this; or that this
    /// short form, or PREFIX_ID, names
    #[arg(long = "search", value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) texts: Vec<Text>,

    /// Sort by this field instead of by name
    #[arg(long, value_name = "FIELD", default_value = "name", hide_default_value = true,
          value_parser = one_of(&KeyField::ALL, KeyField::as_str))]
    pub(crate) sort: KeyField,

    /// Last first
    #[arg(long)]
    pub(crate) reverse: bool,

    /// At most that many
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) limit: Option<u64>,
}
