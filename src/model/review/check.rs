//! The checks of a review.

/// A reason for which a key may deserve attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// It has not been used for a long time.
    Unused,
    /// It expires soon.
    Expiring,
    /// It has expired.
    Expired,
    /// Its owner is inactive or has expired.
    OwnerInactive,
    /// Its owner is not in all of its groups.
    OwnerMissingGroup,
    /// A client presented a secret that is no longer accepted.
    Refused,
    /// Its previous secret is no longer used.
    Drained,
    /// Its previous secret is still used, and ends soon.
    OverlapEndingInUse,
    /// Its secret was not delivered.
    Pending,
    /// It breaks a rule of the policy.
    Policy,
    /// It was imported, and its secret can be guessed.
    ImportedWeak,
    /// It was never used.
    NeverUsed,
    /// It is unknown whether it was ever used.
    UseUnknown,
    /// It never expires.
    NoExpiry,
    /// It has no owner.
    NoOwner,
    /// Its current secret is old.
    Old,
    /// It may do a wide range of actions.
    Privileged,
    /// It was imported, and still has its old secret.
    Imported,
}

impl Check {
    /// Every check, in the order of findings.
    pub const ALL: [Self; 18] = [
        Self::Unused,
        Self::Expiring,
        Self::Expired,
        Self::OwnerInactive,
        Self::OwnerMissingGroup,
        Self::Refused,
        Self::Drained,
        Self::OverlapEndingInUse,
        Self::Pending,
        Self::Policy,
        Self::ImportedWeak,
        Self::NeverUsed,
        Self::UseUnknown,
        Self::NoExpiry,
        Self::NoOwner,
        Self::Old,
        Self::Privileged,
        Self::Imported,
    ];

    /// Returns the name of the check.
    pub fn as_str(self) -> &'static str {
        self.description().0
    }

    /// Returns the meaning of a finding, for help.
    pub fn meaning(self) -> &'static str {
        self.description().1
    }

    fn description(self) -> (&'static str, &'static str) {
        match self {
            Self::Unused => ("unused", "neither used nor created for --unused-after"),
            Self::Expiring => (
                "expiring",
                "expires within --warn-before, unless its whole life is shorter than that",
            ),
            Self::Expired => ("expired", "has expired"),
            Self::OwnerInactive => ("owner-inactive", "its owner is inactive or has expired"),
            Self::OwnerMissingGroup => (
                "owner-missing-group",
                "its owner is not in all of its groups",
            ),
            Self::Refused => (
                "refused",
                "refused since it was deactivated, ended or expired: a client still has it",
            ),
            Self::Drained => (
                "drained",
                "in a rotation, and the previous secret is no longer used",
            ),
            Self::OverlapEndingInUse => (
                "overlap-ending-in-use",
                "its overlap ends within --warn-before, and the previous secret was used since the \
                 rotation",
            ),
            Self::Pending => ("pending", "its secret was not delivered"),
            Self::Policy => ("policy", "breaks a rule of the policy"),
            Self::ImportedWeak => (
                "imported-weak",
                "was imported, and its secret has less than 64 bits",
            ),
            Self::NeverUsed => ("never-used", "was never used"),
            Self::UseUnknown => (
                "use-unknown",
                "no use on record, but it is older than the record",
            ),
            Self::NoExpiry => ("no-expiry", "never expires"),
            Self::NoOwner => ("no-owner", "has no owner"),
            Self::Old => ("old", "its current secret is at least --max-age old"),
            Self::Privileged => (
                "privileged",
                "may do what a permission with `*` in its action allows, other than *:read",
            ),
            Self::Imported => (
                "imported",
                "was imported, and still has the secret of the other system",
            ),
        }
    }

    /// Returns whether a review without a choice of checks includes it.
    pub fn is_default(self) -> bool {
        match self {
            Self::Unused
            | Self::Expiring
            | Self::Expired
            | Self::OwnerInactive
            | Self::OwnerMissingGroup
            | Self::Refused
            | Self::Drained
            | Self::OverlapEndingInUse
            | Self::Pending
            | Self::Policy
            | Self::ImportedWeak => true,
            Self::NeverUsed
            | Self::UseUnknown
            | Self::NoExpiry
            | Self::NoOwner
            | Self::Old
            | Self::Privileged
            | Self::Imported => false,
        }
    }

    /// Returns whether the check also concerns keys that are inactive or pending. The other checks
    /// concern only keys that clients may use now, or again after a change of the expiry or the
    /// owner.
    pub(super) fn concerns_stopped_keys(self) -> bool {
        matches!(
            self,
            Self::Expired | Self::Refused | Self::Pending | Self::Policy
        )
    }

    /// Returns whether the check also concerns keys that are inactive only for a time: their old
    /// secrets are accepted again without a change.
    pub(super) fn concerns_paused_keys(self) -> bool {
        matches!(self, Self::Imported | Self::ImportedWeak)
    }

    /// Returns whether the check needs the owner of the key, with groups and permissions.
    pub fn needs_owner(self) -> bool {
        matches!(self, Self::OwnerMissingGroup | Self::Privileged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_listed_in_the_order_of_declaration_with_those_of_a_plain_review_first() {
        for (at, check) in Check::ALL.into_iter().enumerate() {
            assert_eq!(check as usize, at, "{check:?}");
            assert_eq!(check.is_default(), at < 11, "{check:?}");
            let same = Check::ALL
                .iter()
                .filter(|other| other.as_str() == check.as_str());
            assert_eq!(same.count(), 1, "{check:?}");
        }
        assert_eq!(Check::ALL.len(), Check::Imported as usize + 1);
    }
}
