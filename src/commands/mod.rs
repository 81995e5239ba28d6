//! One file per verb: open, act, report.

mod activate;
mod backup;
mod complete;
mod completions;
mod create;
mod deactivate;
mod delete;
mod delivery;
mod doctor;
mod group;
mod group_menu;
mod help;
mod hold_clipboard;
mod init;
mod list;
mod log;
mod pick;
mod rename;
mod required_rights;
mod restore;
mod set_app;
mod set_description;
mod set_expiry;
mod set_groups;
mod set_owner;
mod set_permissions;
mod shared_secret;
mod show;
mod through_sudo;
mod user;
mod verify;

use std::path::Path;

use crate::cli::Command;
use crate::config::{self, Location};
use crate::error::{Kind, Result};
use crate::model::{Permission, RequiredRight, Timestamp, When};
use crate::output::{KeyJson, Outcome, Output};
use crate::prompt::Prompt;
use crate::store::{
    Access, Changed, Settings, Store, Verifiers, check_default, check_is_ahead, name_the_holder,
};

pub(crate) use complete::run as complete;

/// What every command is given.
pub(crate) struct Session {
    /// Where results are printed.
    pub(crate) output: Output,
    /// How the user is asked.
    prompt: Prompt,
    /// Where the database is. An error only for a command that needs one.
    location: Result<Location>,
    /// The right that the command requires.
    required: RequiredRight,
}

impl Session {
    /// Returns a session for `command` on the database that `--db` names, if it does.
    pub(crate) fn new(
        command: &Command,
        database: Option<&Path>,
        output: Output,
        prompt: Prompt,
    ) -> Self {
        Self {
            output,
            prompt,
            location: locate(database),
            required: required_rights::of_command(command),
        }
    }

    /// Returns the time at which the database was opened last, else that of the start.
    fn now(&self) -> Timestamp {
        self.output.times().now()
    }

    fn location(&self) -> Result<&Location> {
        self.location.as_ref().map_err(Clone::clone)
    }

    fn open(&self, access: Access) -> Result<Store> {
        let store = Store::open(self.location()?, access, self.required)?;
        self.output.times().set_now(store.now());
        Ok(store)
    }

    /// Makes the database, for one person or for `verifiers` too, and reports it.
    fn make(&self, settings: Settings, verifiers: Option<&Verifiers>) -> Result<Store> {
        let location = self.location()?;
        let store = Store::create(location, settings, verifiers, self.required)?;
        self.output.times().set_now(store.now());
        self.output
            .note(&format!("created the database {location}"));
        Ok(store)
    }

