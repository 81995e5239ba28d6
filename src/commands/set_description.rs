//! `apikey set-description`.

use super::{changed_key, description_note};
use crate::cli::SetDescription;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Sets the description of a key; an empty text removes it.
pub(super) fn run(args: &SetDescription, store: &mut Store) -> Result<Outcome> {
    let text = args.text.non_empty();
    let changed = store.set_description(&args.key.key, text)?;
    let subject = format!("\"{}\"", changed.after.name);
    let note = description_note(&subject, text, changed.changed);
    Ok(changed_key(&changed, store.now(), note))
}
