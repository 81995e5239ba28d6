//! Every clap definition and help line; no behaviour. Values are parsed into the model's types
//! here. Handlers parse only a word whose meaning depends on another argument: a KEY or a value,
//! depending on whether filters are given, and the value of a rule of the policy.

mod create;
mod delivery;
mod filters;
mod group;
mod help;
mod import;
mod key;
mod layout;
mod list;
mod log;
mod overview;
mod policy;
mod reason;
mod review;
mod rotation;
mod scan;
mod selection;
mod shared_secret;
pub(crate) mod suggestions;
pub mod topics;
mod upkeep;
mod user;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::model::{Invalid, Text};

pub(crate) use create::*;
pub(crate) use delivery::*;
pub(crate) use filters::*;
pub(crate) use group::*;
pub(crate) use help::*;
pub(crate) use import::*;
pub(crate) use key::*;
pub(crate) use layout::section;
pub(crate) use list::*;
pub(crate) use log::*;
pub use overview::GROUPS;
pub(crate) use policy::*;
pub(crate) use reason::given as reason_given;
pub(crate) use review::*;
pub(crate) use rotation::*;
pub(crate) use scan::*;
pub(crate) use selection::*;
pub(crate) use shared_secret::*;
pub(crate) use upkeep::*;
pub(crate) use user::*;

/// The maximum width of help in columns.
pub(crate) const WIDTH: usize = 100;

/// Issue, review, revoke and verify API keys, in one SQLite file or on a PostgreSQL server
///
/// A key is a record with a name, groups and dates. Its secret is the string that a
/// client presents. A secret is delivered exactly once, when the key is created or rotated,
/// and only its hash is stored. `apikey verify` checks a secret; the exit code is the answer.
#[derive(Debug, Parser)]
#[command(
    name = "apikey",
    version,
    max_term_width = WIDTH,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,

    #[command(subcommand)]
    pub(crate) command: Command,

    /// The reason for a change, for the log.
    #[arg(skip)]
    pub(crate) reason: Option<Text>,

    /// The filters of keys as they were given, for the log.
    #[arg(skip)]
    pub(crate) filters_given: String,
}

/// The options of every command. They may stand before or after the command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Database: a file, postgres://HOST/NAME or service=NAME [env: APIKEY_DB] [default: keys.db in
    /// the data directory]
    // The same path may be given twice; `arguments` refuses two different ones.
    #[arg(long, global = true, value_name = "PATH|URI", overrides_with = "db")]
    pub(crate) db: Option<PathBuf>,

    /// Output format; csv is for listings, jsonl for listings, scan and verify --batch
    // The last one counts, so that a shell alias can set a default.
    #[arg(long, global = true, value_enum, overrides_with = "format")]
    pub(crate) format: Option<Format>,

    /// Same as --format json
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to use colour
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        overrides_with = "color"
    )]
    pub(crate) color: Color,

    /// Print no notes; verify prints nothing, doctor only failures, review only findings
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Never prompt; fail if input is missing [env: APIKEY_NO_INPUT=1]
    #[arg(long, global = true)]
    pub(crate) no_input: bool,

    /// Assume yes for confirmation prompts, except after a menu
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,

    /// Show all columns that fit the terminal, including empty ones, with absolute times
    #[arg(long, global = true)]
    pub(crate) wide: bool,

    /// Show absolute times in UTC
    #[arg(long, global = true)]
    pub(crate) utc: bool,
}

