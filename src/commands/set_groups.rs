//! `apikey set-groups`.

use super::{Session, changed_key, group_menu, listed};
use crate::cli::{GroupChange, SetGroups};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, KeyRef, MAX_GROUPS_OF_KEY, resulting_groups};
use crate::output::Outcome;
use crate::prompt::Enter;
use crate::store::{Access, too_many_groups};

/// Puts a key in other groups. Without any, they are ticked, and confirmed.
pub(super) fn run(args: &SetGroups, session: &Session) -> Result<Outcome> {
    let ticked;
    let wanted = if args.groups.mentioned().is_empty() {
        match tick(&args.key.key, session)? {
            Some(groups) => {
                ticked = groups;
                &ticked
            }
            None => return Ok(Outcome::no().note("the groups are as they were")),
        }
    } else {
        &args.groups
    };
    wanted.check()?;
    let mut store = session.open(Access::Write)?;
    let changed = store.set_groups(&args.key.key, &wanted.mentioned(), |held| {
        match wanted.of(held) {
            none if none.is_empty() => Err(no_group()),
            many if many.len() > MAX_GROUPS_OF_KEY.max(held.len()) => {
                Err(too_many_groups(many.len()))
            }
            some => Ok(some),
        }
    })?;
    let name = &changed.after.name;
    let groups = listed(&changed.after.groups, "no group");
    let done = format!("\"{name}\" is in {groups} now");
    let already = format!("\"{name}\" is in just those groups already");
    Ok(changed_key(&changed, session.now(), &done, &already))
}

/// Asks which groups the key is to be in, those it is in being ticked already, and
/// whether it is so. None without a yes.
fn tick(wanted: &KeyRef, session: &Session) -> Result<Option<GroupChange>> {
    let give =
        "name the groups it is to be in: `apikey set-groups KEY GROUP`, or give --add or --remove";
    session.prompt.check_can_choose("GROUP", give)?;
    let store = session.open(Access::Write)?;
    let key = store.key_to_regroup(wanted)?;
    let choices = store.groups_to_give(key.owner_name(), &key.groups)?;
    drop(store);
    let groups = group_menu::choose(&choices, &key.groups, session)?;
    let is_same =
        groups.len() == key.groups.len() && groups.iter().all(|group| key.groups.contains(group));
    if !is_same {
        session.output.facts_for_question(&[
            ("from", listed(&key.groups, "no group")),
            ("to", listed(&groups, "no group")),
        ]);
    }
    let question = format!("Change the groups of \"{}\"?", key.name);
    let is_meant = is_same || session.prompt.is_so(&question, Enter::IsNo)?;
    Ok(is_meant.then(|| GroupChange {
        groups,
        add: Vec::new(),
        remove: Vec::new(),
    }))
}

fn no_group() -> Error {
    Error::new(Kind::InvalidInput, "a key can't be without a group")
        .hint("add another with --add first, or `apikey deactivate` the key")
}

impl GroupChange {
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
        resulting_groups(held, &self.groups, &self.add, &self.remove)
    }
}
