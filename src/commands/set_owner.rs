//! `apikey set-owner`.

use super::{changed_key, now_or_already};
use crate::cli::SetOwner;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Sets the owner of a key, or removes it.
pub(super) fn run(args: &SetOwner, store: &mut Store) -> Result<Outcome> {
    let changed = store.set_owner(&args.key.key, args.owner.as_ref())?;
    let name = &changed.after.name;
    let when = now_or_already(changed.changed);
    let note = match &args.owner {
        Some(owner) => format!("\"{name}\" {when} belongs to {owner}"),
        None => format!("\"{name}\" {when} has no owner"),
    };
    Ok(changed_key(&changed, store.now(), note))
}
