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
        format!("changed the meta of \"{name}\"")
    } else {
        format!("the meta of \"{name}\" is so already")
    };
    Ok(changed_key(&changed, store.now(), note))
}
