//! Outcomes and notes that several commands share.

use std::fmt::Display;

use super::Session;
use crate::error::Result;
use crate::model::{Permission, Policy, Text, Timestamp};
use crate::output::{KeyJson, Outcome};
use crate::store::{Changed, Store};

/// Returns the outcome for a key that was changed, or already was as requested.
pub(super) fn changed_key(changed: &Changed, now: Timestamp, note: String) -> Outcome {
    Outcome::changed(&KeyJson::new(&changed.after, now))
        .unchanged_if(!changed.changed)
        .note(note)
}

/// Returns the note on a key or user that was activated or deactivated.
pub(super) fn state_note(subject: &str, is_active: bool, is_changed: bool) -> String {
    match (is_active, is_changed) {
        (true, true) => format!("activated {subject}"),
        (false, true) => format!("deactivated {subject}"),
        (true, false) => format!("{subject} is already active"),
        (false, false) => format!("{subject} is already inactive"),
    }
}

/// Returns the note on a key or group that was described by `text`.
pub(super) fn description_note(subject: &str, text: Option<&Text>, is_changed: bool) -> String {
    match (is_changed, text) {
        (true, Some(_)) => format!("updated the description of {subject}"),
        (true, None) => format!("removed the description of {subject}"),
        (false, Some(_)) => format!("{subject} already has this description"),
        (false, None) => format!("{subject} already has no description"),
    }
}

/// Returns the note on a key, group or user, as `noun` says, that was renamed.
pub(super) fn rename_note(
    noun: &str,
    before: &impl Display,
    after: &impl Display,
    is_changed: bool,
) -> String {
    if is_changed {
        format!("renamed {noun}\"{before}\" to \"{after}\"")
    } else {
        format!("{noun}\"{after}\" already has that name")
    }
}

/// Returns the note on a key or user that expires at `at`; none is never.
pub(super) fn expiry_note(
    subject: &str,
    at: Option<Timestamp>,
    now: Timestamp,
    is_changed: bool,
) -> String {
    let when = now_or_already(is_changed);
    match at {
        Some(at) if at <= now => format!("{subject} is {when} expired, since {at}"),
        Some(at) => format!("{subject} {when} expires at {at}"),
        None => format!("{subject} {when} never expires"),
    }
}

/// Returns the adverb of a note: whether a fact is new.
pub(super) fn now_or_already(is_changed: bool) -> &'static str {
    if is_changed { "now" } else { "already" }
}

/// Warns of permissions that have no effect on a key.
pub(super) fn warn_of_operator_rights(permissions: &[Permission], session: &Session) {
    for right in permissions.iter().filter(|right| right.is_of_operators()) {
        session.output.warning(&format!(
            "{right} has no effect on a key: operators get this right from their groups"
        ));
    }
}

/// Warns of rules of the policy that this version can't show or judge.
pub(super) fn warn_of_unknown_rules(policy: &Policy, session: &Session) {
    for rule in policy.unknown() {
        session.output.warning(&format!(
            "the policy has a rule of a newer version, which this one doesn't know: \"{rule}\""
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

/// Changes users or groups, and adds a note if that takes `apikey:manage` from the last active
/// user who had it.
pub(super) fn with_manager_note(
    store: &mut Store,
    change: impl FnOnce(&mut Store) -> Result<Outcome>,
) -> Result<Outcome> {
    // An error in reading this is no reason to fail.
    let had_manager = store.has_manager().unwrap_or(false);
    let outcome = change(store)?;
    Ok(if had_manager && store.is_unmanaged().unwrap_or(false) {
        outcome.note(
            "no active user has apikey:manage now; only root and the owner of the file can manage \
             the database, without sudo",
        )
    } else {
        outcome
    })
}
