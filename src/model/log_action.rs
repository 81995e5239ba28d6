//! What a change did, as the log says it.

use super::Change;

/// What a change did: the verb of its entry in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogAction {
    /// The database was made.
    Init,
    /// The database was restored from a backup.
    Restore,
    /// A key was made; its secret is not handed over.
    Create,
    /// The key's secret was handed over.
    HandOver,
    /// The key's secret could not be handed over.
    HandOverFailed,
    /// The key was changed, or deleted.
    Key(Change),
    /// A group was made.
    GroupCreate,
    /// What the group allows was changed.
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
    /// The first shared secret was stored.
    SharedSecretCreate,
    /// A new shared secret took the place of the one before.
    SharedSecretRotate,
    /// The shared secret was deleted.
    SharedSecretDelete,
    /// The shared secret that could not be handed over was taken back.
    SharedSecretWithdraw,
}

impl LogAction {
    /// Every action.
    pub const ALL: [Self; 31] = [
        Self::Init,
        Self::Restore,
        Self::Create,
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
        Self::SharedSecretCreate,
        Self::SharedSecretRotate,
        Self::SharedSecretDelete,
        Self::SharedSecretWithdraw,
    ];

    /// Returns the action as the log has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Restore => "restore",
            Self::Create => "create",
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
            Self::SharedSecretCreate => "shared-secret-create",
            Self::SharedSecretRotate => "shared-secret-rotate",
            Self::SharedSecretDelete => "shared-secret-delete",
            Self::SharedSecretWithdraw => "shared-secret-withdraw",
        }
    }

    /// Returns the action that the log calls `name`; none for an action of a later version.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// Returns whether its entry names a key. The entry of such an action has the name that
    /// the key had before it in the detail `name`.
    pub fn concerns_key(self) -> bool {
        matches!(
            self,
            Self::Create | Self::HandOver | Self::HandOverFailed | Self::Key(_)
        )
    }

    /// Returns the detail that holds the name the key has from then on, for an action that
    /// gives it one.
    pub fn new_name_detail(self) -> Option<&'static str> {
        match self {
            Self::Create => Some("name"),
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
    fn every_action_has_a_name_of_its_own() {
        let names: BTreeSet<_> = LogAction::ALL.map(LogAction::as_str).into();
        assert_eq!(names.len(), LogAction::ALL.len());
        for action in LogAction::ALL {
            assert_eq!(LogAction::from_name(action.as_str()), Some(action));
        }
        assert_eq!(LogAction::from_name("conquer"), None);
    }

    #[test]
    fn only_actions_on_a_key_give_it_a_name() {
        let named = LogAction::ALL.into_iter().filter_map(|action| {
            let detail = action.new_name_detail()?;
            assert!(action.concerns_key());
            Some((action.as_str(), detail))
        });
        let named: Vec<_> = named.collect();
        assert_eq!(named, [("create", "name"), ("rename", "to")]);
    }
}