/// The format of data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One json document
    Json,
    /// One object per line
    Jsonl,
    /// Comma-separated, with a heading line
    Csv,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// At a terminal, unless NO_COLOR or TERM=dumb is set
    #[default]
    Auto,
    /// In pipes, too, as with CLICOLOR_FORCE
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(Init),
    Create(Create),
    Import(Import),
    List(List),
    Show(Show),
    Review(Review),
    #[command(visible_alias = "enable")]
    Activate(Activate),
    #[command(visible_alias = "disable")]
    Deactivate(Deactivate),
    Rename(Rename),
    SetGroups(SetGroups),
    SetDescription(SetDescription),
    SetOwner(SetOwner),
    SetApp(SetApp),
    SetExpiry(SetExpiry),
    SetPermissions(SetPermissions),
    SetMeta(SetMeta),
    Rotate(Rotate),
    FinishRotation(FinishRotation),
    CancelRotation(CancelRotation),
    Renew(Renew),
    #[command(visible_alias = "rm")]
    Delete(Delete),
    Verify(Verify),
    Scan(Scan),
    #[command(subcommand)]
    Group(Group),
    #[command(subcommand)]
    User(User),
    Policy(Policy),
    #[command(subcommand)]
    SharedSecret(SharedSecret),
    Log(Log),
    Doctor(Doctor),
    Backup(Backup),
    Restore(Restore),
    Completions(Completions),
    Help(Help),
    #[command(hide = true)]
    HoldClipboard(HoldClipboard),
}

impl Command {
    /// Returns whether the command prints a listing. Listings support csv and jsonl.
    pub(crate) fn is_listing(&self) -> bool {
        matches!(
            self,
            Self::List(_)
                | Self::Review(_)
                | Self::Group(Group::List)
                | Self::User(User::List)
                | Self::Policy(Policy { command: None })
                | Self::Log(Log { command: None, .. })
        )
    }

    /// Returns whether the command prints an answer per line. Such output supports jsonl.
    pub(crate) fn is_batch(&self) -> bool {
        let is_scan = matches!(self, Self::Scan(Scan { rules: None, .. }));
        is_scan || matches!(self, Self::Verify(Verify { batch: true, .. }))
    }
}

/// Returns the definition of all commands with their help texts, for help, manual and completions.
pub fn command() -> clap::Command {
    let with_reasons = |verify: clap::Command| verify.long_about(verify_about());
    let with_rules = |policy: clap::Command| policy.long_about(policy_about());
    overview::with_help(definition())
        .mut_subcommand("verify", with_reasons)
        .mut_subcommand("policy", with_rules)
}

/// Returns the definition of all commands without texts that only help needs and that take time
/// to build.
pub(crate) fn definition() -> clap::Command {
    with_repeatable_flags(reason::added_to_changes(Cli::command(), ""))
}

/// Returns the definition of `verify` alone.
pub(crate) fn verify_command() -> clap::Command {
    let verify = Verify::augment_args(clap::Command::new("verify"));
    let alone = Globals::augment_args(clap::Command::new("apikey")).subcommand(verify);
    with_repeatable_flags(alone)
}

/// Permits every flag to be repeated; a repeated flag has no further effect. An option with a
/// value can't be repeated unless its definition permits it, because only one value would count.
fn with_repeatable_flags(command: clap::Command) -> clap::Command {
    let repeatable = |arg: clap::Arg| match arg.get_action() {
        ArgAction::SetTrue => {
            let id = arg.get_id().clone();
            arg.overrides_with(id)
        }
        _ => arg,
    };
    command
        .mut_args(repeatable)
        .mut_subcommands(with_repeatable_flags)
}

/// Parses a number of at least 1.
fn parse_count(text: &str) -> Result<u64, Invalid> {
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| Invalid::new("give a whole number of at least 1, such as 20"))
}

/// Returns a parser that accepts the names of the values in `all`.
fn choice<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |value| name(*value))).try_map(move |given| {
        let is_given = |value: &&T| name(**value) == given;
        all.iter().find(is_given).copied().ok_or("unknown value")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Refusal;

    #[test]
    fn the_definitions_pass_the_assertions_of_clap() {
        command().debug_assert();
    }

    #[test]
    fn readme_lists_every_refusal_reason_in_order() {
        let readme = include_str!("../../README.md");
        let (_, table) = readme.split_once("| reason | meaning |\n").unwrap();
        let rows = table.lines().skip(1);
        let reasons = rows.map_while(|row| row.strip_prefix("| `")?.split('`').next());
        let reasons: Vec<&str> = reasons.collect();
        assert_eq!(reasons, Refusal::ALL.map(Refusal::as_str));
    }
}
