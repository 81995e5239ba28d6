//! `apikey set-groups`.

use super::{changed_key, listed};
use crate::cli::{Regrouping, SetGroups};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, Timestamp, regrouped};
use crate::output::Outcome;
use crate::store::Store;

/// Puts a key in other groups.
pub(super) fn run(args: &SetGroups, store: &mut Store, now: Timestamp) -> Result<Outcome> {
    let wanted = &args.groups;
    wanted.check()?;
    let changed = store.set_groups(&args.key.key, &wanted.mentioned(), |held| {
        match wanted.of(held) {
            none if none.is_empty() => Err(no_group()),
            some => Ok(some),
        }
    })?;
    let name = &changed.after.name;
    let groups = listed(&changed.after.groups, "no group");
    let done = format!("\"{name}\" is in {groups} now");
    let already = format!("\"{name}\" is in just those groups already");
    Ok(changed_key(&changed, now, &done, &already))
}

fn no_group() -> Error {
    Error::new(Kind::InvalidInput, "a key can't be without a group")
        .hint("add another with --add first, or `apikey deactivate` the key")
}

impl Regrouping {
    /// Refuses what contradicts itself.
    pub(super) fn check(&self) -> Result<()> {
        match self.add.iter().find(|group| self.remove.contains(group)) {
            Some(both) => Err(Error::new(
                Kind::Usage,
                format!("the group \"{both}\" is to be added and removed at once"),
            )
            .hint("name it with --add or with --remove")),
            None => Ok(()),
        }
    }

    /// Every group that is named.
    pub(super) fn mentioned(&self) -> Vec<GroupName> {
        let all = [&self.groups, &self.add, &self.remove];
        all.into_iter().flatten().cloned().collect()
    }

    /// The groups that who is in those `held` is to be in.
    pub(super) fn of(&self, held: &[GroupName]) -> Vec<GroupName> {
        regrouped(held, &self.groups, &self.add, &self.remove)
    }
}
