//! Commands for one key.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use crate::model::{
    Action, AppName, GroupName, KeyName, KeyRef, Permission, Refusal, Resource, Span, Text,
};

/// Show a key and its effective permissions
///
/// Prints every field of the key, but never its secret. Also prints the permissions that the
/// key has while it is active, and how its owner limits them: a key never has more rights than
/// its owner. If the resources of a permission of the key and of one of its owner overlap, but
/// neither contains the other, such as a@x* and a@*y, `show` doesn't list the common part, but
/// `verify` accepts it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey show deploy-bot
  apikey show 7Kd93mZQ --json")]
pub(crate) struct Show {
    /// Key name, id or short form; omit it to choose from a menu
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<KeyRef>,
}

/// Rename a key
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey rename deploy-bot deploy-bot-eu")]
pub(crate) struct Rename {
    #[command(flatten)]
    pub(crate) key: TargetKey,

    /// New name
    #[arg(value_name = "NEW")]
    pub(crate) new: KeyName,
}

/// Set a key's description
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey set-description deploy-bot 'nightly deployment of the shop'
  apikey set-description deploy-bot ''")]
pub(crate) struct SetDescription {
    #[command(flatten)]
    pub(crate) key: TargetKey,

    /// New description; an empty text removes the description
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Text,
}

/// Set a key's own permissions
///
/// A key's own permissions add to those of its groups. A permission is ACTION or
/// ACTION@RESOURCE; `*` in either matches any sequence of characters. A permission without a
/// resource applies to every resource.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("change").args(["permissions", "none"]).required(true)),
    override_usage = "apikey set-permissions [OPTIONS] <KEY> <PERM>...\n       \
        apikey set-permissions [OPTIONS] <KEY> --none",
    after_long_help = "Examples:
  apikey set-permissions deploy-bot project:create 'credential:read@prod-*'
  apikey set-permissions deploy-bot --none"
)]
pub(crate) struct SetPermissions {
    #[command(flatten)]
    pub(crate) key: TargetKey,

    /// Permissions that replace the key's own
    #[arg(value_name = "PERM", value_parser = Permission::parse_given)]
    pub(crate) permissions: Vec<Permission>,

    /// Remove all of the key's own permissions
    #[arg(long)]
    pub(crate) none: bool,
}

/// Set or remove a key's application
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("change").args(["app", "none"]).required(true)),
    override_usage = "apikey set-app [OPTIONS] <KEY> <NAME>\n       \
        apikey set-app [OPTIONS] <KEY> --none",
    after_long_help = "Examples:
  apikey set-app deploy-bot billing
  apikey set-app deploy-bot --none"
)]
pub(crate) struct SetApp {
    #[command(flatten)]
    pub(crate) key: TargetKey,

    /// Application name
    #[arg(value_name = "NAME")]
    pub(crate) app: Option<AppName>,

    /// Remove the application; `verify --app` then refuses the key
    #[arg(long)]
    pub(crate) none: bool,
}

/// Returns the long description of `verify`, with every reason for a refusal.
pub(super) fn verify_about() -> String {
    let reasons = Refusal::ALL.map(Refusal::as_str).join(", ");
    format!(
        "Check a secret; the exit code is the answer\n\n\
         Reads a secret from stdin and prints `accepted NAME` or `refused REASON`. Exits \
         with 0 if the secret is accepted and with 1 if it is refused. Any other exit code \
         means that there is no verdict; scripts should treat it as a refusal. White space \
         around the secret and a byte order mark are ignored.\n\n\
         The reason is the first of these that applies: {reasons}.\n\n\
         With --batch, reads one secret per line and prints one verdict per line, in the \
         order of the input. A verdict is printed as soon as it and all those before it \
         are decided, so a program can send a line and wait for its verdict. The verdict on a blank line, a \
         line over 4 KiB or text that is no secret is `refused malformed`. For a line that \
         can't be decided, `error CODE` is printed, and the batch continues. The exit code \
         is that of the last error. Without errors it is 1 if any line was refused, and 0 \
         if all were accepted. Input without a line exits with 2. Once a secret was found \
         correct, it isn't hashed again, but its key is read for every line, so deactivating or deleting a key \
         takes effect at once. With --json or --format jsonl, each verdict is a json object."
    )
}

/// Check a secret; the exit code is the answer
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey verify < secret.APIKEY
  apikey verify --group readonly --key-env API_KEY --json
  apikey verify --can order:create --on eu-7 < secret.APIKEY
  apikey verify --app billing --min-remaining 7d --key-file secret.APIKEY
  apikey verify --batch --can order:create --format jsonl < secrets")]
pub(crate) struct Verify {
    /// Required group; if repeated, each is required
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// Required action, such as order:create
    ///
    /// An action consists of words of a-z, 0-9 and '-', joined by ':'.
    #[arg(long, value_name = "ACTION")]
    pub(crate) can: Option<Action>,

    /// Resource of the action [default: every resource]
    #[arg(long, value_name = "RESOURCE", requires = "can")]
    pub(crate) on: Option<Resource>,

    /// Required application of the key
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<AppName>,

    /// Required time until the key expires, such as 12h, 90d or 2w
    #[arg(long, value_name = "DURATION")]
    pub(crate) min_remaining: Option<Span>,

    /// Don't record this use of the key
    #[arg(long)]
    pub(crate) no_record: bool,

    /// Read the secret from this file; `-` is stdin
    #[arg(long, value_name = "PATH", conflicts_with = "key_env")]
    pub(crate) key_file: Option<PathBuf>,

    /// Read the secret from this environment variable
    #[arg(long, value_name = "NAME")]
    pub(crate) key_env: Option<String>,

    /// Read one secret per line and print one verdict for each
    #[arg(long, conflicts_with_all = ["key_file", "key_env"])]
    pub(crate) batch: bool,
}

impl Verify {
    /// Returns the path of --key-file, unless it means stdin.
    pub(crate) fn named_file(&self) -> Option<&Path> {
        self.key_file
            .as_deref()
            .filter(|path| *path != Path::new("-"))
    }
}

/// The existing key that a command changes.
#[derive(Debug, Args)]
pub(crate) struct TargetKey {
    /// Key name, id or short form
    #[arg(value_name = "KEY")]
    pub(crate) key: KeyRef,
}
