//! Facts, each on a line of its own: its name, then its value.

use std::io::{self, Write};

use comfy_table::ColumnConstraint;
use unicode_width::UnicodeWidthStr;

use super::column::{Column, GAP};
use super::screen::{Pages, Screen, toned};
use super::table::Plain;
use super::tone::{Cell, Tone};
use super::value::{cell, or_dash, words};
use super::{Output, shown};
use crate::error::Result;
use crate::model::{AppName, Field, Key, UserName};

/// The name and the value of a fact, and what the value means to a reader in a hurry.
pub(super) type Fact = (String, String, Tone);

/// Returns a fact without a particular meaning.
pub(super) fn plain(name: &str, fact: String) -> Fact {
    (name.to_owned(), fact, Tone::Plain)
}

impl Output {
    /// Writes facts to stdout.
    pub(super) fn facts(&self, facts: &[Fact]) -> Result<()> {
        let lines = lines(facts, "", self.stdout_screen(), self.colors_stdout());
        let mut out = io::stdout().lock();
        shown(out.write_all(lines.as_bytes()).and_then(|()| out.flush()))
    }

    /// Returns what `show` prints of `item`: those fields, with times as instants.
    pub(super) fn described<T: 'static>(
        &self,
        item: &T,
        fields: impl IntoIterator<Item = &'static Field<T>>,
    ) -> Vec<Fact> {
        let times = self.times.absolute();
        let fact = |field: &Field<T>| {
            let (text, tone) = cell(field, item, &times);
            (field.heading.to_lowercase(), text, tone)
        };
        fields.into_iter().map(fact).collect()
    }

    /// Prints on stderr the facts that a question is about, even with --quiet.
    pub(crate) fn facts_for_question(&self, facts: &[(&'static str, String)]) {
        let facts: Vec<Fact> = facts
            .iter()
            .map(|(name, fact)| plain(name, fact.clone()))
            .collect();
        let lines = lines(&facts, "  ", self.stderr_screen(), self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }

    /// Prints on stderr which key was created.
    pub(crate) fn created(&self, key: &Key) {
        if self.quiet {
            return;
        }
        let mut facts = vec![
            plain("key", key.short.to_string()),
            plain("groups", words(&key.groups)),
        ];
        let rest = [
            ("permissions", Some(words(&key.permissions))),
            ("owner", key.owner_name().map(UserName::to_string)),
            (
                "application",
                key.application.as_ref().map(AppName::to_string),
            ),
            ("expires", Some(self.times.with_distance(key.expires_at))),
        ];
        for (name, fact) in rest {
            facts.extend(
                fact.filter(|fact| !fact.is_empty())
                    .map(|fact| plain(name, fact)),
            );
        }
        self.note(&format!("created \"{}\"", key.name));
        let lines = lines(&facts, "  ", self.stderr_screen(), self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }

    /// Prints a short table on stderr.
    pub(super) fn table_on_stderr(&self, columns: &[Column], rows: &[Vec<Cell>]) {
        if let Some(screen) = self.stderr_screen() {
            return self.stderr(&Pages::new(columns.into(), rows, true, screen).page(rows));
        }
        let heading = |column: &Column| (column.heading.to_owned(), Tone::Heading);
        let headings = columns.iter().map(heading).collect();
        let rows: Vec<_> = std::iter::once(headings)
            .chain(rows.iter().cloned())
            .collect();
        let lines = Plain::of(&rows, self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }
}

/// Returns the facts, each line after `indent`: wrapped for a terminal, coloured for a program
/// where that is asked for.
fn lines(facts: &[Fact], indent: &'static str, screen: Option<Screen>, is_colored: bool) -> String {
    if let Some(screen) = screen {
        return facts_for_screen(facts, indent, screen);
    }
    let row = |(name, fact, tone): &Fact| {
        let name = (format!("{indent}{name}"), Tone::Heading);
        vec![name, (or_dash(fact).to_owned(), *tone)]
    };
    let rows: Vec<_> = facts.iter().map(row).collect();
    Plain::of(&rows, is_colored)
}

/// Returns facts for a terminal: next to their names, or below them where it is too narrow
/// for that.
fn facts_for_screen(facts: &[Fact], indent: &str, screen: Screen) -> String {
    /// The least room for a fact next to its name: enough for a short form.
    const ROOM: usize = 28;
    let names = facts.iter().map(|(name, ..)| name.width()).max();
    let names = names.unwrap_or(0) + indent.len() + GAP.len();
    if names + ROOM > usize::from(screen.width) {
        let below = |(name, fact, tone): &Fact| {
            let line = |text: &str, tone, indent: usize| {
                let mut table = screen.table();
                table.add_row([toned(text, tone)]);
                let indent = u16::try_from(indent).unwrap_or(0);
                if let Some(column) = table.column_mut(0) {
                    column.set_padding((indent, 0));
                }
                format!("{}\n", table.trim_fmt())
            };
            let fact = line(or_dash(fact), *tone, indent.len() + GAP.len());
            line(name, Tone::Heading, indent.len()) + &fact
        };
        return facts.iter().map(below).collect();
    }
    let mut table = screen.table();
    for (name, fact, tone) in facts {
        let name = toned(&format!("{indent}{name}"), Tone::Heading);
        table.add_row([name, toned(or_dash(fact), *tone)]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == 0 { 2 } else { 0 }));
        if at == 0 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    format!("{}\n", table.trim_fmt())
}
