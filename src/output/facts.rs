//! Facts, one per line: a name, then a value.

use std::io::{self, Write};

use comfy_table::ColumnConstraint;
use unicode_width::UnicodeWidthStr;

use super::column::{Column, GAP};
use super::screen::{Pages, Screen, toned};
use super::table::Plain;
use super::tone::{Cell, Tone};
use super::value::{cell, joined, or_dash};
use super::{Output, ignore_closed_pipe};
use crate::error::Result;
use crate::model::{AppName, Field, Key, KeyField, UserName};

/// The name, the value and the tone of a fact.
pub(super) type Fact = (String, String, Tone);

/// Returns a fact without a tone.
pub(super) fn plain(name: &str, value: String) -> Fact {
    (name.to_owned(), value, Tone::Plain)
}

impl Output {
    /// Prints facts on stdout.
    pub(super) fn facts(&self, facts: &[Fact]) -> Result<()> {
        let lines = lines(facts, "", self.stdout_screen(), self.colors_stdout());
        let mut out = io::stdout().lock();
        ignore_closed_pipe(out.write_all(lines.as_bytes()).and_then(|()| out.flush()))
    }

    /// Returns the `fields` of `item` as `show` prints them, with absolute times.
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

    /// Prints on stderr the facts that a confirmation is about, even with --quiet.
    pub(crate) fn facts_to_confirm(&self, facts: &[(&'static str, String)]) {
        let facts: Vec<Fact> = facts
            .iter()
            .map(|(name, value)| plain(name, value.clone()))
            .collect();
        let lines = lines(&facts, "  ", self.stderr_screen(), self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }

    /// Prints the new key on stderr. With `is_default`, the policy decided when it expires.
    pub(crate) fn created(&self, key: &Key, is_default: bool) {
        if self.quiet {
            return;
        }
        let mut expires = self.times.with_distance(key.expires_at);
        if is_default {
            expires.push_str(", the policy's default-lifetime");
        }
        let mut facts = vec![
            plain("key", key.short.to_string()),
            plain("groups", joined(&key.groups)),
        ];
        let rest = [
            ("permissions", Some(joined(&key.permissions))),
            ("owner", key.owner_name().map(UserName::to_string)),
            (
                "application",
                key.application.as_ref().map(AppName::to_string),
            ),
            ("expires", Some(expires)),
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

    /// Prints on stderr that a key has a new secret, and how long the previous one is accepted.
    pub(crate) fn rotated(&self, key: &Key) {
        if self.quiet {
            return;
        }
        self.note(&format!("rotated \"{}\"", key.name));
        let mut facts = vec![plain("key", key.short.to_string())];
        let fields = [KeyField::Previous, KeyField::ExpiresAt];
        facts.extend(self.described(key, fields.map(KeyField::field)));
        let lines = lines(&facts, "  ", self.stderr_screen(), self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }

    /// Prints on stderr the secrets of a key whose rotation is about to be cancelled, with their
    /// last uses, even with --quiet.
    pub(crate) fn describe_rotation(&self, key: &Key) {
        let uses = key.previous.as_ref().and_then(|previous| previous.uses);
        let used = match uses.and_then(|uses| uses.current) {
            Some(at) => self.times.with_distance(Some(at)),
            None => "no use on record".to_owned(),
        };
        let mut facts = vec![
            plain("new secret", key.short.to_string()),
            plain("last used", used),
        ];
        facts.extend(self.described(key, [KeyField::Previous.field()]));
        let lines = lines(&facts, "  ", self.stderr_screen(), self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }

    /// Prints a short table on stderr. Its cells are wrapped, never truncated.
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

/// Returns indented facts: wrapped if there is a `screen`, otherwise for a program.
fn lines(facts: &[Fact], indent: &'static str, screen: Option<Screen>, is_colored: bool) -> String {
    if let Some(screen) = screen {
        return facts_for_screen(facts, indent, screen);
    }
    let row = |(name, value, tone): &Fact| {
        let name = (format!("{indent}{name}"), Tone::Heading);
        vec![name, (or_dash(value).to_owned(), *tone)]
    };
    let rows: Vec<_> = facts.iter().map(row).collect();
    Plain::of(&rows, is_colored)
}

/// Returns facts for a terminal: values next to their names, or below them if the terminal is
/// too narrow.
fn facts_for_screen(facts: &[Fact], indent: &str, screen: Screen) -> String {
    /// The least width for a value next to its name: enough for a short form.
    const ROOM: usize = 28;
    let names = facts.iter().map(|(name, ..)| name.width()).max();
    let names = names.unwrap_or(0) + indent.len() + GAP.len();
    if names + ROOM > usize::from(screen.width) {
        let below = |(name, value, tone): &Fact| {
            let line = |text: &str, tone, indent: usize| {
                let mut table = screen.table();
                table.add_row([toned(text, tone)]);
                let indent = u16::try_from(indent).unwrap_or(0);
                if let Some(column) = table.column_mut(0) {
                    column.set_padding((indent, 0));
                }
                format!("{}\n", table.trim_fmt())
            };
            let value = line(or_dash(value), *tone, indent.len() + GAP.len());
            line(name, Tone::Heading, indent.len()) + &value
        };
        return facts.iter().map(below).collect();
    }
    let mut table = screen.table();
    for (name, value, tone) in facts {
        let name = toned(&format!("{indent}{name}"), Tone::Heading);
        table.add_row([name, toned(or_dash(value), *tone)]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == 0 { 2 } else { 0 }));
        if at == 0 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    format!("{}\n", table.trim_fmt())
}
