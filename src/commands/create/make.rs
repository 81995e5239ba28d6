//! The making of a key, and the delivery of its secret.

use super::wanted::Wanted;
use crate::cli::Create;
use crate::commands::delivery::DeliveryMethod;
use crate::commands::{Session, expiry, now, warn_of_operators_rights};
use crate::error::Result;
use crate::handover::{self, Steps};
use crate::model::{Key, Moment, Text, When};
use crate::output::{CreatedJson, KeyJson, Outcome};
use crate::process::Signals;
use crate::secret::{Secret, SecretHash};
use crate::store::{HashSlot, NewKey, PromptOptions, Store};

/// Makes the key, and hands its secret over that method.
pub(super) fn make(
    args: &Create,
    wanted: &Wanted,
    method: &DeliveryMethod,
    session: &Session,
) -> Result<Outcome> {
    // Somebody may have thought about it for long.
    let expires_at = expiry(wanted.expires_at.map(|at| When::At(Moment::At(at))), now())?;
    let there = session.open_if_there()?;
    if let Some(store) = &there {
        // A time that was chosen at a menu was checked there.
        store.check_clock(args.expires)?;
    }
    // Before a database is made for nothing.
    if there.is_none() {
        PromptOptions::OfNew.check_name(&wanted.name)?;
    }
    let opened = method.open(session)?;
    // No Ctrl-C comes between the key and its secret, but that it is looked for.
    let taken = (wanted.is_asked || method.prompts()).then(|| session.prompt.take_terminal());
    let go_on = || match &taken {
        Some(keys) => session.prompt.check_uninterrupted(keys),
        None => Ok(()),
    };
    let store = there.map_or_else(|| session.make_or_open(), Ok)?;
    let secret = Secret::generate(&store.settings().prefix, &store.draw_id()?)?;
    let turn = HashSlot::wait(store.path());
    let hash = SecretHash::of(&secret, store.settings().cost)?;
    drop(turn);
    // Not before: a turn may be waited for.
    let signals = Signals::hold();
    let target = opened.prepare(&wanted.name, &secret)?;
    let exported_to = target.path().map(|path| path.display().to_string());
    let new = NewKey {
        short: secret.short_form().clone(),
        name: &wanted.name,
        description: wanted.description.as_ref().and_then(Text::non_empty),
        groups: &wanted.groups,
        permissions: &wanted.permissions,
        owner: wanted.owner.as_ref(),
        application: wanted.application.as_ref(),
        expires_at,
    };
    let steps = Steps {
        store,
        insert: |store: &mut Store| go_on().and_then(|()| store.insert_pending(&new, &hash)),
        show: |key: &Key| method.shown(key, &secret, session),
        activate: |store: &mut Store, key: &Key, check: &mut dyn FnMut() -> Result<()>| {
            store.finish_pending(key.id(), &mut || go_on().and_then(|()| check()))
        },
        withdraw: |store: Store, key: &Key| {
            drop(store);
            session.open_to_complete()?.withdraw(key.id())
        },
    };
    let key = handover::hand_over(target, &signals, steps)?.activated();
    // Wiped before anything is said: that may take long.
    drop(secret);
    if let (DeliveryMethod::Stdout, Some(exposed)) = (method, handover::exposure()) {
        session.output.warning(&exposed);
    }
    warn_of_operators_rights(&key.permissions, session);
    session.output.created(&key);
    Ok(report(&key, method, exported_to, session))
}

fn report(
    key: &Key,
    method: &DeliveryMethod,
    exported_to: Option<String>,
    session: &Session,
) -> Outcome {
    let note = method.note(exported_to.as_deref());
    if matches!(method, DeliveryMethod::Stdout) {
        // The json went out with the secret.
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
