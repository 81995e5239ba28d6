//! `apikey set-permissions`.

use super::{Session, changed_key, listed, now_or_already, warn_of_operator_rights};
use crate::cli::SetPermissions;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Access;

/// Sets a key's own permissions, in addition to those of its groups.
pub(super) fn run(args: &SetPermissions, session: &Session) -> Result<Outcome> {
    let mut store = session.open(Access::Write)?;
    let changed = store.set_permissions(&args.key.key, &args.permissions)?;
    warn_of_operator_rights(&changed.after.permissions, session);
    let note = format!(
        "\"{}\"'s own permissions are {}: {}",
        changed.after.name,
        now_or_already(changed.changed),
        listed(&changed.after.permissions, "none")
    );
    Ok(changed_key(&changed, session.now(), note))
}
