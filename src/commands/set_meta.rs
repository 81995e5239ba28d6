//! `apikey set-meta`.

use super::Session;
use super::selection::{self, Wording, key_or_filter, missing, parsed};
use crate::cli::SetMeta;
use crate::error::Result;
use crate::model::Edit;
use crate::output::Outcome;
use crate::store::Changed;

/// Sets and removes metadata of keys.
pub(super) fn run(args: &SetMeta, session: &Session) -> Result<Outcome> {
    // With filters, every word is an entry.
    let (selection, word) = key_or_filter(args.key.as_deref(), false, &args.selection, session)?;
    let mut set = args.set.clone();
    if let Some(word) = word {
        set.insert(0, parsed(word, "NAME=VALUE")?);
    }
    if set.is_empty() && args.remove.is_empty() {
        return Err(missing("<NAME=VALUE>"));
    }
    let wording = Wording {
        verb: "change the metadata of",
        past: "changed the metadata of",
        names_one_key: true,
        note: &note,
    };
    let edit = Edit::SetMeta {
        set,
        removed: args.remove.clone(),
    };
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}

fn note(changed: &Changed) -> String {
    let name = &changed.after.name;
    if changed.changed {
        format!("changed the metadata of \"{name}\"")
    } else {
        format!("the metadata of \"{name}\" are already as requested")
    }
}
