//! `apikey delete`.

use super::{Session, pick};
use crate::cli::Delete;
use crate::error::Result;
use crate::model::KeyId;
use crate::output::{KeyJson, Outcome};
use crate::prompt::DefaultAnswer;
use crate::store::Access;

/// Deletes keys for good, all or none, after a confirmation. Without a KEY, the user ticks them.
pub(super) fn run(args: &Delete, session: &Session) -> Result<Outcome> {
    let are_ticked = args.keys.keys.is_empty();
    let wanted = match args.keys.keys.as_slice() {
        [] => pick::keys_to_delete(session)?,
        named => {
            session.prompt.check_can_confirm()?;
            named.to_vec()
        }
    };
    if wanted.is_empty() {
        return Ok(Outcome::no().note("no key was ticked; nothing was deleted"));
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
        session.prompt.ask_yes_or_no(&question, DefaultAnswer::No)
    } else {
        session.prompt.confirm(&question)
    };
    if !is_confirmed? {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    let ids: Vec<KeyId> = keys.iter().map(|key| key.id().clone()).collect();
    // Opened again: the log has the time of the change, after the prompt.
    let deleted = session.open(Access::Write)?.delete(&ids)?;
    let objects: Vec<_> = deleted
        .iter()
        .map(|key| KeyJson::new(key, session.now()))
        .collect();
    let notes = deleted
        .iter()
        .map(|key| format!("deleted \"{}\"", key.name));
    Ok(notes.fold(Outcome::changed(&objects), Outcome::note))
}
