//! What a listing asks of a key, as far as SQL can't decide it alike in every engine: a
//! search that ignores case in every script, permissions with wildcards, last uses.

use std::ops::ControlFlow;

use super::acts::Acts;
use super::query::Query;
use crate::error::Result;
use crate::model::{Listing, Pasted, Span, Timestamp, UseRecord};
use crate::store::Store;
use crate::store::db::{Db, Row};
use crate::store::errors::damaged;
use crate::store::keys::LAST_FOUR;
use crate::store::sqlite::usage::{UsageFile, Use};

/// Whether a key is listed.
pub(super) enum Answer {
    Yes,
    No,
    /// All but its last use is as wanted, and that isn't known.
    Unknown,
}

/// The rules of a listing that are decided in Rust.
pub(super) struct Rules<'a> {
    /// One of them finds the key, if there are any.
    searches: Vec<Search>,
    acts: Option<Acts<'a>>,
    unused_for: Option<Span>,
    never_used: bool,
    is_sorted_by_use: bool,
    usage: Option<&'a UsageFile>,
    known_since: Option<Timestamp>,
    now: Timestamp,
}

/// A text that keys are searched for.
struct Search {
    text: String,
    lower: String,
    /// The key that it names, where it was pasted from a table.
    pasted: Option<Pasted>,
}

impl<'a> Rules<'a> {
    /// Prepares the rules of `wanted`.
    ///
    /// # Errors
    /// The errors of reading what groups allow.
    pub(super) fn new(
        store: &'a Store,
        wanted: &'a Listing,
        is_sorted_by_use: bool,
    ) -> Result<Self> {
        let search = |text: &str| Search {
            text: text.to_owned(),
            lower: text.to_lowercase(),
            pasted: Pasted::parse(text, &store.settings.prefix),
        };
        let usage = store.usage.as_ref();
        let now = store.actor.now;
        Ok(Self {
            searches: wanted
                .texts
                .iter()
                .map(|text| search(text.as_str()))
                .collect(),
            acts: Acts::find(&store.db, &wanted.acts)?,
            unused_for: wanted.unused_for,
            never_used: wanted.never_used,
            is_sorted_by_use,
            usage,
            known_since: usage.and_then(|usage| usage.known_since(now)),
            now,
        })
    }

    /// Returns whether to read on when as many keys as wanted were found: only to count those
    /// that are left out.
    pub(super) fn after_the_last(&self) -> ControlFlow<()> {
        if self.is_on_use() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    fn is_on_use(&self) -> bool {
        self.unused_for.is_some() || self.never_used
    }

    /// Returns the columns that the rules read, each after a comma.
    pub(super) fn columns(&self, db: &Db, query: &mut Query) -> String {
        let mut columns = String::new();
        if !self.searches.is_empty() {
            columns += ", k.id, k.name, k.description";
        }
        if self.searches.iter().any(Search::is_for_short_form) {
            columns += &format!(", {LAST_FOUR} AS last_four");
        }
        if let Some(acts) = &self.acts {
            columns += &acts.columns(db, query);
        }
        if self.is_on_use() || self.is_sorted_by_use {
            columns += ", k.created_at, (SELECT string_agg(CAST(s.slot AS text), ' ')
                            FROM secrets s WHERE s.key = k.number) AS slots";
        }
        columns
    }

    /// Decides whether the key of `row` is listed.
    ///
    /// # Errors
    /// Where `row` holds what it can't hold.
    pub(super) fn answer(&self, row: &Row<'_>) -> Result<Answer> {
        if !self.searches.is_empty() && !self.is_found(row)? {
            return Ok(Answer::No);
        }
        if let Some(acts) = &self.acts
            && !acts.allow(row)?
        {
            return Ok(Answer::No);
        }
        if !self.is_on_use() {
            return Ok(Answer::Yes);
        }
        let record = UseRecord {
            last: self.last(row, Use::Accepted)?,
            known_since: self.known_since,
            created_at: Timestamp::from_unix(row.get("created_at")?),
        };
        let is_unused = match self.unused_for {
            Some(span) => record.is_unused_for(span, self.now),
            None => Some(true),
        };
        let is_never_used = if self.never_used {
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

    /// Returns the latest such use of the key of `row`, over all its secrets.
    ///
    /// # Errors
    /// Where `row` holds no slots.
    pub(super) fn last(&self, row: &Row<'_>, kind: Use) -> Result<Option<Timestamp>> {
        let slots = row.text("slots")?.unwrap_or_default();
        let mut latest = None;
        for slot in slots.split_ascii_whitespace() {
            let slot = slot
                .parse()
                .map_err(|_| damaged("a slot is not a number"))?;
            let last = self
                .usage
                .and_then(|usage| usage.last(slot, kind, self.now));
            latest = latest.max(last);
        }
        Ok(latest)
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
                }) if pasted.as_str() == id => {
                    last_four.is_none() || last_four.as_deref() == row.text("last_four")?
                }
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
    fn is_for_short_form(&self) -> bool {
        let last_four = |pasted: &Pasted| pasted.last_four.is_some();
        self.pasted.as_ref().is_some_and(last_four)
    }
}
