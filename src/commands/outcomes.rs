//! Outcomes and notes that several commands share.

use super::Session;
use crate::error::Result;
use crate::model::{Permission, Timestamp};
use crate::output::{KeyJson, Outcome};
use crate::store::{Changed, Store};

/// Returns the outcome for a key that was changed, or already was as wanted.
pub(super) fn changed_key(changed: &Changed, now: Timestamp, done: &str, already: &str) -> Outcome {
    let note = if changed.changed { done } else { already };
    Outcome::changed(&KeyJson::new(&changed.after, now)).note(note)
}

/// Returns the outcome for several keys, with a note on each.
pub(super) fn changed_keys(all: &[Changed], now: Timestamp, participle: &str) -> Outcome {
    let objects: Vec<_> = all
        .iter()
        .map(|changed| KeyJson::new(&changed.after, now))
        .collect();
    all.iter()
        .fold(Outcome::changed(&objects), |outcome, changed| {
            let name = &changed.after.name;
            outcome.note(if changed.changed {
                format!("{participle} \"{name}\"")
            } else {
                format!("\"{name}\" is {participle} already")
            })
        })
}

/// Warns of permissions that mean nothing on a key.
pub(super) fn warn_of_operators_rights(permissions: &[Permission], session: &Session) {
    for right in permissions.iter().filter(|right| right.is_of_operators()) {
        session.output.warning(&format!(
            "{right} means nothing on a key: it is a right of operators, whose groups give it"
        ));
    }
}

/// Returns groups or permissions as part of a sentence.
pub(super) fn listed<T: ToString>(all: &[T], none: &str) -> String {
    match all {
        [] => none.to_owned(),
        all => all
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// Changes users or groups, and adds a note if no active user may manage the database any
/// more.
pub(super) fn noting_the_last_manager(
    store: &mut Store,
    change: impl FnOnce(&mut Store) -> Result<Outcome>,
) -> Result<Outcome> {
    // An error in reading this is no reason to fail.
    let had_one = store.has_manager().unwrap_or(false);
    let outcome = change(store)?;
    Ok(if had_one && store.is_unmanaged().unwrap_or(false) {
        outcome.note(
            "no active user may manage the database now (apikey:manage); root and the owner of the \
             file may, without sudo",
        )
    } else {
        outcome
    })
}
