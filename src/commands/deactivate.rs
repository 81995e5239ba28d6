//! `apikey deactivate`.

use super::changed_keys;
use crate::cli::Deactivate;
use crate::error::Result;
use crate::model::{State, Timestamp};
use crate::output::Outcome;
use crate::store::Store;

/// Deactivates keys, all or none; verify refuses them from then on.
pub(super) fn run(args: &Deactivate, store: &mut Store, now: Timestamp) -> Result<Outcome> {
    let changed = store.set_state(&args.keys.keys, State::Inactive)?;
    Ok(changed_keys(&changed, now, "deactivated"))
}
