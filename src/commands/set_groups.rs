//! `apikey set-groups`.

use super::selection::{self, Wording, given_filter, missing, nothing_selected, parsed};
use super::{Session, group_menu, listed, now_or_already};
use crate::cli::{GroupChange, SetGroups};
use crate::error::{Error, Kind, Result};
use crate::model::{Edit, GroupEdit, KeyRef, Selection};
use crate::output::Outcome;
use crate::prompt::DefaultAnswer;
use crate::store::{Access, Changed};

/// Changes the groups of keys. If the command line has a KEY but no groups, the user ticks the
/// groups and confirms them.
pub(super) fn run(args: &SetGroups, session: &Session) -> Result<Outcome> {
    let mut groups = args.groups.checked()?;
    let is_named = args.key.is_some();
    let filter = given_filter(&args.selection, is_named, session).map_err(|error| {
        error.hint("give either a KEY or filters; with filters, groups need --add or --remove")
    });
    let selection = match filter? {
        Some(_) if groups.named().is_empty() => return Err(missing("--add or --remove")),
        Some(selection) => selection,
        None => {
            let key = args.key.as_deref().ok_or_else(nothing_selected)?;
            let key: KeyRef = parsed(key, "KEY")?;
            if groups.named().is_empty() {
                match tick(&key, session)? {
                    Some(ticked) => groups = ticked,
                    None => return Ok(Outcome::no().note("the groups were not changed")),
                }
            }
            Selection::Keys(vec![key])
        }
    };
    let wording = Wording {
        verb: "change the groups of",
        past: "changed the groups of",
        names_one_key: true,
        note: &note,
    };
    let edit = Edit::SetGroups(groups);
    selection::edit(&selection, &edit, &args.selection, &wording, session)
}

fn note(changed: &Changed) -> String {
    let when = now_or_already(changed.changed);
    let groups = listed(&changed.after.groups, "no group");
    format!("\"{}\" is {when} in {groups}", changed.after.name)
}

/// Lets the user tick the groups of the key, beginning with its present groups, and confirm a
/// change. Returns none if the user doesn't confirm it.
fn tick(wanted: &KeyRef, session: &Session) -> Result<Option<GroupEdit>> {
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
    Ok(is_confirmed.then(|| GroupEdit {
        groups,
        ..GroupEdit::default()
    }))
}

impl GroupChange {
    /// Returns the change.
    ///
    /// # Errors
    /// When a group is both added and removed.
    pub(super) fn checked(&self) -> Result<GroupEdit> {
        let edit = GroupEdit {
            groups: self.to.clone(),
            add: self.add.clone(),
            remove: self.remove.clone(),
        };
        match edit.contradiction() {
            Some(both) => Err(Error::new(
                Kind::Usage,
                format!("the group \"{both}\" is both added and removed"),
            )
            .hint("use either --add or --remove for it")),
            None => Ok(edit),
        }
    }
}
