//! Menus: the user picks one entry, or ticks any number. Typing narrows the list, and a letter
//! never does anything else.

use std::fmt;

use inquire::list_option::ListOption;
use inquire::validator::Validation;
use inquire::{InquireError, MultiSelect, Select};
use unicode_width::UnicodeWidthStr;

use super::{Prompt, catch_panic, look, prepare, terminal};
use crate::error::Result;
use crate::model::clipped;

/// The footers of each kind of menu, the longest first. The first that fits is shown.
const PICK_FOOTERS: [&str; 2] = [
    "type to filter, ↑ ↓ to move, Enter to select, Esc to cancel",
    "type to filter",
];
const TICK_FOOTERS: [&str; 3] = [
    "type to filter, Space to tick, → only those shown, ← none, Enter to accept",
    "Space to tick, → only those shown, ← none",
    "Space to tick",
];

/// The columns before an entry of a menu to pick from: the cursor and a space.
const BEFORE_PICK: usize = 2;

/// The columns before an entry of a menu to tick: the cursor, the box and a space after each.
const BEFORE_TICK: usize = 6;

/// An entry of a menu.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its line in the menu, which begins with its name.
    pub(crate) shown: String,
    /// The name, which the typed text is compared with first.
    pub(crate) name: String,
    /// Other texts that it is found by, such as an id and a description.
    pub(crate) also: Vec<String>,
}

impl Item {
    /// Returns an entry that has only a name.
    pub(crate) fn plain(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            shown: name.clone(),
            name,
            also: Vec::new(),
        }
    }

    /// Returns how well `typed` matches: 3 if it is the name, 2 if the name starts with it, 1 if
    /// the name contains it, 0 if another text does. Returns none if it doesn't match.
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
            let is_match = |text: &String| text.to_lowercase().contains(&typed);
            self.also.iter().any(is_match).then_some(0)
        }
    }
}

/// An entry, truncated to `width` columns.
struct Row<'a> {
    item: &'a Item,
    width: usize,
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clipped(&self.item.shown, self.width))
    }
}

impl Prompt {
    /// Lets the user pick one of `items`. Returns its index.
    ///
    /// # Errors
    /// When the user pressed Ctrl-C or Escape, or the menu can't be shown.
    pub(crate) fn pick(self, question: &str, items: &[Item]) -> Result<usize> {
        self.pick_from(question, items, 0)
    }

    /// Lets the user pick one of `items`, with the cursor on the one with the index `start`.
    /// Returns its index.
    ///
    /// # Errors
    /// When the user pressed Ctrl-C or Escape.
    pub(crate) fn pick_from(self, question: &str, items: &[Item], start: usize) -> Result<usize> {
        let _raw_mode = prepare()?;
        let message = format!("{question}:");
        let rows = rows(items, BEFORE_PICK);
        let count = items.len();
        let scorer = |typed: &str, row: &Row<'_>, _: &str, at| score(row.item, typed, at, count);
        let summary = |row: ListOption<&Row<'_>>| {
            clipped(&row.value.item.shown, answer_width(question)).into_owned()
        };
        let mut menu = Select::new(&message, rows)
            .with_vim_mode(false)
            .with_page_size(terminal::menu_rows())
            .with_starting_cursor(start)
            .with_scorer(&scorer)
            .with_formatter(&summary)
            .with_render_config(look::menu_config());
        menu.help_message = footer(&PICK_FOOTERS);
        let answer = catch_panic(|| menu.raw_prompt())?;
        checked(answer).map(|row| row.index)
    }

    /// Lets the user tick any number of `items`; those at the indices `ticked` start ticked.
    /// Returns the indices of the ticked ones. If `none_error` is given, the menu prints it when
    /// nothing is ticked, and stays open.
    ///
    /// # Errors
    /// When the user pressed Ctrl-C or Escape, or the menu can't be shown.
    pub(crate) fn tick(
        self,
        question: &str,
        items: &[Item],
        ticked: &[usize],
        none_error: Option<&'static str>,
    ) -> Result<Vec<usize>> {
        let _raw_mode = prepare()?;
        let message = format!("{question}:");
        let rows = rows(items, BEFORE_TICK);
        let count = items.len();
        let summary = |ticked: &[ListOption<&Row<'_>>]| {
            let names: Vec<&str> = ticked
                .iter()
                .map(|row| row.value.item.name.as_str())
                .collect();
            let text = format!("{} ticked: {}", names.len(), names.join(", "));
            clipped(text.trim_end_matches(": "), answer_width(question)).into_owned()
        };
        let scorer = |typed: &str, row: &Row<'_>, _: &str, at| score(row.item, typed, at, count);
        let validator = move |ticked: &[ListOption<&Row<'_>>]| {
            Ok(match none_error.filter(|_| ticked.is_empty()) {
                Some(error) => Validation::Invalid(error.into()),
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
            .with_render_config(look::menu_config());
        menu.help_message = footer(&TICK_FOOTERS);
        let answer = catch_panic(|| menu.raw_prompt())?;
        let ticked = checked(answer)?;
        Ok(ticked.iter().map(|row| row.index).collect())
    }
}

/// Returns the score of the entry at the index `at` of `count`. No two entries have the same score,
/// since inquire's sorting is not stable.
fn score(item: &Item, typed: &str, at: usize, count: usize) -> Option<i64> {
    let score = item.rank(typed)? * count + (count - at);
    i64::try_from(score).ok()
}

/// Returns the entries, truncated to fit after `before` columns.
fn rows(items: &[Item], before: usize) -> Vec<Row<'_>> {
    let width = width_after(before);
    items.iter().map(|item| Row { item, width }).collect()
}

/// Returns the longest of `texts` that fits.
fn footer(texts: &[&'static str]) -> Option<&'static str> {
    // inquire puts the footer in brackets.
    let fits = |text: &&&str| text.width() + 2 < terminal::columns();
    texts.iter().find(fits).copied()
}

/// Returns the columns for an answer after its question.
fn answer_width(question: &str) -> usize {
    width_after("? : ".len() + question.width())
}

/// Returns the number of columns after `before`, minus one, since some terminals wrap a full line.
fn width_after(before: usize) -> usize {
    terminal::columns().saturating_sub(before + 1)
}

/// Returns the answer, unless the terminal became too small for the menu.
fn checked<T>(answer: std::result::Result<T, InquireError>) -> Result<T> {
    match answer {
        Ok(_) if terminal::reason_not_to_draw().is_some() => Err(terminal::too_small()),
        Ok(answer) => Ok(answer),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Err(terminal::interrupted())
        }
        Err(InquireError::IO(error)) => Err(terminal::prompt_failed(error)),
        Err(other) => Err(terminal::prompt_failed(std::io::Error::other(other))),
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

    /// Returns the names of the matching items, the best match first.
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
    fn typing_narrows_by_name_then_by_id_and_description() {
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
