//! Changes of one fact of keys, which a command makes to one key or to many.

use super::{
    Change, Filter, GroupName, Key, KeyRef, MetaEntry, MetaName, Span, State, Timestamp, UserName,
    When, are_same_groups, capped, resulting_groups,
};

/// The keys that a command changes.
#[derive(Debug, Clone)]
pub enum Selection {
    /// The keys that were named.
    Keys(Vec<KeyRef>),
    /// The keys that match a filter.
    Filter {
        /// The filter.
        filter: Box<Filter>,
        /// The filter as it was given, for the log.
        text: String,
    },
}

/// A change of one fact of keys.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Activates keys.
    Activate,
    /// Deactivates keys.
    Deactivate {
        /// How long the keys stay inactive; none is for good.
        time: Option<Span>,
    },
    /// Ends the overlaps of rotations.
    FinishRotation {
        /// Whether nothing changes unless every previous secret is drained.
        if_drained: bool,
    },
    /// Sets or removes the expiry.
    SetExpiry(When),
    /// Sets the expiry of keys that would live longer than this from now on.
    CapExpiry(Span),
    /// Sets or removes the owner.
    SetOwner(Option<UserName>),
    /// Changes the groups.
    SetGroups(GroupEdit),
    /// Sets and removes metadata.
    SetMeta {
        /// The entries to set.
        set: Vec<MetaEntry>,
        /// The names to remove.
        removed: Vec<MetaName>,
    },
    /// Deletes keys.
    Delete {
        /// Whether a filter also selects active and blocked keys.
        active: bool,
    },
}

/// A change of the groups of a key or a user.
#[derive(Debug, Clone, Default)]
pub struct GroupEdit {
    /// The groups that replace the ones held before; if empty, those stay.
    pub groups: Vec<GroupName>,
    /// The groups to add.
    pub add: Vec<GroupName>,
    /// The groups to remove.
    pub remove: Vec<GroupName>,
}

impl GroupEdit {
    /// Returns every group that the change names.
    pub fn named(&self) -> Vec<GroupName> {
        let all = [&self.groups, &self.add, &self.remove];
        all.into_iter().flatten().cloned().collect()
    }

    /// Returns a group that is both added and removed, if there is one.
    pub fn contradiction(&self) -> Option<&GroupName> {
        self.add.iter().find(|group| self.remove.contains(group))
    }

    /// Returns the groups after the change, given the groups `held` before.
    pub fn apply(&self, held: &[GroupName]) -> Vec<GroupName> {
        resulting_groups(held, &self.groups, &self.add, &self.remove)
    }
}

impl Edit {
    /// Returns the kind of the change, which decides about the operator's rights.
    pub fn change(&self) -> Change {
        match self {
            Self::Activate => Change::Activate,
            Self::Deactivate { .. } => Change::Deactivate,
            Self::FinishRotation { .. } => Change::FinishRotation,
            Self::SetExpiry(_) | Self::CapExpiry(_) => Change::Expiry,
            Self::SetOwner(_) => Change::Owner,
            Self::SetGroups(_) => Change::Groups,
            Self::SetMeta { .. } => Change::Meta,
            Self::Delete { .. } => Change::Delete,
        }
    }

    /// Returns whether the change stores a time that is relative to now.
    pub fn is_relative(&self) -> bool {
        match self {
            Self::Deactivate { time } => time.is_some(),
            Self::SetExpiry(when) => when.is_relative(),
            Self::CapExpiry(_) => true,
            _ => false,
        }
    }

    /// Returns whether the change would leave `key` as it is at `now`.
    pub fn is_done(&self, key: &Key, now: Timestamp) -> bool {
        let is_inactive = key.state_at(now) == State::Inactive;
        match self {
            Self::Activate => !is_inactive,
            Self::Deactivate { time: None } => is_inactive && key.reactivates_at.is_none(),
            // A permanent deactivation stays permanent.
            Self::Deactivate { time: Some(time) } => {
                is_inactive && key.reactivates_at.is_none_or(|end| end == now.plus(*time))
            }
            Self::FinishRotation { .. } => key.overlap_end(now).is_none(),
            Self::SetExpiry(when) => key.expires_at == when.resolve(now),
            Self::CapExpiry(max) => key.expires_at == Some(capped(key.expires_at, now.plus(*max))),
            Self::SetOwner(owner) => key.owner_name() == owner.as_ref(),
            Self::SetGroups(groups) => are_same_groups(&groups.apply(&key.groups), &key.groups),
            Self::SetMeta { set, removed } => key
                .meta
                .changed(set, removed)
                .is_ok_and(|after| after == key.meta),
            Self::Delete { .. } => false,
        }
    }
}
