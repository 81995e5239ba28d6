//! Whether a key may be used for what is asked of it.

use std::fmt;

use super::user::UserStatus;
use super::{Act, AppName, Entitlement, GroupName, Permission, Span, State, Timestamp};

/// What a caller of `verify` asks in addition to whether a key may be used.
#[derive(Debug, Clone, Default)]
pub struct Requirements {
    /// Groups the key must be in, every one of them.
    pub groups: Vec<GroupName>,
    /// What the key must allow.
    pub act: Option<Act>,
    /// The application the key must be for.
    pub application: Option<AppName>,
    /// How long the key must still be valid.
    pub min_remaining: Option<Span>,
    /// Whether the answer shows the key with its groups, permissions and last uses.
    pub shows_key: bool,
}

/// Why a key is refused; the order is that in which reasons are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not shaped like a secret of this database, or the checksum is wrong.
    Malformed,
    /// No such key, the wrong secret, or a pending key: never told apart.
    Unknown,
    /// The key was deactivated.
    Inactive,
    /// The key's expiry has come.
    Expired,
    /// The key's owner was deactivated.
    OwnerInactive,
    /// The owner's expiry has come.
    OwnerExpired,
    /// The key is for another application, or for none.
    WrongApplication,
    /// The key is not in a group that was demanded.
    MissingGroup,
    /// The key is in such a group, but its owner is not.
    OwnerMissingGroup,
    /// Neither the key nor its groups allow what was demanded.
    MissingPermission,
    /// They do, but the owner's groups don't.
    OwnerMissingPermission,
    /// The key or its owner is not valid for as long as was demanded.
    ExpiresSoon,
}

impl Refusal {
    /// Every reason, in the order in which the first that holds is reported.
    pub const ALL: [Self; 12] = [
        Self::Malformed,
        Self::Unknown,
        Self::Inactive,
        Self::Expired,
        Self::OwnerInactive,
        Self::OwnerExpired,
        Self::WrongApplication,
        Self::MissingGroup,
        Self::OwnerMissingGroup,
        Self::MissingPermission,
        Self::OwnerMissingPermission,
        Self::ExpiresSoon,
    ];

    /// The word that scripts read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::OwnerInactive => "owner-inactive",
            Self::OwnerExpired => "owner-expired",
            Self::WrongApplication => "wrong-application",
            Self::MissingGroup => "missing-group",
            Self::OwnerMissingGroup => "owner-missing-group",
            Self::MissingPermission => "missing-permission",
            Self::OwnerMissingPermission => "owner-missing-permission",
            Self::ExpiresSoon => "expires-soon",
        }
    }

    /// What the word means, for people.
    pub fn message(self) -> &'static str {
        match self {
            Self::Malformed => "not a secret of this database, or mistyped",
            Self::Unknown => "no key has this secret",
            Self::Inactive => "the key was deactivated",
            Self::Expired => "the key has expired",
            Self::OwnerInactive => "the key's owner was deactivated",
            Self::OwnerExpired => "the key's owner has expired",
            Self::WrongApplication => "the key is for another application",
            Self::MissingGroup => "the key is not in a group that is asked for",
            Self::OwnerMissingGroup => "the key's owner is not in a group that is asked for",
            Self::MissingPermission => "the key may not do what is asked for",
            Self::OwnerMissingPermission => "the key's owner may not do what is asked for",
            Self::ExpiresSoon => "the key expires sooner than is asked for",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `verify` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The key may be used.
    Accepted,
    /// It may not, for that reason.
    Refused(Refusal),
}

/// Decides whether a key, whose secret was right, may be used at `now` for
/// what is `asked`.
///
/// A key never does more than its owner may at that moment. Who expires at
/// `now` has expired. The first reason in the order of [`Refusal`] is the one told.
pub fn decide(held: &Entitlement, asked: &Requirements, now: Timestamp) -> Verdict {
    let key = &held.key;
    let owner = held.owner.as_ref();
    let owner_is = |status| owner.is_some_and(|owner| owner.status(now) == status);
    let may = |permissions: &[Permission]| {
        let allowed = |act| permissions.iter().any(|held| held.allows(act));
        asked.act.as_ref().is_none_or(allowed)
    };
    let is_in = |groups: &[GroupName]| asked.groups.iter().all(|group| groups.contains(group));
    // Who stops being valid first decides how long the key is.
    let expiry = [key.expires_at, owner.and_then(|owner| owner.expires_at)];
    let expiry = expiry.into_iter().flatten().min();
    let remaining = expiry.map(|expiry| expiry.since(now));
    let reasons = [
        (key.state == State::Pending, Refusal::Unknown),
        (key.state == State::Inactive, Refusal::Inactive),
        (key.has_expired(now), Refusal::Expired),
        (owner_is(UserStatus::Inactive), Refusal::OwnerInactive),
        (owner_is(UserStatus::Expired), Refusal::OwnerExpired),
        (
            asked.application.is_some() && asked.application != key.application,
            Refusal::WrongApplication,
        ),
        (!is_in(&key.groups), Refusal::MissingGroup),
        (
            owner.is_some_and(|owner| !is_in(&owner.groups)),
            Refusal::OwnerMissingGroup,
        ),
        (!may(&held.permissions), Refusal::MissingPermission),
        (
            owner.is_some_and(|owner| !may(&owner.permissions)),
            Refusal::OwnerMissingPermission,
        ),
        (
            matches!((asked.min_remaining, remaining), (Some(min), Some(left)) if left < min.seconds()),
            Refusal::ExpiresSoon,
        ),
    ];
    match reasons.into_iter().find(|(holds, _)| *holds) {
        Some((_, reason)) => Verdict::Refused(reason),
        None => Verdict::Accepted,
    }
}

#[cfg(test)]
mod tests;
