//! `apikey delete`.

use super::selection::{self, Wording, given_filter};
use super::{Session, pick};
use crate::cli::Delete;
use crate::error::Result;
use crate::model::{Edit, KeyRef, Selection};
use crate::output::Outcome;
use crate::prompt::DefaultAnswer;
use crate::store::{Access, Changed};

/// Deletes keys for good, all or none, after a confirmation. With neither a KEY nor a filter, the
/// user ticks the keys.
pub(super) fn run(args: &Delete, session: &Session) -> Result<Outcome> {
    let named = &args.keys.keys;
    let selection = match given_filter(&args.selection, !named.is_empty(), session)? {
        Some(selection) => selection,
        None => match confirmed(args, session)? {
            Ok(selection) => selection,
            Err(note) => return Ok(Outcome::no().note(note)),
        },
    };
    let wording = Wording {
        verb: "delete",
        past: "deleted",
        names_one_key: false,
        note: &|changed: &Changed| format!("deleted \"{}\"", changed.before.name),
    };
    let edit = Edit::Delete {
        active: args.active,
    };
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}

/// Returns the keys that are named or ticked, once the user has confirmed them; otherwise the note
/// that says why nothing is deleted.
fn confirmed(
    args: &Delete,
    session: &Session,
) -> Result<std::result::Result<Selection, &'static str>> {
    let are_ticked = args.keys.keys.is_empty();
    let is_dry_run = args.selection.dry_run;
    let wanted = match args.keys.keys.as_slice() {
        [] => pick::keys_to_delete(session)?,
        named if is_dry_run => return Ok(Ok(Selection::Keys(named.to_vec()))),
        named => {
            session.prompt.check_can_confirm()?;
            named.to_vec()
        }
    };
    if wanted.is_empty() {
        return Ok(Err("no key was ticked; nothing was deleted"));
    }
    let keys = session.open(Access::Write)?.find_to_delete(&wanted)?;
    let is_prompted = are_ticked || !session.prompt.yes;
    session.output.keys_to_delete(&keys, is_prompted);
    let question = match keys.as_slice() {
        [key] => format!("Delete \"{}\" for good?", key.name),
        keys => format!("Delete these {} keys for good?", keys.len()),
    };
    // --yes confirms only keys that the command line names: in a menu a wrong key is easily ticked.
    let is_confirmed = if are_ticked {
        session.prompt.ask_yes_or_no(&question, DefaultAnswer::No)?
    } else {
        session.prompt.confirm(&question)?
    };
    if !is_confirmed {
        return Ok(Err("nothing was deleted"));
    }
    // By their ids, since another process may rename them.
    let ids = keys.iter().map(|key| KeyRef::from(key.id())).collect();
    Ok(Ok(Selection::Keys(ids)))
}
