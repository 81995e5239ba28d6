//! `create --if-absent`: a key of that name counts, even if another process created it
//! meanwhile.

use std::time::{Duration, Instant};

use super::make::make;
use super::wanted::Wanted;
use crate::cli::Create;
use crate::commands::Session;
use crate::commands::delivery::DeliveryMethod;
use crate::error::{Kind, Result};
use crate::output::{CreatedJson, KeyJson, Outcome};

/// How long another process may take to deliver the secret of a pending key: as long as a
/// lock is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to sleep before looking for that key again.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Creates the key, unless --if-absent is given and it exists. Waits for another process that
/// delivers its secret.
///
/// # Errors
/// The errors of [`make`].
pub(super) fn make_if_absent(
    args: &Create,
    wanted: &Wanted,
    method: &DeliveryMethod,
    session: &Session,
) -> Result<Outcome> {
    let begun = Instant::now();
    loop {
        let made = match existing_key(args, session).transpose() {
            Some(existing) => existing,
            None => make(args, wanted, method, session),
        };
        match made {
            Err(error) if args.if_absent && error.kind() == Kind::Pending => {
                if begun.elapsed() > PATIENCE {
                    return Err(error);
                }
                std::thread::sleep(LOOK_EVERY);
            }
            // Another process may have created the key and its file meanwhile.
            Err(error) if matches!(error.kind(), Kind::NameTaken | Kind::NotHandedOver) => {
                match existing_key(args, session) {
                    Err(pending) if pending.kind() == Kind::Pending => {}
                    existing => return existing.ok().flatten().ok_or(error),
                }
            }
            made => return made,
        }
    }
}

/// Returns the outcome for a key that has the name already, if --if-absent is given and there
/// is one.
///
/// # Errors
/// [`Kind::Pending`] while its secret is not delivered; the errors of the database.
pub(super) fn existing_key(args: &Create, session: &Session) -> Result<Option<Outcome>> {
    let (Some(name), true) = (&args.name, args.if_absent) else {
        return Ok(None);
    };
    let Some(store) = session.open_if_there()? else {
        return Ok(None);
    };
    Ok(store.key_named(name)?.map(|key| {
        Outcome::changed(&CreatedJson {
            created: false,
            key: KeyJson::new(&key, session.now()),
            exported_to: None,
            copied: None,
        })
        .note(format!(
            "there is a key named \"{}\" already, and it is {}; its secret can't be shown again",
            key.name,
            key.status(session.now())
        ))
    }))
}
