//! What leave each command asks for, in one place. The store gives it or not,
//! when it is opened.

use crate::cli::{Command, Group, SharedSecret, User};
use crate::model::{Change, RequiredRight};

/// What `command` needs. Without a wildcard: a new command doesn't compile
/// before it says so here.
pub(super) fn of_command(command: &Command) -> RequiredRight {
    match command {
        // Whoever may read the file may verify; a new database has no users; the
        // others open none.
        Command::Verify(_)
        | Command::Init(_)
        | Command::Completions(_)
        | Command::Help(_)
        | Command::HoldClipboard(_) => RequiredRight::Nothing,
        Command::List(_) | Command::Show(_) => RequiredRight::SeeKeys,
        Command::Create(_) => RequiredRight::Create,
        Command::Activate(_) => RequiredRight::Change(Change::Activate),
        Command::Deactivate(_) => RequiredRight::Change(Change::Deactivate),
        Command::Rename(_) => RequiredRight::Change(Change::Name),
        Command::SetGroups(_) => RequiredRight::Change(Change::Groups),
        Command::SetPermissions(_) => RequiredRight::Change(Change::Permissions),
        Command::SetDescription(_) => RequiredRight::Change(Change::Description),
        Command::SetOwner(_) => RequiredRight::Change(Change::Owner),
        Command::SetApp(_) => RequiredRight::Change(Change::Application),
        Command::SetExpiry(_) => RequiredRight::Change(Change::Expiry),
        Command::Delete(_) => RequiredRight::Change(Change::Delete),
        Command::Group(Group::List | Group::Show(_)) => RequiredRight::SeeGroups,
        Command::User(User::Show(_)) => RequiredRight::SeeUser,
        Command::User(User::List) | Command::Log(_) | Command::Doctor(_) => RequiredRight::SeeAll,
        // Of the shared secret to read is to sign, so to see everything is not enough.
        Command::Group(
            Group::Create(_)
            | Group::SetPermissions(_)
            | Group::SetDescription(_)
            | Group::Rename(_)
            | Group::Delete(_),
        )
        | Command::User(
            User::Add(_)
            | User::Activate(_)
            | User::Deactivate(_)
            | User::SetGroups(_)
            | User::SetExpiry(_)
            | User::Rename(_)
            | User::Delete(_),
        )
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::SharedSecret(
            SharedSecret::Create
            | SharedSecret::Show
            | SharedSecret::Rotate(_)
            | SharedSecret::Delete
            | SharedSecret::Sign
            | SharedSecret::Check(_),
        ) => RequiredRight::Manage,
    }
}
