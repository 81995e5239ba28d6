//! `apikey activate`.

use super::selection::{self, Wording, keys_or_filter};
use super::{Session, state_note};
use crate::cli::Activate;
use crate::error::Result;
use crate::model::{Change, Edit};
use crate::output::Outcome;
use crate::store::Changed;

/// Activates keys, all or none. With neither a KEY nor a filter, the user picks a key.
pub(super) fn run(args: &Activate, session: &Session) -> Result<Outcome> {
    let change = ("activate", Change::Activate);
    let selected = keys_or_filter(&args.keys.keys, &args.selection, change, session)?;
    let Some(selection) = selected else {
        return Ok(Outcome::no().note("no key was activated"));
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
