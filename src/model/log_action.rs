//! The actions of the log.

use super::Change;

/// The action of a change: the verb of its entry in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogAction {
    /// The database was created.
    Init,
    /// The database was restored from a backup.
    Restore,
    /// A key was created; its secret is pending.
    Create,
    /// A key of another system was taken over.
    Import,
    /// The key's secret was delivered.
    HandOver,
    /// The key's secret could not be delivered, or another rotation replaced it before that.
    HandOverFailed,
    /// The key was changed or deleted.
    Key(Change),
    /// A group was created.
    GroupCreate,
    /// The group's permissions were changed.
    GroupSetPermissions,
    /// The group was renamed.
    GroupRename,
    /// The group's description was changed.
    GroupSetDescription,
    /// The group was deleted.
    GroupDelete,
    /// A user was registered.
    UserAdd,
    /// The user was activated.
    UserActivate,
    /// The user was deactivated.
    UserDeactivate,
    /// The user's groups were changed.
    UserSetGroups,
    /// The user's expiry was changed.
    UserSetExpiry,
    /// The user was renamed.
    UserRename,
    /// The user was deleted.
    UserDelete,
    /// A rule of the policy was set.
    PolicySet,
    /// A rule of the policy was removed.
    PolicyUnset,
    /// A shared secret was created where there was none.
    SharedSecretCreate,
    /// A new shared secret replaced the previous one.
    SharedSecretRotate,
    /// The shared secret was deleted.
    SharedSecretDelete,
    /// A shared secret that could not be delivered was withdrawn.
    SharedSecretWithdraw,
}

impl LogAction {
    /// Every action.
    pub const ALL: [Self; 38] = [
        Self::Init,
        Self::Restore,
        Self::Create,
        Self::Import,
        Self::HandOver,
        Self::HandOverFailed,
        Self::Key(Change::Activate),
        Self::Key(Change::Deactivate),
        Self::Key(Change::Name),
        Self::Key(Change::Groups),
        Self::Key(Change::Permissions),
        Self::Key(Change::Description),
        Self::Key(Change::Owner),
        Self::Key(Change::Application),
        Self::Key(Change::Expiry),
        Self::Key(Change::Meta),
        Self::Key(Change::Rotate),
        Self::Key(Change::FinishRotation),
        Self::Key(Change::CancelRotation),
        Self::Key(Change::Delete),
        Self::GroupCreate,
        Self::GroupSetPermissions,
        Self::GroupRename,
        Self::GroupSetDescription,
        Self::GroupDelete,
        Self::UserAdd,
        Self::UserActivate,
        Self::UserDeactivate,
        Self::UserSetGroups,
        Self::UserSetExpiry,
        Self::UserRename,
        Self::UserDelete,
        Self::PolicySet,
        Self::PolicyUnset,
        Self::SharedSecretCreate,
        Self::SharedSecretRotate,
        Self::SharedSecretDelete,
        Self::SharedSecretWithdraw,
    ];

    /// Returns the word of the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Restore => "restore",
            Self::Create => "create",
            Self::Import => "import",
            Self::HandOver => "hand-over",
            Self::HandOverFailed => "hand-over-failed",
            Self::Key(change) => change.as_str(),
            Self::GroupCreate => "group-create",
            Self::GroupSetPermissions => "group-set-permissions",
            Self::GroupRename => "group-rename",
            Self::GroupSetDescription => "group-set-description",
            Self::GroupDelete => "group-delete",
            Self::UserAdd => "user-add",
            Self::UserActivate => "user-activate",
            Self::UserDeactivate => "user-deactivate",
            Self::UserSetGroups => "user-set-groups",
            Self::UserSetExpiry => "user-set-expiry",
            Self::UserRename => "user-rename",
            Self::UserDelete => "user-delete",
            Self::PolicySet => "policy-set",
            Self::PolicyUnset => "policy-unset",
            Self::SharedSecretCreate => "shared-secret-create",
            Self::SharedSecretRotate => "shared-secret-rotate",
            Self::SharedSecretDelete => "shared-secret-delete",
            Self::SharedSecretWithdraw => "shared-secret-withdraw",
        }
    }

    /// Returns the action with this word; `None` for an action of a newer version.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// Returns whether its entry has a key. The detail `name` of such an entry is the name of
    /// the key before the action.
    pub fn concerns_key(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Import | Self::HandOver | Self::HandOverFailed | Self::Key(_)
        )
    }

    /// Returns the detail with the key's new name, for an action that names a key.
    pub fn new_name_detail(self) -> Option<&'static str> {
        match self {
            Self::Create | Self::Import => Some("name"),
            Self::Key(Change::Name) => Some("to"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_actions_share_a_word() {
        let names: BTreeSet<_> = LogAction::ALL.map(LogAction::as_str).into();
        assert_eq!(names.len(), LogAction::ALL.len());
        for action in LogAction::ALL {
            assert_eq!(LogAction::from_name(action.as_str()), Some(action));
        }
        assert_eq!(LogAction::from_name("conquer"), None);
    }

    #[test]
    fn only_create_import_and_rename_name_a_key() {
        let named = LogAction::ALL.into_iter().filter_map(|action| {
            let detail = action.new_name_detail()?;
            assert!(action.concerns_key());
            Some((action.as_str(), detail))
        });
        let named: Vec<_> = named.collect();
        assert_eq!(
            named,
            [("create", "name"), ("import", "name"), ("rename", "to")]
        );
    }
}
