//! `apikey set-permissions`.

use super::{changed_key, listed};
use crate::cli::SetPermissions;
use crate::error::Result;
use crate::model::Timestamp;
use crate::output::Outcome;
use crate::store::Store;

/// Says what a key may do beside what its groups allow.
pub(super) fn run(args: &SetPermissions, store: &mut Store, now: Timestamp) -> Result<Outcome> {
    let changed = store.set_permissions(&args.key.key, &args.permissions)?;
    let name = &changed.after.name;
    let allowed = listed(&changed.after.permissions, "nothing");
    let (done, already) = (
        format!("\"{name}\" itself is allowed {allowed} now"),
        format!("\"{name}\" itself is allowed {allowed} already"),
    );
    Ok(changed_key(&changed, now, &done, &already))
}
