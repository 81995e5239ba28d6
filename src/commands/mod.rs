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
use std::time::{SystemTime, UNIX_EPOCH};

use crate::cli::Command;
use crate::config::{self, Location};
use crate::error::{Error, Kind, Result};
use crate::model::{Operator, Permission, RequiredRight, Standing, Timestamp, When};
use crate::output::{KeyJson, Outcome, Output};
use crate::prompt::Prompt;
use crate::store::{
    Access, Actor, Changed, Settings, Store, Verifiers, as_user, check_default, check_is_ahead,
    name_the_holder,
};

pub(crate) use complete::run as complete;

/// What every command is given.
pub(crate) struct Session {
    /// Where things are shown.
    pub(crate) output: Output,
    /// How questions are asked.
    prompt: Prompt,
    /// Where the database is. An error only for whoever needs one.
    location: Result<Location>,
    /// What the command asks leave for.
    need: RequiredRight,
}

impl Session {
    /// A session for `command` on the database that `--db` names, if it does.
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
            need: required_rights::of_command(command),
        }
    }

    fn now(&self) -> Timestamp {
        self.output.times().now()
    }

    fn location(&self) -> Result<&Location> {
        self.location.as_ref().map_err(Clone::clone)
    }

    fn actor(&self, path: &Path) -> Actor {
        actor(path, self.need)
    }

    fn open(&self, access: Access) -> Result<Store> {
        let path = &self.location()?.path;
        let store = Store::open(path, access, self.actor(path))?;
        self.output.times().set_now(store.now());
        Ok(store)
    }

    /// Opens the database for reading as whoever may read the file. Who that is isn't
    /// looked up: it takes leave of nobody, and a directory service may take long.
    fn open_unasked(&self) -> Result<Store> {
        Store::open(&self.location()?.path, Access::Read, nobody())
    }

    /// Makes the database, for one person or for `verifiers`, too, and says so.
    fn make(&self, settings: Settings, verifiers: Option<&Verifiers>) -> Result<Store> {
        let location = self.location()?;
        let path = &location.path;
        if config::is_confined(location) {
            // Where there is none there are no users either, who could say no.
            let fact = format!(
                "there is no database at {}, and sudo's rule lets you make none",
                path.display()
            );
            return Err(Error::new(Kind::NotPermitted, fact).hint(format!(
                "its owner, or root by `{} apikey …`, makes it",
                as_user("OWNER")
            )));
        }
        let store = Store::create(path, settings, verifiers, self.actor(path))?;
        self.output
            .note(&format!("created the database {}", path.display()));
        Ok(store)
    }

    /// Opens the database to change it; none if it is missing at the default path,
    /// where it is to be made, but at no other: that may be a slip of the finger.
    fn open_if_there(&self) -> Result<Option<Store>> {
        let is_to_be_made = self.location.as_ref().is_ok_and(|l| l.is_default);
        match self.open(Access::Write) {
            Err(error) if error.kind() == Kind::DatabaseMissing && is_to_be_made => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Makes the database that was not there.
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

/// Where the database is: at the path that is given, else where the environment or the
/// platform has it. A default path in another user's directory is refused.
fn locate(given: Option<&Path>) -> Result<Location> {
    let location = config::database(given)?;
    if location.is_default {
        check_default(&location.path)?;
    }
    Ok(location)
}

/// Whoever it is, now, that takes leave of nobody.
fn nobody() -> Actor {
    Actor {
        operator: Operator::from_uid(rustix::process::getuid().as_raw()),
        standing: Standing::Other,
        need: RequiredRight::Nothing,
        now: now(),
        clock: now,
    }
}

/// Who acts on the database at `path` now, and asks for that leave.
fn actor(path: &Path, need: RequiredRight) -> Actor {
    let (operator, standing) = config::operator(path);
    Actor {
        operator,
        standing,
        need,
        now: now(),
        clock: now,
    }
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
        outcome.note(match one.changed {
            true => format!("{participle} \"{name}\""),
            false => format!("\"{name}\" is {participle} already"),
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
    Ok(match had_one && store.is_unmanaged().unwrap_or(false) {
        true => outcome.note(
            "no active user may manage the database now (apikey:manage); root and the owner of the \
             file may, without sudo",
        ),
        false => outcome,
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

/// The time. Not chrono's, which panics at a clock before 1970 or past its calendar.
pub(crate) fn now() -> Timestamp {
    let whole = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_unix(match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since.as_secs()),
        Err(before) => -whole(before.duration().as_secs()),
    })
}

/// Runs `command`.
///
/// # Errors
/// Those of the command.
pub(crate) fn dispatch(command: &Command, session: &Session) -> Result<Outcome> {
    // Every store is closed by then, as naming the holder of a lock demands.
    run(command, session).map_err(|error| match session.location() {
        Ok(location) => name_the_holder(error, &location.path),
        Err(_) => error,
    })
}

fn run(command: &Command, session: &Session) -> Result<Outcome> {
    through_sudo::check(command, session)?;
    let now = session.now();
    let write = || session.open(Access::Write);
    let read = || session.open(Access::Read);
    match command {
        Command::Init(args) => init::run(args, session),
        Command::Create(args) => create::run(args, session),
        Command::List(args) => list::run(args, &read()?, session),
        Command::Show(args) => show::run(args, session),
        Command::Activate(args) => activate::run(args, session),
        Command::Deactivate(args) => deactivate::run(args, session),
        Command::Rename(args) => rename::run(args, &mut write()?, now),
        Command::SetGroups(args) => set_groups::run(args, session),
        Command::SetDescription(args) => set_description::run(args, &mut write()?, now),
        Command::SetOwner(args) => set_owner::run(args, &mut write()?, now),
        Command::SetPermissions(args) => set_permissions::run(args, session),
        Command::SetApp(args) => set_app::run(args, &mut write()?, now),
        Command::SetExpiry(args) => set_expiry::run(args, &mut write()?, now),
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
