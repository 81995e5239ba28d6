//! `apikey activate`.

use super::changed_keys;
use crate::cli::Activate;
use crate::error::Result;
use crate::model::{State, Timestamp};
use crate::output::Outcome;
use crate::store::Store;

/// Activates keys, all or none.
pub(super) fn run(args: &Activate, store: &mut Store, now: Timestamp) -> Result<Outcome> {
    let changed = store.set_state(&args.keys.keys, State::Active)?;
    Ok(changed_keys(&changed, now, "activated"))
}
