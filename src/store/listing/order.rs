//! The keys of a listing, and their order.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::filter::{self, ROTATED_AT, status_expression};
use super::query::Query;
use super::rules::{Answer, Rules};
use crate::error::Result;
use crate::model::{KeyField, Listing, Sort, Timestamp};
use crate::store::View;
use crate::store::db::Db;
use crate::store::errors::damaged;
use crate::store::sqlite::usage::Use;

/// The order of a listing.
pub(in crate::store) struct Order {
    /// The numbers of the keys.
    pub(in crate::store) numbers: Vec<i64>,
    /// The number of keys that are left out because their last use is unknown.
    pub(in crate::store) left_out: u64,
    /// Checks the names of the keys, if the order comes from the index of names.
    pub(super) names: Option<NameOrder>,
    /// The version of the database from which the order was read.
    pub(super) version: i64,
}

/// Checks that names are in order: SQLite doesn't compare the rows that a damaged index leads
/// to, and may read them in a circle.
#[derive(Clone)]
pub(super) struct NameOrder {
    /// How each name must compare with the previous one.
    expected: Ordering,
    /// The previous name; empty before the first.
    last: String,
}

impl NameOrder {
    fn new(reverse: bool) -> Self {
        Self {
            expected: if reverse {
                Ordering::Less
            } else {
                Ordering::Greater
            },
            last: String::new(),
        }
    }

    /// Checks the next name, in lower case.
    ///
    /// # Errors
    /// [`Kind::DatabaseDamaged`](crate::error::Kind::DatabaseDamaged) when it is out of order.
    pub(super) fn check(&mut self, name: &str) -> Result<()> {
        if !self.last.is_empty() && name.cmp(&self.last) != self.expected {
            return Err(damaged(format!(
                "an index of the database is damaged: \"{name}\" is out of order"
            )));
        }
        name.clone_into(&mut self.last);
        Ok(())
    }
}

/// The same as `lower(k.name)`, but keeps the engine from using the index: in that order, each
/// row would be on another page of the file.
const NAME: &str = "lower(k.name) || ''";

