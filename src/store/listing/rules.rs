//! The filters of a listing that SQL can't decide alike in every engine: a search that ignores
//! case in every script, permissions with wildcards, and last uses and refusals.

use std::ops::ControlFlow;

use super::acts::Acts;
use super::query::Query;
use crate::error::Result;
use crate::model::{Filter, OverlapUses, Pasted, Policy, Span, Timestamp, UseRecord};
use crate::store::Store;
use crate::store::db::{Db, Row};
use crate::store::errors::damaged;
use crate::store::keys::LAST_FOUR;
use crate::store::sqlite::usage::Use;
use crate::store::uses::{Dates, Slots};

/// Whether a key is listed.
pub(super) enum Answer {
    Yes,
    No,
    /// All other filters match, but the key's last use is unknown.
    Unknown,
}

/// The filters of a listing that are decided in Rust.
pub(super) struct Rules<'a> {
    /// If there are any, one of them must match.
    searches: Vec<Search>,
    acts: Option<Acts<'a>>,
    wanted: &'a Filter,
    is_sorted_by_use: bool,
    dates: Dates<'a>,
    known_since: Option<Timestamp>,
    drain_after: Span,
    now: Timestamp,
}

/// A text to search for.
struct Search {
    text: String,
    lower: String,
    /// The key that it names, if it was pasted from a table.
    pasted: Option<Pasted>,
}

impl<'a> Rules<'a> {
    /// Prepares the filters of `wanted`.
    ///
    /// # Errors
    /// The errors of reading the database.
    pub(super) fn new(
        store: &'a Store,
        wanted: &'a Filter,
        is_sorted_by_use: bool,
    ) -> Result<Self> {
        let search = |text: &str| Search {
            text: text.to_owned(),
            lower: text.to_lowercase(),
            pasted: Pasted::parse(text, &store.settings.prefix),
        };
        let now = store.actor.now;
        let needs_dates = is_sorted_by_use
            || wanted.drained
            || wanted.refused_within.is_some()
            || wanted.unused_for.is_some()
            || wanted.never_used;
        Ok(Self {
            searches: wanted
                .texts
                .iter()
                .map(|text| search(text.as_str()))
                .collect(),
            acts: Acts::find(&store.db, &wanted.acts)?,
            wanted,
            is_sorted_by_use,
            dates: if needs_dates {
                store.dates(Slots::All)?
            } else {
                Dates::Unknown
            },
            known_since: store.known_since(),
            drain_after: if wanted.drained {
                store.drain_after()?
            } else {
                Policy::default().drain_after()
            },
            now,
        })
    }

