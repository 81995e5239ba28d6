//! `apikey completions`.

use clap_complete::Shell;

use super::Session;
use crate::cli::Completions;
use crate::error::{Error, Kind, Result};
use crate::output::Outcome;

/// Prints the script by which a shell asks apikey for candidates: see [`super::complete`].
pub(super) fn run(args: &Completions, session: &Session) -> Result<Outcome> {
    let script = match args.shell {
        Shell::Bash => include_str!("../../completions/apikey.bash"),
        Shell::Zsh => include_str!("../../completions/_apikey"),
        Shell::Fish => include_str!("../../completions/apikey.fish"),
        Shell::Elvish => include_str!("../../completions/apikey.elv"),
        Shell::PowerShell => include_str!("../../completions/_apikey.ps1"),
        other => {
            let fact = format!("there is no script for {other}");
            return Err(Error::new(Kind::Usage, fact).hint("see `apikey completions --help`"));
        }
    };
    session.output.text(script.as_bytes())?;
    Ok(Outcome::done())
}
