//! Edits: one fact of named or filtered keys, changed in one transaction, all or none.

mod fact;

use super::keys::edit::Changed;
use super::keys::names::check_delivered;
use super::{Lock, Store, Write};
use crate::error::{Error, Kind, Result};
use crate::model::{Change, Edit, Filter, Key, KeyName, KeyRef, LogAction, Selection, Status};

use fact::Fact;

/// The most keys that one transaction changes.
const MAX_KEYS: u64 = 100_000;

/// The most names of [`KeyNames`].
const MAX_NAMES: usize = 20;

/// The number of keys that are read at once, by a few statements for all of them.
const PAGE: usize = 500;

/// An edit of keys, with its limits.
#[derive(Debug)]
pub(crate) struct EditRequest<'a> {
    /// The keys.
    pub(crate) selection: &'a Selection,
    /// The change of each key.
    pub(crate) edit: &'a Edit,
    /// The most keys that may change.
    pub(crate) at_most: Option<u64>,
    /// Whether to check everything, but to change nothing.
    pub(crate) dry_run: bool,
    /// The numbers of the keys that the user has confirmed, sorted. A filter then selects no
    /// others.
    pub(crate) confirmed: Option<&'a [i64]>,
}

/// The outcome of an edit.
#[derive(Debug, Default)]
pub(crate) struct Edited {
    /// The numbers of the keys that were changed, sorted.
    pub(crate) numbers: Vec<i64>,
    /// The names of the keys that were changed.
    pub(crate) names: KeyNames,
    /// The number of keys that a filter by last use left out because their last use is unknown.
    pub(crate) unknown_uses: u64,
    /// The number of keys that match, but are not deleted because they are active or blocked.
    pub(crate) kept: u64,
    /// The keys whose previous secrets may still be used. If there are any, nothing was changed.
    pub(crate) not_drained: KeyNames,
    /// The number of keys beyond the limit.
    excess: u64,
    /// The slots of deleted secrets.
    slots: Vec<i64>,
}

/// The names of the first keys, at most twenty, and the number of all keys.
#[derive(Debug, Default)]
pub(crate) struct KeyNames {
    /// The names of the first keys.
    pub(crate) first: Vec<KeyName>,
    /// The number of all keys.
    pub(crate) count: usize,
}

impl KeyNames {
    fn add(&mut self, name: &KeyName) {
        self.count += 1;
        if self.first.len() < MAX_NAMES {
            self.first.push(name.clone());
        }
    }
}

/// A function that is called with each key after its change, but before the commit: the change of
/// a later key may still fail.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(&Changed);

impl Store {
    /// Changes one fact of keys, all or none. Calls `visit` with each key that changes; also with a
    /// named key that has nothing to change. Without `visit` the keys are not read again after the
    /// change.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], [`Kind::NotPermitted`], [`Kind::Pending`] or [`Kind::TooMany`];
    /// [`Kind::GroupNotFound`] and [`Kind::UserNotFound`] for a filter; the errors of [`Fact::new`]
    /// and [`Fact::set`]; and the errors of the database. The first error ends the edit, and
    /// nothing is changed.
    pub(crate) fn edit(
        &mut self,
        request: &EditRequest<'_>,
        visit: Option<Visit<'_>>,
    ) -> Result<Edited> {
        self.retry_visiting(visit, |store, visit| store.try_to_edit(request, visit))
    }

    /// Calls `change` with `visit`, again if it failed because of another transaction. A key that
    /// was visited can't be visited again.
    pub(super) fn retry_visiting<T>(
        &mut self,
        mut visit: Option<Visit<'_>>,
        mut change: impl FnMut(&mut Self, Option<Visit<'_>>) -> Result<T>,
    ) -> Result<T> {
        self.retry(|store| {
            let mut is_visited = false;
            let done = match &mut visit {
                Some(visit) => {
                    let mut visit = |changed: &Changed| {
                        is_visited = true;
                        visit(changed);
                    };
                    change(store, Some(&mut visit))
                }
                None => change(store, None),
            };
            done.map_err(|error| (error, !is_visited))
        })
    }

    fn try_to_edit(
        &mut self,
        request: &EditRequest<'_>,
        visit: Option<Visit<'_>>,
    ) -> Result<Edited> {
        let write = self.begin(Lock::Write)?;
        let mut edited = Edited::default();
        let change = request.edit.change();
        // The rights come before the values, which an operator may not be allowed to see.
        let named = match request.selection {
            Selection::Keys(wanted) => write.view().find_all(wanted, change)?,
            Selection::Filter { filter, .. } => {
                write.rights.check_kind(change)?;
                write.store.check_filter(filter)?;
                Vec::new()
            }
        };
        let mut editing = Editing {
            write: &write,
            request,
            fact: Fact::new(&write, request.edit)?,
            visit,
            edited: &mut edited,
        };
        match request.selection {
            Selection::Keys(_) => editing.edit_named(named)?,
            Selection::Filter { filter, text } => editing.edit_filtered(filter, text)?,
        }
        edited.check_limit(request)?;
        edited.numbers.sort_unstable();
        if request.dry_run || edited.not_drained.count > 0 {
            return Ok(edited);
        }
        write.commit()?;
        self.clear_uses(&edited.slots);
        Ok(edited)
    }

    /// Returns the keys that `wanted` names, each once, if the operator may delete them.
    ///
    /// # Errors
    /// [`Kind::KeyNotFound`], [`Kind::NotPermitted`], and the errors of the database.
    pub(crate) fn find_to_delete(&self, wanted: &[KeyRef]) -> Result<Vec<Key>> {
        let found = self.view().find_all(wanted, Change::Delete)?;
        Ok(found.into_iter().map(|(_, key)| key).collect())
    }
}

/// An edit under way.
struct Editing<'a, 'w, 'v> {
    write: &'a Write<'w>,
    request: &'a EditRequest<'a>,
    fact: Fact<'a>,
    visit: Option<Visit<'v>>,
    edited: &'a mut Edited,
}

