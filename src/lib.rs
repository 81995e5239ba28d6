//! `apikey` issues, rotates, reviews, revokes and verifies API keys. One binary, and one SQLite
//! file or a database on a PostgreSQL server.
//!
//! A map, in reading order. A module may use the modules in its last column; a test compares the
//! sources with the map:
//!
//! | module | what it is for | knows |
//! | --- | --- | --- |
//! | [`cli`] | every clap definition and help text, no behaviour | `model` `error` |
//! | `model` | the rules: keys, users, permissions, rights, the states of a secret, verdicts; no SQL, no clap, no clock, no I/O | |
//! | `secret` | the secret string, its checksum, its hash, reading one from input, and finding one where it doesn't belong; the shared secret | `model` `error` |
//! | `store` | the database, in a file with its sidecars or on a server: the only SQL, and the operator's rights | `secret` `model` `config` `clock` `process` `limits` `files` `denied` `accounts` `error` |
//! | `handover` | the only way out for a secret: to stdout, a file, the clipboard or the terminal; and the replacement of a file that holds one | `secret` `model` `process` `files` `denied` `config` `error` |
//! | `process` | protects the memory of this process, and holds its signals | `error` |
//! | `arguments` | parses the arguments, or explains what is wrong with them | `cli` `secret` `model` `error` |
//! | `commands` | one file per verb or noun: open, act, report; `delivery`, the protocol that delivers a secret exactly once; `complete`, the completions for shells | `store` `handover` `output` `prompt` `secret` `model` `cli` `config` `clock` `process` `files` `error` |
//! | `output` | tables, json, csv: the only writer of stdout and stderr except `handover` and `prompt`; uses the values of --format and --color from [`cli`] | `secret` `model` `cli` `config` `error` |
//! | `prompt` | prompts and menus, and restoring the terminal | `secret` `model` `config` `process` `error` |
//! | `config` | environment variables, default paths, the location of the database | `model` `accounts` `error` |
//! | `clock` | the time of this machine | `model` |
//! | `limits` | resource limits, checked before a command begins | `error` |
//! | `files` | the mode of new files, verified; what a stream is | |
//! | `denied` | why a file can't be read or written, and the fix | `model` `accounts` `files` `error` |
//! | `accounts` | names of the operating system's users and groups | |
//! | [`error`] | the error type: message, hint, exit code | |
//! | `fuzzing` | the targets of the fuzzer, which the tests run too; never in the program | |

mod accounts;
mod arguments;
pub mod cli;
mod clock;
mod commands;
mod config;
mod denied;
pub mod error;
mod files;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod handover;
mod limits;
mod model;
mod output;
mod process;
mod prompt;
mod secret;
mod store;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::Refused;
use cli::Format;
use commands::Session;
use error::{Kind, Result};
use model::Timestamp;
use output::{Output, Times};
use prompt::Prompt;

/// Runs the command line of this process: parse, open, dispatch, report. For a completion script,
/// prints completions instead.
pub fn run() -> ExitCode {
    process::harden();
    let args: Vec<OsString> = std::env::args_os().collect();
    if let (Some(shell), [_, dashes, rest @ ..]) = (config::completing_shell(), &args[..])
        && dashes == "--"
    {
        commands::complete(&shell, rest);
        return ExitCode::SUCCESS;
    }
    let now = clock::now();
    let prepared = limits::prepare().map_err(Refused::Error);
    let cli = match prepared.and_then(|()| arguments::parse(&args)) {
        Ok(cli) => cli,
        Err(refused) => return report_refused(refused, &args, now),
    };
    let globals = &cli.globals;
    let json = globals.json.then_some(Format::Json);
    let format = globals.format.or(json).unwrap_or_default();
    let times = Times::new(globals.wide, globals.utc, now);
    let output = Output::new(format, globals.color, globals.quiet, globals.wide, times);
    let prompt = Prompt {
        no_input: globals.no_input || config::forbids_input(),
        yes: globals.yes,
    };
    let session = Session::new(&cli, output, prompt);
    let done = commands::dispatch(&cli.command, &session)
        .and_then(|outcome| session.output.report(&outcome).map(|()| outcome.exit()));
    finish(&session.output, &args, done)
}

/// Reports why there is no command to run.
fn report_refused(refused: Refused, args: &[OsString], now: Timestamp) -> ExitCode {
    let (format, color) = arguments::error_format(args);
    let output = Output::new(format, color, false, false, Times::new(false, false, now));
    let done = match refused {
        Refused::Help(text) => output.help(&text).map(|()| 0),
        Refused::NoCommand(text) => {
            output.help_on_stderr(&text);
            Ok(Kind::Usage.exit())
        }
        Refused::Error(error) => Err(error),
    };
    finish(&output, args, done)
}

fn finish(output: &Output, args: &[OsString], done: Result<u8>) -> ExitCode {
    ExitCode::from(done.unwrap_or_else(|error| {
        let error = arguments::shorten_long(error, args);
        output.error(&error);
        error.kind().exit()
    }))
}
