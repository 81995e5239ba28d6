//! `apikey set-app`.

use super::changed_key;
use crate::cli::SetApp;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Says which application a key is for.
pub(super) fn run(args: &SetApp, store: &mut Store) -> Result<Outcome> {
    let changed = store.set_app(&args.key.key, args.app.as_ref())?;
    let name = &changed.after.name;
    let app = match &args.app {
        Some(app) => format!("for \"{app}\""),
        None => "for no application in particular".to_owned(),
    };
    let (done, already) = (
        format!("\"{name}\" is {app} now"),
        format!("\"{name}\" is {app} already"),
    );
    Ok(changed_key(&changed, store.now(), &done, &already))
}