impl Editing<'_, '_, '_> {
    fn edit_named(&mut self, keys: Vec<(i64, Key)>) -> Result<()> {
        let edit = self.request.edit;
        for (number, key) in keys {
            let is_changed = !edit.is_done(&key, self.write.now());
            if is_changed {
                self.edit_key(number, &key, None)?;
            }
            // After the rights, which the change checks; the error undoes the change.
            self.check_delivered(&key)?;
            self.report(vec![(number, key)], is_changed)?;
        }
        Ok(())
    }

    fn edit_filtered(&mut self, filter: &Filter, text: &str) -> Result<()> {
        let (write, edit) = (self.write, self.request.edit);
        let order = write.view().order(&write.db, &filter.clone().into())?;
        self.edited.unknown_uses = order.left_out;
        for numbers in order.numbers.chunks(PAGE) {
            let mut changed = Vec::new();
            for (number, key) in write.view().numbered(&write.db, numbers)? {
                if self.selects(filter, number, &key) && !edit.is_done(&key, write.now()) {
                    write.rights.check_change(&key, edit.change())?;
                    self.check_delivered(&key)?;
                    self.edit_key(number, &key, Some(text))?;
                    changed.push((number, key));
                }
            }
            self.report(changed, true)?;
        }
        Ok(())
    }

    /// Returns whether a key that matches the filter is selected. Pending keys are only selected
    /// by their status. Active and blocked keys are only deleted on request, and counted otherwise.
    fn selects(&mut self, filter: &Filter, number: i64, key: &Key) -> bool {
        if key.is_pending() && !filter.statuses.contains(&Status::Pending) {
            return false;
        }
        let is_usable = matches!(
            key.status(self.write.now()),
            Status::Active | Status::Blocked
        );
        let is_kept = matches!(self.request.edit, Edit::Delete { active: false }) && is_usable;
        self.edited.kept += u64::from(is_kept);
        let is_among = |numbers: &[i64]| numbers.binary_search(&number).is_ok();
        !is_kept && self.request.confirmed.is_none_or(is_among)
    }

    /// Changes a key, and appends the log entry. If the key would have to be drained and isn't,
    /// only adds its name to `not_drained`.
    fn edit_key(&mut self, number: i64, key: &Key, selection: Option<&str>) -> Result<()> {
        let edited = &mut *self.edited;
        if let Edit::FinishRotation { if_drained: true } = self.request.edit
            && key.is_drained(self.write.now()) != Some(true)
        {
            edited.not_drained.add(&key.name);
            return Ok(());
        }
        if edited.numbers.len() as u64 == self.request.max() {
            // The rest is only counted.
            edited.excess += 1;
            return Ok(());
        }
        if let Fact::Delete = self.fact {
            edited.slots.extend(self.write.slots(number)?);
        }
        let mut details = self.fact.set(self.write, number, key)?;
        if let Some(text) = selection {
            details["selection"] = text.into();
        }
        let action = LogAction::Key(self.request.edit.change());
        self.write.log_key(action, key, details)?;
        edited.numbers.push(number);
        edited.names.add(&key.name);
        Ok(())
    }

    /// Refuses a pending key, unless it is deleted.
    fn check_delivered(&self, key: &Key) -> Result<()> {
        match self.fact {
            Fact::Delete => Ok(()),
            _ => check_delivered(key),
        }
    }

    /// Passes keys on to `visit`, as they were before and as they are now.
    fn report(&mut self, keys: Vec<(i64, Key)>, is_changed: bool) -> Result<()> {
        let Some(visit) = &mut self.visit else {
            return Ok(());
        };
        let after = if matches!(self.fact, Fact::Delete) || !is_changed {
            keys.clone()
        } else {
            let numbers: Vec<i64> = keys.iter().map(|(number, _)| *number).collect();
            self.write.view().numbered(&self.write.db, &numbers)?
        };
        for ((_, before), (_, after)) in keys.into_iter().zip(after) {
            visit(&Changed {
                before,
                after,
                changed: is_changed,
            });
        }
        Ok(())
    }
}

impl EditRequest<'_> {
    /// Returns the most keys that may change.
    fn max(&self) -> u64 {
        self.at_most.unwrap_or(MAX_KEYS).min(MAX_KEYS)
    }
}

impl Edited {
    /// Refuses an edit of more keys than the request permits.
    ///
    /// # Errors
    /// [`Kind::TooMany`].
    fn check_limit(&self, request: &EditRequest<'_>) -> Result<()> {
        if self.excess == 0 {
            return Ok(());
        }
        let (count, max) = (self.numbers.len() as u64 + self.excess, request.max());
        let fact = format!("{count} keys would change, more than {max}; nothing was changed");
        let hint = match request.selection {
            _ if max == MAX_KEYS => "select fewer keys: no command changes more at once",
            Selection::Keys(_) => "name fewer KEYs, or give a larger --at-most",
            Selection::Filter { .. } => "see which with --dry-run and without --at-most",
        };
        Err(Error::new(Kind::TooMany, fact).hint(hint))
    }
}
