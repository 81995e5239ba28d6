//! `apikey doctor`.

use super::Session;
use crate::error::Result;
use crate::model::Finding;
use crate::output::Outcome;
use crate::store::Access;

/// Checks the database, its files and the clock. Exits with 1 if a check fails.
pub(super) fn run(session: &Session) -> Result<Outcome> {
    let findings = session.open(Access::Read)?.examine()?;
    session.output.findings(&findings)?;
    Ok(if findings.iter().all(Finding::is_ok) {
        Outcome::done()
    } else {
        Outcome::no()
    })
}
