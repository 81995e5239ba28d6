//! `apikey finish-rotation`.

use super::Session;
use super::selection::{self, Wording, given_filter, nothing_selected};
use crate::cli::FinishRotation;
use crate::error::Result;
use crate::model::{Edit, Selection};
use crate::output::Outcome;
use crate::store::Changed;

/// Ends the overlaps of keys, all or none.
pub(super) fn run(args: &FinishRotation, session: &Session) -> Result<Outcome> {
    let selection = match given_filter(&args.selection, !args.keys.is_empty(), session)? {
        Some(selection) => selection,
        None if args.keys.is_empty() => return Err(nothing_selected()),
        None => Selection::Keys(args.keys.clone()),
    };
    let wording = Wording {
        verb: "finish the rotation of",
        past: "finished the rotation of",
        names_one_key: false,
        note: &note,
    };
    let edit = Edit::FinishRotation {
        if_drained: args.if_drained,
    };
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}

fn note(changed: &Changed) -> String {
    let name = &changed.after.name;
    if changed.changed {
        format!("finished the rotation of \"{name}\"; the previous secret is now refused")
    } else {
        format!("\"{name}\" already has no overlap under way")
    }
}
