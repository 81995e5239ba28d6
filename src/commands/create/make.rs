//! The making of a key, and the delivery of its secret.

use super::wanted::Wanted;
use crate::cli::Create;
use crate::clock::now;
use crate::commands::delivery::{DeliveryMethod, Interruption, deliver};
use crate::commands::{Session, expiry, warn_of_operators_rights};
use crate::error::Result;
use crate::handover::{Issued, exposure, secret_line};
use crate::model::{Key, TimePoint, When};
use crate::output::{CreatedJson, KeyJson, Outcome, created_json};
use crate::secret::{Secret, SecretHash};
use crate::store::{PromptOptions, Store};

/// Creates the key and delivers its secret by `method`, in the steps of
/// [`delivery`](crate::commands::delivery).
///
/// # Errors
/// The errors of [`Store::issue`] and of [`deliver`].
pub(super) fn make(
    args: &Create,
    wanted: &Wanted,
    method: &DeliveryMethod,
    session: &Session,
) -> Result<Outcome> {
    // The user may have thought for long.
    let expires_at = expiry(
        wanted.expires_at.map(|at| When::At(TimePoint::At(at))),
        now(),
    )?;
    let store = session.open_if_there()?;
    match &store {
        // A time that was chosen at a prompt was checked there.
        Some(store) => store.check_clock(args.expires)?,
        // Before a database is created in vain.
        None => PromptOptions::New.check_name(&wanted.name)?,
    }
    let target = method.open(Issued::Key, session)?;
    // Ctrl-C is a key from now on, which is looked for before each step.
    let is_prompted = wanted.is_asked || method.prompts();
    let keys = is_prompted.then(|| session.prompt.take_terminal());
    let store = store.map_or_else(|| session.make_or_open(), Ok)?;
    let (secret, hash) = generate(&store)?;
    let interruption = Interruption::hold(keys, session.prompt);

    let target = target.prepare(Issued::Key, &wanted.name, &secret)?;
    let exported_to = target.path().map(|path| path.display().to_string());
    interruption
        .check()
        .map_err(|_| Issued::Key.interrupted(None))?;
    let pending = store.issue(&wanted.new_key(secret.short_form(), expires_at), &hash)?;
    let shown = if method.prints_json(session) {
        // The key is active by the time that anyone may rely on it.
        created_json(&pending.key().activated(), session.now(), &secret)
    } else {
        secret_line(&secret)
    };
    // Wiped now: the delivery may wait.
    drop(secret);
    let key = deliver(Issued::Key, pending, target, shown, &interruption)?;

    Ok(report(&key, method, exported_to, session))
}

/// Returns a secret for a new key of the database, with its hash.
fn generate(store: &Store) -> Result<(Secret, SecretHash)> {
    let secret = Secret::generate(&store.settings().prefix, &store.generate_id()?)?;
    let _slot = store.hash_slot();
    let hash = SecretHash::of(&secret, store.settings().cost)?;
    Ok((secret, hash))
}

/// Prints what to know of the new key.
fn report(
    key: &Key,
    method: &DeliveryMethod,
    exported_to: Option<String>,
    session: &Session,
) -> Outcome {
    let is_stdout = matches!(method, DeliveryMethod::Stdout);
    if let (true, Some(exposed)) = (is_stdout, exposure()) {
        session.output.warning(&exposed);
    }
    warn_of_operators_rights(&key.permissions, session);
    session.output.created(key);
    let note = method.note(exported_to.as_deref());
    if is_stdout {
        // The json was printed with the secret.
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
