//! `apikey renew`.

use std::path::Path;

use super::Session;
use super::delivery::{Interruption, deliver};
use super::rotate::generate;
use crate::cli::Renew;
use crate::clock::now;
use crate::error::{Error, Kind, Result};
use crate::handover::{Issued, RenewedFile};
use crate::model::{Key, Requirements, SecretState, Span, TimePoint, Verdict, When, decide};
use crate::output::{KeyJson, Outcome, RenewedJson};
use crate::secret::{Memory, Presented, Secret, read_presented};
use crate::store::{Access, HashSlot, Rotation, Store, StoredSecret, check_private_directory};
use zeroize::Zeroizing;

/// Rotates the key whose secret a file holds, and replaces the file.
///
/// The new secret is written to `FILE.new`, made current, and put in the file's place. A process
/// that is killed in between leaves `FILE.new`, which the next run completes.
pub(super) fn run(args: &Renew, session: &Session) -> Result<Outcome> {
    let file = RenewedFile::open(&args.file)?;
    check_private_directory(file.path(), file.metadata())?;
    let secret = match read(file.file(), file.path())? {
        Presented::WellFormed(secret) => secret,
        Presented::Malformed => return Ok(refused(&args.file, "malformed", session)),
    };
    if let Some(outcome) = complete(args, &file, &secret, session)? {
        return Ok(outcome);
    }
    let Some(found) = look_up(&secret, session)? else {
        return Ok(refused(&args.file, "unknown", session));
    };
    drop(secret);
    let verdict = decide(&found.held, &found.secret, &Requirements::default(), now());
    if let Verdict::Refused(reason) = verdict {
        return Ok(refused(&args.file, reason.as_str(), session));
    }
    let key = &found.held.key;
    let since = key.rotated_at.unwrap_or(key.created_at);
    let is_young = |span: Span| now().since(since) < span.seconds();
    if args.if_older_than.is_some_and(is_young) {
        let note = format!(
            "not renewed: the secret of \"{}\" is from {since}",
            key.name
        );
        return Ok(renewed(false, key, session).note(note));
    }
    let rotation = Rotation {
        overlap: args.overlap,
        expires_at: None,
        // The file was not replaced when the key was rotated.
        replaces_unused: found.secret.state == SecretState::Previous,
    };
    rotate(key, rotation, &file, session)
}

/// Rotates the key and puts the new secret in the file's place.
fn rotate(key: &Key, rotation: Rotation, file: &RenewedFile, session: &Session) -> Result<Outcome> {
    let store = session.open(Access::Write)?;
    store.check_clock(Some(When::At(TimePoint::Offset(rotation.overlap))))?;
    store.find_to_rotate(&key.short.clone().into(), rotation)?;
    let (secret, hash) = generate(&store, key)?;
    let interruption = Interruption::hold(None, session.prompt);
    let target = file.prepare(&secret)?;
    interruption
        .check()
        .map_err(|_| Issued::Secret.interrupted(None))?;
    let pending = store.issue_rotation(secret.short_form(), rotation, &hash)?;
    drop(secret);
    let key = deliver(
        Issued::Secret,
        pending,
        target,
        Zeroizing::new(Vec::new()),
        &interruption,
    )?;
    replace(&key, file, session)
}

/// Puts the new secret, which is current, in the file's place. The rotation is cancelled when
/// that fails.
fn replace(key: &Key, file: &RenewedFile, session: &Session) -> Result<Outcome> {
    if let Err(error) = file.replace() {
        let cancelled = session
            .open(Access::Write)
            .and_then(|mut store| store.undo_rotation(&key.short));
        return Err(match cancelled {
            Ok(()) => {
                let left = file.remove_left_over().err().map(|left| {
                    let path = file.new_path();
                    format!(
                        "remove {}, whose secret is never accepted: {left}",
                        path.display()
                    )
                });
                let error = Issued::Secret.not_issued(error);
                match left {
                    Some(left) => error.hint(left),
                    None => error,
                }
            }
            Err(cause) => {
                let fact = format!(
                    "{error}; the new secret is current, and cancelling its rotation failed: {cause}"
                );
                let hint = format!(
                    "the new secret is in {}; run the same command again",
                    file.new_path().display()
                );
                Error::new(Kind::OutcomeUnknown, fact)
                    .hint(hint)
                    .caused_by(cause)
            }
        });
    }
    let previous = match key.overlap_end(now()) {
        Some(end) => {
            let until = session.output.times().with_distance(Some(end));
            format!("the previous one is accepted until {until}")
        }
        None => "the previous one is refused".to_owned(),
    };
    let note = format!(
        "renewed {}: \"{}\" has a new secret; {previous}",
        file.path().display(),
        key.name
    );
    Ok(renewed(true, key, session).note(note))
}

