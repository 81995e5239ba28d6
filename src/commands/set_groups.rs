//! `apikey set-groups`.

use super::{Session, changed_key, group_menu, listed, now_or_already};
use crate::cli::{GroupChange, SetGroups};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, KeyRef, MAX_GROUPS_OF_KEY, resulting_groups};
use crate::output::Outcome;
use crate::prompt::DefaultAnswer;
use crate::store::{Access, too_many_groups};

/// Changes a key's groups. Without any on the command line, the user ticks and confirms them.
pub(super) fn run(args: &SetGroups, session: &Session) -> Result<Outcome> {
    let ticked;
    let wanted = if args.groups.named().is_empty() {
        let Some(groups) = tick(&args.key.key, session)? else {
            return Ok(Outcome::no().note("the groups were not changed"));
        };
        ticked = groups;
        &ticked
    } else {
        &args.groups
    };
    wanted.check()?;
    let mut store = session.open(Access::Write)?;
    let changed = store.set_groups(&args.key.key, &wanted.named(), |held| {
        let groups = wanted.apply(held);
        if groups.is_empty() {
            let fact = "a key needs at least one group";
            return Err(Error::new(Kind::InvalidInput, fact)
                .hint("first add another with --add, or `apikey deactivate` the key"));
        }
        if groups.len() > MAX_GROUPS_OF_KEY.max(held.len()) {
            return Err(too_many_groups(groups.len()));
        }
        Ok(groups)
    })?;
    let name = &changed.after.name;
    let when = now_or_already(changed.changed);
    let note = format!(
        "\"{name}\" is {when} in {}",
        listed(&changed.after.groups, "no group")
    );
    Ok(changed_key(&changed, session.now(), note))
}

/// Lets the user tick the groups of the key, with its present ones ticked, and confirm a change.
/// Returns none if the user doesn't confirm.
fn tick(wanted: &KeyRef, session: &Session) -> Result<Option<GroupChange>> {
    let give = "name the key's groups: `apikey set-groups KEY GROUP`, or use --add or --remove";
    session.prompt.check_can_choose("GROUP", give)?;
    let store = session.open(Access::Write)?;
    let key = store.key_to_regroup(wanted)?;
    let choices = store.groups_to_give(key.owner_name(), &key.groups)?;
    drop(store);
    let groups = group_menu::choose(&choices, &key.groups, session)?;
    let is_same =
        groups.len() == key.groups.len() && groups.iter().all(|group| key.groups.contains(group));
    if !is_same {
        session.output.facts_to_confirm(&[
            ("from", listed(&key.groups, "no group")),
            ("to", listed(&groups, "no group")),
        ]);
    }
    let question = format!("Change the groups of \"{}\"?", key.name);
    let is_confirmed = is_same || session.prompt.ask_yes_or_no(&question, DefaultAnswer::No)?;
    Ok(is_confirmed.then(|| GroupChange {
        groups,
        add: Vec::new(),
        remove: Vec::new(),
    }))
}

impl GroupChange {
    /// Refuses a group that is both added and removed.
    pub(super) fn check(&self) -> Result<()> {
        match self.add.iter().find(|group| self.remove.contains(group)) {
            Some(both) => Err(Error::new(
                Kind::Usage,
                format!("the group \"{both}\" is both added and removed"),
            )
            .hint("use either --add or --remove for it")),
            None => Ok(()),
        }
    }

    /// Returns every group that the command line names.
    pub(super) fn named(&self) -> Vec<GroupName> {
        let all = [&self.groups, &self.add, &self.remove];
        all.into_iter().flatten().cloned().collect()
    }

    /// Returns the groups that a key or user has after the change, if it has the groups `held` before.
    pub(super) fn apply(&self, held: &[GroupName]) -> Vec<GroupName> {
        resulting_groups(held, &self.groups, &self.add, &self.remove)
    }
}
