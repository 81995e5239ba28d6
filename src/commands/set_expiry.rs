//! `apikey set-expiry`.

use super::changed_key;
use crate::cli::SetExpiry;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Says from when on a key is refused. The past is allowed.
pub(super) fn run(args: &SetExpiry, store: &mut Store) -> Result<Outcome> {
    store.check_clock(Some(args.when))?;
    let at = args.when.resolve(store.now());
    let changed = store.set_expiry(&args.key.key, at)?;
    let name = &changed.after.name;
    let (done, already) = match at {
        Some(at) if at <= store.now() => (
            format!("\"{name}\" has expired, as of {at}"),
            format!("\"{name}\" had expired at {at} already"),
        ),
        Some(at) => (
            format!("\"{name}\" expires at {at} now"),
            format!("\"{name}\" expires at {at} already"),
        ),
        None => (
            format!("\"{name}\" never expires now"),
            format!("\"{name}\" never expires already"),
        ),
    };
    Ok(changed_key(&changed, store.now(), &done, &already))
}
