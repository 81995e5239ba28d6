//! `apikey deactivate`.

use super::{Session, changed_keys, pick};
use crate::cli::Deactivate;
use crate::error::Result;
use crate::model::{Change, State};
use crate::output::Outcome;
use crate::store::Access;

/// Deactivates keys, all or none; verify refuses them from then on. Without one, it is picked.
pub(super) fn run(args: &Deactivate, session: &Session) -> Result<Outcome> {
    let keys = match args.keys.keys.as_slice() {
        [] => match pick::one_to_change("deactivate", Change::Deactivate, session)? {
            Some(key) => vec![key],
            None => return Ok(Outcome::no().note("no key was deactivated")),
        },
        named => named.to_vec(),
    };
    let changed = session
        .open(Access::Write)?
        .set_state(&keys, State::Inactive)?;
    Ok(changed_keys(&changed, session.now(), "deactivated"))
}
