//! `apikey list`.

use clap::Args;

use super::{choice, parse_count};
use crate::model::{
    Action, AppName, GroupName, KeyField, MetaFilter, Operator, Resource, Span, Status, Text,
    TimePoint, UserName,
};

/// List keys
///
/// Filters combine with AND; repeating one means OR. In a pipe, a table has a heading line
/// and one line per key.
///
/// --can selects keys that are allowed the action by their groups or own permissions, and
/// by the groups of their owner, if they have one, as `verify --can` decides. It ignores
/// the status; add --status active for the keys that may do it now. Without --on, the
/// action must be allowed on every resource.
///
/// Uses are known from the time that the usage file was created. --unused-for and
/// --never-used leave out keys whose use is unknown, and a warning counts these.
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
    #[arg(long = "status", value_name = "STATUS", value_parser = choice(&Status::ALL, Status::as_str))]
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

    /// Keys created by this operator (login name)
    #[arg(long = "created-by", value_name = "NAME")]
    pub(crate) creators: Vec<Operator>,

    /// Keys for this application
    #[arg(long = "app", value_name = "NAME")]
    pub(crate) apps: Vec<AppName>,

    /// Keys that are allowed this action, whatever their status
    #[arg(long = "can", value_name = "ACTION")]
    pub(crate) actions: Vec<Action>,

    /// Resource of the action [default: every resource]
    #[arg(long = "on", value_name = "RESOURCE", requires = "actions")]
    pub(crate) resources: Vec<Resource>,

    /// Keys neither used nor created for this long (12h, 90d, 2w)
    #[arg(long, value_name = "DURATION")]
    pub(crate) unused_for: Option<Span>,

    /// Keys that were never used
    #[arg(long)]
    pub(crate) never_used: bool,

    /// Keys that will expire within this time (90d) or by this date (2027-01-31)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires_within: Option<TimePoint>,

    /// Keys that expired at least this long ago (0s, 90d), whatever their status
    #[arg(long, value_name = "DURATION")]
    pub(crate) expired_for: Option<Span>,

    /// Keys that never expire
    #[arg(long)]
    pub(crate) no_expiry: bool,

    /// Keys with metadata of this name, and of this value if one is given
    #[arg(long = "meta", value_name = "NAME[=VALUE]")]
    pub(crate) meta: Vec<MetaFilter>,

    /// Keys with an overlap under way, in which the previous secret is still accepted
    #[arg(long)]
    pub(crate) rotating: bool,

    /// Keys with an overlap under way whose previous secret is known to be no longer used
    #[arg(long)]
    pub(crate) drained: bool,

    /// Keys with this text in name or description (ignoring case) or id, or with this short
    /// form or PREFIX_ID
    #[arg(long = "search", value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) texts: Vec<Text>,

    /// Sort by this field instead of name
    #[arg(long, value_name = "FIELD", default_value = "name", hide_default_value = true,
          value_parser = choice(&KeyField::ALL, KeyField::as_str))]
    pub(crate) sort: KeyField,

    /// Reverse the order
    #[arg(long)]
    pub(crate) reverse: bool,

    /// Maximum number of keys
    #[arg(long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(crate) limit: Option<u64>,
}
