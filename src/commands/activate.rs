//! `apikey activate`.

use super::{Session, changed_keys, pick};
use crate::cli::Activate;
use crate::error::Result;
use crate::model::{Change, State};
use crate::output::Outcome;
use crate::store::Access;

/// Activates keys, all or none. Without one, it is picked.
pub(super) fn run(args: &Activate, session: &Session) -> Result<Outcome> {
    let keys = match args.keys.keys.as_slice() {
        [] => match pick::one_to_change("activate", Change::Activate, session)? {
            Some(key) => vec![key],
            None => return Ok(Outcome::no().note("no key was activated")),
        },
        named => named.to_vec(),
    };
    let changed = session
        .open(Access::Write)?
        .set_state(&keys, State::Active)?;
    Ok(changed_keys(&changed, session.now(), "activated"))
}
