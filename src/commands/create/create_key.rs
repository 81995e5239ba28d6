//! The creation of a key and the delivery of its secret.

use super::wanted::Wanted;
use crate::clock::now;
use crate::commands::delivery::{DeliveryMethod, Interruption, deliver};
use crate::commands::{Session, expiry, warn_of_operator_rights};
use crate::error::Result;
use crate::handover::{Issued, exposure_warning};
use crate::model::{Key, TimePoint, When};
use crate::output::{CreatedJson, KeyJson, Outcome, created_json};
use crate::secret::{Secret, SecretHash};
use crate::store::{PromptOptions, Store};

/// Creates the key and delivers its secret by `method`, in the steps of
/// [`delivery`](crate::commands::delivery).
///
/// # Errors
/// The errors of [`Store::issue`] and of [`deliver`].
pub(super) fn create_key(
    wanted: &Wanted,
    method: &DeliveryMethod,
    session: &Session,
) -> Result<Outcome> {
    // Checked again: the user may have taken long to answer.
    let expires_at = expiry(
        wanted.expires_at.map(|at| When::At(TimePoint::At(at))),
        now(),
    )?;
    let store = session.open_existing()?;
    match &store {
        // The prompt checked a time that the user typed there.
        Some(store) => store.check_clock(wanted.args.expires)?,
        // Checked before a database is created in vain.
        None => PromptOptions::New.check_name(&wanted.name)?,
    }
    let target = method.open(Issued::Key, session)?;
    // From now on Ctrl-C sends no signal; each step looks for it among the keys pressed.
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
    let shown = if method.prints_json(session) {
        // The json says "active", which is true once the command has succeeded.
        created_json(pending.key(), session.now(), &secret)
    } else {
        secret.line()
    };
    // Wiped before the delivery, which may wait.
    drop(secret);
    let key = deliver(Issued::Key, pending, target, shown, &interruption)?;

    Ok(report(&key, method, exported_to, session))
}

/// Generates a secret for a new key of the database, and its hash.
fn generate(store: &Store) -> Result<(Secret, SecretHash)> {
    let secret = Secret::generate(&store.settings().prefix, &store.generate_id()?)?;
    let _slot = store.hash_slot();
    let hash = SecretHash::of(&secret, store.settings().cost)?;
    Ok((secret, hash))
}

/// Prints the facts of the new key, and returns the outcome.
fn report(
    key: &Key,
    method: &DeliveryMethod,
    exported_to: Option<String>,
    session: &Session,
) -> Outcome {
    let is_stdout = matches!(method, DeliveryMethod::Stdout);
    if let (true, Some(exposed)) = (is_stdout, exposure_warning()) {
        session.output.warning(&exposed);
    }
    warn_of_operator_rights(&key.permissions, session);
    session.output.created(key);
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
