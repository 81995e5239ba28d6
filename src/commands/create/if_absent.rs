//! `create --if-absent`: an existing key of that name is success, even if another process
//! creates it at the same time.

use std::time::{Duration, Instant};

use super::create_key::create_key;
use super::wanted::Wanted;
use crate::cli::Create;
use crate::commands::Session;
use crate::commands::delivery::DeliveryMethod;
use crate::error::{Kind, Result};
use crate::output::{CreatedJson, KeyJson, Outcome};

/// How long another process may take to deliver the secret of a pending key: as long as the
/// wait for a lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to sleep between two lookups of the pending key.
const LOOKUP_INTERVAL: Duration = Duration::from_millis(50);

/// Creates the key, unless --if-absent is given and the key exists. While another process delivers
/// the key's secret, waits for the delivery.
///
/// # Errors
/// The errors of [`existing_key`] and [`create_key`].
pub(super) fn create_if_absent(
    wanted: &Wanted,
    method: &DeliveryMethod,
    session: &Session,
) -> Result<Outcome> {
    let args = &wanted.args;
    let start = Instant::now();
    loop {
        let outcome = match existing_key(args, session).transpose() {
            Some(existing) => existing,
            None => create_key(wanted, method, session),
        };
        match outcome {
            Err(error) if args.if_absent && error.kind() == Kind::Pending => {
                if start.elapsed() > PATIENCE {
                    return Err(error);
                }
                std::thread::sleep(LOOKUP_INTERVAL);
            }
            // Another process may have created the key and its file in the meantime.
            Err(error) if matches!(error.kind(), Kind::NameTaken | Kind::NotHandedOver) => {
                match existing_key(args, session) {
                    Err(pending) if pending.kind() == Kind::Pending => {}
                    existing => return existing.ok().flatten().ok_or(error),
                }
            }
            outcome => return outcome,
        }
    }
}

/// Returns the outcome for an existing key with the name in `args`, if there is one and --if-absent
/// is given.
///
/// # Errors
/// [`Kind::Pending`] while the secret of the existing key is not delivered; the errors of the
/// database.
pub(super) fn existing_key(args: &Create, session: &Session) -> Result<Option<Outcome>> {
    let (Some(name), true) = (&args.name, args.if_absent) else {
        return Ok(None);
    };
    let Some(store) = session.open_existing()? else {
        return Ok(None);
    };
    Ok(store.key_named(name)?.map(|key| {
        Outcome::changed(&CreatedJson {
            created: false,
            key: KeyJson::new(&key, session.now()),
            exported_to: None,
            copied: None,
        })
        .unchanged_if(true)
        .note(format!(
            "the key \"{}\" already exists and is {}; its secret can't be shown again",
            key.name,
            key.status(session.now()).as_str()
        ))
    }))
}
