//! `apikey activate`.

use super::{Session, pick, set_state};
use crate::cli::Activate;
use crate::error::Result;
use crate::model::{Change, State};
use crate::output::Outcome;

/// Activates keys, all or none. Without a KEY, the user picks one.
pub(super) fn run(args: &Activate, session: &Session) -> Result<Outcome> {
    match pick::key_to_change(&args.keys.keys, "activate", Change::Activate, session)? {
        Some(keys) => set_state(&keys, State::Active, session),
        None => Ok(Outcome::no().note("no key was activated")),
    }
}
