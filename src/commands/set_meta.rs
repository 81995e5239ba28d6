//! `apikey set-meta`.

use super::changed_key;
use crate::cli::SetMeta;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Sets and removes metadata of a key.
pub(super) fn run(args: &SetMeta, store: &mut Store) -> Result<Outcome> {
    let changed = store.set_meta(&args.key.key, &args.set, &args.remove)?;
    let name = &changed.after.name;
    let note = if changed.changed {
        format!("changed the metadata of \"{name}\"")
    } else {
        format!("the metadata of \"{name}\" are already as requested")
    };
    Ok(changed_key(&changed, store.now(), note))
}
