//! The one way a secret leaves, and the protocol by which it is shown exactly
//! once: never one shown that isn't stored, never an active key whose secret
//! nobody received.
//!
//! 1. Preflight ([`Target`] is made): whatever can be known to fail does so
//!    before anything is written.
//! 2. The key is inserted as pending; pending never verifies.
//! 3. The secret is handed over.
//! 4. The key becomes active, if what was handed over is still there. Only now is
//!    it created.
//! 5. If 3 failed, the key is deleted: not handed over. If that fails, too, a
//!    pending key may be left: the outcome is unknown.
//! 6. If 4 failed, nobody knows whether it is there: even a COMMIT that
//!    returned an error may be. The key is deleted by a fresh connection, and
//!    only after that committed is the file removed; else the file stays and
//!    the outcome is unknown.
//!
//! Signals that ask the process to end are held from 2 to 4. One that came by then is as if
//! the secret had not been handed over.

mod clipboard;
mod file;
mod holder;
mod osc52;
mod screen;
mod stdout;
mod target;

use std::io;

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::process::Signals;
use crate::secret::Secret;

use target::Undelivered;

pub(crate) use holder::hold;
pub(crate) use target::{Target, exists_already};

/// `secret` and a newline, as it is shown and as a file holds it.
pub(crate) fn secret_line(secret: &Secret) -> Zeroizing<Vec<u8>> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(secret.expose().len() + 1));
    line.extend_from_slice(secret.expose().as_bytes());
    line.push(b'\n');
    line
}

/// Whether what is written to the standard output gets somewhere; else the reason.
pub(crate) fn check_stdout() -> std::result::Result<(), String> {
    stdout::check()
}

/// What to tell of a secret that went to a file which others may read, if it did.
pub(crate) fn exposure() -> Option<String> {
    let mode = stdout::open_to_others()?;
    Some(format!(
        "others may read the file that the secret went to (mode {mode:03o}); chmod 600 it, and say umask 077 before the next"
    ))
}

/// Writes what can be shown again, such as the shared secret, as a hand-over is:
/// raw, and to a regular file lastingly.
pub(crate) fn show(bytes: &[u8]) -> io::Result<()> {
    stdout::write(bytes)
}

/// The steps in which the database takes part. `S` is what they work on.
pub(crate) struct Steps<S, Insert, Show, Activate, Withdraw> {
    /// What the steps work on.
    pub(crate) store: S,
    /// Inserts the key as pending.
    pub(crate) insert: Insert,
    /// What is handed over for it.
    pub(crate) show: Show,
    /// Makes it active, unless what it is given to be asked at the last moment says no.
    pub(crate) activate: Activate,
    /// Deletes it, by a fresh connection, if it is there.
    pub(crate) withdraw: Withdraw,
}

/// Carries the protocol through and returns the key.
///
/// # Errors
/// Those of `insert`; [`Kind::NotHandedOver`] when there is no key, and
/// [`Kind::OutcomeUnknown`] when that is not certain.
pub(crate) fn hand_over<S, K>(
    mut target: Target,
    signals: &Signals,
    mut steps: Steps<
        S,
        impl FnOnce(&mut S) -> Result<K>,
        impl FnOnce(&K) -> Zeroizing<Vec<u8>>,
        impl FnOnce(&mut S, &K, &mut dyn FnMut() -> Result<()>) -> Result<()>,
        impl FnOnce(S, &K) -> Result<()>,
    >,
) -> Result<K> {
    check_may_go_on(signals)?;
    let key = (steps.insert)(&mut steps.store)?;
    let shown = (steps.show)(&key);
    let delivered = target.deliver(&shown, signals);
    // Wiped: to go on may mean to wait for a lock.
    drop(shown);
    if let Err(undelivered) = delivered {
        let left = target.retract();
        let fact = match &undelivered {
            Undelivered::Refused(fact) => fact.as_str(),
            Undelivered::Interrupted => "interrupted",
        };
        return Err(match (steps.withdraw)(steps.store, &key) {
            Ok(()) if matches!(undelivered, Undelivered::Interrupted) => interrupted(),
            Ok(()) => not_handed_over(fact).hint(left.unwrap_or_else(|| target.lost().to_owned())),
            Err(fault) => Error::new(
                Kind::OutcomeUnknown,
                format!("{fact}; no active key was created, but a pending one may be left: {fault}"),
            )
            .hint("a pending key verifies nothing; look with `apikey list --status pending` and delete it"),
        });
    }
    let activated = (steps.activate)(&mut steps.store, &key, &mut || {
        check_may_go_on(signals).and_then(|()| target.check())
    });
    if let Err(fault) = activated {
        return Err(match (steps.withdraw)(steps.store, &key) {
            Ok(()) => {
                let left = target.retract();
                match fault.kind() {
                    Kind::Interrupted => interrupted(),
                    _ => not_handed_over(&format!("the key could not be made active: {fault}"))
                        .hint(left.unwrap_or_else(|| {
                            "the secret that was handed over belongs to no key".to_owned()
                        })),
                }
            }
            Err(_) => {
                // It may be: so who has the secret keeps it.
                target.finish();
                let fact = format!(
                    "the secret was handed over, but whether its key is active is unknown: {fault}"
                );
                Error::new(Kind::OutcomeUnknown, fact).hint(
                    "look with `apikey show`: an active key is created; one that is pending or gone is not",
                )
            }
        });
    }
    target.finish();
    Ok(key)
}

/// Refuses to go on where a signal asked the process to end.
fn check_may_go_on(signals: &Signals) -> Result<()> {
    match signals.came() {
        true => Err(interrupted()),
        false => Ok(()),
    }
}

fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted; no key was created")
        .hint("what may have been seen of the secret belongs to no key")
}

fn not_handed_over(fact: &str) -> Error {
    Error::new(Kind::NotHandedOver, format!("{fact}; no key was created"))
}

#[cfg(test)]
mod tests;
