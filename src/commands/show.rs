//! `apikey show`.

use super::{Session, pick};
use crate::cli::Show;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Access;

/// Shows everything about a key but its secret. Without a KEY, the user picks one.
pub(super) fn run(args: &Show, session: &Session) -> Result<Outcome> {
    let key = match &args.key {
        Some(key) => key.clone(),
        None => pick::key_to_show(session)?,
    };
    let held = session.open(Access::Read)?.entitlement(&key)?;
    session.output.show_key(&held)?;
    Ok(Outcome::done())
}
