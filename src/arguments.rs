//! The arguments of the process: parsed by clap, and checked for secrets and for mistakes that
//! clap can't find.

mod usage;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{FromArgMatches, ValueEnum};

use crate::cli::{self, Cli, Color, Command, Filters, Format, Group, SelectionOptions};
use crate::error::{Error, Kind, Result};
use crate::model::{
    GroupName, MAX_GROUPS_OF_KEY, MAX_META_OF_KEY, MAX_PERMISSIONS_OF_GROUP,
    MAX_PERMISSIONS_OF_KEY, Permission,
};
use crate::secret;

pub(crate) use usage::shorten_long;
use usage::usage_error;

/// The reason why there is no command to run.
pub(crate) enum Refused {
    /// The arguments ask for help or the version.
    Help(StyledStr),
    /// The arguments end before a command; clap lists the commands.
    NoCommand(StyledStr),
    /// The arguments are wrong.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Parses the arguments.
///
/// # Errors
/// The reason why there is no command to run.
pub(crate) fn parse(args: &[OsString]) -> std::result::Result<Cli, Refused> {
    refuse_secrets(args)?;
    refuse_two_databases(args)?;
    let cli = match verify_alone(args) {
        Some(cli) => Ok(cli),
        None => parsed(cli::definition(), args),
    };
    let cli = cli.map_err(|refused| match refused.kind() {
        ErrorKind::DisplayVersion => Refused::Help(refused.render()),
        ErrorKind::DisplayHelp => Refused::Help(help(args)),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Refused::NoCommand(help(args)),
        _ => Refused::Error(usage_error(&refused, args)),
    })?;
    check_format(&cli)?;
    check_log(&cli.command)?;
    check_counts(&cli.command)?;
    Ok(cli)
}

/// Parses the arguments of `verify`, if they are valid and for this command. Services wait for
/// `verify`, and defining the other commands would take longer than everything but its hash
/// (docs/performance.md).
fn verify_alone(args: &[OsString]) -> Option<Cli> {
    args.iter().skip(1).find(|&arg| arg == "verify")?;
    parsed(cli::verify_command(), args).ok()
}

/// Returns the help that `args` ask for. Only help needs the definitions with all texts.
fn help(args: &[OsString]) -> StyledStr {
    let refused = parsed(cli::command(), args).err();
    refused.map(|error| error.render()).unwrap_or_default()
}

fn parsed(
    mut definition: clap::Command,
    args: &[OsString],
) -> std::result::Result<Cli, clap::Error> {
    let mut matches = definition.try_get_matches_from_mut(args)?;
    let reason = cli::reason_given(&matches);
    let filters_given = cli::filters_given(&matches);
    let cli = Cli::from_arg_matches_mut(&mut matches)?;
    Ok(Cli {
        reason,
        filters_given,
        ..cli
    })
}

/// Returns the format and the colours in which to report that the arguments are wrong. A value that
/// looks like --json, --format or --color counts as that option, since the arguments are wrong
/// anyway.
pub(crate) fn error_format(args: &[OsString]) -> (Format, Color) {
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

/// Refuses arguments that contain a secret: other users can read them, and the shell stores
/// them.
fn refuse_secrets(args: &[OsString]) -> Result<()> {
    if args.iter().any(|arg| secret::holds_secret(arg.as_bytes())) {
        let fact = "a secret is among the arguments, where other users can read it";
        return Err(Error::new(Kind::Usage, fact)
            .hint("treat this secret as compromised; use stdin, --key-file or --key-env"));
    }
    Ok(())
}

/// Refuses two databases. The same one may be named twice, since a rule of sudo may fix --db by
/// putting it first.
///
/// Every argument that looks like --db counts, even after `--`, which may be the value of an
/// option. The refusal of a description that looks like --db does no harm.
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
        Error::new(Kind::Usage, "--db is given twice with different databases")
            .hint("give one --db; no other argument may look like it"),
    )
}

/// Refuses formats that contradict each other or don't fit the command.
fn check_format(cli: &Cli) -> Result<()> {
    let globals = &cli.globals;
    let fact = match globals.format {
        Some(format) if globals.json && format != Format::Json => {
            "--json and another --format contradict each other"
        }
        Some(Format::Csv) if !cli.command.is_listing() => "csv is for listings",
        Some(Format::Jsonl) if !cli.command.is_listing() && !cli.command.is_batch() => {
            "jsonl is for listings, for scan and for verify --batch"
        }
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Usage, fact).hint("give --format table or --json"))
}

