//! Keys: listed in four formats.

use std::io::Write;

use super::json::{KeyJson, to_json};
use super::screen::{Column, Screen, Tone, for_screen};
use super::stream::{self, Each, Streamed};
use super::table::{Plain, or_dash};
use super::{Output, Times};
use crate::cli::Format;
use crate::error::Result;
use crate::model::{AppName, GroupName, Key, KeyField, UserName};

/// A column of the listing.
struct KeyColumn {
    column: Column,
    cell: fn(&Key, &Times) -> (String, Tone),
    /// Whether a key has something to show in it; a column always shown has none.
    holds: Option<fn(&Key) -> bool>,
}

impl Output {
    /// Lists the keys that `walk` goes through, each time it is called from the
    /// beginning. They are never all in memory, but for a screen.
    ///
    /// # Errors
    /// Those of `walk`, and when stdout can't be written. A closed pipe is none.
    pub(crate) fn list_keys(&self, mut walk: impl FnMut(Each<'_, Key>) -> Streamed) -> Result<()> {
        let walk = &mut walk;
        let object = |key: &Key| to_json(&KeyJson::new(key, self.times.now()));
        let cells = |key: &Key| {
            let json = KeyJson::new(key, self.times.now());
            KeyField::ALL.map(|field| json.cell(field))
        };
        stream::to_stdout(|out| match self.format {
            Format::Table => match self.stdout_screen() {
                Some(screen) => self.key_screen(screen, walk, out),
                None => self.key_table(walk, out),
            },
            Format::Json => stream::array(walk, out, object),
            Format::Jsonl => stream::lines(walk, out, object),
            Format::Csv => stream::csv(walk, out, KeyField::ALL.map(KeyField::as_str), cells),
        })
    }

    fn key_table(
        &self,
        walk: &mut impl FnMut(Each<'_, Key>) -> Streamed,
        out: &mut dyn Write,
    ) -> Streamed {
        let all = columns();
        let headings: Vec<_> = all.iter().map(|column| column.column.heading).collect();
        let row = |key: &Key| -> Vec<String> {
            all.iter()
                .map(|column| (column.cell)(key, &self.times).0)
                .collect()
        };
        let mut table = Plain::new(&headings);
        let mut held: Vec<bool> = all.iter().map(|column| self.always_shows(column)).collect();
        let mut any = false;
        walk(&mut |key| {
            any = true;
            note_held(&mut held, &all, key);
            table.measure(&row(key));
            Ok(())
        })?;
        if !any {
            self.note("no keys");
            return Ok(());
        }
        let table = table.keep(&held);
        table.write(out, &keep(headings, &held))?;
        walk(&mut |key| Ok(table.write(out, &keep(row(key), &held))?))
    }

    fn key_screen(
        &self,
        screen: Screen,
        walk: &mut impl FnMut(Each<'_, Key>) -> Streamed,
        out: &mut dyn Write,
    ) -> Streamed {
        let all = columns();
        let mut held: Vec<bool> = all.iter().map(|column| self.always_shows(column)).collect();
        let mut rows = Vec::new();
        walk(&mut |key| {
            note_held(&mut held, &all, key);
            rows.push(
                all.iter()
                    .map(|column| (column.cell)(key, &self.times))
                    .collect::<Vec<_>>(),
            );
            Ok(())
        })?;
        if rows.is_empty() {
            self.note("no keys");
            return Ok(());
        }
        let rows: Vec<_> = rows.into_iter().map(|row| keep(row, &held)).collect();
        let columns = keep(all.iter().map(|column| column.column).collect(), &held);
        let table = for_screen(&columns, &rows, screen);
        Ok(writeln!(out, "{table}")?)
    }

    fn always_shows(&self, column: &KeyColumn) -> bool {
        column.holds.is_none() || self.wide
    }
}

fn note_held(held: &mut [bool], columns: &[KeyColumn], key: &Key) {
    for (held, column) in held.iter_mut().zip(columns) {
        *held |= column.holds.is_some_and(|holds| holds(key));
    }
}

/// Those of `all` that are held.
pub(super) fn keep<T>(all: Vec<T>, held: &[bool]) -> Vec<T> {
    all.into_iter()
        .zip(held)
        .filter_map(|(one, held)| held.then_some(one))
        .collect()
}

fn columns() -> Vec<KeyColumn> {
    fn plain(text: impl Into<String>) -> (String, Tone) {
        (text.into(), Tone::Plain)
    }
    fn status(key: &Key, times: &Times) -> (String, Tone) {
        let status = key.status(times.now());
        (status.to_string(), Tone::of_status(status))
    }
    fn expires(key: &Key, times: &Times) -> (String, Tone) {
        let tone = Tone::of_expiry(key.expires_at, times.now());
        (times.show(key.expires_at), tone)
    }
    fn groups(key: &Key, _: &Times) -> (String, Tone) {
        plain(
            key.groups
                .iter()
                .map(GroupName::as_str)
                .collect::<Vec<_>>()
                .join(" "),
        )
    }
    let column = |heading, cell, holds, yields| KeyColumn {
        column: Column {
            heading,
            yields,
            unbroken: heading == "KEY",
        },
        cell,
        holds,
    };
    vec![
        column("NAME", |key, _| plain(key.name.as_str()), None, None),
        column("STATUS", status, None, None),
        column("KEY", |key, _| plain(key.short.to_string()), None, None),
        column("GROUPS", groups, None, None),
        column(
            "CREATED",
            |key, times| plain(times.show(Some(key.created_at))),
            None,
            Some(5),
        ),
        column(
            "LAST USED",
            |key, times| plain(times.show(key.last_used_at)),
            None,
            None,
        ),
        column(
            "CREATED BY",
            |key, _| plain(key.created_by.as_str()),
            None,
            Some(4),
        ),
        column(
            "EXPIRES",
            expires,
            Some(|key| key.expires_at.is_some()),
            Some(6),
        ),
        column(
            "OWNER",
            |key, _| plain(or_dash(key.owner.as_ref().map(UserName::as_str))),
            Some(|key| key.owner.is_some()),
            Some(3),
        ),
        column(
            "APPLICATION",
            |key, _| plain(or_dash(key.application.as_ref().map(AppName::as_str))),
            Some(|key| key.application.is_some()),
            Some(2),
        ),
        column(
            "DESCRIPTION",
            |key, _| plain(or_dash(key.description.as_deref())),
            Some(|key| key.description.is_some()),
            Some(1),
        ),
    ]
}
