//! `apikey set-permissions`.

use super::{Session, changed_key, listed, warn_of_operators_rights};
use crate::cli::SetPermissions;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Access;

/// Says what a key may do beside what its groups allow.
pub(super) fn run(args: &SetPermissions, session: &Session) -> Result<Outcome> {
    let mut store = session.open(Access::Write)?;
    let changed = store.set_permissions(&args.key.key, &args.permissions)?;
    warn_of_operators_rights(&changed.after.permissions, session);
    let name = &changed.after.name;
    let allowed = listed(&changed.after.permissions, "nothing");
    let (done, already) = (
        format!("\"{name}\" itself is allowed {allowed} now"),
        format!("\"{name}\" itself is allowed {allowed} already"),
    );
    Ok(changed_key(&changed, session.now(), &done, &already))
}
