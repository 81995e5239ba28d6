//! Menus: one of several is picked, or some are ticked. What is typed narrows the list,
//! and no letter does anything else.

use std::fmt;

use inquire::list_option::ListOption;
use inquire::validator::Validation;
use inquire::{InquireError, MultiSelect, Select};
use unicode_width::UnicodeWidthStr;

use super::{Prompt, begin, look, terminal, unless_it_panics};
use crate::error::Result;
use crate::model::clipped;

/// How to use a menu, the longest text first: the first that fits is shown.
const PICKING: [&str; 2] = [
    "type to filter, ↑ and ↓ move, Enter takes, Escape leaves",
    "type to filter",
];
const TICKING: [&str; 3] = [
    "type to filter, Space ticks, → ticks all shown only, ← none, Enter ends",
    "Space ticks, → all shown only, ← none",
    "Space ticks",
];

/// An entry of a menu.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// What is shown of it, its name first.
    pub(crate) shown: String,
    /// What is typed first of all to find it.
    pub(crate) name: String,
    /// What else it is found by, such as an id and a description.
    pub(crate) also: Vec<String>,
}

impl Item {
    /// An entry that is nothing but its name.
    pub(crate) fn plain(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            shown: name.clone(),
            name,
            also: Vec::new(),
        }
    }

    /// How well what was `typed` fits the entry: the whole name before its beginning,
    /// that before a part of it, and the rest last. None where nothing holds it.
    fn rank(&self, typed: &str) -> Option<usize> {
        let typed = typed.trim().to_lowercase();
        let name = self.name.to_lowercase();
        if name == typed {
            Some(3)
        } else if name.starts_with(&typed) {
            Some(2)
        } else if name.contains(&typed) {
            Some(1)
        } else {
            let holds = |text: &String| text.to_lowercase().contains(&typed);
            self.also.iter().any(holds).then_some(0)
        }
    }
}

/// An entry in the columns that there are.
struct Row<'a> {
    item: &'a Item,
    room: usize,
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clipped(&self.item.shown, self.room))
    }
}

impl Prompt {
    /// Asks for one of `items`, and returns its place.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C or Escape.
    pub(crate) fn pick(self, question: &str, items: &[Item]) -> Result<usize> {
        let _keys = begin()?;
        let message = format!("{question}:");
        let help = help(&PICKING);
        // Before an entry stand the cursor and a space.
        let rows = rows(items, 2);
        let count = items.len();
        let scorer = |typed: &str, row: &Row<'_>, _: &str, at| score(row.item, typed, at, count);
        let summary = |row: ListOption<&Row<'_>>| {
            clipped(&row.value.item.shown, answer_room(question)).into_owned()
        };
        let mut menu = Select::new(&message, rows)
            .with_vim_mode(false)
            .with_page_size(terminal::menu_rows())
            .with_scorer(&scorer)
            .with_formatter(&summary)
            .with_render_config(look::of_menus());
        menu.help_message = help;
        let asked = unless_it_panics(|| menu.raw_prompt())?;
        answered(asked).map(|row| row.index)
    }

    /// Asks for any number of `items`, those in `ticked` being ticked already, and
    /// returns the places of those that are then. Where `least` is given, none is
    /// refused with that.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C or Escape.
    pub(crate) fn tick(
        self,
        question: &str,
        items: &[Item],
        ticked: &[usize],
        least: Option<&'static str>,
    ) -> Result<Vec<usize>> {
        let _keys = begin()?;
        let message = format!("{question}:");
        let help = help(&TICKING);
        // Before an entry stand the cursor, its box, and a space after each.
        let rows = rows(items, 6);
        let count = items.len();
        let summary = |ticked: &[ListOption<&Row<'_>>]| {
            let names: Vec<&str> = ticked
                .iter()
                .map(|row| row.value.item.name.as_str())
                .collect();
            let text = format!("{} ticked: {}", names.len(), names.join(", "));
            clipped(text.trim_end_matches(": "), answer_room(question)).into_owned()
        };
        let scorer = |typed: &str, row: &Row<'_>, _: &str, at| score(row.item, typed, at, count);
        let validator = move |ticked: &[ListOption<&Row<'_>>]| {
            Ok(match least.filter(|_| ticked.is_empty()) {
                Some(least) => Validation::Invalid(least.into()),
                None => Validation::Valid,
            })
        };
        let mut menu = MultiSelect::new(&message, rows)
            .with_default(ticked)
            .with_vim_mode(false)
            .with_page_size(terminal::menu_rows())
            .with_scorer(&scorer)
            .with_formatter(&summary)
            .with_validator(validator)
            .with_render_config(look::of_menus());
        menu.help_message = help;
        let asked = unless_it_panics(|| menu.raw_prompt())?;
        let ticked = answered(asked)?;
        Ok(ticked.iter().map(|row| row.index).collect())
    }
}

