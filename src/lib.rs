//! `apikey` issues, lists, revokes and verifies API keys. One binary, one
//! SQLite file, no server.
//!
//! A map, in the order in which to read it. A module knows those in its last column; a test
//! compares the sources with it:
//!
//! | module | what it is for | knows |
//! | --- | --- | --- |
//! | [`cli`] | every clap definition and help line, no behaviour | `model` `error` |
//! | `model` | the rules: keys, users, permissions, rights, verdicts; no SQL, no clap, no clock, no I/O | |
//! | `secret` | the secret string, its checksum, its hash, finding one where it doesn't belong; the shared secret | `model` `error` |
//! | `store` | keys.db and the files next to it: the only SQL, and the operator's rights | `secret` `model` `config` `clock` `process` `limits` `files` `denied` `accounts` `error` |
//! | `handover` | the one way a secret leaves: to stdout, a file, a clipboard or a screen | `secret` `model` `process` `files` `denied` `config` `error` |
//! | `process` | what other processes can read of this one: neither its memory nor a core; and its orderly end | `error` |
//! | `arguments` | what the process was asked for, or what is wrong with it | `cli` `secret` `model` `error` |
//! | `commands` | one file per verb: open, act, report; `delivery`, the protocol by which a secret is shown exactly once; and `complete`, which tells shells what could be typed next | `store` `handover` `output` `prompt` `secret` `model` `cli` `config` `clock` `process` `error` |
//! | `output` | tables, json, csv: the only writer of stdout and stderr, a hand-over aside; of [`cli`] it takes what --format and --color choose between | `secret` `model` `cli` `config` `error` |
//! | `prompt` | questions and menus, and the terminal given back as it was | `secret` `model` `config` `process` `error` |
//! | `config` | every environment variable and default path; where the database is | `model` `accounts` `error` |
//! | `clock` | the time of this machine | `model` |
//! | `limits` | what `ulimit` sets, met before anything begins | `error` |
//! | `files` | the mode of what is made, proven | |
//! | `denied` | why a file can't be read or written, and what fixes that | `accounts` `files` `error` |
//! | `accounts` | names of the operating system's users and groups | |
//! | [`error`] | one error: message, hint, exit code | |
//! | `fuzzing` | what must hold of any bytes: for the fuzzer and the tests alone, never in the program | |

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

/// Runs the command line of this process: parse, open, dispatch, report. Or says,
/// to a shell that asks, how it could go on.
pub fn run() -> ExitCode {
    process::harden();
    let args: Vec<OsString> = std::env::args_os().collect();
    if let (Some(shell), [_, dashes, words @ ..]) = (config::completing_shell(), &args[..])
        && dashes == "--"
    {
        commands::complete(&shell, words);
        return ExitCode::SUCCESS;
    }
    let now = clock::now();
    let met = limits::prepare().map_err(Refused::Error);
    let cli = match met.and_then(|()| arguments::parse(&args)) {
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
    let session = Session::new(&cli.command, globals.db.as_deref(), output, prompt);
    let done = commands::dispatch(&cli.command, &session)
        .and_then(|outcome| session.output.report(&outcome).map(|()| outcome.exit()));
    finish(&session.output, &args, done)
}

/// Says why there is no command to run.
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
