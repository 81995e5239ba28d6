//! `apikey help`.

use std::fmt::Write;

use clap::builder::{StyledStr, Styles};

use super::Session;
use crate::cli::topics::{self, Part, Topic};
use crate::cli::{self, Help, suggestions};
use crate::error::{Error, Kind, Result};
use crate::output::Outcome;

/// Prints help on a command or a topic.
pub(super) fn run(args: &Help, session: &Session) -> Result<Outcome> {
    let topic = match args.words.as_slice() {
        [word] => topics::all().into_iter().find(|topic| topic.word == word),
        _ => None,
    };
    let text = match topic {
        Some(topic) => on_topic(&topic),
        None => on_command(&args.words)?,
    };
    session.output.help(&text).map(|()| Outcome::done())
}

/// What `--help` prints after the command that `words` name.
fn on_command(words: &[String]) -> Result<StyledStr> {
    let mut command = cli::command();
    // Only then a command knows its whole name and the global options.
    command.build();
    let mut named = "apikey".to_owned();
    for word in words {
        let found = command.find_subcommand(word).cloned();
        command = found.ok_or_else(|| unknown(word, &named, &command))?;
        named = format!("{named} {word}");
    }
    Ok(command.render_long_help())
}

/// `word`, after the command `named`, is neither a command below it nor a topic.
fn unknown(word: &str, named: &str, command: &clap::Command) -> Error {
    let topics = topics::all().into_iter().map(|topic| topic.word);
    // Topics stand where commands do, not below one.
    let topics = topics.filter(|_| named == "apikey");
    if topics.clone().any(|topic| topic == word) {
        let fact = format!("'{word}' is a topic, which no other word follows");
        return Error::new(Kind::Usage, fact).hint(format!("see `apikey help {word}`"));
    }
    let fact = match named {
        "apikey" => format!("unrecognized command or topic '{word}'"),
        _ => format!("`{named}` has no command '{word}'"),
    };
    let topics: Vec<String> = topics.map(str::to_owned).collect();
    let hint = suggestions::for_command(word, command)
        .or_else(|| suggestions::for_value(word, &topics))
        .unwrap_or_else(|| format!("see `{named} --help`"));
    Error::new(Kind::Usage, fact).hint(hint)
}

/// A topic as help looks: headings, indented terms, wrapped by clap.
fn on_topic(topic: &Topic) -> StyledStr {
    let mut text = StyledStr::new();
    for (at, part) in topic.parts.iter().enumerate() {
        let space = if at > 0 { "\n" } else { "" };
        // Writing to a StyledStr can't fail.
        let _ = write!(text, "{space}{}", laid_out(part).ansi());
    }
    text
}

/// clap lays out a command with commands below it: the terms are those.
fn laid_out(part: &Part) -> StyledStr {
    let heading = Styles::default();
    let heading = heading.get_header();
    let mut about = StyledStr::new();
    if let Some(title) = part.heading {
        let _ = writeln!(about, "{heading}{title}:{heading:#}");
    }
    about.push_str(&part.paragraphs().join("\n\n"));
    let mut template = String::from("{about}");
    if !part.terms.is_empty() {
        template.push_str("\n\n{subcommands}");
    }
    let mut command = clap::Command::new("topic")
        .max_term_width(cli::WIDTH)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .long_about(about)
        .subcommands(
            part.terms
                .iter()
                .map(|term| clap::Command::new(term.word.clone()).about(term.meaning.clone())),
        );
    if !part.examples.is_empty() {
        template.push_str("{after-help}");
        command = command.after_help(format!("  {}", part.examples.join("\n  ")));
    }
    command.help_template(template).render_long_help()
}
