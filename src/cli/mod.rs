//! Every clap definition and help line; no behaviour. Values become the
//! model's types here, so that handlers never validate strings.

mod create;
mod delivery;
mod group;
mod help;
mod key;
mod list;
mod log;
mod shared_secret;
pub(crate) mod suggestions;
pub mod topics;
mod upkeep;
mod user;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::error::EXIT_CODES;
use crate::model::Invalid;

pub(crate) use create::*;
pub(crate) use delivery::*;
pub(crate) use group::*;
pub(crate) use help::*;
pub(crate) use key::*;
pub(crate) use list::*;
pub(crate) use log::*;
pub(crate) use shared_secret::*;
pub(crate) use upkeep::*;
pub(crate) use user::*;

/// The widest that help gets, in columns, on a terminal as wide.
pub(crate) const WIDTH: usize = 100;

/// Issue, list, change, revoke and verify API keys. One SQLite file, no server.
///
/// A key is a record: a name, groups, dates. Its secret is what a client
/// presents; it is shown exactly once, when the key is made, and only its hash
/// is stored. `apikey verify` tells by its exit code whether a secret may be
/// used.
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
}

/// What stands before or after any command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// The database [env: APIKEY_DB] [default: keys.db in the data directory]
    // The same path twice is one database; `arguments` refuses two.
    #[arg(long, global = true, value_name = "PATH", overrides_with = "db")]
    pub(crate) db: Option<PathBuf>,

    /// How data is printed; csv and jsonl are for listings
    // The last counts, so that an alias can have a default.
    #[arg(long, global = true, value_enum, overrides_with = "format")]
    pub(crate) format: Option<Format>,

    /// Short for --format json
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

    /// Print no notes on stderr; of verify nothing at all, of doctor only what fails
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Never ask, as with APIKEY_NO_INPUT=1; what lacks an answer fails
    #[arg(long, global = true)]
    pub(crate) no_input: bool,

    /// Assume yes for confirmations, except of what a menu chose
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,

    /// Show permissions and columns in which no key has anything, too, and instants instead of
    /// relative times
    #[arg(long, global = true)]
    pub(crate) wide: bool,

    /// Show times as instants in UTC
    #[arg(long, global = true)]
    pub(crate) utc: bool,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One value
    Json,
    /// One object a line
    Jsonl,
    /// Comma-separated, with a heading line
    Csv,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise
    #[default]
    Auto,
    /// In a pipe, too, as with `CLICOLOR_FORCE`
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(Init),
    Create(Create),
    List(List),
    Show(Show),
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
    #[command(visible_alias = "rm")]
    Delete(Delete),
    Verify(Verify),
    #[command(subcommand)]
    Group(Group),
    #[command(subcommand)]
    User(User),
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
    /// Whether it lists things, so that csv and jsonl make sense.
    pub(crate) fn is_listing(&self) -> bool {
        matches!(
            self,
            Self::List(_)
                | Self::Group(Group::List(_))
                | Self::User(User::List(_))
                | Self::Log(Log { command: None, .. })
        )
    }

    /// Whether it answers line by line, so that jsonl makes sense.
    pub(crate) fn is_batch(&self) -> bool {
        matches!(self, Self::Verify(Verify { batch: true, .. }))
    }
}

/// The definition of the whole command line, as help, manual and completions
/// are made from it.
pub fn command() -> clap::Command {
    let mut topics = String::from("Topics, for `apikey help TOPIC`:");
    for topic in topics::all() {
        topics.push_str(&format!("\n  {:<12} {}", topic.word, topic.about));
    }
    let mut more = String::from(
        "Examples:
  apikey create deploy-bot --group readonly
  apikey verify < deploy-bot.APIKEY

Exit codes:",
    );
    for (code, meaning) in EXIT_CODES {
        more.push_str(&format!("\n  {code:<3} {meaning}"));
    }
    more.push_str(&format!("\n\n{topics}"));
    let command = Cli::command().after_help(topics).after_long_help(more);
    with_repeatable_flags(command)
}

/// Returns the command line with `verify` as its only command.
pub(crate) fn verify_command() -> clap::Command {
    let verify = Verify::augment_args(clap::Command::new("verify"));
    let alone = Globals::augment_args(clap::Command::new("apikey")).subcommand(verify);
    with_repeatable_flags(alone)
}

/// Lets each flag be repeated: that drops nothing. An option with a value is refused when
/// it is given twice, since only one of the values would count.
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

/// Parses how many are wanted.
fn count(text: &str) -> Result<u64, Invalid> {
    let wanted = text.parse().ok().filter(|wanted| *wanted > 0);
    wanted.ok_or_else(|| Invalid::new("give a whole number of at least 1, such as 20"))
}

/// One of `all`, by its word.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    word: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |value| word(*value))).try_map(move |chosen| {
        let same = |value: &&T| word(**value) == chosen;
        all.iter().find(same).copied().ok_or("not one of them")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Refusal;

    #[test]
    fn the_definitions_are_sound() {
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
