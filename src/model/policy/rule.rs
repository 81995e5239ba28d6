//! The names of the rules and what they mean.

use std::fmt;

use super::Span;

const DAY: i64 = 86_400;

/// The built-in defaults of the thresholds.
pub(super) const UNUSED_AFTER: Span = Span::from_seconds(90 * DAY);
pub(super) const WARN_BEFORE: Span = Span::from_seconds(14 * DAY);
pub(super) const DRAIN_AFTER: Span = Span::from_seconds(DAY);

/// A rule of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The longest time until a key expires, counted from a change.
    MaxLifetime,
    /// The lifetime of a new key without `--expires`.
    DefaultLifetime,
    /// Whether every key needs an owner.
    OwnerRequired,
    /// The pattern of the names of keys.
    NamePattern,
    /// The maximum number of keys of an owner; expired keys don't count.
    MaxKeysPerOwner,
    /// The longest overlap of a rotation.
    MaxOverlap,
    /// The overlap of a rotation without `--overlap`.
    DefaultOverlap,
    /// The groups that operators with only `apikey:own` may give to keys.
    SelfServiceGroups,
    /// For reviews: the age from which a secret is old.
    MaxAge,
    /// For reviews: the time after which a key counts as unused.
    UnusedAfter,
    /// For reviews: how long before an end to warn.
    WarnBefore,
    /// How long the previous secret must not have been used before it counts as drained.
    DrainAfter,
}

impl Rule {
    /// Every rule: first those that are enforced, then the thresholds.
    pub const ALL: [Self; 12] = [
        Self::MaxLifetime,
        Self::DefaultLifetime,
        Self::OwnerRequired,
        Self::NamePattern,
        Self::MaxKeysPerOwner,
        Self::MaxOverlap,
        Self::DefaultOverlap,
        Self::SelfServiceGroups,
        Self::MaxAge,
        Self::UnusedAfter,
        Self::WarnBefore,
        Self::DrainAfter,
    ];

    /// Returns the name of the rule.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxLifetime => "max-lifetime",
            Self::DefaultLifetime => "default-lifetime",
            Self::OwnerRequired => "owner-required",
            Self::NamePattern => "name-pattern",
            Self::MaxKeysPerOwner => "max-keys-per-owner",
            Self::MaxOverlap => "max-overlap",
            Self::DefaultOverlap => "default-overlap",
            Self::SelfServiceGroups => "self-service-groups",
            Self::MaxAge => "max-age",
            Self::UnusedAfter => "unused-after",
            Self::WarnBefore => "warn-before",
            Self::DrainAfter => "drain-after",
        }
    }

    /// Returns the rule with this name; none for a rule of a newer version.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// Returns what the rule means, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::MaxLifetime => {
                "the longest time until a key expires, from the change that sets it"
            }
            Self::DefaultLifetime => "the lifetime of a new key without --expires",
            Self::OwnerRequired => "whether every key needs an owner",
            Self::NamePattern => "the pattern that a key's complete name must match",
            Self::MaxKeysPerOwner => "the most keys of an owner; expired ones don't count",
            Self::MaxOverlap => "the longest overlap of a rotation",
            Self::DefaultOverlap => "the overlap of a rotation without --overlap",
            Self::SelfServiceGroups => {
                "the only groups that operators with apikey:own alone may give to keys"
            }
            Self::MaxAge => "review: the age at which a secret is old",
            Self::UnusedAfter => "review: the time after which a key counts as unused",
            Self::WarnBefore => {
                "review: how long before an expiry or the end of an overlap to warn"
            }
            Self::DrainAfter => {
                "how long a previous secret must be unused before it counts as drained"
            }
        }
    }

    /// Returns the built-in default, if the rule has one. All of them are durations.
    pub fn default_span(self) -> Option<Span> {
        match self {
            Self::UnusedAfter => Some(UNUSED_AFTER),
            Self::WarnBefore => Some(WARN_BEFORE),
            Self::DrainAfter => Some(DRAIN_AFTER),
            _ => None,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
