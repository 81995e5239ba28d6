//! `apikey group` and what is below it.

use super::{Session, listed};
use crate::cli::{
    Group, GroupCreate, GroupDelete, GroupRename, GroupSetDescription, GroupSetPermissions,
};
use crate::error::Result;
use crate::model::{self, Text};
use crate::output::{GroupJson, Outcome};
use crate::store::{Access, Store, check_unused};

/// Makes, lists, shows, changes and deletes groups.
pub(super) fn run(command: &Group, session: &Session) -> Result<Outcome> {
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        Group::Create(args) => create(args, &mut session.open_or_make()?),
        Group::List(_) => session
            .output
            .list_groups(&read()?.groups()?)
            .map(|()| Outcome::done()),
        Group::Show(args) => session
            .output
            .show_group(&read()?.group(&args.name)?)
            .map(|()| Outcome::done()),
        Group::SetPermissions(args) => set_permissions(args, &mut write()?),
        Group::SetDescription(args) => set_description(args, &mut write()?),
        Group::Rename(args) => rename(args, &mut write()?),
        Group::Delete(args) => delete(args, session),
    }
}

fn create(args: &GroupCreate, store: &mut Store) -> Result<Outcome> {
    let description = args.description.as_ref().and_then(Text::non_empty);
    let group = store.create_group(&args.name, description, &args.permissions)?;
    Ok(changed(
        &group,
        format!("created the group \"{}\"", group.name),
    ))
}

fn set_permissions(args: &GroupSetPermissions, store: &mut Store) -> Result<Outcome> {
    let (done, group) = store.set_group_permissions(&args.name, &args.permissions)?;
    let allowed = listed(&group.permissions, "nothing");
    let name = &group.name;
    Ok(changed(
        &group,
        match done {
            true => format!("the group \"{name}\" allows {allowed} now"),
            false => format!("the group \"{name}\" allows {allowed} already"),
        },
    ))
}

fn set_description(args: &GroupSetDescription, store: &mut Store) -> Result<Outcome> {
    let text = args.text.non_empty();
    let (done, group) = store.describe_group(&args.name, text)?;
    let name = &group.name;
    Ok(changed(
        &group,
        match done {
            true => format!("described the group \"{name}\" anew"),
            false => format!("the group \"{name}\" is described so already"),
        },
    ))
}

fn rename(args: &GroupRename, store: &mut Store) -> Result<Outcome> {
    let (done, group) = store.rename_group(&args.name, &args.new)?;
    let name = &group.name;
    Ok(changed(
        &group,
        match done {
            true => format!("renamed the group \"{}\" to \"{name}\"", args.name),
            false => format!("the group \"{name}\" has that name already"),
        },
    ))
}

fn delete(args: &GroupDelete, session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    let mut store = session.open(Access::Write)?;
    let group = store.group(&args.name)?;
    check_unused(&group)?;
    if !session
        .prompt
        .confirm(&format!("Delete the group \"{}\" for good?", group.name))?
    {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    let group = store.delete_group(&args.name)?;
    Ok(changed(
        &group,
        format!("deleted the group \"{}\"", group.name),
    ))
}

fn changed(group: &model::Group, note: String) -> Outcome {
    Outcome::changed(&GroupJson::new(group)).note(note)
}
