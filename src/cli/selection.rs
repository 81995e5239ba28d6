//! Commands that change one fact of named keys, or of all keys that match filters.

use clap::Args;

use super::{Filters, GroupChange, parse_count};
use crate::model::{KeyRef, MetaEntry, MetaName, Span, UserName, When};

/// The options of a command that changes named keys, or all keys that match filters.
#[derive(Debug, Args)]
pub(crate) struct SelectionOptions {
    /// Change nothing if more than N keys would change
    #[arg(long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(crate) at_most: Option<u64>,

    /// Check everything and report what would change, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// The keys that a command changes, if it names them.
#[derive(Debug, Args)]
pub(crate) struct TargetKeys {
    /// Key names, ids or short forms; omit them to choose from a menu, or with filters
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<KeyRef>,
}

/// Activate deactivated keys
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey activate [OPTIONS] [KEY]...\n       \
        apikey activate [OPTIONS] [FILTERS]",
    after_long_help = "Examples:
  apikey activate deploy-bot
  apikey activate deploy-bot ci --json
  apikey activate --owner alice --status inactive --yes"
)]
pub(crate) struct Activate {
    #[command(flatten)]
    pub(crate) keys: TargetKeys,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}

/// Deactivate keys; verify then refuses them
///
/// `activate` undoes this. With --for, the keys are active again after that time, without another
/// command. To find out whether a key is still needed, deactivate it for some hours: `apikey
/// review` reports it if a client tried to use it.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey deactivate [OPTIONS] [KEY]...\n       \
        apikey deactivate [OPTIONS] [FILTERS]",
    after_long_help = "Examples:
  apikey deactivate deploy-bot ci
  apikey deactivate deploy-bot --for 2h
  apikey deactivate --unused-for 180d --at-most 20 --yes"
)]
pub(crate) struct Deactivate {
    #[command(flatten)]
    pub(crate) keys: TargetKeys,

    /// Deactivate only for this time (2h, 1d)
    #[arg(long = "for", value_name = "DURATION", value_parser = Span::parse_positive)]
    pub(crate) time: Option<Span>,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}

/// Change a key's groups
///
/// GROUPs replace all groups of the key; --add and --remove change individual groups. Without
/// any of them, choose the groups from a menu. A key is always in at least one group. Filters need
/// --add or --remove.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey set-groups [OPTIONS] <KEY> [GROUP]...\n       \
        apikey set-groups [OPTIONS] <KEY> [--add <GROUP>]... [--remove <GROUP>]...\n       \
        apikey set-groups [OPTIONS] [FILTERS] [--add <GROUP>]... [--remove <GROUP>]...",
    after_long_help = "Examples:
  apikey set-groups deploy-bot readonly
  apikey set-groups deploy-bot --add admin --remove readonly
  apikey set-groups --owner alice --remove readonly --yes"
)]
pub(crate) struct SetGroups {
    /// Key name, id or short form; omit it with filters
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<String>,

    #[command(flatten)]
    pub(crate) groups: GroupChange,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}

/// Set or remove a key's owner
///
/// A key never has more rights than its owner. The owner must be in every group of the
/// key.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey set-owner [OPTIONS] <KEY> <USER>\n       \
        apikey set-owner [OPTIONS] <KEY> --none\n       \
        apikey set-owner [OPTIONS] [FILTERS] <USER>",
    after_long_help = "Examples:
  apikey set-owner deploy-bot alice
  apikey set-owner deploy-bot --none
  apikey set-owner --owner alice bob --yes"
)]
pub(crate) struct SetOwner {
    /// Key name, id or short form; omit it with filters
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<String>,

    /// New owner
    #[arg(value_name = "USER", conflicts_with = "none")]
    pub(crate) user: Option<UserName>,

    /// Remove the owner; then only the key's groups and permissions limit the key
    #[arg(long)]
    pub(crate) none: bool,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}

/// Set when a key expires
///
/// A time in the past expires the key at once. --cap shortens lives that are longer than the
/// policy's max-lifetime, counted from now, and extends none.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey set-expiry [OPTIONS] <KEY> <WHEN>\n       \
        apikey set-expiry [OPTIONS] <KEY> --cap\n       \
        apikey set-expiry [OPTIONS] [FILTERS] <WHEN>\n       \
        apikey set-expiry [OPTIONS] [FILTERS] --cap",
    after_long_help = "Examples:
  apikey set-expiry deploy-bot 90d
  apikey set-expiry deploy-bot 2027-01-31
  apikey set-expiry deploy-bot never
  apikey set-expiry --no-expiry --owner alice 90d --yes"
)]
pub(crate) struct SetExpiry {
    /// Key name, id or short form; omit it with filters
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<String>,

    /// Duration (30m, 12h, 90d, 2w), date (2027-01-31, 00:00 UTC), RFC 3339 time, now or never
    #[arg(value_name = "WHEN", conflicts_with = "cap")]
    pub(crate) when: Option<When>,

    /// Set the expiry to the policy's max-lifetime from now, unless the key expires before
    #[arg(long)]
    pub(crate) cap: bool,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}

/// Set or remove a key's metadata
///
/// Metadata are names with values that apikey stores and doesn't interpret, such as a ticket
/// number. `verify --json` prints them, too. Setting a name again replaces its value.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey set-meta [OPTIONS] <KEY> [NAME=VALUE]... [--remove <NAME>]...\n       \
        apikey set-meta [OPTIONS] [FILTERS] [NAME=VALUE]... [--remove <NAME>]...",
    after_long_help = "Examples:
  apikey set-meta deploy-bot ticket=OPS-7 team=shop
  apikey set-meta deploy-bot --remove ticket
  apikey set-meta --owner alice team=shop --yes"
)]
pub(crate) struct SetMeta {
    /// Key name, id or short form; omit it with filters
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<String>,

    /// Metadata to set
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) set: Vec<MetaEntry>,

    /// Name to remove; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) remove: Vec<MetaName>,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}

/// Delete keys permanently
///
/// Shows the owner, groups and last use of each named key, then prompts for confirmation.
/// `deactivate` can be undone; `delete` can't. Filters select no active or blocked keys, unless
/// --active is given.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey delete [OPTIONS] [KEY]...\n       \
        apikey delete [OPTIONS] [FILTERS]",
    after_long_help = "Examples:
  apikey delete deploy-bot
  apikey delete deploy-bot ci --yes
  apikey delete --status inactive --unused-for 400d --at-most 50 --yes"
)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) keys: TargetKeys,

    /// With filters, also delete active and blocked keys
    #[arg(long)]
    pub(crate) active: bool,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,
}
