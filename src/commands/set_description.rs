//! `apikey set-description`.

use super::changed_key;
use crate::cli::SetDescription;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Describes a key anew.
pub(super) fn run(args: &SetDescription, store: &mut Store) -> Result<Outcome> {
    let text = args.text.non_empty();
    let changed = store.set_description(&args.key.key, text)?;
    let name = &changed.after.name;
    let done = match text {
        Some(_) => format!("described \"{name}\" anew"),
        None => format!("\"{name}\" has no description now"),
    };
    let already = format!("\"{name}\" is described so already");
    Ok(changed_key(&changed, store.now(), &done, &already))
}
