//! Keys: listed in four formats.

use std::io::Write;

use super::fitted::fitted;
use super::key_json::KeyJson;
use super::screen::{Column, Screen, Tone};
use super::stream::{self, Records, Stopped, Streamed};
use super::table::{Plain, some_or_dash};
use super::{Output, Times};
use crate::cli::Format;
use crate::error::Result;
use crate::model::{GroupName, KeyField, KeyRow, Pass, Permission, Timestamp, UserName};

/// What is done with each key of a listing.
pub(crate) type EachKey<'a> = &'a mut dyn FnMut(KeyRow<'_>) -> std::result::Result<(), Stopped>;

/// A column of the listing.
struct KeyColumn {
    column: Column,
    /// Adds to a text what the key has in it.
    cell: fn(&KeyRow<'_>, &Times, &mut String) -> Tone,
    /// Whether a key has something to show in it; a column always shown has none.
    holds: Option<fn(&KeyRow<'_>) -> bool>,
}

impl Output {
    /// Lists the keys that `walk` goes through, each time it is called from the
    /// beginning. They are never all in memory, but for a screen.
    ///
    /// # Errors
    /// Those of `walk`, and when stdout can't be written. A closed pipe is none.
    pub(crate) fn list_keys(
        &self,
        mut walk: impl FnMut(Pass, EachKey<'_>) -> Streamed,
    ) -> Result<()> {
        let walk = &mut walk;
        stream::to_stdout(|out| match (self.format, self.stdout_screen()) {
            (Format::Table, Some(screen)) => self.key_screen(screen, walk, out),
            (Format::Table, None) => self.key_table(walk, out),
            (format, _) => {
                let fields = KeyField::ALL.map(KeyField::as_str);
                let mut records = Records::begin(format, out, &fields)?;
                walk(Pass::InOrder, &mut |key| {
                    records.add(&KeyJson::new(key, self.times.now()))
                })?;
                records.end()
            }
        })
    }

    fn key_table(
        &self,
        walk: &mut impl FnMut(Pass, EachKey<'_>) -> Streamed,
        out: &mut dyn Write,
    ) -> Streamed {
        let all = columns();
        let headings: Vec<_> = all.iter().map(|column| column.column.heading).collect();
        let mut table = Plain::new(&headings, self.colors_stdout());
        let mut held: Vec<bool> = all.iter().map(|column| self.always_shows(column)).collect();
        let mut any = false;
        let mut cell = String::new();
        // The permissions of each key are read only where they are shown.
        let (measure, write) = match self.wide {
            true => (Pass::InOrder, Pass::InOrder),
            false => (Pass::Measure, Pass::ForTable),
        };
        walk(measure, &mut |key| {
            any = true;
            note_held(&mut held, &all, &key);
            for (at, column) in all.iter().enumerate() {
                cell.clear();
                (column.cell)(&key, &self.times, &mut cell);
                table.measure_cell(at, &cell);
            }
            Ok(())
        })?;
        if !any {
            self.remark("no keys");
            return Ok(());
        }
        let mut table = table.keep(&held);
        let all = keep(all, &held);
        table.write_headings(out, &keep(headings, &held))?;
        walk(write, &mut |key| {
            for (at, column) in all.iter().enumerate() {
                cell.clear();
                let tone = (column.cell)(&key, &self.times, &mut cell);
                table.add(at, &cell, tone);
            }
            Ok(table.end_line(out)?)
        })
    }

    fn key_screen(
        &self,
        screen: Screen,
        walk: &mut impl FnMut(Pass, EachKey<'_>) -> Streamed,
        out: &mut dyn Write,
    ) -> Streamed {
        let all = columns();
        let mut held: Vec<bool> = all.iter().map(|column| self.always_shows(column)).collect();
        let mut rows = Vec::new();
        let pass = match self.wide {
            true => Pass::InOrder,
            false => Pass::ForTable,
        };
        walk(pass, &mut |key| {
            note_held(&mut held, &all, &key);
            let cell = |column: &KeyColumn| {
                let mut cell = String::new();
                let tone = (column.cell)(&key, &self.times, &mut cell);
                (cell, tone)
            };
            rows.push(all.iter().map(cell).collect::<Vec<_>>());
            Ok(())
        })?;
        if rows.is_empty() {
            self.remark("no keys");
            return Ok(());
        }
        let rows: Vec<_> = rows.into_iter().map(|row| keep(row, &held)).collect();
        let columns = keep(all.iter().map(|column| column.column).collect(), &held);
        let shown = fitted(&columns, &rows, screen);
        writeln!(out, "{}", shown.table)?;
        out.flush()?;
        self.remark_left_out(&shown.left_out);
        Ok(())
    }

    fn always_shows(&self, column: &KeyColumn) -> bool {
        column.holds.is_none() || self.wide
    }
}

fn note_held(held: &mut [bool], columns: &[KeyColumn], key: &KeyRow<'_>) {
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
    fn plain(text: &str, cell: &mut String) -> Tone {
        cell.push_str(text);
        Tone::Plain
    }
    fn or_dash(text: Option<&str>, cell: &mut String) -> Tone {
        plain(some_or_dash(text), cell)
    }
    fn time(at: Option<Timestamp>, times: &Times, cell: &mut String) -> Tone {
        times.push(at, cell);
        Tone::Plain
    }
    fn status(key: &KeyRow<'_>, times: &Times, cell: &mut String) -> Tone {
        let status = key.status(times.now());
        cell.push_str(status.as_str());
        Tone::of_status(status)
    }
    fn short(key: &KeyRow<'_>, _: &Times, cell: &mut String) -> Tone {
        key.push_short(cell);
        Tone::Plain
    }
    fn expires(key: &KeyRow<'_>, times: &Times, cell: &mut String) -> Tone {
        times.push(key.expires_at, cell);
        Tone::of_expiry(key.expires_at, times.now())
    }
    fn words<'a>(words: impl Iterator<Item = &'a str>, cell: &mut String) -> Tone {
        for (at, word) in words.enumerate() {
            if at > 0 {
                cell.push(' ');
            }
            cell.push_str(word);
        }
        Tone::Plain
    }
    fn groups(key: &KeyRow<'_>, _: &Times, cell: &mut String) -> Tone {
        words(key.groups.iter().map(GroupName::as_str), cell)
    }
    fn permissions(key: &KeyRow<'_>, _: &Times, cell: &mut String) -> Tone {
        match key.permissions {
            [] => or_dash(None, cell),
            some => words(some.iter().map(Permission::as_str), cell),
        }
    }
    let column = |heading, cell, holds, yields| KeyColumn {
        column: Column {
            heading,
            yields,
            unbroken: heading == "KEY",
            cut_to: match heading {
                "KEY" | "STATUS" | "CREATED" | "LAST USED" | "EXPIRES" => None,
                _ => Some(10),
            },
        },
        cell,
        holds,
    };
    vec![
        column("NAME", |key, _, cell| plain(key.name, cell), None, None),
        column("STATUS", status, None, None),
        column("KEY", short, None, None),
        column("GROUPS", groups, None, None),
        column(
            "CREATED",
            |key, times, cell| time(Some(key.created_at), times, cell),
            None,
            Some(2),
        ),
        column(
            "LAST USED",
            |key, times, cell| {
                times.push_use(key.last_use(), cell);
                Tone::Plain
            },
            None,
            None,
        ),
        column(
            "CREATED BY",
            |key, _, cell| plain(key.created_by, cell),
            None,
            Some(1),
        ),
        column(
            "EXPIRES",
            expires,
            Some(|key| key.expires_at.is_some()),
            Some(7),
        ),
        column(
            "OWNER",
            |key, _, cell| or_dash(key.owner_name().map(UserName::as_str), cell),
            Some(|key| key.owner.is_some()),
            Some(4),
        ),
        column(
            "APPLICATION",
            |key, _, cell| or_dash(key.application, cell),
            Some(|key| key.application.is_some()),
            Some(3),
        ),
        // Only with --wide.
        column("PERMISSIONS", permissions, Some(|_| false), Some(6)),
        column(
            "DESCRIPTION",
            |key, _, cell| or_dash(key.description, cell),
            Some(|key| key.description.is_some()),
            Some(5),
        ),
    ]
}
