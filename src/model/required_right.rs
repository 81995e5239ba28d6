//! Rights that commands require of their operator.

/// The right that a command requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredRight {
    /// No right: every user who can read the file may run the command.
    Nothing,
    /// Permits seeing the groups.
    SeeGroups,
    /// Permits seeing the policy.
    SeePolicy,
    /// Permits seeing keys; the operator's rights limit which.
    SeeKeys,
    /// Permits seeing a user; the operator's rights limit which.
    SeeUser,
    /// Permits seeing everything, including the users.
    SeeAll,
    /// Permits creating a key.
    Create,
    /// Permits changing a key; the operator's rights limit which and how.
    Change(Change),
    /// Permits everything else.
    Manage,
}

/// A change of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The state becomes active.
    Activate,
    /// The state becomes inactive.
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
    /// Its metadata.
    Meta,
    /// Its secret: it gets a new one.
    Rotate,
    /// Its previous secret, which ends.
    FinishRotation,
    /// Its current secret, which ends, and the previous one, which is current again.
    CancelRotation,
    /// The key is deleted.
    Delete,
}

impl Change {
    /// Returns the verb in the log.
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
            Self::Meta => "set-meta",
            Self::Rotate => "rotate",
            Self::FinishRotation => "finish-rotation",
            Self::CancelRotation => "cancel-rotation",
            Self::Delete => "delete",
        }
    }
}
