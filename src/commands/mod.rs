//! The commands, one file per verb or noun, and what they share. A command acts on the database, if
//! it needs one, and reports.

mod activate;
mod backup;
mod cancel_rotation;
mod complete;
mod completions;
mod create;
mod deactivate;
mod delete;
mod delivery;
mod doctor;
mod filters;
mod finish_rotation;
mod group;
mod group_menu;
mod help;
mod hold_clipboard;
mod import;
mod init;
mod list;
mod log;
mod outcomes;
mod pick;
mod policy;
mod rename;
mod renew;
mod required_rights;
mod restore;
mod review;
mod rotate;
mod scan;
mod selection;
mod session;
mod set_app;
mod set_description;
mod set_expiry;
mod set_groups;
mod set_meta;
mod set_owner;
mod set_permissions;
mod shared_secret;
mod show;
mod through_sudo;
mod user;
mod verify;

use crate::cli::Command;
use crate::error::Result;
use crate::output::Outcome;
use crate::store::{Access, name_lock_holder};

pub(crate) use complete::run as complete;
pub(crate) use session::Session;

use outcomes::{
    changed_key, description_note, expiry_note, listed, now_or_already, rename_note, state_note,
    warn_of_operator_rights, warn_of_unknown_rules, with_manager_note,
};
use session::{expiry, locate};

/// Runs `command`.
///
/// # Errors
/// The errors of the command.
pub(crate) fn dispatch(command: &Command, session: &Session) -> Result<Outcome> {
    // The holder of a lock may be looked up only while no store is open, as is the case here.
    run(command, session).map_err(|error| match &session.location {
        Ok(location) => name_lock_holder(error, location),
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
        Command::Import(args) => import::run(args, session),
        Command::List(args) => list::run(args, &read()?, session),
        Command::Show(args) => show::run(args, session),
        Command::Review(args) => review::run(args, &read()?, session),
        Command::Activate(args) => activate::run(args, session),
        Command::Deactivate(args) => deactivate::run(args, session),
        Command::Rename(args) => rename::run(args, &mut write()?),
        Command::SetGroups(args) => set_groups::run(args, session),
        Command::SetDescription(args) => set_description::run(args, &mut write()?),
        Command::SetOwner(args) => set_owner::run(args, session),
        Command::SetPermissions(args) => set_permissions::run(args, session),
        Command::SetApp(args) => set_app::run(args, &mut write()?),
        Command::SetMeta(args) => set_meta::run(args, session),
        Command::SetExpiry(args) => set_expiry::run(args, session),
        Command::Rotate(args) => rotate::run(args, session),
        Command::FinishRotation(args) => finish_rotation::run(args, session),
        Command::CancelRotation(args) => cancel_rotation::run(args, session),
        Command::Renew(args) => renew::run(args, session),
        Command::Delete(args) => delete::run(args, session),
        Command::Verify(args) => verify::run(args, session),
        Command::Scan(args) => scan::run(args, session),
        Command::Group(command) => group::run(command, session),
        Command::User(command) => user::run(command, session),
        Command::Policy(args) => policy::run(args, session),
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