    /// Opens the database to change it. Returns none if it is missing at the default path,
    /// where it is made on demand. Any other path may be a slip of the finger.
    fn open_if_there(&self) -> Result<Option<Store>> {
        let is_made_on_demand = self.location.as_ref().is_ok_and(Location::is_default);
        match self.open(Access::Write) {
            Err(error) if error.kind() == Kind::DatabaseMissing && is_made_on_demand => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Makes the database that was missing.
    fn make_or_open(&self) -> Result<Store> {
        match self.make(Settings::default(), None) {
            // Another command was faster.
            Err(error) if error.kind() == Kind::Exists => self.open(Access::Write),
            made => made,
        }
    }

    /// Opens the database to change it, and makes it first where that is due.
    fn open_or_make(&self) -> Result<Store> {
        self.open_if_there()?
            .map_or_else(|| self.make_or_open(), Ok)
    }
}

/// Returns where the database is: at the path that is given, else where the environment or
/// the platform has it. A default path in another user's directory is refused.
fn locate(given: Option<&Path>) -> Result<Location> {
    let location = config::database(given)?;
    check_default(&location).map(|()| location)
}

/// What became of one key, with a sentence on it.
fn changed_key(changed: &Changed, now: Timestamp, done: &str, already: &str) -> Outcome {
    let note = if changed.changed { done } else { already };
    Outcome::changed(&KeyJson::new(&changed.after, now)).note(note)
}

/// What became of several keys, with a sentence on each.
fn changed_keys(all: &[Changed], now: Timestamp, participle: &str) -> Outcome {
    let objects: Vec<_> = all
        .iter()
        .map(|one| KeyJson::new(&one.after, now))
        .collect();
    all.iter().fold(Outcome::changed(&objects), |outcome, one| {
        let name = &one.after.name;
        outcome.note(if one.changed {
            format!("{participle} \"{name}\"")
        } else {
            format!("\"{name}\" is {participle} already")
        })
    })
}

/// Warns of permissions that a key is given and that mean nothing on a key.
fn warn_of_operators_rights(permissions: &[Permission], session: &Session) {
    for right in permissions.iter().filter(|one| one.is_of_operators()) {
        session.output.warning(&format!(
            "{right} means nothing on a key: it is a right of operators, whose groups give it"
        ));
    }
}

/// Groups or permissions in a sentence.
fn listed<T: ToString>(all: &[T], none: &str) -> String {
    match all {
        [] => none.to_owned(),
        some => some
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// Changes users or groups, and adds a note where that takes the last active user who may
/// manage the database. A database whose owner alone uses it never had one.
fn noting_the_last_manager(
    store: &mut Store,
    change: impl FnOnce(&mut Store) -> Result<Outcome>,
) -> Result<Outcome> {
    // An error in reading this is no reason to fail.
    let had_one = store.has_manager().unwrap_or(false);
    let outcome = change(store)?;
    Ok(if had_one && store.is_unmanaged().unwrap_or(false) {
        outcome.note(
            "no active user may manage the database now (apikey:manage); root and the owner of the \
         file may, without sudo",
        )
    } else {
        outcome
    })
}

/// The instant at which what is made at `now` is to end.
///
/// # Errors
/// When it is not in the future.
fn expiry(when: Option<When>, now: Timestamp) -> Result<Option<Timestamp>> {
    let at = when.and_then(|when| when.resolve(now));
    check_is_ahead(at, now).map(|()| at)
}

/// Runs `command`.
///
/// # Errors
/// Those of the command.
pub(crate) fn dispatch(command: &Command, session: &Session) -> Result<Outcome> {
    // Every store is closed by now, as naming the holder of a lock requires.
    run(command, session).map_err(|error| match &session.location {
        Ok(location) => name_the_holder(error, location),
        Err(_) => error,
    })
}

fn run(command: &Command, session: &Session) -> Result<Outcome> {
    through_sudo::check(command, session)?;
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        Command::Init(args) => init::run(args, session),
        Command::Create(args) => create::run(args, session),
        Command::List(args) => list::run(args, &read()?, session),
        Command::Show(args) => show::run(args, session),
        Command::Activate(args) => activate::run(args, session),
        Command::Deactivate(args) => deactivate::run(args, session),
        Command::Rename(args) => rename::run(args, &mut write()?),
        Command::SetGroups(args) => set_groups::run(args, session),
        Command::SetDescription(args) => set_description::run(args, &mut write()?),
        Command::SetOwner(args) => set_owner::run(args, &mut write()?),
        Command::SetPermissions(args) => set_permissions::run(args, session),
        Command::SetApp(args) => set_app::run(args, &mut write()?),
        Command::SetExpiry(args) => set_expiry::run(args, &mut write()?),
        Command::Delete(args) => delete::run(args, session),
        Command::Verify(args) => verify::run(args, session),
        Command::Group(command) => group::run(command, session),
        Command::User(command) => user::run(command, session),
        Command::SharedSecret(command) => shared_secret::run(command, session),
        Command::Log(args) => log::run(args, session),
        Command::Doctor(_) => doctor::run(session),
        Command::Backup(args) => backup::run(args, session),
        Command::Restore(args) => restore::run(args, session),
        Command::Completions(args) => completions::run(args, session),
        Command::Help(args) => help::run(args, session),
        Command::HoldClipboard(args) => hold_clipboard::run(args),
    }
}
