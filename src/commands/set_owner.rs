//! `apikey set-owner`.

use super::selection::{self, Wording, key_or_filter, missing, parsed};
use super::{Session, now_or_already};
use crate::cli::SetOwner;
use crate::error::Result;
use crate::model::Edit;
use crate::output::Outcome;
use crate::store::Changed;

/// Sets the owner of keys, or removes it.
pub(super) fn run(args: &SetOwner, session: &Session) -> Result<Outcome> {
    let has_more = args.user.is_some() || args.none;
    let (selection, word) = key_or_filter(args.key.as_deref(), has_more, &args.selection, session)?;
    let owner = match word {
        Some(word) => Some(parsed(word, "USER")?),
        None => args.user.clone(),
    };
    if owner.is_none() && !args.none {
        return Err(missing("<USER>"));
    }
    let wording = Wording {
        verb: "set the owner of",
        past: "set the owner of",
        names_one_key: true,
        note: &note,
    };
    let edit = Edit::SetOwner(owner);
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}

fn note(changed: &Changed) -> String {
    let name = &changed.after.name;
    let when = now_or_already(changed.changed);
    match changed.after.owner_name() {
        Some(owner) => format!("\"{name}\" {when} belongs to {owner}"),
        None => format!("\"{name}\" {when} has no owner"),
    }
}
