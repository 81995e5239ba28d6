//! `apikey init`.

use super::Session;
use crate::cli::Init;
use crate::error::Result;
use crate::output::{DatabaseJson, Outcome};
use crate::store::Settings;

/// Makes a database.
pub(super) fn run(args: &Init, session: &Session) -> Result<Outcome> {
    let settings = Settings {
        prefix: args.prefix.clone(),
        cost: args.argon2,
    };
    let store = session.make(settings)?;
    Ok(Outcome::changed(&DatabaseJson {
        database: store.path().display().to_string(),
        prefix: args.prefix.to_string(),
        argon2: args.argon2.to_string(),
    }))
}
