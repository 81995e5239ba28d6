//! `apikey group` and its subcommands.

use super::{Session, description_note, listed, now_or_already, rename_note, with_manager_note};
use crate::cli::{
    Group, GroupCreate, GroupDelete, GroupRename, GroupSetDescription, GroupSetPermissions,
};
use crate::error::Result;
use crate::model::{self, Described, Text, has_no_effect};
use crate::output::{GroupJson, Outcome};
use crate::store::{Access, Store};

/// Creates, lists, shows, changes and deletes groups.
pub(super) fn run(command: &Group, session: &Session) -> Result<Outcome> {
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        Group::Create(args) => create(args, &mut session.open_or_create()?),
        Group::List => session
            .output
            .list_all(&read()?.groups()?, &model::Group::TABLE, "no groups")
            .map(|()| Outcome::done()),
        Group::Show(args) => session
            .output
            .show(&read()?.group(&args.name)?, model::Group::fields())
            .map(|()| Outcome::done()),
        Group::SetPermissions(args) => {
            with_manager_note(&mut write()?, |store| set_permissions(args, store))
        }
        Group::SetDescription(args) => set_description(args, &mut write()?),
        Group::Rename(args) => rename(args, &mut write()?),
        Group::Delete(args) => delete(args, session),
    }
}

fn create(args: &GroupCreate, store: &mut Store) -> Result<Outcome> {
    let description = args.description.as_ref().and_then(Text::non_empty);
    let group = store.create_group(&args.name, description, &args.permissions)?;
    let note = format!("created the group \"{}\"", group.name);
    Ok(note_idle(changed(&group, note), &group))
}

fn set_permissions(args: &GroupSetPermissions, store: &mut Store) -> Result<Outcome> {
    let (is_changed, group) = store.set_group_permissions(&args.name, &args.permissions)?;
    let note = format!(
        "the group \"{}\" {} allows {}",
        group.name,
        now_or_already(is_changed),
        listed(&group.permissions, "nothing")
    );
    let outcome = changed(&group, note).unchanged_if(!is_changed);
    Ok(note_idle(outcome, &group))
}

/// Adds a note on each permission that looks like an operator's right but is none.
fn note_idle(outcome: Outcome, group: &model::Group) -> Outcome {
    let idle = group
        .permissions
        .iter()
        .filter(|permission| has_no_effect(permission));
    idle.fold(outcome, |outcome, idle| {
        outcome.note(format!(
            "{idle} has no effect; only apikey:manage, apikey:own and apikey:read permit operators \
             anything"
        ))
    })
}

fn set_description(args: &GroupSetDescription, store: &mut Store) -> Result<Outcome> {
    let text = args.text.non_empty();
    let (is_changed, group) = store.describe_group(&args.name, text)?;
    let note = description_note(&format!("the group \"{}\"", group.name), text, is_changed);
    Ok(changed(&group, note).unchanged_if(!is_changed))
}

fn rename(args: &GroupRename, store: &mut Store) -> Result<Outcome> {
    let (is_changed, group) = store.rename_group(&args.name, &args.new)?;
    let note = rename_note("the group ", &args.name, &group.name, is_changed);
    Ok(changed(&group, note).unchanged_if(!is_changed))
}

fn delete(args: &GroupDelete, session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    session
        .open(Access::Write)?
        .find_group_to_delete(&args.name)?;
    let question = format!("Delete the group \"{}\" for good?", args.name);
    if !session.prompt.confirm(&question)? {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    // Opened again after the prompt, so that the log has the time of the change.
    let group = session.open(Access::Write)?.delete_group(&args.name)?;
    let note = format!("deleted the group \"{}\"", group.name);
    Ok(changed(&group, note))
}

fn changed(group: &model::Group, note: String) -> Outcome {
    // Any time will do: no field of a group depends on it.
    Outcome::changed(&GroupJson::new(group, group.created_at)).note(note)
}
