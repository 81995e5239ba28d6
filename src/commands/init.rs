//! `apikey init`.

use super::Session;
use crate::cli::Init;
use crate::error::Result;
use crate::output::{DatabaseJson, Outcome};
use crate::store::{Settings, Verifiers};

/// Creates a database.
pub(super) fn run(args: &Init, session: &Session) -> Result<Outcome> {
    let settings = Settings {
        prefix: args.prefix.clone(),
        cost: args.argon2,
    };
    let verifiers = args.shared.as_deref().map(Verifiers::find).transpose()?;
    let location = session.location()?;
    session.create(settings, verifiers.as_ref())?;
    if let Some(verifiers) = &verifiers
        && let Some((fact, fix)) = verifiers.closed_directories(location)
    {
        session.output.warning(&format!(
            "{fact}, so they can't verify until you run: {fix}"
        ));
    }
    let shared = verifiers.as_ref().map(Verifiers::name);
    let outcome = Outcome::changed(&DatabaseJson {
        database: location.to_string(),
        prefix: args.prefix.to_string(),
        argon2: args.argon2.to_string(),
        shared: shared.map(str::to_owned),
    });
    Ok(match shared {
        Some(name) => outcome.note(format!(
            "members of the group \"{name}\" may verify and read every record and hash"
        )),
        None => outcome,
    })
}
