//! What leave each command asks for, in one place. The store gives it or not,
//! when it is opened.

use crate::cli::{Command, Group, SharedSecret, User};
use crate::model::{Change, Need};

/// What `command` needs. Without a wildcard: a new command doesn't compile
/// before it says so here.
pub(super) fn need(command: &Command) -> Need {
    match command {
        // Whoever may read the file may verify; a new database has no users; the
        // others open none.
        Command::Verify(_)
        | Command::Init(_)
        | Command::Completions(_)
        | Command::Help(_)
        | Command::HoldClipboard(_) => Need::Nothing,
        Command::List(_) | Command::Show(_) => Need::SeeKeys,
        Command::Create(_) => Need::Create,
        Command::Activate(_) => Need::Change(Change::Activate),
        Command::Deactivate(_) => Need::Change(Change::Deactivate),
        Command::Rename(_) => Need::Change(Change::Name),
        Command::SetGroups(_) => Need::Change(Change::Groups),
        Command::SetPermissions(_) => Need::Change(Change::Permissions),
        Command::SetDescription(_) => Need::Change(Change::Description),
        Command::SetOwner(_) => Need::Change(Change::Owner),
        Command::SetApp(_) => Need::Change(Change::Application),
        Command::SetExpiry(_) => Need::Change(Change::Expiry),
        Command::Delete(_) => Need::Change(Change::Delete),
        Command::Group(Group::List(_) | Group::Show(_)) => Need::SeeGroups,
        Command::User(User::Show(_)) => Need::SeeUser,
        Command::User(User::List(_)) | Command::Log(_) | Command::Doctor(_) => Need::SeeAll,
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
            SharedSecret::Create(_)
            | SharedSecret::Show(_)
            | SharedSecret::Rotate(_)
            | SharedSecret::Delete(_)
            | SharedSecret::Sign(_)
            | SharedSecret::Check(_),
        ) => Need::Manage,
    }
}
