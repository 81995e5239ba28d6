//! Rights that commands require of their operator.

/// The right that a command requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredRight {
    /// None: every user who may read the file may run the command.
    Nothing,
    /// To see the groups.
    SeeGroups,
    /// To see keys; which of them, the operator's rights say.
    SeeKeys,
    /// To see a user; which one, the operator's rights say.
    SeeUser,
    /// To see everything: the users, too.
    SeeAll,
    /// To make a key.
    Create,
    /// To change a key; which one, and how far, the operator's rights say.
    Change(Change),
    /// To do anything else.
    Manage,
}

/// A change of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Its state, so that it may be used again.
    Activate,
    /// Its state, so that it may not be used.
    Deactivate,
    /// Its name.
    Name,
    /// Its groups.
    Groups,
    /// Its own permissions.
    Permissions,
    /// Its description.
    Description,
    /// Its owner.
    Owner,
    /// Its application.
    Application,
    /// Its expiry.
    Expiry,
    /// Everything: it is deleted.
    Delete,
}

impl Change {
    /// Returns the verb, as the log has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Name => "rename",
            Self::Groups => "set-groups",
            Self::Permissions => "set-permissions",
            Self::Description => "set-description",
            Self::Owner => "set-owner",
            Self::Application => "set-app",
            Self::Expiry => "set-expiry",
            Self::Delete => "delete",
        }
    }
}
