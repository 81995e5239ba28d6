//! The review: which keys deserve attention, and why.

mod check;
mod refusal;
mod row;

use super::{
    Effective, GroupName, Key, LastUse, Permission, Policy, Rule, Span, Status, Timestamp, User,
    UserStatus,
};

pub use check::Check;
pub use row::FindingRow;

use refusal::refusal;

/// The spans by which a review judges keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// How long a key must be unused to be reported.
    pub unused_after: Span,
    /// How long before its end a key or an overlap is reported.
    pub warn_before: Span,
    /// The age from which a secret is reported as old, if there is one.
    pub max_age: Option<Span>,
}

/// The checks of a review, and what they compare keys with.
#[derive(Debug, Clone)]
pub struct Review {
    /// The checks, in the order of [`Check::ALL`].
    pub checks: Vec<Check>,
    /// The spans.
    pub thresholds: Thresholds,
    /// The rules of the database.
    pub policy: Policy,
}

/// A key, and what else decides its findings.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The key.
    pub key: &'a Key,
    /// Its own permissions and its groups' permissions.
    pub permissions: &'a [Permission],
    /// The user it belongs to. Only the checks that [need the owner](Check::needs_owner) ask
    /// for it.
    pub owner: Option<&'a User>,
    /// The number of keys of its owner that have not expired.
    pub owned: u64,
    /// The bits of an imported secret of the key that can be guessed, and may still be accepted.
    /// Only [`Check::ImportedWeak`] needs it.
    pub weak_bits: Option<u32>,
}

/// A reason why a key deserves attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewFinding {
    /// The check that found it.
    pub check: Check,
    /// Since when it holds, if that is known.
    pub since: Option<Timestamp>,
    /// The fact, for people.
    pub detail: String,
}

/// A key with its findings.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The key.
    pub key: Key,
    /// Its findings, at least one, in the order of [`Check::ALL`].
    pub findings: Vec<ReviewFinding>,
}

/// Since when a fact holds, and the fact.
type Fact = (Option<Timestamp>, String);

impl Review {
    /// Returns the review by these checks, with the thresholds of `policy`.
    pub fn new(checks: Vec<Check>, policy: Policy) -> Self {
        Self {
            checks,
            thresholds: Thresholds {
                unused_after: policy.unused_after(),
                warn_before: policy.warn_before(),
                max_age: policy.span(Rule::MaxAge),
            },
            policy,
        }
    }

    /// Returns whether a finding depends on the number of keys of an owner.
    pub fn counts_keys(&self) -> bool {
        self.checks.contains(&Check::Policy) && self.policy.max_keys_per_owner().is_some()
    }

    /// Returns the findings on a key at `now`.
    pub fn findings(&self, subject: Subject<'_>, now: Timestamp) -> Vec<ReviewFinding> {
        let is_stopped = is_stopped(subject.key, now);
        let is_paused = subject.key.reactivation(now).is_some();
        let concerns = |check: &&Check| {
            !is_stopped
                || check.concerns_stopped_keys()
                || (is_paused && check.concerns_paused_keys())
        };
        let mut found = Vec::new();
        for &check in self.checks.iter().filter(concerns) {
            let facts = match check {
                Check::Policy => self.broken_rules(subject, now),
                check => self.fact(check, subject, now).into_iter().collect(),
            };
            found.extend(facts.into_iter().map(|(since, detail)| ReviewFinding {
                check,
                since,
                detail,
            }));
        }
        found
    }

    /// Returns a fact for each rule of the policy that the key breaks.
    fn broken_rules(&self, subject: Subject<'_>, now: Timestamp) -> Vec<Fact> {
        let broken = self.policy.broken_by(subject.key, subject.owned, now);
        broken
            .into_iter()
            .map(|broken| (None, broken.fact))
            .collect()
    }

    /// Returns whether a check for the use of `key` has no answer at `now`, because uses have not
    /// been recorded for long enough.
    pub fn is_use_undecided(&self, key: &Key, now: Timestamp) -> bool {
        let record = key.use_record();
        let is_undecided = |check: &Check| match check {
            Check::Unused => record
                .is_unused_for(self.thresholds.unused_after, now)
                .is_none(),
            Check::NeverUsed => record.is_never_used().is_none(),
            _ => false,
        };
        self.checks.iter().any(is_undecided) && !is_stopped(key, now)
    }

