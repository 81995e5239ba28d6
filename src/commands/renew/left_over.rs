//! The completion of a renewal that was killed.

use zeroize::Zeroizing;

use super::held::{HeldSecret, look_up, read_text};
use super::{renewed, replace};
use crate::cli::Renew;
use crate::commands::Session;
use crate::commands::delivery::{Interruption, deliver};
use crate::error::{Error, Kind, Result};
use crate::handover::{Issued, RenewedFile};
use crate::model::{SecretState, TimePoint, When};
use crate::output::Outcome;
use crate::secret::Presented;
use crate::store::{Access, Rotation, StoredSecret};

/// Completes a renewal that was killed, if one left `FILE.new`. Returns none if there is nothing
/// to complete; then there is no `FILE.new`.
///
/// # Errors
/// [`Kind::InvalidInput`] when `FILE.new` is not from a renewal of the same key, or holds FILE's
/// own secret; the errors of the rotation.
pub(super) fn complete(
    args: &Renew,
    file: &RenewedFile,
    old: &HeldSecret,
    session: &Session,
) -> Result<Option<Outcome>> {
    let Some(left) = file.open_left_over()? else {
        return Ok(None);
    };
    let path = file.new_path();
    let foreign = || {
        let fact = format!(
            "{} exists and holds no new secret of the same key",
            path.display()
        );
        Error::new(Kind::InvalidInput, fact).hint("move it away: renew writes the new secret there")
    };
    let Ok(Presented::WellFormed(secret)) = read_text(&left, &path) else {
        return Err(foreign());
    };
    let new = secret.short_form();
    let own = old.short_form(session)?.ok_or_else(foreign)?;
    if new.id != own.id || *new == own {
        return Err(foreign());
    }
    let Some(found) = look_up(&secret, session)? else {
        // The database doesn't have the secret in `FILE.new`. If it has FILE's, it is the right
        // database: then the secret in `FILE.new` was pending, another rotation replaced it, and
        // the file can go.
        let found = old.look_up(session)?.ok_or_else(foreign)?;
        let store = session.open(Access::Write)?;
        store.check_may_rotate(&found.held.key.short)?;
        return remove_left_over(file).map(|()| None);
    };
    let store = session.open(Access::Write)?;
    store.check_may_rotate(&found.held.key.short)?;
    match found.secret.state_at(session.current_time()) {
        SecretState::Current => {
            file.give_access_to(&left)?;
            replace(&found.held.key, file, session).map(Some)
        }
        SecretState::Pending => {
            file.give_access_to(&left)?;
            let own = old.look_up(session)?;
            let is_previous = |own: StoredSecret| own.secret.state == SecretState::Previous;
            let rotation = Rotation {
                overlap: args.overlap,
                expires_at: None,
                // The value that the renewal began with: if FILE holds the previous secret, that
                // one stays accepted, and the unused current one is replaced.
                replaces_unused: own.is_some_and(is_previous),
            };
            let interruption = Interruption::hold(None, session.prompt);
            let target = file.left_over_target(left)?;
            store.check_clock(Some(When::At(TimePoint::Offset(rotation.overlap))))?;
            let pending = store.resume_rotation(secret.short_form(), rotation)?;
            let content = Zeroizing::new(Vec::new());
            let key = deliver(Issued::Secret, pending, target, content, &interruption)?;
            replace(&key, file, session).map(Some)
        }
        // Another rotation followed, and FILE holds a secret that has ended.
        SecretState::Previous if has_ended(old, session)? => {
            file.give_access_to(&left)?;
            file.replace()?;
            let key = &found.held.key;
            let note = format!(
                "completed an earlier renewal of {}: \"{}\" has been rotated since",
                args.file.display(),
                key.name
            );
            Ok(Some(renewed(true, key, session).note(note)))
        }
        // The rotation was cancelled, or another one followed.
        SecretState::Previous | SecretState::Ended => remove_left_over(file).map(|()| None),
    }
}

/// Removes `FILE.new`.
fn remove_left_over(file: &RenewedFile) -> Result<()> {
    file.remove_left_over().map_err(|error| {
        let fact = format!("{} can't be removed: {error}", file.new_path().display());
        Error::new(Kind::NotHandedOver, fact).caused_by(error)
    })
}

/// Returns whether the secret is never accepted again: it has ended, or the database doesn't have
/// it.
fn has_ended(secret: &HeldSecret, session: &Session) -> Result<bool> {
    let found = secret.look_up(session)?;
    Ok(found
        .is_none_or(|found| found.secret.state_at(session.current_time()) == SecretState::Ended))
}
