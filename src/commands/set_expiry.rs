//! `apikey set-expiry`.

use super::{changed_key, expiry_note};
use crate::cli::SetExpiry;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Sets when a key expires. The past is allowed.
pub(super) fn run(args: &SetExpiry, store: &mut Store) -> Result<Outcome> {
    store.check_clock(Some(args.when))?;
    let now = store.now();
    let at = args.when.resolve(now);
    let changed = store.set_expiry(&args.key.key, at)?;
    let subject = format!("\"{}\"", changed.after.name);
    let note = expiry_note(&subject, at, now, changed.changed);
    Ok(changed_key(&changed, now, note))
}
