//! The one place that enforces the policy.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use super::{IS_COUNTED, read, read_rows};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Broken, Facts, GroupName, Key, KeyName, Policy, Rights, Rule, TimePoint, Timestamp, UserName,
    When,
};
use crate::store::{Store, Write};

/// The policy as a transaction has read it, and the keys that it has counted.
#[derive(Default)]
pub(in crate::store) struct Enforcement {
    policy: OnceCell<Policy>,
    /// For each owner whose keys were counted: how many have not expired, after the changes so far.
    owned: RefCell<BTreeMap<String, u64>>,
}

impl Store {
    /// Refuses facts that break a rule at present, before the change that sets them.
    ///
    /// # Errors
    /// [`Kind::Policy`], and the errors of the database.
    pub(crate) fn judge(&self, facts: &Facts<'_>) -> Result<()> {
        let (policy, _) = read_rows(&self.db)?;
        // The user may have taken long to type a time that counts from now.
        refuse(None, policy.judge(facts, self.clock().now()))
    }
}

impl Write<'_> {
    /// Refuses a change that sets `facts` of the key `name` if one of them breaks a rule. `gained`
    /// is an owner whose keys are to be counted, and the number of keys that it gets by the change.
    ///
    /// # Errors
    /// [`Kind::Policy`]; [`Kind::DatabaseNewer`] when there is a rule that this version can't
    /// judge; and the errors of the database.
    pub(in crate::store) fn enforce(
        &self,
        name: &KeyName,
        facts: &Facts<'_>,
        gained: Option<(&UserName, u64)>,
    ) -> Result<()> {
        refuse(Some(name), self.broken(facts, gained)?)
    }

    /// Returns the first rule that one of `facts` breaks, as in [`enforce`](Self::enforce).
    ///
    /// # Errors
    /// [`Kind::DatabaseNewer`], and the errors of the database.
    pub(in crate::store) fn broken(
        &self,
        facts: &Facts<'_>,
        gained: Option<(&UserName, u64)>,
    ) -> Result<Option<Broken>> {
        let policy = self.policy()?;
        let counts = policy.max_keys_per_owner().is_some();
        let owned = match gained.filter(|_| counts) {
            Some((owner, count)) => Some((owner, self.owned_after(owner, count)?)),
            None => None,
        };
        Ok(policy.judge(&Facts { owned, ..*facts }, self.now()))
    }

    /// Judges the activation of a key, like a creation.
    pub(in crate::store) fn enforce_activation(&self, key: &Key) -> Result<()> {
        let counted = key.owner_name().filter(|_| !key.has_expired(self.now()));
        self.enforce(&key.name, &Facts::of(key), counted.map(|owner| (owner, 0)))
    }

    /// Judges a new name of a key.
    pub(in crate::store) fn enforce_name(&self, key: &Key, name: &KeyName) -> Result<()> {
        let facts = Facts {
            name: Some(name),
            ..Facts::default()
        };
        self.enforce(&key.name, &facts, None)
    }

    /// Judges a new owner of a key; none is no owner.
    pub(in crate::store) fn enforce_owner(
        &self,
        key: &Key,
        owner: Option<&UserName>,
    ) -> Result<()> {
        let facts = Facts {
            owner: Some(owner),
            ..Facts::default()
        };
        let counted = owner.filter(|_| !key.has_expired(self.now()));
        self.enforce(&key.name, &facts, counted.map(|owner| (owner, 1)))
    }

    /// Judges a new expiry of a key; none is never. An expiry that has passed revokes the key, and
    /// revoking is never refused.
    pub(in crate::store) fn enforce_expiry(&self, key: &Key, at: Option<Timestamp>) -> Result<()> {
        let now = self.now();
        if at.is_some_and(|at| at <= now) {
            return Ok(());
        }
        let facts = Facts {
            expires_at: Some(at),
            ..Facts::default()
        };
        let revived = key.owner_name().filter(|_| key.has_expired(now));
        self.enforce(&key.name, &facts, revived.map(|owner| (owner, 1)))
    }

    /// Judges groups that the key `name` is given. The policy restricts only operators with limited
    /// rights in this.
    pub(in crate::store) fn enforce_groups(
        &self,
        name: &KeyName,
        added: &[GroupName],
    ) -> Result<()> {
        match self.restricted(added) {
            [] => Ok(()),
            groups => self.enforce(
                name,
                &Facts {
                    groups,
                    ..Facts::default()
                },
                None,
            ),
        }
    }

    /// Returns the groups that the policy judges if a key is given them: none for an operator who
    /// may do everything.
    pub(in crate::store) fn restricted<'g>(&self, added: &'g [GroupName]) -> &'g [GroupName] {
        match self.rights {
            Rights::Limited { .. } => added,
            Rights::Everything => &[],
        }
    }

    /// Returns the expiry of a new key for which none is given, if there is a default lifetime.
    ///
    /// # Errors
    /// [`Kind::Clock`]; [`Kind::DatabaseNewer`] as in [`enforce`](Self::enforce); and the errors of
    /// the database.
    pub(in crate::store) fn default_expiry(&self) -> Result<Option<Timestamp>> {
        let policy = self.policy()?;
        if let Some(lifetime) = policy.span(Rule::DefaultLifetime) {
            let when = When::At(TimePoint::Offset(lifetime));
            self.store.check_clock(Some(when))?;
        }
        Ok(policy.default_expiry(self.now()))
    }

    /// Returns the policy, which is read once in each transaction.
    fn policy(&self) -> Result<&Policy> {
        if let Some(policy) = self.enforcement.policy.get() {
            return Ok(policy);
        }
        let policy = read(&self.db)?;
        if let Some(rule) = policy.unknown().first() {
            let fact = format!("the policy has a rule of a newer version: \"{rule}\"");
            return Err(Error::new(Kind::DatabaseNewer, fact)
                .hint("use the newer apikey; this one can't judge what that rule forbids"));
        }
        Ok(self.enforcement.policy.get_or_init(|| policy))
    }

    /// Returns the number of keys of `owner` that have not expired, after the changes so far and
    /// with `gained` more.
    fn owned_after(&self, owner: &UserName, gained: u64) -> Result<u64> {
        let name = owner.as_str();
        let mut owned = self.enforcement.owned.borrow_mut();
        let count = match owned.get(name) {
            Some(count) => *count,
            None => {
                let select = format!(
                    "SELECT count(*) AS key_count FROM keys k
                      WHERE k.owner = (SELECT id FROM users WHERE name = ?2) AND {IS_COUNTED}"
                );
                let values = [self.now().unix().into(), name.into()];
                let count = self.db.row(&select, &values, |row| row.get("key_count"))?;
                count.unwrap_or_default()
            }
        };
        let after = count + gained;
        owned.insert(name.to_owned(), after);
        Ok(after)
    }
}

/// Returns the error of a broken rule, if there is one. The message has the key's name, if given.
fn refuse(name: Option<&KeyName>, broken: Option<Broken>) -> Result<()> {
    let Some(Broken { rule, fact }) = broken else {
        return Ok(());
    };
    let hint = match rule {
        Rule::MaxLifetime => "give an expiry within max-lifetime",
        Rule::OwnerRequired => {
            "name a USER: with --owner in `create`, or with `apikey set-owner KEY USER`"
        }
        Rule::NamePattern => "choose a name that matches the pattern from beginning to end",
        Rule::MaxKeysPerOwner => "delete or expire another key of this owner",
        Rule::MaxOverlap => {
            "give a shorter overlap; `apikey rotate KEY --overlap 0s` is always permitted"
        }
        Rule::SelfServiceGroups => "choose among those groups, or ask a user who has apikey:manage",
        _ => "see `apikey policy`",
    };
    let key = name.map(|name| format!(" for \"{name}\""));
    let fact = format!("the policy forbids this{}: {fact}", key.unwrap_or_default());
    Err(Error::new(Kind::Policy, fact).hint(hint))
}
