//! The creation of a key and the delivery of its secret.

use super::wanted::Wanted;
use crate::commands::delivery::{DeliveryMethod, Interruption, deliver};
use crate::commands::{Session, expiry, warn_of_operator_rights};
use crate::error::Result;
use crate::handover::{Issued, exposure_warning};
use crate::model::{Key, TimePoint, Timestamp, When};
use crate::output::{CreatedJson, KeyJson, Outcome, created_json};
use crate::secret::{Secret, SecretHash};
use crate::store::{PromptOptions, Store};

/// Creates the key and delivers its secret by `method`, in the steps of
/// [`delivery`](crate::commands::delivery).
///
/// # Errors
/// When the key can't be created; then nothing is stored. The errors of [`deliver`].
pub(super) fn create_key(
    wanted: &Wanted,
    method: &DeliveryMethod,
    session: &Session,
) -> Result<Outcome> {
    // The expiry is checked again: it may have passed while the user answered prompts.
    let still_ahead = |at: Option<Timestamp>| {
        expiry(
            at.map(|at| When::At(TimePoint::At(at))),
            session.current_time(),
        )
    };
    let expires_at = wanted.expires_at.map(still_ahead).transpose()?;
    let store = session.open_existing()?;
    match &store {
        // This checks a time from the command line. The prompt has checked a time typed there.
        Some(store) => store.check_clock(wanted.args.expires)?,
        // The name is checked first, so that a bad one leaves no new, empty database.
        None => PromptOptions::New.check_name(&wanted.name)?,
    }
    let target = method.open(Issued::Key, session)?;
    // If the user is prompted, the terminal is in raw mode from now on: Ctrl-C sends no signal, and
    // each step looks for it in the terminal's input.
    let is_prompted = wanted.is_prompted || method.prompts();
    let raw_mode = is_prompted.then(|| session.prompt.enter_raw_mode());
    let store = store.map_or_else(|| session.create_or_open(), Ok)?;
    let (secret, hash) = generate(&store)?;
    let interruption = Interruption::hold(raw_mode, session.prompt);

    let target = target.prepare(Issued::Key, &wanted.name, &secret)?;
    let exported_to = target.path().map(|path| path.display().to_string());
    interruption
        .check()
        .map_err(|_| Issued::Key.interrupted(None))?;
    let pending = store.issue(&wanted.new_key(secret.short_form(), expires_at), &hash)?;
    let content = if method.prints_json(session) {
        // The json says "active", which is true once the command has succeeded.
        created_json(pending.key(), session.now(), &secret)
    } else {
        secret.line()
    };
    // This copy of the secret is wiped before the delivery, which may wait for the user.
    drop(secret);
    let key = deliver(Issued::Key, pending, target, content, &interruption)?;

    let is_default = expires_at.is_none() && key.expires_at.is_some();
    Ok(report(&key, is_default, method, exported_to, session))
}

/// Generates a secret for a new key of the database, and its hash.
fn generate(store: &Store) -> Result<(Secret, SecretHash)> {
    let secret = Secret::generate(&store.settings().prefix, &store.generate_id()?)?;
    let _slot = store.hash_slot();
    let hash = SecretHash::of(&secret, store.settings().cost)?;
    Ok((secret, hash))
}

/// Prints the facts of the new key, and returns the outcome. With `is_default`, the policy decided
/// when it expires.
fn report(
    key: &Key,
    is_default: bool,
    method: &DeliveryMethod,
    exported_to: Option<String>,
    session: &Session,
) -> Outcome {
    let is_stdout = matches!(method, DeliveryMethod::Stdout);
    if let (true, Some(exposed)) = (is_stdout, exposure_warning()) {
        session.output.warning(&exposed);
    }
    warn_of_operator_rights(&key.permissions, session);
    session.output.created(key, is_default);
    let note = method.note(exported_to.as_deref());
    if is_stdout {
        // The json has been printed with the secret.
        return Outcome::done().note(note);
    }
    Outcome::changed(&CreatedJson {
        created: true,
        key: KeyJson::new(key, session.now()),
        exported_to,
        copied: method.copies().then_some(true),
    })
    .note(note)
}
