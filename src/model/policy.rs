//! The policy: the rules of a database about what a key may be, and the thresholds of reviews.
//!
//! A change is judged only by the facts that it sets, and an activation like a creation. Existing
//! keys stay as they are: a review finds those that break a rule, and `verify` reads no rule.

mod judge;
mod rule;
mod setting;
mod value;

use std::collections::BTreeMap;

pub use judge::{Broken, Facts};
pub use rule::Rule;
pub use setting::RuleSetting;
pub use value::RuleValue;

use super::{GroupName, Invalid, Span, Timestamp};

/// Pairs of rules: the value of the first rule must not exceed the value of the second.
const ORDERED: [(Rule, Rule); 2] = [
    (Rule::DefaultLifetime, Rule::MaxLifetime),
    (Rule::DefaultOverlap, Rule::MaxOverlap),
];

/// Why two rules contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction(pub String);

/// The rules of a database.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    values: BTreeMap<Rule, RuleValue>,
    unknown: Vec<String>,
}

impl Policy {
    /// Adds a row of the database. A rule that this version doesn't know is kept by its name.
    ///
    /// # Errors
    /// When the value is invalid.
    pub fn add(&mut self, rule: &str, value: &str) -> Result<(), Invalid> {
        match Rule::from_name(rule) {
            Some(rule) => {
                let value = RuleValue::parse(rule, value)?;
                self.values.insert(rule, value);
            }
            None => self.unknown.push(rule.to_owned()),
        }
        Ok(())
    }

    /// Returns whether no rule that this version knows is set.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the names of the rules that this version doesn't know.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Returns the policy with that value of `rule`; without a value, `rule` isn't set in it.
    ///
    /// # Errors
    /// When `rule` and another rule would contradict each other: a default exceeds its maximum.
    pub fn with(&self, rule: Rule, value: Option<RuleValue>) -> Result<Self, Contradiction> {
        let mut policy = self.clone();
        match value {
            Some(value) => policy.values.insert(rule, value),
            None => policy.values.remove(&rule),
        };
        let exceeds = |(first, second): &(Rule, Rule)| {
            let limit = policy.span(*second);
            limit.is_some_and(|limit| policy.span(*first) > Some(limit))
        };
        match ORDERED.into_iter().find(exceeds) {
            Some((first, second)) if [first, second].contains(&rule) => {
                Err(Contradiction(format!(
                    "{first} ({}) would be longer than {second} ({})",
                    policy.shown(first),
                    policy.shown(second)
                )))
            }
            _ => Ok(policy),
        }
    }

    fn shown(&self, rule: Rule) -> String {
        let value = self.value(rule);
        value.map(|value| value.to_string()).unwrap_or_default()
    }

    /// Returns the value to which `rule` was set.
    pub fn set_value(&self, rule: Rule) -> Option<&RuleValue> {
        self.values.get(&rule)
    }

    /// Returns the value of `rule`: the one to which it was set, else the built-in default.
    pub fn value(&self, rule: Rule) -> Option<RuleValue> {
        self.set_value(rule)
            .cloned()
            .or_else(|| rule.default_span().map(RuleValue::Span))
    }

    /// Returns the value of a rule that is a duration.
    pub fn span(&self, rule: Rule) -> Option<Span> {
        match self.set_value(rule) {
            Some(RuleValue::Span(span)) => Some(*span),
            _ => rule.default_span(),
        }
    }

    /// Returns how many keys an owner may have; expired keys don't count.
    pub fn max_keys_per_owner(&self) -> Option<u64> {
        match self.set_value(Rule::MaxKeysPerOwner) {
            Some(RuleValue::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// Returns the groups that an operator with only `apikey:own` may give to a key.
    pub fn self_service_groups(&self) -> Option<&[GroupName]> {
        match self.set_value(Rule::SelfServiceGroups) {
            Some(RuleValue::Groups(groups)) => Some(groups),
            _ => None,
        }
    }

    /// Returns whether every key needs an owner.
    pub fn requires_owner(&self) -> bool {
        self.set_value(Rule::OwnerRequired) == Some(&RuleValue::Flag(true))
    }

    /// Returns the time after which a key counts as unused in a review.
    pub fn unused_after(&self) -> Span {
        self.span(Rule::UnusedAfter).unwrap_or(rule::UNUSED_AFTER)
    }

    /// Returns how long before an end a review warns.
    pub fn warn_before(&self) -> Span {
        self.span(Rule::WarnBefore).unwrap_or(rule::WARN_BEFORE)
    }

    /// Returns how long the previous secret must not have been used before it counts as drained.
    pub fn drain_after(&self) -> Span {
        self.span(Rule::DrainAfter).unwrap_or(rule::DRAIN_AFTER)
    }

    /// Returns the expiry of a new key for which none is given, if there is a default lifetime.
    pub fn default_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.plus(self.span(Rule::DefaultLifetime)?))
    }

    /// Returns the lifetime that a prompt offers for a new key.
    pub fn lifetime_to_offer(&self) -> Span {
        let usual = Span::from_seconds(30 * 86_400);
        let limit = self.span(Rule::MaxLifetime).unwrap_or(usual);
        let default = self.span(Rule::DefaultLifetime);
        default.unwrap_or_else(|| usual.min(limit))
    }

    /// Returns the overlaps that a prompt offers, the shortest first: the usual ones and the
    /// default, up to the maximum; only the maximum if it is shorter than all of these.
    pub fn overlaps_to_offer(&self) -> Vec<Span> {
        let usual = [3_600, 86_400, 604_800].map(Span::from_seconds);
        let default = self.span(Rule::DefaultOverlap);
        let mut offered: Vec<Span> = usual.into_iter().chain(default).collect();
        let limit = self.span(Rule::MaxOverlap);
        offered.retain(|span| span.seconds() > 0 && limit.is_none_or(|limit| *span <= limit));
        if offered.is_empty() {
            offered.extend(limit.filter(|limit| limit.seconds() > 0));
        }
        offered.sort_unstable();
        offered.dedup();
        offered
    }

    /// Returns the latest expiry that a change may set; none if there is no limit.
    pub fn latest_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.plus(self.span(Rule::MaxLifetime)?))
    }
}

/// Returns the expiry of a key after `set-expiry --cap`: `old`, but at most `latest`. A key
/// that never expires, whose `old` is none, gets `latest`.
pub fn capped(old: Option<Timestamp>, latest: Timestamp) -> Timestamp {
    old.map_or(latest, |old| old.min(latest))
}

#[cfg(test)]
mod tests;
