//! The judgement of a change, and of an existing key.

use super::{Policy, Rule, RuleValue, Span, Timestamp};
use crate::model::{GroupName, Key, KeyName, UserName, counted};

/// The facts that a change sets. A fact that it doesn't set is none or empty, and not judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The name.
    pub name: Option<&'a KeyName>,
    /// The owner; the inner none is no owner.
    pub owner: Option<Option<&'a UserName>>,
    /// The expiry; the inner none is never.
    pub expires_at: Option<Option<Timestamp>>,
    /// The overlap of a rotation.
    pub overlap: Option<Span>,
    /// The groups that an operator with only `apikey:own` gives to the key.
    pub groups: &'a [GroupName],
    /// An owner, and the number of its keys that have not expired, after the change.
    pub owned: Option<(&'a UserName, u64)>,
}

impl<'a> Facts<'a> {
    /// Returns the facts that decide whether `key` could be created, except the number of the
    /// owner's keys and the groups that an operator may give.
    pub fn of(key: &'a Key) -> Self {
        Self {
            name: Some(&key.name),
            owner: Some(key.owner_name()),
            expires_at: Some(key.expires_at),
            ..Self::default()
        }
    }
}

/// A rule that a fact breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// The fact and the rule, as a sentence. Lower case, no final period.
    pub fact: String,
}

impl Policy {
    /// Returns the first rule that one of the facts breaks, if a change sets them at `now`.
    pub fn judge(&self, facts: &Facts<'_>, now: Timestamp) -> Option<Broken> {
        self.broken(facts, now).into_iter().next()
    }

    /// Returns every rule that an existing key breaks at `now`. `owned` is the number of its
    /// owner's keys that have not expired.
    pub fn broken_by(&self, key: &Key, owned: u64, now: Timestamp) -> Vec<Broken> {
        // The expiry of an expired key breaks no rule, and the key isn't one of the owner's keys
        // that are counted.
        let owner = key.owner_name().filter(|_| !key.has_expired(now));
        let overlap = key.rotated_at.zip(key.overlap_end(now));
        let facts = Facts {
            owned: owner.map(|owner| (owner, owned)),
            overlap: overlap.map(|(begin, end)| Span::from_seconds(end.since(begin))),
            ..Facts::of(key)
        };
        self.broken(&facts, now)
    }

    fn broken(&self, facts: &Facts<'_>, now: Timestamp) -> Vec<Broken> {
        let fact = |rule: Rule| {
            let fact = match rule {
                Rule::MaxLifetime => self.excess_of_lifetime(facts.expires_at?, now),
                Rule::OwnerRequired => (self.requires_owner() && facts.owner?.is_none())
                    .then(|| "the key has no owner".to_owned()),
                Rule::NamePattern => self.other_name(facts.name?),
                Rule::MaxKeysPerOwner => {
                    let (owner, count) = facts.owned?;
                    (count > self.max_keys_per_owner()?).then(|| {
                        let keys = counted(count, "key");
                        format!("{owner} may not have {keys} that are not expired")
                    })
                }
                Rule::MaxOverlap => {
                    let overlap = facts.overlap?;
                    (overlap > self.span(rule)?).then(|| format!("the overlap is {overlap} long"))
                }
                Rule::SelfServiceGroups => {
                    let permitted = self.self_service_groups()?;
                    let other = facts.groups.iter().find(|group| !permitted.contains(group));
                    other.map(|group| format!("the group \"{group}\" is not for self-service"))
                }
                Rule::DefaultLifetime
                | Rule::DefaultOverlap
                | Rule::MaxAge
                | Rule::UnusedAfter
                | Rule::WarnBefore
                | Rule::DrainAfter => None,
            }?;
            let value = self.value(rule)?;
            Some(Broken {
                rule,
                fact: format!("{fact}; {rule} is {value}"),
            })
        };
        Rule::ALL.into_iter().filter_map(fact).collect()
    }

    fn excess_of_lifetime(&self, expires_at: Option<Timestamp>, now: Timestamp) -> Option<String> {
        let latest = self.latest_expiry(now)?;
        match expires_at {
            None => Some("the key never expires".to_owned()),
            Some(at) if at > latest => Some(format!("the key expires at {at}, after {latest}")),
            Some(_) => None,
        }
    }

    fn other_name(&self, name: &KeyName) -> Option<String> {
        match self.set_value(Rule::NamePattern)? {
            RuleValue::Pattern(pattern) if !pattern.matches(name) => {
                Some(format!("the name \"{name}\" doesn't match"))
            }
            _ => None,
        }
    }
}