/// Completes a renewal that was killed, if one left `FILE.new`. Returns none if there is nothing
/// to complete; then there is no `FILE.new`.
///
/// # Errors
/// [`Kind::InvalidInput`] when `FILE.new` is not from a renewal of the same key, or holds FILE's
/// own secret.
fn complete(
    args: &Renew,
    file: &RenewedFile,
    old: &Secret,
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
    let Ok(Presented::WellFormed(secret)) = read(&left, &path) else {
        return Err(foreign());
    };
    let (new, own) = (secret.short_form(), old.short_form());
    if new.id != own.id || new == own {
        return Err(foreign());
    }
    let Some(found) = look_up(&secret, session)? else {
        // The secret was pending, and another rotation replaced it. FILE's secret shows that this
        // is the database of the key.
        let found = look_up(old, session)?.ok_or_else(foreign)?;
        let store = session.open(Access::Write)?;
        store.check_may_rotate(&found.held.key.short)?;
        return remove_left_over(file).map(|()| None);
    };
    let store = session.open(Access::Write)?;
    store.check_may_rotate(&found.held.key.short)?;
    match found.secret.state_at(now()) {
        SecretState::Current => {
            file.give_access_to(&left)?;
            replace(&found.held.key, file, session).map(Some)
        }
        SecretState::Pending => {
            file.give_access_to(&left)?;
            let own = look_up(old, session)?;
            let is_previous = |own: StoredSecret| own.secret.state == SecretState::Previous;
            let rotation = Rotation {
                overlap: args.overlap,
                expires_at: None,
                // As when the rotation was begun: FILE's secret must outlive the change.
                replaces_unused: own.is_some_and(is_previous),
            };
            let interruption = Interruption::hold(None, session.prompt);
            let target = file.left_over_target(left)?;
            store.check_clock(Some(When::At(TimePoint::Offset(rotation.overlap))))?;
            let pending = store.resume_rotation(secret.short_form(), rotation)?;
            let shown = Zeroizing::new(Vec::new());
            let key = deliver(Issued::Secret, pending, target, shown, &interruption)?;
            replace(&key, file, session).map(Some)
        }
        // Another rotation followed while FILE held a secret that has ended.
        SecretState::Previous if has_ended(old, session)? => {
            file.replace()?;
            let key = &found.held.key;
            let note = format!(
                "completed an earlier renewal of {}: \"{}\" has been rotated since",
                args.file.display(),
                key.name
            );
            Ok(Some(renewed(true, key, session).note(note)))
        }
        // Its rotation was cancelled or followed by another one.
        SecretState::Previous | SecretState::Ended => remove_left_over(file).map(|()| None),
    }
}

fn remove_left_over(file: &RenewedFile) -> Result<()> {
    file.remove_left_over().map_err(|error| {
        let fact = format!("{} can't be removed: {error}", file.new_path().display());
        Error::new(Kind::NotHandedOver, fact).caused_by(error)
    })
}

/// Returns whether no rotation can make the secret accepted again.
fn has_ended(secret: &Secret, session: &Session) -> Result<bool> {
    let found = look_up(secret, session)?;
    Ok(found.is_none_or(|found| found.secret.state_at(now()) == SecretState::Ended))
}

fn read(file: &std::fs::File, path: &Path) -> Result<Presented> {
    let bytes = read_presented(file).map_err(|error| {
        let fact = format!("{} can't be read: {error}", path.display());
        Error::new(Kind::InvalidInput, fact).caused_by(error)
    })?;
    Presented::parse(&bytes).map_err(|mistake| {
        let (fact, advice) = mistake.explain();
        Error::new(Kind::InvalidInput, format!("{}: {fact}", path.display())).hint(advice)
    })
}

/// Returns the secret's record and its key, if the secret is right. Its use is not recorded: no
/// client presented it.
fn look_up(secret: &Secret, session: &Session) -> Result<Option<StoredSecret>> {
    let slot = HashSlot::wait(session.location()?);
    let store = Store::open_to_verify(session.location()?)?;
    if secret.short_form().prefix != store.settings().prefix {
        return Ok(None);
    }
    let asked = Requirements {
        shows_key: true,
        ..Requirements::default()
    };
    let found = store.find_secret(secret.short_form(), &asked)?;
    drop(store);
    let Some(found) = found else {
        return Ok(None);
    };
    let is_right = found.hash.matches_in(secret, &mut Memory::default())?;
    drop(slot);
    Ok(is_right.then_some(found))
}

/// Warns that the secret in `file` is refused, even with --quiet: cron would not mail an exit code.
fn refused(file: &Path, reason: &str, session: &Session) -> Outcome {
    let fact = format!("the secret in {} is refused: {reason}", file.display());
    session.output.warning(&fact);
    Outcome::no()
}

fn renewed(renewed: bool, key: &Key, session: &Session) -> Outcome {
    Outcome::changed(&RenewedJson {
        renewed,
        key: KeyJson::new(key, session.now()),
    })
}
