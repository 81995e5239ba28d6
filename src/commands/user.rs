//! `apikey user` and its subcommands.

use super::{
    Session, expiry, expiry_note, listed, now_or_already, rename_note, state_note,
    with_manager_note,
};
use crate::cli::{User, UserAdd, UserDelete, UserRename, UserSetExpiry, UserSetGroups};
use crate::error::Result;
use crate::model::{Text, Timestamp, UserName, UserSummary, counted};
use crate::output::{Outcome, UserJson};
use crate::store::{Access, NewUser, Store, check_owns_nothing};

/// Registers, lists, shows, changes and deletes users.
pub(super) fn run(command: &User, session: &Session) -> Result<Outcome> {
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        User::Add(args) => add(args, session),
        User::List => session
            .output
            .list_all(&read()?.users()?, &UserSummary::TABLE, "no users")
            .map(|()| Outcome::done()),
        User::Show(args) => session
            .output
            .show(&read()?.user(&args.name)?, &UserSummary::SHOW)
            .map(|()| Outcome::done()),
        User::Activate(args) => set_state(&args.names, true, &mut write()?),
        User::Deactivate(args) => {
            with_manager_note(&mut write()?, |store| set_state(&args.names, false, store))
        }
        User::SetGroups(args) => with_manager_note(&mut write()?, |store| set_groups(args, store)),
        User::SetExpiry(args) => with_manager_note(&mut write()?, |store| set_expiry(args, store)),
        User::Rename(args) => rename(args, &mut write()?),
        User::Delete(args) => delete(args, session),
    }
}

fn add(args: &UserAdd, session: &Session) -> Result<Outcome> {
    // Checked before a database is created in vain.
    let expires_at = expiry(args.expires, session.now())?;
    let mut store = session.open_or_create()?;
    store.check_clock(args.expires)?;
    let new = NewUser {
        name: &args.name,
        groups: &args.groups,
        description: args.description.as_ref().and_then(Text::non_empty),
        expires_at,
    };
    let (user, is_first) = store.add_user(&new)?;
    let name = &user.user.name;
    let groups = listed(&user.user.groups, "no group");
    let expiry = match user.user.expires_at {
        Some(at) => format!("; it expires at {at}"),
        None => String::new(),
    };
    let note = format!("registered the user \"{name}\" in {groups}{expiry}");
    let outcome = changed(&user, store.now(), note);
    if !is_first {
        return Ok(outcome);
    }
    Ok(outcome.note(
        "from now on operators must be registered users in a group that allows apikey:manage, \
         apikey:own or apikey:read; root and the owner of the file are exempt, unless they come \
         through sudo",
    ))
}

fn set_state(names: &[UserName], active: bool, store: &mut Store) -> Result<Outcome> {
    let all = store.set_user_state(names, active)?;
    let objects: Vec<_> = all
        .iter()
        .map(|(_, user)| UserJson::new(user, store.now()))
        .collect();
    let note = |(is_changed, user): &(bool, UserSummary)| {
        let subject = format!("the user \"{}\"", user.user.name);
        let note = state_note(&subject, active, *is_changed);
        match (is_changed, user.keys) {
            (false, _) | (true, 0) => note,
            (true, keys) => format!("{note}, who owns {}", counted(keys, "key")),
        }
    };
    let notes = all.iter().map(note);
    let is_unchanged = all.iter().all(|(is_changed, _)| !is_changed);
    let outcome = Outcome::changed(&objects).unchanged_if(is_unchanged);
    Ok(notes.fold(outcome, Outcome::note))
}

fn set_groups(args: &UserSetGroups, store: &mut Store) -> Result<Outcome> {
    let wanted = args.groups.checked()?;
    let (is_changed, user) = store.set_user_groups(&args.name, &wanted.named(), |held| {
        if args.none {
            Vec::new()
        } else {
            wanted.apply(held)
        }
    })?;
    let note = format!(
        "the user \"{}\" is {} in {}",
        user.user.name,
        now_or_already(is_changed),
        listed(&user.user.groups, "no group")
    );
    Ok(changed(&user, store.now(), note).unchanged_if(!is_changed))
}

fn set_expiry(args: &UserSetExpiry, store: &mut Store) -> Result<Outcome> {
    store.check_clock(Some(args.when))?;
    let now = store.now();
    let at = args.when.resolve(now);
    let (is_changed, user) = store.set_user_expiry(&args.name, at)?;
    let subject = format!("the user \"{}\"", user.user.name);
    let note = expiry_note(&subject, at, now, is_changed);
    Ok(changed(&user, now, note).unchanged_if(!is_changed))
}

fn rename(args: &UserRename, store: &mut Store) -> Result<Outcome> {
    let (is_changed, user) = store.rename_user(&args.name, &args.new)?;
    let note = rename_note("the user ", &args.name, &user.user.name, is_changed);
    Ok(changed(&user, store.now(), note).unchanged_if(!is_changed))
}

fn delete(args: &UserDelete, session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    check_owns_nothing(&session.open(Access::Write)?.user(&args.name)?)?;
    let question = format!("Delete the user \"{}\" for good?", args.name);
    if !session.prompt.confirm(&question)? {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    // Opened again after the prompt, so that the log has the time of the change.
    with_manager_note(&mut session.open(Access::Write)?, |store| {
        let (user, was_last) = store.delete_user(&args.name)?;
        let note = format!("deleted the user \"{}\"", args.name);
        let outcome = changed(&user, store.now(), note);
        Ok(if was_last {
            outcome.note(
                "no user is registered now: every account that can write the file can do everything",
            )
        } else {
            outcome
        })
    })
}

fn changed(user: &UserSummary, now: Timestamp, note: String) -> Outcome {
    Outcome::changed(&UserJson::new(user, now)).note(note)
}
