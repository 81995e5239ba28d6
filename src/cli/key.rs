//! Commands on keys.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::Regrouping;
use crate::model::{
    Action, AppName, GroupName, KeyName, KeyRef, Permission, Refusal, Resource, Span, Text,
    UserName, When,
};

/// Show everything about a key but its secret
///
/// With what it may do while it is active, and what keeps it from more: a key
/// never does more than its owner may at that moment. Where permissions of the two
/// overlap without one holding the other, as a@x* and a@*y do, what both allow is
/// not listed; `verify` knows it all the same.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey show deploy-bot
  apikey show 7Kd93mZQ --json")]
pub(crate) struct Show {
    /// The key: its name, its id, or its short form; at a terminal it may be picked
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<KeyRef>,
}

/// Activate keys that were deactivated
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey activate deploy-bot
  apikey activate deploy-bot ci --json")]
pub(crate) struct Activate {
    #[command(flatten)]
    pub(crate) keys: SomeKeys,
}

/// Deactivate keys: verify refuses them until they are activated
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey deactivate deploy-bot ci")]
pub(crate) struct Deactivate {
    #[command(flatten)]
    pub(crate) keys: SomeKeys,
}

/// Rename a key
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey rename deploy-bot deploy-bot-eu")]
pub(crate) struct Rename {
    #[command(flatten)]
    pub(crate) key: OneKey,

    /// The new name
    #[arg(value_name = "NEW")]
    pub(crate) new: KeyName,
}

/// Put a key in other groups
///
/// With GROUPs, in those instead of all it is in. With --add and --remove, in
/// and out of those. With neither, they are ticked at the terminal. A key is
/// always in one group at least.
#[derive(Debug, Args)]
#[command(
    override_usage = "apikey set-groups [OPTIONS] <KEY> [GROUP]...\n       \
        apikey set-groups [OPTIONS] <KEY> [--add <GROUP>]... [--remove <GROUP>]...",
    after_long_help = "Examples:
  apikey set-groups deploy-bot readonly
  apikey set-groups deploy-bot --add admin --remove readonly"
)]
pub(crate) struct SetGroups {
    #[command(flatten)]
    pub(crate) key: OneKey,

    #[command(flatten)]
    pub(crate) groups: Regrouping,
}

/// Say what a key is for
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey set-description deploy-bot 'deploys the shop at night'
  apikey set-description deploy-bot ''")]
pub(crate) struct SetDescription {
    #[command(flatten)]
    pub(crate) key: OneKey,

    /// The description; empty for none
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Text,
}

/// Give a key to a user, or to nobody
///
/// A key never does more than its owner may. The user must be in every group
/// that the key is in.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").args(["owner", "none"]).required(true)),
    override_usage = "apikey set-owner [OPTIONS] <KEY> <USER>\n       \
        apikey set-owner [OPTIONS] <KEY> --none",
    after_long_help = "Examples:
  apikey set-owner deploy-bot alice
  apikey set-owner deploy-bot --none"
)]
pub(crate) struct SetOwner {
    #[command(flatten)]
    pub(crate) key: OneKey,

    /// The user
    #[arg(value_name = "USER")]
    pub(crate) owner: Option<UserName>,

    /// To nobody: then its own groups and permissions alone decide
    #[arg(long)]
    pub(crate) none: bool,
}

/// Say what a key may do beside what its groups allow
///
/// A permission is ACTION or ACTION@RESOURCE, each with `*` for any run of
/// characters; one without a resource is for every resource.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").args(["permissions", "none"]).required(true)),
    override_usage = "apikey set-permissions [OPTIONS] <KEY> <PERM>...\n       \
        apikey set-permissions [OPTIONS] <KEY> --none",
    after_long_help = "Examples:
  apikey set-permissions deploy-bot project:create 'credential:read@prod-*'
  apikey set-permissions deploy-bot --none"
)]
pub(crate) struct SetPermissions {
    #[command(flatten)]
    pub(crate) key: OneKey,

    /// The permissions, in the place of those it has
    #[arg(value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,

    /// None of its own
    #[arg(long)]
    pub(crate) none: bool,
}

/// Say which application a key is for
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").args(["app", "none"]).required(true)),
    override_usage = "apikey set-app [OPTIONS] <KEY> <NAME>\n       \
        apikey set-app [OPTIONS] <KEY> --none",
    after_long_help = "Examples:
  apikey set-app deploy-bot billing
  apikey set-app deploy-bot --none"
)]
pub(crate) struct SetApp {
    #[command(flatten)]
    pub(crate) key: OneKey,

