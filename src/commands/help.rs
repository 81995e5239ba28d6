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
        Some(topic) => for_topic(&topic),
        None => for_command(&args.subject)?,
    };
    session.output.help(&text).map(|()| Outcome::done())
}

/// Returns the text of `--help` for the command at `path`.
fn for_command(path: &[String]) -> Result<StyledStr> {
    let mut command = cli::command();
    // Adds the full names and the global options to all commands.
    command.build();
    let mut parent = "apikey".to_owned();
    for name in path {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| unknown(name, &parent, &command))?;
        parent = format!("{parent} {name}");
    }
    Ok(command.render_long_help())
}

/// Returns the error for `name`, which is neither a subcommand of `command` nor a topic.
/// `parent` is the full name of `command`.
fn unknown(name: &str, parent: &str, command: &clap::Command) -> Error {
    let is_root = parent == "apikey";
    let topics: Vec<String> = topics::all().map(|topic| topic.name.to_owned()).into();
    if is_root && topics.iter().any(|topic| topic == name) {
        let fact = format!("'{name}' is a topic and takes no further arguments");
        return Error::new(Kind::Usage, fact).hint(format!("use `apikey help {name}`"));
    }
    let fact = if is_root {
        format!("unrecognized command or topic '{name}'")
    } else {
        format!("`{parent}` has no command '{name}'")
    };
    let topics = if is_root { &topics[..] } else { &[] };
    let hint = suggestions::for_command(name, command)
        .or_else(|| suggestions::for_value(name, topics))
        .unwrap_or_else(|| format!("see `{parent} --help`"));
    Error::new(Kind::Usage, fact).hint(hint)
}

/// Returns a topic laid out as help: its parts with a blank line between them.
fn for_topic(topic: &Topic) -> StyledStr {
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
