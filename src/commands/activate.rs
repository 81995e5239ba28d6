//! `apikey activate`.

use super::selection::{self, Wording, given_filter};
use super::{Session, pick, state_note};
use crate::cli::Activate;
use crate::error::Result;
use crate::model::{Change, Edit, Selection};
use crate::output::Outcome;
use crate::store::Changed;

/// Activates keys, all or none. Without a KEY and a filter, the user picks a key.
pub(super) fn run(args: &Activate, session: &Session) -> Result<Outcome> {
    let named = &args.keys.keys;
    let selection = match given_filter(&args.selection, !named.is_empty(), session)? {
        Some(selection) => selection,
        None => match pick::key_to_change(named, "activate", Change::Activate, session)? {
            Some(keys) => Selection::Keys(keys.into_owned()),
            None => return Ok(Outcome::no().note("no key was activated")),
        },
    };
    let wording = Wording {
        verb: "activate",
        past: "activated",
        names_one_key: false,
        note: &|changed: &Changed| {
            state_note(
                &format!("\"{}\"", changed.after.name),
                true,
                changed.changed,
            )
        },
    };
    selection::edit(
        &selection,
        &Edit::Activate,
        &args.selection,
        &wording,
        session,
    )
}