    /// The application
    #[arg(value_name = "NAME")]
    pub(crate) app: Option<AppName>,

    /// For none: `verify --app` refuses it then
    #[arg(long)]
    pub(crate) none: bool,
}

/// Say when a key expires
///
/// An instant in the past is allowed: the key is expired from then on.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey set-expiry deploy-bot 90d
  apikey set-expiry deploy-bot 2027-01-31
  apikey set-expiry deploy-bot never")]
pub(crate) struct SetExpiry {
    #[command(flatten)]
    pub(crate) key: OneKey,

    /// In 30m, 12h, 90d or 2w; at 2027-01-31 (its start in UTC) or an RFC 3339 instant; now; or never
    #[arg(value_name = "WHEN")]
    pub(crate) when: When,
}

/// Delete keys for good
///
/// Shows each with its owner, groups and last use, then asks. `deactivate` can be
/// undone; this can't.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey delete deploy-bot
  apikey delete deploy-bot ci --yes")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) keys: SomeKeys,
}

/// Returns the long help of `verify`, with every reason to refuse.
fn verify_about() -> String {
    let reasons = Refusal::ALL.map(Refusal::as_str).join(", ");
    format!(
        "Decide whether a secret may be used\n\n\
         Reads one secret from stdin and prints `accepted NAME` or `refused REASON`. \
         Exits with 0 when it is accepted, with 1 when it is refused; any other exit \
         code is no answer, and a script should take it for a no. White space around \
         the secret and a byte order mark are ignored.\n\n\
         Reasons, of which the first that holds is told: {reasons}.\n\n\
         With --batch it reads a secret from each line and prints a line for each, in \
         the same order, as soon as it is known: whoever writes a line can wait for \
         its verdict. What is no secret, a blank line or one longer than 4 KiB, is \
         `refused malformed`; a line that can't be decided is `error CODE`, and the \
         rest goes on. The exit code is the last error's, else 1 if any was refused, \
         else 0; 2 if there is no line. A secret that was right is not hashed again, \
         but its key is read for each line, and what was revoked is refused at once. \
         With --json, or --format jsonl, each line is an object."
    )
}

/// Decide whether a secret may be used
#[derive(Debug, Args)]
#[command(long_about = verify_about(), after_long_help = "Examples:
  apikey verify < secret.APIKEY
  apikey verify --group readonly --key-env API_KEY --json
  apikey verify --can order:create --on eu-7 < secret.APIKEY
  apikey verify --app billing --min-remaining 7d --key-file secret.APIKEY
  apikey verify --batch --can order:create --format jsonl < secrets")]
pub(crate) struct Verify {
    /// A group the key must be in; of a repeated one, in every one
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// What the key must be allowed to do: words of a-z, 0-9 and '-' joined by ':'
    #[arg(long, value_name = "ACTION")]
    pub(crate) can: Option<Action>,

    /// To what; without it, to every resource
    #[arg(long, value_name = "RESOURCE", requires = "can")]
    pub(crate) on: Option<Resource>,

    /// The application the key must be for; a key for none is refused then
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<AppName>,

    /// How long the key must be valid yet: 12h, 90d, 2w
    #[arg(long, value_name = "DURATION")]
    pub(crate) min_remaining: Option<Span>,

    /// Don't record the use
    #[arg(long)]
    pub(crate) no_record: bool,

    /// Read the secret from this file instead of stdin, which `-` is
    #[arg(long, value_name = "PATH", conflicts_with = "key_env")]
    pub(crate) key_file: Option<PathBuf>,

    /// Read the secret from this environment variable instead of stdin
    #[arg(long, value_name = "NAME")]
    pub(crate) key_env: Option<String>,

    /// Read one secret a line from stdin and print one verdict a line, in the same order
    #[arg(long, conflicts_with_all = ["key_file", "key_env"])]
    pub(crate) batch: bool,
}

impl Verify {
    /// Returns the file that holds the secret, if it is one and not stdin.
    pub(crate) fn named_file(&self) -> Option<&Path> {
        self.key_file
            .as_deref()
            .filter(|path| *path != Path::new("-"))
    }
}

/// A key that is there.
#[derive(Debug, Args)]
pub(crate) struct OneKey {
    /// The key: its name, its id, or its short form
    #[arg(value_name = "KEY")]
    pub(crate) key: KeyRef,
}

/// Keys that are there.
#[derive(Debug, Args)]
pub(crate) struct SomeKeys {
    /// The keys: their names, ids, or short forms; at a terminal they may be picked
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<KeyRef>,
}
