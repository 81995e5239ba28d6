//! Converts clap's errors to errors of the program, with long values shortened.

use std::borrow::Cow;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::{self, suggestions};
use crate::error::{Error, Kind};
use crate::model::{LONGEST_SHOWN, QUOTED, shortened};
use crate::secret::redact;

/// Returns the error for arguments that clap refused.
pub(super) fn usage_error(refused: &clap::Error, args: &[OsString]) -> Error {
    let kind = match refused.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue | ErrorKind::InvalidUtf8 => {
            Kind::InvalidInput
        }
        _ => Kind::Usage,
    };
    // Rendered without styles: escape sequences within a value could hide a secret from `redact`.
    let text = with_short_values(refused.to_string(), refused);
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

/// Returns `text` with the values that clap refused shortened.
fn with_short_values(text: String, refused: &clap::Error) -> String {
    let kinds = [
        ContextKind::InvalidValue,
        ContextKind::InvalidArg,
        ContextKind::InvalidSubcommand,
    ];
    let given = kinds.into_iter().filter_map(|kind| context(refused, kind));
    given.fold(text, |text, given| shorten(text, given, QUOTED))
}

/// Returns the text that clap's error has for `kind`.
fn context(refused: &clap::Error, kind: ContextKind) -> Option<&str> {
    match refused.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

/// Shortens arguments in `error` that are longer than any path of a database: they would push the
/// fact off the screen.
pub(crate) fn shorten_long(mut error: Error, args: &[OsString]) -> Error {
    for arg in args.iter().skip(1).map(|arg| arg.to_string_lossy()) {
        let value = arg.split_once('=').map_or(&*arg, |(_, value)| value);
        for given in [&*arg, value] {
            error = error.rewording(|text| shorten(text, given, LONGEST_SHOWN));
        }
    }
    error
}

/// Replaces `given` in `text` by its beginning if it has more than `max` characters. `given` is
/// redacted first: a secret that is cut may not be recognized.
fn shorten(text: String, given: &str, max: usize) -> String {
    match shortened(&redact(given), max) {
        Cow::Borrowed(_) => text,
        Cow::Owned(beginning) => text.replace(given, &beginning),
    }
}

/// Returns a suggestion for the argument that clap refused. clap itself compares only the
/// spelling, and would suggest `restore` for `revoke`.
fn suggestion(refused: &clap::Error, command: &clap::Command) -> Option<String> {
    let text = |kind| context(refused, kind);
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
    let option = context(refused, ContextKind::InvalidArg);
    refused.kind() == ErrorKind::ArgumentConflict
        && option.is_some()
        && option == context(refused, ContextKind::PriorArg)
}

/// Returns the command at the beginning of the arguments, such as `apikey group create`, and its
/// definition.
fn command_named(args: &[OsString]) -> (String, clap::Command) {
    let mut all = cli::definition();
    // Passes the global options on to the subcommands.
    all.build();
    let mut named = "apikey".to_owned();
    let mut command = &all;
    let mut args = args.iter().skip(1).map(|arg| arg.to_str().unwrap_or(""));
    while let Some(arg) = args.next() {
        if arg.starts_with('-') {
            if matches!(arg, "--db" | "--format" | "--color") {
                args.next();
            }
            continue;
        }
        match command.find_subcommand(arg) {
            Some(found) => command = found,
            None => break,
        }
        named = format!("{named} {arg}");
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
    fn the_hint_names_the_command() {
        for (line, named) in [
            ("apikey --db list nonsense create x", "apikey"),
            ("apikey --db x create a", "apikey create"),
            ("apikey group create list", "apikey group create"),
            ("apikey -q show list", "apikey show"),
        ] {
            assert_eq!(command_named(&args(line)).0, named, "{line}");
        }
    }

    #[test]
    fn a_long_argument_is_shortened_by_its_characters_not_its_bytes() {
        for (len, is_shortened) in [(300, false), (500, false), (501, true)] {
            for letter in ["x", "é", "漢"] {
                let value = letter.repeat(len);
                let error = Error::new(Kind::InvalidInput, format!("no key \"{value}\""));
                let args = ["apikey".into(), value.clone().into()];
                let quoted = if is_shortened {
                    format!("{}…", letter.repeat(QUOTED))
                } else {
                    value
                };
                let error = shorten_long(error, &args);
                assert_eq!(error.message(), format!("no key \"{quoted}\""), "{len}");
            }
        }
    }

    #[test]
    fn a_mistyped_secret_is_redacted_before_a_long_argument_is_shortened() {
        let secret = "apik_SbXOIkDj_9Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";
        // The 60 characters that are shown end within the secret.
        let value = format!("{}{secret}{}", "/".repeat(31), "/".repeat(500));
        let args = args(&format!("apikey show {value}"));
        let error = Error::new(Kind::KeyNotFound, format!("no key {value}"));
        let error = shorten_long(error, &args);
        assert!(!error.message().contains("9Q6x"), "{error}");
        assert!(error.message().ends_with('…'), "{error}");
    }

    #[test]
    fn the_value_of_a_long_option_is_shortened_alone_too() {
        let value = "x".repeat(501);
        let error = Error::new(Kind::InvalidInput, format!("no user {value}"));
        let error = shorten_long(error, &args(&format!("apikey --owner={value}")));
        assert_eq!(error.message(), format!("no user {}…", "x".repeat(QUOTED)));
    }
}
