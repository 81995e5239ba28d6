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
    let changed = match store.finish_rotation(&args.keys, args.if_drained)? {
        Finished::Changed(changed) => changed,
        Finished::NotDrained(keys) => {
            let names: Vec<KeyName> = keys.into_iter().map(|key| key.name).collect();
            let note = format!(
                "not drained, so nothing was changed: {}",
                listed(&names, "")
            );
            return Ok(Outcome::no().note(note));
        }
    };
    let objects: Vec<_> = changed
        .iter()
        .map(|changed| KeyJson::new(&changed.after, session.now()))
        .collect();
    let note = |name: &KeyName, is_changed| {
        if is_changed {
            format!("finished the rotation of \"{name}\": its previous secret is refused now")
        } else {
            format!("\"{name}\" has no overlap under way already")
        }
    };
    let notes = changed
        .iter()
        .map(|changed| note(&changed.after.name, changed.changed));
    Ok(notes.fold(Outcome::changed(&objects), Outcome::note))
}