/// Refuses options of `log` together with its subcommands. clap's
/// `args_conflicts_with_subcommands` would also refuse `log --json head`.
fn check_log(command: &Command) -> Result<()> {
    let Command::Log(log) = command else {
        return Ok(());
    };
    log.misplaced().map_or(Ok(()), |option| {
        let fact = format!("{option} is for the listing, not for a subcommand of `log`");
        Err(Error::new(Kind::Usage, fact).hint("see `apikey log --help`"))
    })
}

/// The maximum number of values of a filter that is applied to each key while the database is
/// locked.
const MAX_FILTERS: usize = 64;

/// Limits the number of groups, permissions, metadata entries and filter values, since each of
/// them is looked up or written while the database is locked.
fn check_counts(command: &Command) -> Result<()> {
    let groups = |groups: &[GroupName]| (groups.len(), MAX_GROUPS_OF_KEY, "groups");
    let permissions = |all: &[Permission]| (all.len(), MAX_PERMISSIONS_OF_KEY, "permissions");
    let of_group = |all: &[Permission]| (all.len(), MAX_PERMISSIONS_OF_GROUP, "permissions");
    let selection = |options: &SelectionOptions| filter_counts(&options.filters);
    let counts = match command {
        Command::Create(args) => vec![
            groups(&args.groups),
            permissions(&args.permissions),
            (args.meta.len(), MAX_META_OF_KEY, "metadata entries"),
        ],
        Command::Import(args) => vec![groups(&args.groups)],
        Command::SetMeta(args) => [
            vec![
                (args.set.len(), MAX_META_OF_KEY, "metadata entries"),
                (args.remove.len(), MAX_META_OF_KEY, "names"),
            ],
            selection(&args.selection),
        ]
        .concat(),
        Command::SetGroups(args) => {
            let given = &args.groups;
            let all = [&given.to, &given.add, &given.remove];
            let groups = all.map(|given| groups(given));
            [&groups[..], &selection(&args.selection)].concat()
        }
        Command::Activate(args) => selection(&args.selection),
        Command::Deactivate(args) => selection(&args.selection),
        Command::FinishRotation(args) => selection(&args.selection),
        Command::SetExpiry(args) => selection(&args.selection),
        Command::SetOwner(args) => selection(&args.selection),
        Command::Delete(args) => selection(&args.selection),
        Command::SetPermissions(args) => vec![permissions(&args.permissions)],
        Command::Group(Group::Create(args)) => vec![of_group(&args.permissions)],
        Command::Group(Group::SetPermissions(args)) => vec![of_group(&args.permissions)],
        Command::List(args) => filter_counts(&args.filters),
        Command::Review(args) => filter_counts(&args.filters),
        _ => return Ok(()),
    };
    let Some((count, max, items)) = counts.into_iter().find(|(count, max, _)| count > max) else {
        return Ok(());
    };
    let fact = format!("{count} {items} are given; at most {max} are allowed");
    let hint = match items {
        "permissions" => "give fewer, combine them with `*`, or use a group",
        _ => "give fewer",
    };
    Err(Error::new(Kind::InvalidInput, fact).hint(hint))
}

/// Counts the values of the filters that are compared with each key. Returns each count with its
/// limit and the name of the values.
fn filter_counts(args: &Filters) -> Vec<(usize, usize, &'static str)> {
    let acts = args.actions.len() * args.resources.len().max(1);
    vec![
        (acts, MAX_FILTERS, "pairs of --can and --on"),
        (args.texts.len(), MAX_FILTERS, "texts to search for"),
        (args.meta.len(), MAX_FILTERS, "metadata entries"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<OsString> {
        line.split(' ').map(Into::into).collect()
    }

    #[test]
    fn errors_have_the_requested_format_and_colour() {
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
            assert_eq!(error_format(&args(line)), (format, color), "{line}");
        }
    }

    #[test]
    fn verify_alone_parses_as_among_all_commands() {
        for line in [
            "apikey verify",
            "apikey --db x verify --can a:b --on c -g a -g b --app d",
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
            let all = parsed(cli::command(), &args(line));
            let alone = verify_alone(&args(line)).map(|cli| format!("{cli:?}"));
            let is_verify = matches!(&all, Ok(cli) if matches!(cli.command, Command::Verify(_)));
            assert_eq!(alone.is_some(), is_verify, "{line}");
            if let (Ok(all), Some(alone)) = (all, alone) {
                assert_eq!(alone, format!("{all:?}"), "{line}");
            }
        }
    }
}
