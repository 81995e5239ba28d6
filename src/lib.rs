//! `apikey` issues, lists, revokes and verifies API keys. One binary, one
//! SQLite file, no server.
//!
//! A map, in the order in which to read it:
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`cli`] | every clap definition and help line, no behaviour |
//! | `model` | the rules: names, keys, times, verdicts; no SQL, no clap, no clock, no I/O |
//! | `secret` | the secret string, its checksum, its hash, and finding one where it doesn't belong |
//! | `store` | keys.db and keys.db.usage: the only SQL |
//! | `handover` | the one way a secret leaves; the shown-once protocol |
//! | `commands` | one file per verb: open, act, report |
//! | `output` | tables, json, csv: the only writer of stdout and stderr, a hand-over aside |
//! | `prompt` | questions |
//! | `config` | every environment variable and default path |
//! | [`error`] | one error: message, hint, exit code |
//!
//! Who knows whom: `commands` know `store`, `handover`, `output` and `prompt`;
//! those know `secret`, and that knows `model`, as [`cli`] does. `store` and
//! `output` never see each other; `model` sees nobody.

pub mod cli;
mod commands;
mod config;
pub mod error;
mod handover;
mod model;
mod output;
mod prompt;
mod secret;
mod store;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use cli::{Cli, Format};
use commands::Session;
use error::{Error, Kind, Result};
use output::{Output, Times};
use prompt::Prompt;

/// Runs the command line of this process: parse, open, dispatch, report.
pub fn run() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let now = commands::now();
    let glance = cli::glance(&args);
    let format = if glance.json {
        Format::Json
    } else {
        Format::Table
    };
    let times = Times::new(false, false, now);
    let early = Output::new(format, glance.color, glance.quiet, false, times);

    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(Refused::Help(text)) => return finish(&early, early.help(&text).map(|()| 0)),
        Err(Refused::NoCommand(text)) if !glance.json => {
            early.help_on_stderr(&text);
            return ExitCode::from(Kind::Usage.exit());
        }
        Err(Refused::NoCommand(_)) => {
            let error = Error::new(Kind::Usage, "a command is missing");
            return finish(&early, Err(error.hint("see `apikey --help`")));
        }
        Err(Refused::Error(error)) => return finish(&early, Err(error)),
    };
    let globals = &cli.globals;
    let times = Times::new(globals.wide, globals.utc, now);
    let format = globals.format.unwrap_or(format);
    let output = Output::new(format, globals.color, globals.quiet, globals.wide, times);
    let prompt = Prompt {
        never: globals.no_input,
        yes: globals.yes,
    };
    let session = Session::new(globals.db.as_deref(), output, prompt);
    let done = commands::dispatch(&cli.command, &session);
    let reported =
        done.and_then(|outcome| session.output.report(&outcome).map(|()| outcome.exit()));
    finish(&session.output, reported)
}

/// Why there is no command to run.
enum Refused {
    /// It was asked for help, or for the version.
    Help(clap::builder::StyledStr),
    /// It ends before the command; clap shows what there is.
    NoCommand(clap::builder::StyledStr),
    /// It is wrong.
    Error(Error),
}

fn parse(args: &[OsString]) -> std::result::Result<Cli, Refused> {
    refuse_secrets(args).map_err(Refused::Error)?;
    let cli = cli::parse(args).map_err(|refused| match refused.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Refused::Help(refused.render()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Refused::NoCommand(refused.render()),
        _ => Refused::Error(usage_error(&refused, args)),
    })?;
    check_format(&cli).map_err(Refused::Error)?;
    Ok(cli)
}

/// Refuses arguments with a secret in them: other users can read them, and the
/// shell keeps them.
fn refuse_secrets(args: &[OsString]) -> Result<()> {
    use std::os::unix::ffi::OsStrExt;

    if args.iter().any(|arg| secret::holds_secret(arg.as_bytes())) {
        let fact = "a secret is among the arguments, where other users can read it";
        return Err(Error::new(Kind::Usage, fact).hint(
            "pass it on stdin, with --key-file or with --key-env; take this one for known to others",
        ));
    }
    Ok(())
}

/// Refuses formats that don't go together, or not with the command.
fn check_format(cli: &Cli) -> Result<()> {
    let globals = &cli.globals;
    let fact = match globals.format {
        Some(format) if globals.json && format != Format::Json => {
            "--json and another --format contradict each other"
        }
        Some(Format::Csv | Format::Jsonl) if !cli.command.is_listing() => {
            "csv and jsonl are for listings"
        }
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Usage, fact).hint("give --format table or --json"))
}

/// What clap has against the arguments, in the form of every other error.
fn usage_error(refused: &clap::Error, args: &[OsString]) -> Error {
    let kind = match refused.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue | ErrorKind::InvalidUtf8 => {
            Kind::InvalidInput
        }
        _ => Kind::Usage,
    };
    // Plain: the styles around a value could hide what is in it.
    let text = refused.to_string();
    let mut paragraphs = text.split("\n\n");
    let fact = paragraphs.next().unwrap_or_default();
    let fact: Vec<&str> = fact
        .trim_start_matches("error: ")
        .split_whitespace()
        .collect();
    let error = Error::new(kind, fact.join(" "));
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let suggestion = suggested
        .into_iter()
        .find_map(|kind| match refused.get(kind)? {
            ContextValue::String(name) => Some(name.clone()),
            ContextValue::Strings(names) => names.first().cloned(),
            _ => None,
        });
    match suggestion {
        Some(name) => error.hint(format!("did you mean '{name}'?")),
        None => error.hint(format!("see `{} --help`", cli::command_named(args))),
    }
}

fn finish(output: &Output, done: Result<u8>) -> ExitCode {
    ExitCode::from(done.unwrap_or_else(|error| {
        output.error(&error);
        error.kind().exit()
    }))
}
