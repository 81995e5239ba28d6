//! Errors of clap in the form of every other error. No value that is long is repeated in
//! full.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::{self, suggestions};
use crate::error::{Error, Kind};

/// Returns the error for arguments that clap refused.
pub(super) fn usage_error(refused: &clap::Error, args: &[OsString]) -> Error {
    let kind = match refused.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue | ErrorKind::InvalidUtf8 => {
            Kind::InvalidInput
        }
        _ => Kind::Usage,
    };
    // Plain: the styles around a value could hide what is in it.
    let text = shortened(refused.to_string(), refused);
    let fact = text.split("\n\n").next().unwrap_or_default();
    let fact: Vec<&str> = fact
        .trim_start_matches("error: ")
        .split_whitespace()
        .collect();
    let error = Error::new(kind, fact.join(" "));
    if is_repetition(refused) {
        return error.hint("give it once, with one value");
    }
    let (named, command) = command_named(args);
    let hint = suggestion(refused, &command);
    error.hint(hint.unwrap_or_else(|| format!("see `{named} --help`")))
}

/// Returns the `text` of clap with no more than the beginning of a long value.
fn shortened(text: String, refused: &clap::Error) -> String {
    let given = [
        ContextKind::InvalidValue,
        ContextKind::InvalidArg,
        ContextKind::InvalidSubcommand,
    ];
    let given = given
        .into_iter()
        .filter_map(|kind| match refused.get(kind) {
            Some(ContextValue::String(given)) => Some(given.as_str()),
            _ => None,
        });
    given.fold(text, |text, given| shorten(text, given, QUOTED))
}

/// Returns `error` with no more than the beginning of an argument that is longer than any
/// path of a database: the rest of it would push the fact off the screen.
pub(crate) fn shorten_long(error: Error, args: &[OsString]) -> Error {
    /// Bytes of the longest argument that is printed in full.
    const LONGEST: usize = 500;
    let args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    let mut error = error;
    for arg in args.filter(|arg| arg.len() > LONGEST) {
        let value = arg.split_once('=').map_or(&*arg, |(_, value)| value);
        for given in [&*arg, value] {
            error = error.rewording(|text| shorten(text, given, LONGEST));
        }
    }
    error
}

/// Characters of a long value that an error has.
const QUOTED: usize = 60;

/// Returns `text` with the beginning of `given` in its place, where that is longer than
/// `longest`.
fn shorten(text: String, given: &str, longest: usize) -> String {
    if given.chars().count() <= longest {
        return text;
    }
    let beginning: String = given.chars().take(QUOTED).collect();
    text.replace(given, &format!("{beginning}…"))
}

/// Returns what to give instead of the argument that clap refused, if that is known. clap's
/// own suggestions go by likeness alone: `restore` for `revoke`.
fn suggestion(refused: &clap::Error, command: &clap::Command) -> Option<String> {
    let text = |kind| match refused.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    match refused.kind() {
        ErrorKind::InvalidSubcommand => {
            suggestions::for_command(text(ContextKind::InvalidSubcommand)?, command)
        }
        ErrorKind::UnknownArgument => {
            suggestions::for_option(text(ContextKind::InvalidArg)?, command)
        }
        ErrorKind::InvalidValue => match refused.get(ContextKind::ValidValue)? {
            ContextValue::Strings(valid) => {
                suggestions::for_value(text(ContextKind::InvalidValue)?, valid)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Returns whether an option with one value was given twice.
fn is_repetition(refused: &clap::Error) -> bool {
    let named = |kind| match refused.get(kind) {
        Some(ContextValue::String(option)) => Some(option),
        _ => None,
    };
    let option = named(ContextKind::InvalidArg);
    refused.kind() == ErrorKind::ArgumentConflict
        && option.is_some()
        && option == named(ContextKind::PriorArg)
}

/// Returns the command with which the arguments begin, such as `apikey group create`, and
/// its definition.
fn command_named(args: &[OsString]) -> (String, clap::Command) {
    let mut all = cli::definition();
    // Only then a command below knows the global options.
    all.build();
    let mut named = "apikey".to_owned();
    let mut command = &all;
    let mut words = args.iter().skip(1).map(|arg| arg.to_str().unwrap_or(""));
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            if matches!(word, "--db" | "--format" | "--color") {
                words.next();
            }
            continue;
        }
        match command.find_subcommand(word) {
            Some(found) => command = found,
            None => break,
        }
        named = format!("{named} {word}");
    }
    (named, command.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<OsString> {
        line.split(' ').map(Into::into).collect()
    }

    #[test]
    fn the_hint_names_the_command_that_was_meant() {
        for (line, named) in [
            ("apikey --db list nonsense create x", "apikey"),
            ("apikey --db x create a", "apikey create"),
            ("apikey group create list", "apikey group create"),
            ("apikey -q show list", "apikey show"),
        ] {
            assert_eq!(command_named(&args(line)).0, named, "{line}");
        }
    }
}
