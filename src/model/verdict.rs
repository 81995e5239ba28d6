//! The verdict: whether a key may be used for what the caller of `verify` requires.

use super::user::UserStatus;
use super::{
    Act, AppName, Entitlement, GroupName, Permission, SecretRecord, SecretState, Span, State,
    Timestamp,
};

/// The requirements of a caller of `verify`, in addition to a usable key.
#[derive(Debug, Clone, Default)]
pub struct Requirements {
    /// Groups; the key must be in all of them.
    pub groups: Vec<GroupName>,
    /// The act that the key must allow.
    pub act: Option<Act>,
    /// The application the key must be for.
    pub application: Option<AppName>,
    /// The time for which the key must still be valid.
    pub min_remaining: Option<Span>,
    /// Whether the answer shows the key with its groups, permissions and last uses.
    pub shows_key: bool,
}

/// The reason why a key is refused. The first one that applies is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The text is not a secret of this database: its shape, prefix or checksum is wrong.
    Malformed,
    /// Unknown id, wrong secret, or pending key. The caller can't distinguish them.
    Unknown,
    /// The key was deactivated.
    Inactive,
    /// The key has expired.
    Expired,
    /// The secret was replaced, and its overlap is over; or its rotation was cancelled.
    Rotated,
    /// The key's owner was deactivated.
    OwnerInactive,
    /// The key's owner has expired.
    OwnerExpired,
    /// The key is for another application, or for none.
    WrongApplication,
    /// The key is not in a required group.
    MissingGroup,
    /// The key's owner is not in a required group.
    OwnerMissingGroup,
    /// The key lacks the required permission.
    MissingPermission,
    /// The key's owner lacks the required permission.
    OwnerMissingPermission,
    /// The key or its owner expires sooner than required.
    ExpiresSoon,
}

impl Refusal {
    /// Every reason, in the order in which they are checked.
    pub const ALL: [Self; 13] = [
        Self::Malformed,
        Self::Unknown,
        Self::Inactive,
        Self::Expired,
        Self::Rotated,
        Self::OwnerInactive,
        Self::OwnerExpired,
        Self::WrongApplication,
        Self::MissingGroup,
        Self::OwnerMissingGroup,
        Self::MissingPermission,
        Self::OwnerMissingPermission,
        Self::ExpiresSoon,
    ];

    /// Returns the word that scripts read.
    pub fn as_str(self) -> &'static str {
        self.word_and_message().0
    }

    /// Returns the meaning of the word, for people.
    pub fn message(self) -> &'static str {
        self.word_and_message().1
    }

    fn word_and_message(self) -> (&'static str, &'static str) {
        match self {
            Self::Malformed => ("malformed", "not a secret of this database, or mistyped"),
            Self::Unknown => ("unknown", "no key has this secret"),
            Self::Inactive => ("inactive", "the key was deactivated"),
            Self::Expired => ("expired", "the key has expired"),
            Self::Rotated => ("rotated", "the secret was replaced by a new one"),
            Self::OwnerInactive => ("owner-inactive", "the key's owner was deactivated"),
            Self::OwnerExpired => ("owner-expired", "the key's owner has expired"),
            Self::WrongApplication => ("wrong-application", "the key is for another application"),
            Self::MissingGroup => ("missing-group", "the key is not in a required group"),
            Self::OwnerMissingGroup => (
                "owner-missing-group",
                "the key's owner is not in a required group",
            ),
            Self::MissingPermission => (
                "missing-permission",
                "the key lacks the required permission",
            ),
            Self::OwnerMissingPermission => (
                "owner-missing-permission",
                "the key's owner lacks the required permission",
            ),
            Self::ExpiresSoon => ("expires-soon", "the key expires sooner than required"),
        }
    }
}

/// The answer of `verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The key may be used.
    Accepted,
    /// The key may not be used, for this reason.
    Refused(Refusal),
}

/// Decides whether a key, whose secret was right, may be used at `now` for what is `required`.
///
/// A key never has more rights than its owner has at `now`. A key or owner that expires at
/// `now` has expired. The first reason of [`Refusal::ALL`] that applies is reported.
pub fn decide(
    held: &Entitlement,
    secret: &SecretRecord,
    required: &Requirements,
    now: Timestamp,
) -> Verdict {
    let key = &held.key;
    let state = secret.state_at(now);
    let owner = held.owner.as_ref();
    let owner_is = |status| owner.is_some_and(|owner| owner.status(now) == status);
    let may = |permissions: &[Permission]| {
        let is_allowed = |act| permissions.iter().any(|held| held.allows(act));
        required.act.as_ref().is_none_or(is_allowed)
    };
    let is_in = |groups: &[GroupName]| required.groups.iter().all(|group| groups.contains(group));
    // The secret is valid until it, its key or the owner expires.
    let expiry = [
        key.expires_at,
        secret.valid_until,
        owner.and_then(|owner| owner.expires_at),
    ];
    let expiry = expiry.into_iter().flatten().min();
    let remaining = expiry.map(|expiry| expiry.since(now));
    let reasons = [
        (
            key.state == State::Pending || state == SecretState::Pending,
            Refusal::Unknown,
        ),
        (key.state_at(now) == State::Inactive, Refusal::Inactive),
        (key.has_expired(now), Refusal::Expired),
        (state == SecretState::Ended, Refusal::Rotated),
        (owner_is(UserStatus::Inactive), Refusal::OwnerInactive),
        (owner_is(UserStatus::Expired), Refusal::OwnerExpired),
        (
            required.application.is_some() && required.application != key.application,
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
            matches!((required.min_remaining, remaining), (Some(min), Some(left)) if left < min.seconds()),
            Refusal::ExpiresSoon,
        ),
    ];
    match reasons.into_iter().find(|(applies, _)| *applies) {
        Some((_, reason)) => Verdict::Refused(reason),
        None => Verdict::Accepted,
    }
}

#[cfg(test)]
mod tests;
