//! The review: pages of keys with their findings, in the order of their owners.

use std::collections::BTreeMap;

use super::Store;
use super::listing::Pages;
use crate::error::Result;
use crate::model::{
    Check, Filter, Key, KeyField, Listing, Permission, Review, Reviewed, Subject, Timestamp, User,
    UserName,
};
use crate::store::errors::damaged;

/// A review: an iterator over pages of keys that have findings.
pub(crate) struct ReviewPages<'a> {
    pages: Pages<'a>,
    review: &'a Review,
    now: Timestamp,
    /// The users by name, if a check needs the owners of keys.
    users: BTreeMap<String, User>,
    /// The permissions of groups by name, if a check needs the permissions of keys.
    allowed: Option<BTreeMap<String, Vec<Permission>>>,
    /// For each owner, the number of keys that have not expired, if a rule limits it.
    owned: BTreeMap<String, u64>,
    /// The bits of imported secrets that can be guessed, by the id of the key, if the check for
    /// them runs.
    weak: BTreeMap<String, u32>,
    /// The number of keys read so far for which a check for use has no answer.
    undecided: u64,
}

impl Store {
    /// Starts the review of the keys that match `filter` and that the operator may see. They are
    /// sorted by owner, keys without an owner last, and then by name.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`](crate::error::Kind::GroupNotFound) and
    /// [`Kind::UserNotFound`](crate::error::Kind::UserNotFound) for a filter, and the errors of
    /// reading the database.
    pub(crate) fn review<'a>(
        &'a self,
        filter: Filter,
        review: &'a Review,
    ) -> Result<ReviewPages<'a>> {
        let needs_users = review.checks.iter().any(|check| check.needs_owner());
        let users = needs_users.then(|| self.users_by_name());
        let needs_permissions = review.checks.contains(&Check::Privileged);
        let allowed = needs_permissions.then(|| self.allowed_by_groups());
        let owned = review.counts_keys().then(|| self.owned_keys());
        let finds_weak = review.checks.contains(&Check::ImportedWeak);
        let weak = finds_weak.then(|| self.weak_keys());
        let by_owner = Listing {
            sort: KeyField::Owner,
            ..Listing::from(filter)
        };
        Ok(ReviewPages {
            pages: self.pages(&by_owner)?,
            review,
            now: self.now(),
            users: users.transpose()?.unwrap_or_default(),
            allowed: allowed.transpose()?,
            owned: owned.transpose()?.unwrap_or_default(),
            weak: weak.transpose()?.unwrap_or_default(),
            undecided: 0,
        })
    }

    /// Returns the number of keys that break a rule of the policy.
    pub(crate) fn count_against_policy(&self) -> Result<u64> {
        let policy = self.policy()?;
        if policy.is_empty() {
            return Ok(0);
        }
        let review = Review::new(vec![Check::Policy], policy);
        let mut count = 0;
        for page in self.review(Filter::default(), &review)? {
            count += page?.len() as u64;
        }
        Ok(count)
    }

    /// Returns the permissions of each group that has any, by the name of the group.
    fn allowed_by_groups(&self) -> Result<BTreeMap<String, Vec<Permission>>> {
        let select = "SELECT g.name, p.permission
               FROM groups g JOIN group_permissions p ON p.group_id = g.id";
        let rows = self.db.rows(select, &[], |row| {
            let permission = row.get::<String>("permission")?.parse();
            let permission = permission.map_err(|_| damaged("a permission is invalid"))?;
            Ok((row.get::<String>("name")?, permission))
        })?;
        let mut allowed: BTreeMap<String, Vec<Permission>> = BTreeMap::new();
        for (group, permission) in rows {
            allowed.entry(group).or_default().push(permission);
        }
        Ok(allowed)
    }
}

impl ReviewPages<'_> {
    /// Returns the number of keys for which all other filters match, but whose last use is
    /// unknown.
    pub(crate) fn left_out(&self) -> u64 {
        self.pages.left_out()
    }

    /// Returns the number of keys read so far for which a check for use has no answer.
    pub(crate) fn undecided(&self) -> u64 {
        self.undecided
    }

    /// Returns `key` with its findings, if it has any.
    fn judge(&mut self, key: Key) -> Option<Reviewed> {
        self.undecided += u64::from(self.review.is_use_undecided(&key, self.now));
        let owner = key.owner_name().map(UserName::as_str);
        let owned = owner.and_then(|owner| self.owned.get(owner)).copied();
        let subject = Subject {
            key: &key,
            permissions: &self.permissions(&key),
            owner: owner.and_then(|owner| self.users.get(owner)),
            owned: owned.unwrap_or_default(),
            weak_bits: self.weak.get(key.id().as_str()).copied(),
        };
        let findings = self.review.findings(subject, self.now);
        (!findings.is_empty()).then_some(Reviewed { key, findings })
    }

    /// Returns the permissions of `key` and of its groups, if a check needs them.
    fn permissions(&self, key: &Key) -> Vec<Permission> {
        let Some(allowed) = &self.allowed else {
            return Vec::new();
        };
        let groups = key.groups.iter();
        let by_groups = groups.filter_map(|group| allowed.get(group.as_str()));
        let all = by_groups.flatten().chain(&key.permissions);
        all.cloned().collect()
    }
}

impl Iterator for ReviewPages<'_> {
    type Item = Result<Vec<Reviewed>>;

    /// Reads the next page and judges its keys. After an error there is no next page.
    fn next(&mut self) -> Option<Self::Item> {
        let page = self.pages.next()?;
        Some(page.map(|keys| {
            let judged = keys.into_iter().filter_map(|key| self.judge(key));
            judged.collect()
        }))
    }
}
