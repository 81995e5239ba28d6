//! `apikey user` and what is below it.

use super::{Session, expiry, listed, noting_the_last_manager};
use crate::cli::{User, UserAdd, UserDelete, UserRename, UserSetExpiry, UserSetGroups};
use crate::error::Result;
use crate::model::{Text, Timestamp, UserName, UserSummary};
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
            .list_users(&read()?.users()?)
            .map(|()| Outcome::done()),
        User::Show(args) => session
            .output
            .show_user(&read()?.user(&args.name)?)
            .map(|()| Outcome::done()),
        User::Activate(args) => set_state(&args.names, true, &mut write()?),
        User::Deactivate(args) => {
            noting_the_last_manager(&mut write()?, |store| set_state(&args.names, false, store))
        }
        User::SetGroups(args) => {
            noting_the_last_manager(&mut write()?, |store| set_groups(args, store))
        }
        User::SetExpiry(args) => {
            noting_the_last_manager(&mut write()?, |store| set_expiry(args, store))
        }
        User::Rename(args) => rename(args, &mut write()?),
        User::Delete(args) => delete(args, session),
    }
}

fn add(args: &UserAdd, session: &Session) -> Result<Outcome> {
    // Before a database is made for nothing.
    let expires_at = expiry(args.expires, session.now())?;
    let mut store = session.open_or_make()?;
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
    let until = match user.user.expires_at {
        Some(at) => format!(", until {at}"),
        None => String::new(),
    };
    let note = format!("registered the user \"{name}\", in {groups}{until}");
    let outcome = changed(&user, store.now(), note);
    if !is_first {
        return Ok(outcome);
    }
    Ok(outcome.note(
        "from now on operators must be registered, and in a group that allows apikey:manage, \
         apikey:own or apikey:read; root and the owner of the file need not, without sudo",
    ))
}

fn set_state(names: &[UserName], active: bool, store: &mut Store) -> Result<Outcome> {
    let participle = if active { "activated" } else { "deactivated" };
    let all = store.set_user_state(names, active)?;
    let objects: Vec<_> = all
        .iter()
        .map(|(_, user)| UserJson::new(user, store.now()))
        .collect();
    let note = |(done, user): &(bool, UserSummary)| {
        let name = &user.user.name;
        match (done, user.keys) {
            (true, 0) => format!("{participle} the user \"{name}\""),
            (true, 1) => format!("{participle} the user \"{name}\", and with it 1 key"),
            (true, keys) => format!("{participle} the user \"{name}\", and with it {keys} keys"),
            (false, _) => format!("the user \"{name}\" is {participle} already"),
        }
    };
    let notes = all.iter().map(note);
    Ok(notes.fold(Outcome::changed(&objects), Outcome::note))
}

fn set_groups(args: &UserSetGroups, store: &mut Store) -> Result<Outcome> {
    let wanted = &args.groups;
    wanted.check()?;
    let mentioned = wanted.mentioned();
    let (done, user) = store.set_user_groups(&args.name, &mentioned, |held| {
        if args.none {
            Vec::new()
        } else {
            wanted.of(held)
        }
    })?;
    let name = &user.user.name;
    let note = if done {
        format!(
            "the user \"{name}\" is in {} now",
            listed(&user.user.groups, "no group")
        )
    } else {
        format!("the user \"{name}\" is in just those groups already")
    };
    Ok(changed(&user, store.now(), note))
}

fn set_expiry(args: &UserSetExpiry, store: &mut Store) -> Result<Outcome> {
    store.check_clock(Some(args.when))?;
    let at = args.when.resolve(store.now());
    let (done, user) = store.set_user_expiry(&args.name, at)?;
    let name = &user.user.name;
    let when = done_or_already(done);
    let note = match at {
        Some(at) if at <= store.now() && done => {
            format!("the user \"{name}\" has expired, as of {at}")
        }
        Some(at) if at <= store.now() => format!("the user \"{name}\" had expired at {at} already"),
        Some(at) => format!("the user \"{name}\" expires at {at} {when}"),
        None => format!("the user \"{name}\" never expires {when}"),
    };
    Ok(changed(&user, store.now(), note))
}

fn done_or_already(done: bool) -> &'static str {
    if done { "now" } else { "already" }
}

fn rename(args: &UserRename, store: &mut Store) -> Result<Outcome> {
    let (done, user) = store.rename_user(&args.name, &args.new)?;
    let name = &user.user.name;
    let note = if done {
        format!("renamed the user \"{}\" to \"{name}\"", args.name)
    } else {
        format!("the user \"{name}\" has that name already")
    };
    Ok(changed(&user, store.now(), note))
}

fn delete(args: &UserDelete, session: &Session) -> Result<Outcome> {
    session.prompt.check_can_confirm()?;
    check_owns_nothing(&session.open(Access::Write)?.user(&args.name)?)?;
    let question = format!("Delete the user \"{}\" for good?", args.name);
    if !session.prompt.confirm(&question)? {
        return Ok(Outcome::no().note("nothing was deleted"));
    }
    // Opened anew: the question may have taken its time, which the log tells.
    noting_the_last_manager(&mut session.open(Access::Write)?, |store| {
        let (user, was_last) = store.delete_user(&args.name)?;
        let note = format!("deleted the user \"{}\"", args.name);
        let outcome = changed(&user, store.now(), note);
        let left = "no user is registered now: whoever may write the file may do everything";
        Ok(if was_last {
            outcome.note(left)
        } else {
            outcome
        })
    })
}

fn changed(user: &UserSummary, now: Timestamp, note: String) -> Outcome {
    Outcome::changed(&UserJson::new(user, now)).note(note)
}
