//! `apikey set-app`.

use super::{changed_key, now_or_already};
use crate::cli::SetApp;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Sets the application of a key, or removes it.
pub(super) fn run(args: &SetApp, store: &mut Store) -> Result<Outcome> {
    let changed = store.set_app(&args.key.key, args.app.as_ref())?;
    let name = &changed.after.name;
    let when = now_or_already(changed.changed);
    let note = match &args.app {
        Some(app) => format!("\"{name}\" is {when} for the application \"{app}\""),
        None => format!("\"{name}\" {when} has no application"),
    };
    Ok(changed_key(&changed, store.now(), note))
}
