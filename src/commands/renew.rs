//! `apikey renew`.

mod held;
mod left_over;

use std::path::Path;

use super::Session;
use super::delivery::{Interruption, deliver};
use super::rotate::generate;
use super::verify::check_clock;
use crate::cli::Renew;
use crate::error::{Error, Kind, Result};
use crate::handover::{Issued, RenewedFile};
use crate::model::{Key, Requirements, SecretState, Span, TimePoint, Verdict, When, decide};
use crate::output::{KeyJson, Outcome, RenewedJson};
use crate::store::{Access, Rotation, check_private_directory};
use zeroize::Zeroizing;

/// Rotates the key whose secret a file holds, and replaces the file.
///
/// The new secret is written to `FILE.new`, made current, and put in the file's place. A process
/// that is killed in between leaves `FILE.new`, and the next run completes the renewal.
pub(super) fn run(args: &Renew, session: &Session) -> Result<Outcome> {
    let file = RenewedFile::open(&args.file)?;
    check_private_directory(file.path(), file.metadata())?;
    let Some(secret) = held::read(file.file(), file.path(), session)? else {
        return Ok(refused(&args.file, "malformed", session));
    };
    if let Some(outcome) = left_over::complete(args, &file, &secret, session)? {
        return Ok(outcome);
    }
    let Some(found) = secret.look_up(session)? else {
        return Ok(refused(&args.file, "unknown", session));
    };
    drop(secret);
    let at = session.current_time();
    check_clock(&found.held.key, at)?;
    let verdict = decide(&found.held, &found.secret, &Requirements::default(), at);
    if let Verdict::Refused(reason) = verdict {
        return Ok(refused(&args.file, reason.as_str(), session));
    }
    let key = &found.held.key;
    let since = key.rotated_at.unwrap_or(key.created_at);
    let is_young = |span: Span| at.since(since) < span.seconds();
    if args.if_older_than.is_some_and(is_young) {
        if let (SecretState::Previous, Some(end)) = (found.secret.state, key.overlap_end(at)) {
            // A rotation didn't replace the file, and cron would stay silent until the secret ends.
            session.output.warning(&format!(
                "{} holds the previous secret of \"{}\", which is refused from {end} on",
                args.file.display(),
                key.name
            ));
        }
        let note = format!(
            "not renewed: the secret of \"{}\" is from {since}",
            key.name
        );
        return Ok(renewed(false, key, session).note(note));
    }
    let rotation = Rotation {
        overlap: args.overlap,
        expires_at: None,
        // A rotation did not replace the file: its new secret was lost.
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

/// Replaces the file with `FILE.new`, whose secret is current. Cancels the rotation if that fails.
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
    let previous = match key.overlap_end(session.current_time()) {
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

/// Warns that the secret in `file` is refused, even with --quiet, because cron mails no exit code.
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
    .unchanged_if(!renewed)
}
