//! `apikey finish-rotation`.

use super::{Session, listed};
use crate::cli::FinishRotation;
use crate::error::Result;
use crate::model::KeyName;
use crate::output::{KeyJson, Outcome};
use crate::store::{Access, Finished};

/// Ends the overlaps of keys, all or none.
pub(super) fn run(args: &FinishRotation, session: &Session) -> Result<Outcome> {
    let mut store = session.open(Access::Write)?;
    let changes = match store.finish_rotation(&args.keys, args.if_drained)? {
        Finished::Changed(changes) => changes,
        Finished::NotDrained(keys) => {
            let names: Vec<KeyName> = keys.into_iter().map(|key| key.name).collect();
            let note = format!(
                "nothing was changed, because the previous secret may still be in use: {}",
                listed(&names, "")
            );
            return Ok(Outcome::no().note(note));
        }
    };
    let objects: Vec<_> = changes
        .iter()
        .map(|change| KeyJson::new(&change.after, session.now()))
        .collect();
    let note = |name: &KeyName, is_changed| {
        if is_changed {
            format!("finished the rotation of \"{name}\"; the previous secret is now refused")
        } else {
            format!("\"{name}\" already has no overlap under way")
        }
    };
    let notes = changes
        .iter()
        .map(|change| note(&change.after.name, change.changed));
    Ok(notes.fold(Outcome::changed(&objects), Outcome::note))
}
