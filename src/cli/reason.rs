//! The option `--reason` of every command that changes something.

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::{Arg, ArgMatches, Command};

use crate::model::Text;

const REASON: &str = "reason";

/// The commands that change nothing. All others append to the log.
const READERS: [&str; 17] = [
    "list",
    "show",
    "review",
    "verify",
    "log",
    "doctor",
    "backup",
    "completions",
    "help",
    "hold-clipboard",
    "group list",
    "group show",
    "user list",
    "user show",
    "shared-secret show",
    "shared-secret sign",
    "shared-secret check",
];

/// Returns `command` with the option for each of its subcommands that changes something. `path`
/// is its full name without `apikey`.
pub(super) fn added_to_changes(command: Command, path: &str) -> Command {
    if READERS.contains(&path) {
        return command;
    }
    if command.has_subcommands() {
        return command.mut_subcommands(|sub| {
            let path = format!("{path} {}", sub.get_name());
            added_to_changes(sub, path.trim_start())
        });
    }
    let text = NonEmptyStringValueParser::new().try_map(|text| text.parse::<Text>());
    let reason = Arg::new(REASON)
        .long(REASON)
        .value_name("TEXT")
        // Otherwise it would have the heading of the last option before it.
        .help_heading(None::<&str>)
        .allow_hyphen_values(true)
        .value_parser(text)
        .help("Record in the log why the change is made");
    command.arg(reason)
}

/// Returns the reason that the arguments give.
pub(crate) fn given(matches: &ArgMatches) -> Option<Text> {
    match matches.subcommand() {
        Some((_, sub)) => given(sub),
        None => matches.try_get_one(REASON).ok().flatten().cloned(),
    }
}
