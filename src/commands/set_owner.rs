//! `apikey set-owner`.

use super::changed_key;
use crate::cli::SetOwner;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::Store;

/// Gives a key to a user, or to nobody.
pub(super) fn run(args: &SetOwner, store: &mut Store) -> Result<Outcome> {
    let changed = store.set_owner(&args.key.key, args.owner.as_ref())?;
    let name = &changed.after.name;
    let owner = match &args.owner {
        Some(owner) => format!("{owner}'s"),
        None => "nobody's".to_owned(),
    };
    let (done, already) = (
        format!("\"{name}\" is {owner} now"),
        format!("\"{name}\" is {owner} already"),
    );
    Ok(changed_key(&changed, store.now(), &done, &already))
}
