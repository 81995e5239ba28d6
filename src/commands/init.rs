//! `apikey init`.

use super::Session;
use crate::cli::Init;
use crate::error::{Kind, Result};
use crate::model::{Cost, Prefix};
use crate::output::{DatabaseJson, Outcome};
use crate::store::{Access, Settings, Shared, Store};

/// Creates a database, shares it, or upgrades it.
pub(super) fn run(args: &Init, session: &Session) -> Result<Outcome> {
    if args.upgrade {
        return upgrade(session);
    }
    let location = session.location()?;
    let shared = args.shared.as_deref();
    let shared = shared
        .map(|name| Shared::find(name, location))
        .transpose()?;
    // An existing database keeps its settings.
    let names_settings = args.prefix != Prefix::default() || args.argon2 != Cost::default();
    let settings = Settings {
        prefix: args.prefix.clone(),
        cost: args.argon2,
    };
    let store = match (session.create(settings, shared.as_ref()), &shared) {
        (Err(error), Some(role @ Shared::Role(_))) if error.kind() == Kind::Exists => {
            // The rights come first.
            let mut store = session.open(Access::Write)?;
            if names_settings {
                return Err(error);
            }
            store.share(role)?;
            store
        }
        (created, _) => created?,
    };
    if let Some(Shared::Group(verifiers)) = &shared
        && let Some((fact, fix)) = verifiers.closed_directories(location)
    {
        session.output.warning(&format!(
            "{fact}, so they can't verify until you run: {fix}"
        ));
    }
    let Settings { prefix, cost } = store.settings();
    let outcome = Outcome::changed(&DatabaseJson {
        database: location.to_string(),
        prefix: prefix.to_string(),
        argon2: cost.to_string(),
        shared: shared.as_ref().map(|shared| shared.name().to_owned()),
    });
    Ok(match &shared {
        Some(Shared::Group(verifiers)) => outcome.note(format!(
            "members of the group \"{}\" may verify and read every record and hash",
            verifiers.name()
        )),
        Some(Shared::Role(role)) => outcome.note(format!(
            "the role \"{role}\" may verify and read every record and hash, but not the log"
        )),
        None => outcome,
    })
}

/// Upgrades the schema of the database.
fn upgrade(session: &Session) -> Result<Outcome> {
    let location = session.location()?;
    let (store, was_older) = Store::upgrade(location, session.purpose.clone())?;
    let Settings { prefix, cost } = store.settings();
    let outcome = Outcome::changed(&DatabaseJson {
        database: location.to_string(),
        prefix: prefix.to_string(),
        argon2: cost.to_string(),
        shared: None,
    });
    let fact = if was_older {
        "upgraded the schema of the database"
    } else {
        "the schema of the database is already current"
    };
    Ok(outcome.note(fact.to_owned()))
}