    /// Returns the fact that `check` finds. [`Check::Policy`] may find several, which
    /// [`broken_rules`](Self::broken_rules) returns.
    fn fact(&self, check: Check, subject: Subject<'_>, now: Timestamp) -> Option<Fact> {
        let Thresholds {
            unused_after,
            warn_before,
            max_age,
        } = self.thresholds;
        let key = subject.key;
        match check {
            Check::Unused => unused(key, unused_after, now),
            Check::Expiring => expiring(key, warn_before, now),
            Check::Expired => {
                let expiry = key.expires_at.filter(|expiry| *expiry <= now)?;
                Some((Some(expiry), "it has expired".to_owned()))
            }
            Check::OwnerInactive => inactive_owner(key, now),
            Check::OwnerMissingGroup => missing_groups(key, subject.owner?),
            Check::Refused => refusal(key, now),
            Check::Drained => drained(key, now),
            Check::OverlapEndingInUse => ending_in_use(key, warn_before, now),
            Check::Pending => key.is_pending().then(|| {
                let fact = "its secret was not delivered, unless its create is still running";
                (Some(key.created_at), fact.to_owned())
            }),
            Check::Policy => None,
            Check::NeverUsed => (key.last_use() == LastUse::Never).then(|| {
                let fact = "never used since it was created";
                (Some(key.created_at), fact.to_owned())
            }),
            Check::UseUnknown => (key.last_use() == LastUse::Unknown).then(|| {
                let fact = match key.last_use_known_since {
                    Some(_) => "no use on record, which began after the key was created",
                    None => "there is no record of uses",
                };
                (key.last_use_known_since, fact.to_owned())
            }),
            Check::NoExpiry => {
                let is_endless = key.expires_at.is_none();
                is_endless.then(|| (None, "it never expires".to_owned()))
            }
            Check::NoOwner => {
                let has_none = key.owner.is_none();
                has_none.then(|| (None, "it has no owner".to_owned()))
            }
            Check::Old => old(key, max_age?, now),
            Check::Privileged => privileged(subject, now),
            Check::ImportedWeak => subject.weak_bits.map(|bits| {
                let fact = format!("its imported secret has about {bits} bits; rotate it");
                (Some(key.created_at), fact)
            }),
            Check::Imported => key.short.is_imported().then(|| {
                let fact = "it still has the secret of the other system";
                (Some(key.created_at), fact.to_owned())
            }),
        }
    }
}

/// Returns whether `key` is inactive or pending at `now`.
fn is_stopped(key: &Key, now: Timestamp) -> bool {
    matches!(key.status(now), Status::Inactive | Status::Pending)
}

fn unused(key: &Key, span: Span, now: Timestamp) -> Option<Fact> {
    let record = key.use_record();
    if record.is_unused_for(span, now) != Some(true) {
        return None;
    }
    let since = record.unused_since()?;
    let fact = if record.is_never_used() == Some(true) {
        "never used since it was created"
    } else if record.last == Some(since) {
        "last used then"
    } else {
        "not used since the record of uses began"
    };
    Some((Some(since), fact.to_owned()))
}

fn expiring(key: &Key, window: Span, now: Timestamp) -> Option<Fact> {
    let expiry = key.expires_at.filter(|expiry| now < *expiry)?;
    let is_short_lived = expiry.since(key.created_at) < window.seconds();
    let is_near = expiry.since(now) <= window.seconds();
    (is_near && !is_short_lived).then(|| {
        (
            Some(expiry.minus(window)),
            format!("it expires at {expiry}"),
        )
    })
}

fn inactive_owner(key: &Key, now: Timestamp) -> Option<Fact> {
    let owner = key.owner.as_ref()?;
    match owner.status(now) {
        UserStatus::Active => None,
        UserStatus::Inactive => Some((None, format!("{} is inactive", owner.name))),
        UserStatus::Expired => Some((owner.expires_at, format!("{} has expired", owner.name))),
    }
}

fn missing_groups(key: &Key, owner: &User) -> Option<Fact> {
    let missing = key
        .groups
        .iter()
        .filter(|group| !owner.groups.contains(group));
    let missing: Vec<&str> = missing.map(GroupName::as_str).collect();
    (!missing.is_empty()).then(|| {
        let fact = format!("{} is not in {}", owner.name, missing.join(", "));
        (None, fact)
    })
}

fn drained(key: &Key, now: Timestamp) -> Option<Fact> {
    let end = key.overlap_end(now)?;
    if key.is_drained(now) != Some(true) {
        return None;
    }
    let since = key.previous.as_ref()?.uses?.quiet_since();
    let fact = format!("its previous secret is no longer used, and is accepted until {end}");
    Some((since, fact))
}

fn ending_in_use(key: &Key, window: Span, now: Timestamp) -> Option<Fact> {
    let end = key.overlap_end(now)?;
    let used = key.previous.as_ref()?.last_used_at?;
    let is_near = end.since(now) <= window.seconds();
    (is_near && used >= key.rotated_at?).then(|| {
        let fact = format!("its previous secret is in use, and is accepted until {end}");
        (Some(used), fact)
    })
}

fn old(key: &Key, max_age: Span, now: Timestamp) -> Option<Fact> {
    let since = key.rotated_at.unwrap_or(key.created_at);
    let fact = match key.rotated_at {
        Some(_) => "its secret was last rotated then",
        None => "its secret was never rotated",
    };
    (now.since(since) >= max_age.seconds()).then(|| (Some(since), fact.to_owned()))
}

fn privileged(subject: Subject<'_>, now: Timestamp) -> Option<Fact> {
    // A permission that isn't wide is not wide within the owner's rights, either.
    let wide = subject.permissions.iter().filter(|all| all.is_wide());
    let wide: Vec<Permission> = wide.cloned().collect();
    if wide.is_empty() {
        return None;
    }
    let effective = Effective::of(subject.key, &wide, subject.owner, now).permissions;
    let effective = effective.iter().filter(|all| all.is_wide());
    let effective: Vec<&str> = effective.map(Permission::as_str).collect();
    (!effective.is_empty()).then(|| (None, format!("it may {}", effective.join(", "))))
}

#[cfg(test)]
mod tests;