    /// Returns whether to read on after the limit is reached. Only a filter by use needs that: it
    /// counts the keys that are left out because their last use is unknown.
    pub(super) fn after_limit(&self) -> ControlFlow<()> {
        if self.filters_by_use() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    fn filters_by_use(&self) -> bool {
        self.wanted.unused_for.is_some() || self.wanted.never_used
    }

    /// Returns the columns that the filters read, each after a comma.
    pub(super) fn columns(&self, db: &Db, query: &mut Query) -> String {
        let mut columns = String::new();
        if !self.searches.is_empty() {
            columns += ", k.id, k.name, k.description";
        }
        if self.searches.iter().any(Search::has_last_four) {
            columns += &format!(", {LAST_FOUR} AS last_four");
        }
        if let Some(acts) = &self.acts {
            columns += &acts.columns(db, query);
        }
        if self.wanted.drained {
            // Every listed key has an overlap, and so a current and a previous secret.
            columns += ", (SELECT v.slot FROM secrets v
                            WHERE v.key = k.number AND v.state = 'current') AS current_slot,
                (SELECT v.created_at FROM secrets v
                  WHERE v.key = k.number AND v.state = 'current') AS rotated_at,
                (SELECT v.slot FROM secrets v
                  WHERE v.key = k.number AND v.state = 'previous') AS previous_slot";
        }
        if self.filters_by_use() || self.wanted.refused_within.is_some() || self.is_sorted_by_use {
            columns += ", k.created_at, (SELECT string_agg(CAST(s.slot AS text), ' ')
                            FROM secrets s WHERE s.key = k.number) AS slots";
        }
        columns
    }

    /// Decides whether the key of `row` is listed.
    ///
    /// # Errors
    /// When `row` holds an invalid value.
    pub(super) fn answer(&self, row: &Row<'_>) -> Result<Answer> {
        if !self.searches.is_empty() && !self.is_found(row)? {
            return Ok(Answer::No);
        }
        if let Some(acts) = &self.acts
            && !acts.allow(row)?
        {
            return Ok(Answer::No);
        }
        if self.wanted.drained && !self.is_drained(row)? {
            return Ok(Answer::No);
        }
        if let Some(span) = self.wanted.refused_within {
            let since = self.now.minus(span);
            if self.last(row, Use::Refused)?.is_none_or(|at| at < since) {
                return Ok(Answer::No);
            }
        }
        if !self.filters_by_use() {
            return Ok(Answer::Yes);
        }
        let record = UseRecord {
            last: self.last(row, Use::Accepted)?,
            known_since: self.known_since,
            created_at: Timestamp::from_unix(row.get("created_at")?),
        };
        let is_unused = match self.wanted.unused_for {
            Some(span) => record.is_unused_for(span, self.now),
            None => Some(true),
        };
        let is_never_used = if self.wanted.never_used {
            record.is_never_used()
        } else {
            Some(true)
        };
        Ok(match (is_unused, is_never_used) {
            (Some(false), _) | (_, Some(false)) => Answer::No,
            (Some(true), Some(true)) => Answer::Yes,
            _ => Answer::Unknown,
        })
    }

    /// Returns the latest use of the given kind of the key of `row`, over all its secrets.
    ///
    /// # Errors
    /// When `row` holds invalid slots.
    pub(super) fn last(&self, row: &Row<'_>, kind: Use) -> Result<Option<Timestamp>> {
        let invalid = || damaged("the slot of a secret is invalid");
        let slots: Vec<i64> = row.list("slots")?.ok_or_else(invalid)?;
        let uses = slots.into_iter().map(|slot| self.dates.last(slot, kind));
        Ok(uses.max().flatten())
    }

    /// Returns whether the previous secret of the key of `row` is known to be unused now.
    fn is_drained(&self, row: &Row<'_>) -> Result<bool> {
        let current: Option<i64> = row.get("current_slot")?;
        let rotated_at: Option<i64> = row.get("rotated_at")?;
        let previous: Option<i64> = row.get("previous_slot")?;
        let last = |slot: Option<i64>| self.dates.last(slot?, Use::Accepted);
        let uses = rotated_at.map(|at| OverlapUses {
            rotated_at: Timestamp::from_unix(at),
            current: last(current),
            previous: last(previous),
            known_since: self.known_since,
            drain_after: self.drain_after,
        });
        let is_drained = uses.and_then(|uses| uses.is_drained(self.now));
        Ok(is_drained == Some(true))
    }

    fn is_found(&self, row: &Row<'_>) -> Result<bool> {
        let id = row.text("id")?.unwrap_or_default();
        let lower = |text: Option<&str>| text.unwrap_or_default().to_lowercase();
        let (name, description) = (lower(row.text("name")?), lower(row.text("description")?));
        for search in &self.searches {
            let is_pasted = match &search.pasted {
                Some(Pasted {
                    id: pasted,
                    last_four,
                }) if pasted.as_str() == id => match last_four {
                    Some(shown) => *shown == row.text("last_four")?.unwrap_or_default(),
                    None => true,
                },
                _ => false,
            };
            if is_pasted
                || id.contains(&search.text)
                || name.contains(&search.lower)
                || description.contains(&search.lower)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Search {
    fn has_last_four(&self) -> bool {
        let last_four = |pasted: &Pasted| pasted.last_four.is_some();
        self.pasted.as_ref().is_some_and(last_four)
    }
}
