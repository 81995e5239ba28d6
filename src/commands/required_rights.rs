//! The right that each command requires. The store checks it when it is opened.

use crate::cli::{Command, Group, Policy, Scan, User};
use crate::model::{Change, RequiredRight};

/// Returns the right that `command` requires. No wildcard covers the commands, so a new command
/// doesn't compile without a line here. A new subcommand of `group`, `user` or `shared-secret`
/// requires `Manage` unless it has a line.
pub(super) fn of_command(command: &Command) -> RequiredRight {
    match command {
        Command::Scan(args) if args.deactivate => RequiredRight::Change(Change::Deactivate),
        // A new database has no users, so that it can still be created.
        Command::Init(args) if args.upgrade || args.shared.is_some() => RequiredRight::Manage,
        // Every account that can read the file may verify, and learn the prefix; `init` creates a
        // database without users; the others open no database.
        Command::Verify(_)
        | Command::Scan(Scan { rules: Some(_), .. })
        | Command::Init(_)
        | Command::Completions(_)
        | Command::Help(_)
        | Command::HoldClipboard(_) => RequiredRight::Nothing,
        Command::List(_) | Command::Show(_) | Command::Review(_) | Command::Scan(_) => {
            RequiredRight::SeeKeys
        }
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
        Command::SetMeta(_) => RequiredRight::Change(Change::Meta),
        Command::Rotate(_) | Command::Renew(_) => RequiredRight::Change(Change::Rotate),
        Command::FinishRotation(_) => RequiredRight::Change(Change::FinishRotation),
        Command::CancelRotation(_) => RequiredRight::Change(Change::CancelRotation),
        Command::Delete(_) => RequiredRight::Change(Change::Delete),
        Command::Group(Group::List | Group::Show(_)) => RequiredRight::SeeGroups,
        Command::Policy(Policy { command: None }) => RequiredRight::SeePolicy,
        Command::User(User::Show(_)) => RequiredRight::SeeUser,
        Command::User(User::List) | Command::Log(_) | Command::Doctor(_) => RequiredRight::SeeAll,
        // A reader of the shared secret can sign with it, so reading it requires more than
        // `SeeAll`.
        Command::Import(_)
        | Command::Group(_)
        | Command::User(_)
        | Command::Policy(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::SharedSecret(_) => RequiredRight::Manage,
    }
}
