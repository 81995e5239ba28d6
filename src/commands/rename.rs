//! `apikey rename`.

use super::{changed_key, rename_note};
use crate::cli::Rename;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Renames a key. Its id, secret and history stay.
pub(super) fn run(args: &Rename, store: &mut Store) -> Result<Outcome> {
    let changed = store.rename(&args.key.key, &args.new)?;
    let (before, after) = (&changed.before.name, &changed.after.name);
    let note = rename_note("", before, after, changed.changed);
    Ok(changed_key(&changed, store.now(), note))
}
