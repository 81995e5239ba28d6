//! `apikey delete`.

use super::Session;
use crate::cli::Delete;
use crate::error::Result;
use crate::model::KeyId;
use crate::output::{KeyJson, Outcome};
use crate::store::Access;

/// Deletes keys for good, all or none, after asking.
pub(super) fn run(args: &Delete, session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    let store = session.open(Access::Write)?;
    let keys = store.find_to_delete(&args.keys.keys)?;
    drop(store);
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