/// Returns how well `typed` fits the entry at that place among so many. No two entries have
/// the same score: inquire's sorting would not keep their order.
fn score(item: &Item, typed: &str, at: usize, count: usize) -> Option<i64> {
    let score = item.rank(typed)? * count + (count - at);
    i64::try_from(score).ok()
}

fn rows(items: &[Item], before: usize) -> Vec<Row<'_>> {
    // A column to spare: some terminals wrap a line that is full.
    let room = terminal::columns().saturating_sub(before + 1);
    items.iter().map(|item| Row { item, room }).collect()
}

/// How to use the menu, in as many words as there is room for.
fn help(texts: &[&'static str]) -> Option<&'static str> {
    // It stands in brackets.
    let fits = |text: &&&str| text.width() + 2 < terminal::columns();
    texts.iter().find(fits).copied()
}

/// The columns that an answer has after its question.
fn answer_room(question: &str) -> usize {
    let before = "? : ".len() + question.width();
    terminal::columns().saturating_sub(before + 1)
}

/// What was chosen. On a screen that became too small meanwhile none could see what.
fn answered<T>(asked: std::result::Result<T, InquireError>) -> Result<T> {
    match asked {
        Ok(_) if terminal::cannot_draw().is_some() => Err(terminal::became_too_small()),
        Ok(answer) => Ok(answer),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Err(terminal::interrupted())
        }
        Err(InquireError::IO(error)) => Err(terminal::unanswered(error)),
        Err(other) => Err(terminal::unanswered(std::io::Error::other(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, id: &str, description: &str) -> Item {
        Item {
            shown: name.to_owned(),
            name: name.to_owned(),
            also: vec![id.to_owned(), description.to_owned()],
        }
    }

    /// The names that are left of `items`, the best first.
    fn narrowed<'a>(items: &'a [Item], typed: &str) -> Vec<&'a str> {
        let scores = items.iter().enumerate().filter_map(|(at, item)| {
            let score = score(item, typed, at, items.len())?;
            Some((score, item.name.as_str()))
        });
        let mut all: Vec<_> = scores.collect();
        all.sort_unstable_by_key(|(score, _)| std::cmp::Reverse(*score));
        all.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn what_is_typed_narrows_by_the_name_first_and_then_by_id_and_description() {
        let items = [
            key("admin", "SHOPaaaa", ""),
            key("my-shop", "aaaaaaaa", ""),
            key("nightly", "bbbbbbbb", "backs up the Shop"),
            key("shop-eu", "cccccccc", ""),
            key("shop", "dddddddd", ""),
            key("other", "eeeeeeee", "s h o p"),
        ];
        assert_eq!(
            narrowed(&items, "shop"),
            ["shop", "shop-eu", "my-shop", "admin", "nightly"]
        );
        assert_eq!(narrowed(&items, "SHOP-"), ["shop-eu"]);
        assert_eq!(narrowed(&items, "up the"), ["nightly"]);
        assert_eq!(narrowed(&items, "sp"), [""; 0]);
        assert_eq!(narrowed(&items, "").len(), items.len());
        assert_eq!(narrowed(&items, "")[0], "admin");
    }
}
