//! `apikey completions`.

use super::Session;
use crate::cli::{self, Completions};
use crate::error::Result;
use crate::output::Outcome;

/// Prints a completion script.
pub(super) fn run(args: &Completions, session: &Session) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "apikey", &mut script);
    session.output.text(&script)?;
    Ok(Outcome::done())
}
