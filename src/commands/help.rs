//! `apikey help`.

use std::fmt::Write;

use clap::builder::StyledStr;

use super::Session;
use crate::cli::topics::{self, Part, Topic};
use crate::cli::{self, Help, suggestions};
use crate::error::{Error, Kind, Result};
use crate::output::Outcome;

/// Prints help for a command or a topic.
pub(super) fn run(args: &Help, session: &Session) -> Result<Outcome> {
    let topic = match args.subject.as_slice() {
        [name] => topics::all().into_iter().find(|topic| topic.name == name),
        _ => None,
    };
    let text = match topic {
        Some(topic) => topic_help(&topic),
        None => command_help(&args.subject)?,
    };
    session.output.help(&text).map(|()| Outcome::done())
}

/// Returns the text of `--help` for the command at `path`.
fn command_help(path: &[String]) -> Result<StyledStr> {
    let mut command = cli::command();
    // Adds the full names and the global options to all commands.
    command.build();
    let mut full_name = "apikey".to_owned();
    for name in path {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| unknown_name(name, &full_name, &command))?;
        full_name = format!("{full_name} {name}");
    }
    Ok(command.render_long_help())
}

/// Returns the error for `name`, which is no subcommand of `command`: it is unknown, or a topic
/// that was given further arguments. `full_name` is the name of `command` with its parents.
fn unknown_name(name: &str, full_name: &str, command: &clap::Command) -> Error {
    let is_root = full_name == "apikey";
    let topics: Vec<String> = topics::all().map(|topic| topic.name.to_owned()).into();
    if is_root && topics.iter().any(|topic| topic == name) {
        let fact = format!("'{name}' is a topic and takes no further arguments");
        return Error::new(Kind::Usage, fact).hint(format!("use `apikey help {name}`"));
    }
    let fact = if is_root {
        format!("unrecognized command or topic '{name}'")
    } else {
        format!("`{full_name}` has no subcommand '{name}'")
    };
    let topics = if is_root { &topics[..] } else { &[] };
    let hint = suggestions::for_command(name, command)
        .or_else(|| suggestions::for_value(name, topics))
        .unwrap_or_else(|| format!("see `{full_name} --help`"));
    Error::new(Kind::Usage, fact).hint(hint)
}

/// Returns a topic laid out as help: its parts with a blank line between them.
fn topic_help(topic: &Topic) -> StyledStr {
    let mut text = StyledStr::new();
    for (index, part) in topic.parts.iter().enumerate() {
        let separator = if index > 0 { "\n" } else { "" };
        // Writing to a StyledStr can't fail.
        let _ = write!(text, "{separator}{}", section(part).ansi());
    }
    text
}

fn section(part: &Part) -> StyledStr {
    let terms = part.terms.iter();
    let terms = terms.map(|term| clap::Command::new(term.name.clone()).about(term.meaning.clone()));
    cli::section(part.heading, &part.paragraphs(), terms, part.examples)
}
