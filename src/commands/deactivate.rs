//! `apikey deactivate`.

use super::{Session, pick, set_state};
use crate::cli::Deactivate;
use crate::error::Result;
use crate::model::{Change, State};
use crate::output::Outcome;

/// Deactivates keys, all or none; `verify` refuses them from then on. Without a KEY, the user
/// picks one.
pub(super) fn run(args: &Deactivate, session: &Session) -> Result<Outcome> {
    match pick::key_to_change(&args.keys.keys, "deactivate", Change::Deactivate, session)? {
        Some(keys) => set_state(&keys, State::Inactive, session),
        None => Ok(Outcome::no().note("no key was deactivated")),
    }
}
