//! What the arguments of the process ask for, or what is wrong with them.
//!
//! clap decides what is right. What it has against wrong ones is told here in
//! the form of every other error, and never repeats a secret.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{FromArgMatches, ValueEnum};

use crate::cli::{self, Cli, Color, Command, Format, Group, VerifyAlone, suggestions};
use crate::error::{Error, Kind, Result};
use crate::model::{
    GroupName, MAX_GROUPS_OF_KEY, MAX_PERMISSIONS_OF_GROUP, MAX_PERMISSIONS_OF_KEY, Permission,
};
use crate::secret;

/// Why there is no command to run.
pub(crate) enum Refused {
    /// It was asked for help, or for the version.
    Help(StyledStr),
    /// It ends before the command; clap shows what there is.
    NoCommand(StyledStr),
    /// It is wrong.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What the arguments ask for.
///
/// # Errors
/// When they are wrong, or ask for help or the version.
pub(crate) fn parse(args: &[OsString]) -> std::result::Result<Cli, Refused> {
    refuse_secrets(args)?;
    refuse_two_databases(args)?;
    let cli = match verify_alone(args) {
        Some(cli) => Ok(cli),
        None => parsed(cli::command(), args),
    };
    let cli = cli.map_err(|refused| match refused.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Refused::Help(refused.render()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Refused::NoCommand(refused.render()),
        _ => Refused::Error(usage_error(&refused, args)),
    })?;
    check_format(&cli)?;
    check_log(&cli.command)?;
    check_counts(&cli.command)?;
    Ok(cli)
}

/// Returns the arguments of `verify`, if they are right and of that command. Services wait
/// for `verify`, and defining every other command takes longer than all else that it does
/// but the hash (docs/performance.md).
fn verify_alone(args: &[OsString]) -> Option<Cli> {
    args.iter().skip(1).find(|&arg| arg == "verify")?;
    let alone = parsed::<VerifyAlone>(cli::verify_command(), args);
    alone.ok().map(Into::into)
}

fn parsed<T: FromArgMatches>(
    mut definition: clap::Command,
    args: &[OsString],
) -> std::result::Result<T, clap::Error> {
    let mut matches = definition.try_get_matches_from_mut(args)?;
    T::from_arg_matches_mut(&mut matches)
}

/// How to report that the arguments are wrong. An option's value that looks
/// like one of these counts as one: they are wrong anyway.
pub(crate) fn reporting(args: &[OsString]) -> (Format, Color) {
    let (mut format, mut color) = (Format::Table, Color::Auto);
    let mut previous = "";
    for arg in args.iter().skip(1).map(|arg| arg.to_str().unwrap_or("")) {
        if arg == "--" {
            break;
        }
        let (name, value) = arg.split_once('=').unwrap_or((previous, arg));
        match (name, value) {
            (_, "--json") | ("--format", "json" | "jsonl") => format = Format::Json,
            ("--color", value) => color = Color::from_str(value, false).unwrap_or_default(),
            _ => {}
        }
        previous = arg;
    }
    (format, color)
}

/// Refuses arguments with a secret in them: other users can read them, and the
/// shell keeps them.
fn refuse_secrets(args: &[OsString]) -> Result<()> {
    if args.iter().any(|arg| secret::holds_secret(arg.as_bytes())) {
        let fact = "a secret is among the arguments, where other users can read it";
        return Err(Error::new(Kind::Usage, fact).hint(
            "pass it on stdin, with --key-file or with --key-env; take this one for known to others",
        ));
    }
    Ok(())
}

/// Refuses two databases. The same one may be named twice: a rule of sudo may fix --db
/// by putting it first.
///
/// Whatever looks like --db counts, after a `--` too: that may be the value of an
/// option, and to refuse a description that looks so does no harm.
fn refuse_two_databases(args: &[OsString]) -> Result<()> {
    let next = args.iter().skip(1).map(Some).chain([None]);
    let values = args.iter().zip(next).filter_map(|(arg, next)| {
        match arg.as_bytes().strip_prefix(b"--db") {
            Some(b"") => Some(next.map_or(&b""[..], |next| next.as_bytes())),
            Some(rest) => rest.strip_prefix(b"="),
            None => None,
        }
    });
    let named: Vec<&[u8]> = values.collect();
    if named.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(());
    }
    Err(
        Error::new(Kind::Usage, "--db is given twice, and names two databases")
            .hint("name one; what only looks like --db can't be given beside it"),
    )
}

/// Refuses formats that don't go together, or not with the command.
fn check_format(cli: &Cli) -> Result<()> {
    let globals = &cli.globals;
    let fact = match globals.format {
        Some(format) if globals.json && format != Format::Json => {
            "--json and another --format contradict each other"
        }
        Some(Format::Csv) if !cli.command.is_listing() => "csv is for listings",
        Some(Format::Jsonl) if !cli.command.is_listing() && !cli.command.is_batch() => {
            "jsonl is for listings and for verify --batch"
        }
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Usage, fact).hint("give --format table or --json"))
}

