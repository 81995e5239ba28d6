//! `apikey group` and what is below it.

use super::{Session, listed, noting_the_last_manager};
use crate::cli::{
    Group, GroupCreate, GroupDelete, GroupRename, GroupSetDescription, GroupSetPermissions,
};
use crate::error::Result;
use crate::model::{self, Text, has_no_effect};
use crate::output::{GroupJson, Outcome};
use crate::store::{Access, Store, check_unused};

/// Makes, lists, shows, changes and deletes groups.
pub(super) fn run(command: &Group, session: &Session) -> Result<Outcome> {
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        Group::Create(args) => create(args, &mut session.open_or_make()?),
        Group::List => session
            .output
            .list_groups(&read()?.groups()?)
            .map(|()| Outcome::done()),
        Group::Show(args) => session
            .output
            .show_group(&read()?.group(&args.name)?)
            .map(|()| Outcome::done()),
        Group::SetPermissions(args) => {
            noting_the_last_manager(&mut write()?, |store| set_permissions(args, store))
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
    let (done, group) = store.set_group_permissions(&args.name, &args.permissions)?;
    let allowed = listed(&group.permissions, "nothing");
    let name = &group.name;
    let note = if done {
        format!("the group \"{name}\" allows {allowed} now")
    } else {
        format!("the group \"{name}\" allows {allowed} already")
    };
    Ok(note_idle(changed(&group, note), &group))
}

/// Says of permissions that look like an operator's right that they are none.
fn note_idle(outcome: Outcome, group: &model::Group) -> Outcome {
    let idle = group.permissions.iter().filter(|one| has_no_effect(one));
    idle.fold(outcome, |outcome, idle| {
        outcome.note(format!(
            "{idle} lets no operator do anything; apikey:manage, apikey:own and apikey:read do"
        ))
    })
}

fn set_description(args: &GroupSetDescription, store: &mut Store) -> Result<Outcome> {
    let text = args.text.non_empty();
    let (done, group) = store.describe_group(&args.name, text)?;
    let name = &group.name;
    Ok(changed(
        &group,
        if done {
            format!("described the group \"{name}\" anew")
        } else {
            format!("the group \"{name}\" is described so already")
        },
    ))
}

fn rename(args: &GroupRename, store: &mut Store) -> Result<Outcome> {
    let (done, group) = store.rename_group(&args.name, &args.new)?;
    let name = &group.name;
    Ok(changed(
        &group,
        if done {
            format!("renamed the group \"{}\" to \"{name}\"", args.name)
        } else {
            format!("the group \"{name}\" has that name already")
        },
    ))
}

fn delete(args: &GroupDelete, session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    check_unused(&session.open(Access::Write)?.group(&args.name)?)?;
    let question = format!("Delete the group \"{}\" for good?", args.name);
    if !session.prompt.confirm(&question)? {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    // Opened anew: the question may have taken its time, which rights and log tell.
    let group = session.open(Access::Write)?.delete_group(&args.name)?;
    Ok(changed(
        &group,
        format!("deleted the group \"{}\"", group.name),
    ))
}

fn changed(group: &model::Group, note: String) -> Outcome {
    // No field of a group changes with time.
    Outcome::changed(&GroupJson::new(group, group.created_at)).note(note)
}
