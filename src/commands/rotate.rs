//! `apikey rotate`.

mod questions;

use super::delivery::{DeliveryMenu, DeliveryMethod, Interruption, deliver};
use super::{Session, expiry};
use crate::cli::Rotate;
use crate::error::Result;
use crate::handover::{Issued, exposure_warning};
use crate::model::{Key, KeyRef, Policy, Rule, Span, TimePoint, Timestamp, When};
use crate::output::{KeyJson, Outcome, RotatedJson, rotated_json};
use crate::secret::{Secret, SecretHash};
use crate::store::{Access, Rotation, Store};

/// Replaces the secret of a key and delivers the new one. Without --overlap, prompts for the
/// overlap at a terminal.
pub(super) fn run(args: &Rotate, session: &Session) -> Result<Outcome> {
    let method = DeliveryMethod::named(&args.delivery)?;
    if let Some(overlap) = args.overlap {
        let method = method.unwrap_or(DeliveryMethod::Stdout);
        return rotate(args, &args.key.key, overlap, &method, session);
    }
    let can_choose = session.prompt.check_can_choose(
        "--overlap",
        "give it: `apikey rotate KEY --overlap 24h`; if the secret leaked, --overlap 0s",
    );
    if let Err(error) = can_choose {
        let default = default_overlap(session)?.ok_or(error)?;
        let method = method.unwrap_or(DeliveryMethod::Stdout);
        return rotate(args, &args.key.key, default, &method, session);
    }
    let (key, policy) = find(args, session)?;
    let has_menu = method.is_none() && DeliveryMethod::is_chosen_from_menu(session);
    let method = method.unwrap_or(DeliveryMethod::Stdout);
    if !has_menu {
        // A method that can't work is refused before the prompts.
        method.check(Issued::Secret, session)?;
    }
    let Some(overlap) = questions::ask(args, &key, &policy, session)? else {
        return Ok(Outcome::no().note("nothing was rotated"));
    };
    if has_menu {
        rotate_with_menu(args, overlap, &key, session)
    } else {
        rotate(args, &confirmed(&key), overlap, &method, session)
    }
}

/// Returns the overlap of a script that gives none.
fn default_overlap(session: &Session) -> Result<Option<Span>> {
    let policy = session.open(Access::Write)?.policy()?;
    Ok(policy.span(Rule::DefaultOverlap))
}

/// Rotates with a delivery method from the menu, which opens again after a failure.
fn rotate_with_menu(args: &Rotate, overlap: Span, key: &Key, session: &Session) -> Result<Outcome> {
    let menu = DeliveryMenu::new(Issued::Secret, &key.name, session)?;
    let wanted = confirmed(key);
    let done = menu.deliver(session, |method| {
        rotate(args, &wanted, overlap, method, session)
    })?;
    Ok(done.unwrap_or_else(|| Outcome::no().note("nothing was rotated")))
}

/// Returns the key, if it can be rotated, and the policy.
fn find(args: &Rotate, session: &Session) -> Result<(Key, Policy)> {
    let store = session.open(Access::Write)?;
    let rotation = rotation(args, Span::from_seconds(0), session.current_time())?;
    let key = store.find_to_rotate(&args.key.key, rotation)?;
    // The prompts only offer overlaps; an invalid policy must not keep a leaked secret valid.
    Ok((key, store.policy().unwrap_or_default()))
}

/// Returns the rotation that the options describe; a relative expiry counts from `now`.
fn rotation(args: &Rotate, overlap: Span, now: Timestamp) -> Result<Rotation> {
    Ok(Rotation {
        overlap,
        expires_at: match args.expires {
            Some(when) => Some(expiry(Some(when), now)?),
            None => None,
        },
        replaces_unused: false,
    })
}

/// Returns a reference by id to the key whose rotation the user confirmed, because another process
/// may rename or rotate it meanwhile.
fn confirmed(key: &Key) -> KeyRef {
    KeyRef::from(key.id())
}

/// Rotates the key `wanted` and delivers the secret by `method`, in the steps of
/// [`delivery`](super::delivery).
fn rotate(
    args: &Rotate,
    wanted: &KeyRef,
    overlap: Span,
    method: &DeliveryMethod,
    session: &Session,
) -> Result<Outcome> {
    let rotation = rotation(args, overlap, session.current_time())?;
    let store = session.open(Access::Write)?;
    store.check_clock(args.expires)?;
    // Without an overlap no future time is stored, so a leaked secret ends even if the clock is
    // wrong.
    if overlap.seconds() > 0 {
        store.check_clock(Some(When::At(TimePoint::Offset(overlap))))?;
    }
    let key = store.find_to_rotate(wanted, rotation)?;
    let target = method.open(Issued::Secret, session)?;
    let keys = method.prompts().then(|| session.prompt.enter_raw_mode());
    let (secret, hash) = generate(&store, &key)?;
    let interruption = Interruption::hold(keys, session.prompt);

    let target = target.prepare(Issued::Secret, &key.name, &secret)?;
    let exported_to = target.path().map(|path| path.display().to_string());
    interruption
        .check()
        .map_err(|_| Issued::Secret.interrupted(None))?;
    let pending = store.issue_rotation(secret.short_form(), rotation, &hash)?;
    let content = if method.prints_json(session) {
        rotated_json(pending.key(), session.now(), &secret)
    } else {
        secret.line()
    };
    // This copy of the secret is wiped before the delivery, which may wait for the user.
    drop(secret);
    let key = deliver(Issued::Secret, pending, target, content, &interruption)?;

    Ok(report(&key, method, exported_to, session))
}

/// Returns a new secret of the key, with its hash. No other secret of the key has the same last
/// four characters.
pub(super) fn generate(store: &Store, key: &Key) -> Result<(Secret, SecretHash)> {
    let secret = loop {
        let secret = Secret::generate(&store.settings().prefix, key.id())?;
        if !store.has_secret(secret.short_form())? {
            break secret;
        }
    };
    let _slot = store.hash_slot();
    let hash = SecretHash::of(&secret, store.settings().cost)?;
    Ok((secret, hash))
}

/// Prints the facts of the rotation, and returns the outcome.
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
    session.output.rotated(key);
    let note = method.note(exported_to.as_deref());
    if is_stdout {
        // The json has been printed with the secret.
        return Outcome::done().note(note);
    }
    Outcome::changed(&RotatedJson {
        rotated: true,
        key: KeyJson::new(key, session.now()),
        exported_to,
        copied: method.copies().then_some(true),
    })
    .note(note)
}
