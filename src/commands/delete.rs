//! `apikey delete`.

use super::{Session, pick};
use crate::cli::Delete;
use crate::error::Result;
use crate::model::{Change, KeyId};
use crate::output::{KeyJson, Outcome};
use crate::prompt::Enter;
use crate::store::Access;

/// Deletes keys for good, all or none, after asking. Without a KEY, they are ticked.
pub(super) fn run(args: &Delete, session: &Session) -> Result<Outcome> {
    let are_ticked = args.keys.keys.is_empty();
    let wanted = match args.keys.keys.as_slice() {
        [] => pick::some("delete", Some(Change::Delete), session)?,
        named => {
            session.prompt.check_can_confirm()?;
            named.to_vec()
        }
    };
    if wanted.is_empty() {
        return Ok(Outcome::no().note("no key was ticked; nothing was deleted"));
    }
    let keys = session.open(Access::Write)?.find_to_delete(&wanted)?;
    let is_asked = are_ticked || !session.prompt.yes;
    session.output.describe_doomed(&keys, is_asked);
    let question = match keys.as_slice() {
        [key] => format!("Delete \"{}\" for good?", key.name),
        keys => format!("Delete these {} keys for good?", keys.len()),
    };
    // --yes is for keys that are named; a slip of the fingers in a menu names none.
    let is_meant = if are_ticked {
        session.prompt.is_so(&question, Enter::IsNo)
    } else {
        session.prompt.confirm(&question)
    };
    if !is_meant? {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    let ids: Vec<KeyId> = keys.iter().map(|key| key.id().clone()).collect();
    // Opened anew: the question may have taken its time, which the log tells.
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
