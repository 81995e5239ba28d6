//! The policy: read, changed, and enforced in one place.

mod enforce;

use std::collections::BTreeMap;

use serde_json::json;

use super::db::{Db, Row};
use super::groups::find_group;
use super::{Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Contradiction, GroupName, Invalid, LogAction, Policy, Rule, RuleSetting, RuleValue, Span,
};
use crate::store::errors::damaged;

pub(super) use enforce::Enforcement;

/// The condition that the key `k` counts for `max-keys-per-owner` at the time ?1.
const IS_COUNTED: &str = "(k.expires_at IS NULL OR k.expires_at > ?1)";

impl Store {
    /// Returns the policy.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`] when a value is invalid, and the other errors of the database.
    pub(crate) fn policy(&self) -> Result<Policy> {
        read(&self.db)
    }

    /// Returns how long the previous secret must not have been used before it counts as drained.
    /// An invalid value counts as not set: it must prevent neither a listing nor a revocation.
    pub(super) fn drain_after(&self) -> Result<Span> {
        let mut policy = Policy::default();
        let rule = Rule::DrainAfter.as_str();
        if let Some(value) = value_of(&self.db, rule)? {
            let _ = policy.add(rule, &value);
        }
        Ok(policy.drain_after())
    }

    /// Refuses to delete a group that is in `self-service-groups`.
    ///
    /// # Errors
    /// [`Kind::InUse`], and the errors of the database.
    pub(super) fn check_group_is_not_in_policy(&self, name: &GroupName) -> Result<()> {
        let (policy, _) = read_rows(&self.db)?;
        let groups = policy.self_service_groups().unwrap_or_default();
        if !groups.contains(name) {
            return Ok(());
        }
        let rule = Rule::SelfServiceGroups;
        let fact = format!("group \"{name}\" is in the policy's {rule}");
        Err(Error::new(Kind::InUse, fact).hint(format!(
            "leave it out with `apikey policy set {rule} GROUP,…`, or `apikey policy unset {rule}`"
        )))
    }

    /// Returns the number of keys of each owner that have not expired.
    pub(crate) fn owned_keys(&self) -> Result<BTreeMap<String, u64>> {
        let select = format!(
            "SELECT u.name, count(*) AS key_count FROM keys k JOIN users u ON u.id = k.owner
              WHERE {IS_COUNTED} GROUP BY u.name"
        );
        let read = |row: &Row<'_>| Ok((row.get("name")?, row.get("key_count")?));
        let counts = self.db.rows(&select, &[self.now().unix().into()], read)?;
        Ok(counts.into_iter().collect())
    }

    /// Sets a rule; without a value, removes it. Returns false if nothing had to change.
    ///
    /// # Errors
    /// [`Kind::Policy`] when two rules would contradict each other; [`Kind::GroupNotFound`],
    /// [`Kind::NotPermitted`], and the errors of the database.
    pub(crate) fn set_rule(
        &mut self,
        rule: Rule,
        value: Option<&RuleValue>,
    ) -> Result<(bool, RuleSetting)> {
        self.write(|write| {
            // An invalid value must be replaceable, so it counts as missing.
            let (policy, _) = read_rows(&write.db)?;
            let value = match value {
                Some(RuleValue::Groups(groups)) => {
                    let name = |group: &GroupName| {
                        let (_, group) = find_group(&write.db, &write.rights, group)?;
                        Ok(group.name)
                    };
                    Some(RuleValue::Groups(
                        groups.iter().map(name).collect::<Result<_>>()?,
                    ))
                }
                other => other.cloned(),
            };
            let policy = policy.with(rule, value);
            let policy = policy.map_err(contradiction)?;
            let changed = write.store_rule(&policy, rule)?;
            Ok((changed, policy.setting(rule)))
        })
    }
}

impl Write<'_> {
    /// Stores the value that `rule` has in `policy`, and appends the log entry. Returns false if
    /// it is stored already.
    fn store_rule(&self, policy: &Policy, rule: Rule) -> Result<bool> {
        let from = value_of(&self.db, rule.as_str())?;
        let to = policy.set_value(rule).map(RuleValue::to_string);
        if from == to {
            return Ok(false);
        }
        let name = rule.as_str();
        let action = match &to {
            Some(to) => {
                self.db.execute(
                    "INSERT INTO policy (rule, value) VALUES (?1, ?2)
                     ON CONFLICT (rule) DO UPDATE SET value = excluded.value",
                    &[name.into(), to.as_str().into()],
                )?;
                LogAction::PolicySet
            }
            None => {
                let delete = "DELETE FROM policy WHERE rule = ?1";
                self.db.execute(delete, &[name.into()])?;
                LogAction::PolicyUnset
            }
        };
        self.log(action, &json!({"rule": name, "from": from, "to": to}))?;
        Ok(true)
    }

    /// Renames a group in `self-service-groups`, if it is there.
    pub(super) fn rename_group_in_policy(&self, from: &GroupName, to: &GroupName) -> Result<()> {
        let (policy, _) = read_rows(&self.db)?;
        let Some(groups) = policy.self_service_groups() else {
            return Ok(());
        };
        let renamed = |group: &GroupName| if group == from { to } else { group }.clone();
        let value = RuleValue::Groups(groups.iter().map(renamed).collect());
        let rule = Rule::SelfServiceGroups;
        let policy = policy.with(rule, Some(value));
        let policy = policy.map_err(contradiction)?;
        self.store_rule(&policy, rule).map(drop)
    }
}

/// Reads the policy.
///
/// # Errors
/// [`Kind::DatabaseDamaged`] when a value is invalid, and the other errors of the database.
pub(super) fn read(db: &Db) -> Result<Policy> {
    let (policy, invalid) = read_rows(db)?;
    match invalid.into_iter().next() {
        Some((rule, invalid)) => Err(invalid_rule(&rule, &invalid)),
        None => Ok(policy),
    }
}

/// Reads the policy. Returns it without the rules whose values are invalid, and those rules with
/// the reasons.
pub(super) fn read_rows(db: &Db) -> Result<(Policy, Vec<(String, Invalid)>)> {
    let select = "SELECT rule, value FROM policy ORDER BY rule";
    let rows: Vec<(String, String)> =
        db.rows(select, &[], |row| Ok((row.get("rule")?, row.get("value")?)))?;
    let mut policy = Policy::default();
    let mut invalid = Vec::new();
    for (rule, value) in rows {
        if let Err(why) = policy.add(&rule, &value) {
            invalid.push((rule, why));
        }
    }
    Ok((policy, invalid))
}

fn value_of(db: &Db, rule: &str) -> Result<Option<String>> {
    let select = "SELECT value FROM policy WHERE rule = ?1";
    db.row(select, &[rule.into()], |row| row.get("value"))
}

fn invalid_rule(rule: &str, invalid: &Invalid) -> Error {
    damaged(format!("the policy's {rule} is invalid: {invalid}")).hint(format!(
        "set it again with `apikey policy set {rule} VALUE`, or remove it with `apikey policy unset {rule}`"
    ))
}

fn contradiction(Contradiction(fact): Contradiction) -> Error {
    Error::new(Kind::Policy, fact).hint("change the other rule first, or choose another value")
}
