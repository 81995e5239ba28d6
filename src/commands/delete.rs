//! `apikey delete`.

use super::{Session, pick};
use crate::cli::Delete;
use crate::error::Result;
use crate::model::{Change, KeyId};
use crate::output::{KeyJson, Outcome};
use crate::store::Access;

/// Deletes keys for good, all or none, after asking. Without a KEY, they are ticked.
pub(super) fn run(args: &Delete, session: &Session) -> Result<Outcome> {
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
    session.output.describe_doomed(&keys, !session.prompt.yes);
    let question = match keys.as_slice() {
        [key] => format!("Delete \"{}\" for good?", key.name),
        keys => format!("Delete these {} keys for good?", keys.len()),
    };
    if !session.prompt.confirm(&question)? {
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
