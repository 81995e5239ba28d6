//! `apikey show`.

use super::Session;
use crate::cli::Show;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Shows everything about a key but its secret.
pub(super) fn run(args: &Show, store: &Store, session: &Session) -> Result<Outcome> {
    let held = store.entitlement(&args.key.key)?;
    session.output.show_key(&held)?;
    Ok(Outcome::done())
}
