//! Facts, one a line: what it is, then what it says.

use std::io::{self, Write};

use super::screen::{Column, Screen, Tone, facts_for_screen, for_screen};
use super::table::{Plain, or_dash, words};
use super::{Output, shown};
use crate::error::Result;
use crate::model::{AppName, Key, UserName};

/// What it is, what it says, and what that means to a reader in a hurry.
pub(super) type Fact = (&'static str, String, Tone);

/// A fact that means nothing in particular.
pub(super) fn plain(name: &'static str, fact: String) -> Fact {
    (name, fact, Tone::Plain)
}

impl Output {
    /// Writes facts to stdout.
    pub(super) fn facts(&self, facts: &[Fact]) -> Result<()> {
        let lines = lines(facts, "", self.stdout_screen(), self.colors_stdout());
        let mut out = io::stdout().lock();
        shown(out.write_all(lines.as_bytes()).and_then(|()| out.flush()))
    }

    /// Says on stderr what a question is about, and so with --quiet too.
    pub(crate) fn facts_for_question(&self, facts: &[(&'static str, String)]) {
        let facts: Vec<Fact> = facts
            .iter()
            .map(|(name, fact)| plain(name, fact.clone()))
            .collect();
        let lines = lines(&facts, "  ", self.stderr_screen(), self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }

    /// Says on stderr which key was created.
    pub(crate) fn created(&self, key: &Key) {
        if self.quiet {
            return;
        }
        let mut facts = vec![
            plain("key", key.short.to_string()),
            plain("groups", words(&key.groups)),
        ];
        let rest = [
            ("allowed", Some(words(&key.permissions))),
            ("owner", key.owner_name().map(UserName::to_string)),
            ("for", key.application.as_ref().map(AppName::to_string)),
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

    /// A short table on stderr.
    pub(super) fn table_on_stderr(&self, columns: &[Column], rows: &[Vec<(String, Tone)>]) {
        if let Some(screen) = self.stderr_screen() {
            self.stderr(&for_screen(columns, rows, screen));
            return;
        }
        let heading = |column: &Column| (column.heading.to_owned(), Tone::Heading);
        let headings = columns.iter().map(heading).collect();
        let rows: Vec<_> = std::iter::once(headings)
            .chain(rows.iter().cloned())
            .collect();
        let lines = Plain::of(&rows, self.colors_stderr());
        self.stderr(lines.trim_end_matches('\n'));
    }

    /// How `key` expires, with what that means.
    pub(super) fn expiry(&self, key: &Key) -> Fact {
        let at = key.expires_at;
        let shown = at.map_or("Never".to_owned(), |at| self.times.instant(at));
        ("expires", shown, Tone::of_expiry(at, self.times.now()))
    }
}

/// The facts, each line after `indent`; for a screen wrapped, for a program coloured where
/// that is asked for.
fn lines(facts: &[Fact], indent: &'static str, screen: Option<Screen>, is_colored: bool) -> String {
    if let Some(screen) = screen {
        return facts_for_screen(facts, indent, screen);
    }
    let row = |(name, fact, tone): &Fact| {
        let name = (format!("{indent}{name}"), Tone::Heading);
        vec![name, (or_dash(Some(fact)), *tone)]
    };
    let rows: Vec<_> = facts.iter().map(row).collect();
    Plain::of(&rows, is_colored)
}
