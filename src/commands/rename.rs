//! `apikey rename`.

use super::changed_key;
use crate::cli::Rename;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Renames a key; its id, secret and history stay.
pub(super) fn run(args: &Rename, store: &mut Store) -> Result<Outcome> {
    let changed = store.rename(&args.key.key, &args.new)?;
    let (before, after) = (&changed.before.name, &changed.after.name);
    let done = format!("renamed \"{before}\" to \"{after}\"");
    let already = format!("\"{after}\" has that name already");
    Ok(changed_key(&changed, store.now(), &done, &already))
}
