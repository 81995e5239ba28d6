//! `apikey list`.

use clap::Args;

use super::{Filters, choice, parse_count};
use crate::model::KeyField;

/// List keys
///
/// Filters combine with AND; repeating one means OR, but one that takes a duration or a date can
/// be given only once. In a pipe, a table has a heading line and one line per key.
///
/// --can selects keys that are allowed the action by their groups or own permissions, and
/// by the groups of their owner, if they have one, as `verify --can` decides. It ignores
/// the status; add --status active for the keys that may do it now. Without --on, the
/// action must be allowed on every resource.
///
/// Uses are known only from the time that the record of uses began. --unused-for and
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

    #[command(flatten)]
    pub(crate) filters: Filters,
}
