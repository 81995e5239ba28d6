//! `apikey set-groups`.

use super::changed_key;
use crate::cli::SetGroups;
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, Timestamp};
use crate::output::Outcome;
use crate::store::Store;

/// Puts a key in other groups.
pub(super) fn run(args: &SetGroups, store: &mut Store, now: Timestamp) -> Result<Outcome> {
    if let Some(both) = args.add.iter().find(|group| args.remove.contains(group)) {
        let fact = format!("the group \"{both}\" is to be added and removed at once");
        return Err(Error::new(Kind::Usage, fact).hint("name it with --add or with --remove"));
    }
    let mentioned: Vec<GroupName> = [&args.groups, &args.add, &args.remove]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let changed = store.set_groups(&args.key.key, &mentioned, |held| choose(args, held))?;
    let name = &changed.after.name;
    let groups: Vec<&str> = changed.after.groups.iter().map(GroupName::as_str).collect();
    let done = format!("\"{name}\" is in {} now", groups.join(", "));
    let already = format!("\"{name}\" is in just those groups already");
    Ok(changed_key(&changed, now, &done, &already))
}

/// The groups a key is in that is in those `held`.
fn choose(args: &SetGroups, held: &[GroupName]) -> Result<Vec<GroupName>> {
    let mut chosen: Vec<GroupName> = Vec::new();
    let kept = held.iter().filter(|_| args.groups.is_empty());
    for group in kept.chain(&args.groups).chain(&args.add) {
        if !chosen.contains(group) && !args.remove.contains(group) {
            chosen.push(group.clone());
        }
    }
    if chosen.is_empty() {
        return Err(
            Error::new(Kind::InvalidInput, "a key can't be without a group")
                .hint("add another with --add first, or `apikey deactivate` the key"),
        );
    }
    Ok(chosen)
}