impl View<'_> {
    /// Reads the order of a listing within a transaction of `db`.
    ///
    /// # Errors
    /// The errors of reading the database.
    pub(in crate::store) fn order(&self, db: &Db, wanted: &Listing) -> Result<Order> {
        let now = self.store.now();
        let by_use = match wanted.sort {
            KeyField::LastUsedAt => Some(Use::Accepted),
            KeyField::LastRefusedAt => Some(Use::Refused),
            _ => None,
        };
        let rules = Rules::new(self.store, &wanted.filter, by_use.is_some())?;
        let mut query = Query::default();
        filter::add(*self, &wanted.filter, &mut query);
        let columns = rules.columns(db, &mut query);
        let sort = sort_expression(wanted.sort, &mut query, now);
        let by_index = sort.is_none() && query.is_unfiltered() && columns.is_empty();
        // Keys with the same last use are in order of their names; both are reversed together.
        let reverse = wanted.reverse && by_use.is_none();
        let (name, order_by) = match sort {
            None if by_index => (", lower(k.name) AS name", ordered("lower(k.name)", reverse)),
            None => ("", ordered(NAME, reverse)),
            Some(sort) => {
                let nulls = nulls(wanted.sort, reverse);
                let sorted = ordered(&sort, reverse);
                let name = ordered("lower(k.name)", reverse);
                ("", format!("{sorted} {nulls}, {name}"))
            }
        };
        let select = format!(
            "SELECT k.number{name}{columns} FROM keys k {} ORDER BY {order_by}",
            query.where_clause()
        );
        let mut order = Order {
            numbers: Vec::new(),
            left_out: 0,
            names: by_index.then(|| NameOrder::new(reverse)),
            version: db.version()?,
        };
        let limit = wanted.limit.unwrap_or(u64::MAX);
        let mut names = order.names.clone();
        // Unix times of the last uses, 0 for never, if the keys are sorted by them.
        let mut last_uses = Vec::new();
        db.each(&select, &query.values(), &mut |row| {
            let number = row.get("number")?;
            if let Some(names) = &mut names {
                names.check(row.text("name")?.unwrap_or_default())?;
            }
            match rules.answer(row)? {
                Answer::No => {}
                Answer::Unknown => order.left_out += 1,
                Answer::Yes => {
                    if let Some(kind) = by_use {
                        last_uses.push(rules.last(row, kind)?.map_or(0, Timestamp::unix));
                    } else if order.numbers.len() as u64 == limit {
                        return Ok(rules.after_limit());
                    }
                    order.numbers.push(number);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if by_use.is_some() {
            order.numbers = sorted(&order.numbers, last_uses);
            if wanted.reverse {
                order.numbers.reverse();
            }
            order
                .numbers
                .truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(order)
    }
}

/// Returns `numbers` sorted by their last uses; numbers with the same last use keep their order.
fn sorted(numbers: &[i64], last_uses: Vec<i64>) -> Vec<i64> {
    // A stable sort of pairs would take half as much memory again.
    let mut indexes: Vec<u32> = (0..).take(numbers.len()).collect();
    indexes.sort_unstable_by_key(|&index| (last_uses[index as usize], index));
    drop(last_uses);
    let number = |index| numbers[index as usize];
    indexes.into_iter().map(number).collect()
}

/// Returns the SQL of the value by which keys are sorted first, and then by name; none if they are
/// sorted only by name.
fn sort_expression(field: KeyField, query: &mut Query, now: Timestamp) -> Option<String> {
    let expression = match field {
        // The recording of uses began at the same time for all keys. The last use and the last
        // refusal are not in the database; keys are sorted by them after the query.
        KeyField::Name
        | KeyField::LastUseKnownSince
        | KeyField::LastUsedAt
        | KeyField::LastRefusedAt => return None,
        // The prefix is the same for all keys.
        KeyField::Id | KeyField::Key => "k.id",
        KeyField::Status => return Some(status_expression(query, now)),
        KeyField::Groups => {
            "(SELECT lower(string_agg(g.name, ' ' ORDER BY lower(g.name)))
                FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key = k.number)"
        }
        KeyField::Permissions => {
            "(SELECT string_agg(p.permission, ' ' ORDER BY p.permission)
                FROM key_permissions p WHERE p.key = k.number)"
        }
        KeyField::Meta => {
            "(SELECT string_agg(lower(x.name) || '=' || x.value, ' ' ORDER BY lower(x.name))
                FROM key_meta x WHERE x.key = k.number)"
        }
        KeyField::RotatedAt => ROTATED_AT,
        KeyField::ReactivatesAt => {
            let now = query.bind(now.unix());
            return Some(format!(
                "CASE WHEN k.reactivates_at > {now} THEN k.reactivates_at END"
            ));
        }
        KeyField::Previous => "(SELECT max(v.valid_until) FROM secrets v WHERE v.key = k.number)",
        KeyField::Owner => "(SELECT o.name FROM users o WHERE o.id = k.owner)",
        // The column has the field's name.
        field => {
            let column = field.as_str();
            return Some(match field.field().sort {
                Sort::Text => format!("lower(k.{column})"),
                Sort::Value => format!("k.{column}"),
            });
        }
    };
    Some(expression.to_owned())
}

fn ordered(expression: &str, reverse: bool) -> String {
    let direction = if reverse { "DESC" } else { "ASC" };
    format!("{expression} {direction}")
}

/// Returns the position of keys without a value of the field.
fn nulls(field: KeyField, reverse: bool) -> &'static str {
    match field.field().sort {
        Sort::Value if reverse => "NULLS FIRST",
        Sort::Value | Sort::Text => "NULLS LAST",
    }
}