/// Refuses options of `log` beside a command below it. To clap, with
/// `args_conflicts_with_subcommands`, `log --json head` would be that, too.
fn check_log(command: &Command) -> Result<()> {
    let Command::Log(log) = command else {
        return Ok(());
    };
    log.misplaced().map_or(Ok(()), |option| {
        let fact = format!("{option} is for the listing, not for a command below `log`");
        Err(Error::new(Kind::Usage, fact).hint("see `apikey log --help`"))
    })
}

/// How many values a filter of `list` takes that is tried on each key, while the database
/// is locked.
const MAX_FILTERS: usize = 64;

/// Refuses more groups or permissions than a key or a group has: each is looked up and
/// written while the database is locked. Refuses filters without bound, too.
fn check_counts(command: &Command) -> Result<()> {
    let groups = |groups: &[GroupName]| (groups.len(), MAX_GROUPS_OF_KEY, "groups");
    let permissions = |all: &[Permission]| (all.len(), MAX_PERMISSIONS_OF_KEY, "permissions");
    let of_group = |all: &[Permission]| (all.len(), MAX_PERMISSIONS_OF_GROUP, "permissions");
    let counts = match command {
        Command::Create(args) => vec![groups(&args.groups), permissions(&args.permissions)],
        Command::SetGroups(args) => {
            let given = &args.groups;
            let all = [&given.groups, &given.add, &given.remove];
            all.map(|given| groups(given)).into()
        }
        Command::SetPermissions(args) => vec![permissions(&args.permissions)],
        Command::Group(Group::Create(args)) => vec![of_group(&args.permissions)],
        Command::Group(Group::SetPermissions(args)) => vec![of_group(&args.permissions)],
        Command::List(args) => {
            let acts = args.actions.len() * args.resources.len().max(1);
            vec![
                (acts, MAX_FILTERS, "pairs of --can and --on"),
                (args.texts.len(), MAX_FILTERS, "texts to search for"),
            ]
        }
        _ => return Ok(()),
    };
    match counts.into_iter().find(|(count, most, _)| count > most) {
        Some((count, most, what)) => {
            let fact = format!("{count} {what} are given; at most {most} are taken");
            Err(Error::new(Kind::InvalidInput, fact)
                .hint("leave some out, or say them with fewer by `*`, or in a group"))
        }
        None => Ok(()),
    }
}

/// What clap has against the arguments.
fn usage_error(refused: &clap::Error, args: &[OsString]) -> Error {
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

/// What clap says, with no more than the beginning of a long value.
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
/// path of a database: nobody needs it whole, and it would push the fact off the screen.
pub(crate) fn shorten_long(error: Error, args: &[OsString]) -> Error {
    /// Bytes of the longest path that is told whole.
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

/// How many characters of a value an error has.
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

/// What to give instead of what clap refused, if that can be known. clap's own
/// suggestions go by likeness alone: `restore` for `revoke`.
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

/// Whether an option with one value was given twice.
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

/// The command that arguments, which may be wrong, begin with: `apikey group create`,
/// and its definition.
fn command_named(args: &[OsString]) -> (String, clap::Command) {
    let mut all = cli::command();
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
    fn what_is_wrong_is_reported_as_was_asked() {
        for (line, format, color) in [
            ("apikey list", Format::Table, Color::Auto),
            ("apikey --json nonsense", Format::Json, Color::Auto),
            ("apikey list --format json", Format::Json, Color::Auto),
            ("apikey list --format=jsonl -q", Format::Json, Color::Auto),
            ("apikey list --format csv", Format::Table, Color::Auto),
            ("apikey --color never list", Format::Table, Color::Never),
            ("apikey --color=always list", Format::Table, Color::Always),
            ("apikey show -- --json", Format::Table, Color::Auto),
        ] {
            assert_eq!(reporting(&args(line)), (format, color), "{line}");
        }
    }

    #[test]
    fn verify_alone_is_understood_as_among_all_commands() {
        for line in [
            "apikey verify",
            "apikey --db x verify --can a:b --on c -g one -g two --app d",
            "apikey --json -q verify --no-record --key-env A --min-remaining 1h --utc --wide",
            "apikey verify --db x --db x --format json --color never -y --no-input",
            "apikey verify --key-file verify",
            "apikey --db verify verify --app=verify",
            "apikey --db verify list",
            "apikey show verify",
            "apikey verify verify",
            "apikey verify --nonsense",
            "apikey verify --on a",
            "apikey verify --can a:b --can c:d",
            "apikey verify --app a --app a",
            "apikey verify --batch --batch --no-record --no-record -q -q",
            "apikey verify --format json --format csv --color never --color always",
            "apikey verify --help",
            "apikey verify --min-remaining 1y",
        ] {
            let all = parsed::<Cli>(cli::command(), &args(line));
            let alone = verify_alone(&args(line)).map(|cli| format!("{cli:?}"));
            let is_verify = matches!(&all, Ok(cli) if matches!(cli.command, Command::Verify(_)));
            assert_eq!(alone.is_some(), is_verify, "{line}");
            if let (Ok(all), Some(alone)) = (all, alone) {
                assert_eq!(alone, format!("{all:?}"), "{line}");
            }
        }
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
