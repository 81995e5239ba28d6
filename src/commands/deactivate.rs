//! `apikey deactivate`.

use super::selection::{self, Wording, keys_or_filter};
use super::{Session, state_note};
use crate::cli::Deactivate;
use crate::error::Result;
use crate::model::{Change, Edit};
use crate::output::Outcome;
use crate::store::Changed;

/// Deactivates keys, all or none; `verify` refuses them until they are activated or the time of
/// --for is over. With neither a KEY nor a filter, the user picks a key.
pub(super) fn run(args: &Deactivate, session: &Session) -> Result<Outcome> {
    let change = ("deactivate", Change::Deactivate);
    let selected = keys_or_filter(&args.keys.keys, &args.selection, change, session)?;
    let Some(selection) = selected else {
        return Ok(Outcome::no().note("no key was deactivated"));
    };
    let wording = Wording {
        verb: "deactivate",
        past: "deactivated",
        names_one_key: false,
        note: &|changed: &Changed| note(changed, session),
    };
    let edit = Edit::Deactivate { time: args.time };
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}

fn note(changed: &Changed, session: &Session) -> String {
    let subject = format!("\"{}\"", changed.after.name);
    let note = state_note(&subject, false, changed.changed);
    match changed.after.reactivation(session.now()) {
        Some(end) => {
            let end = session.output.times().with_distance(Some(end));
            format!("{note} until {end}")
        }
        None => note,
    }
}
