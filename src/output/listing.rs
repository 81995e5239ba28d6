//! Listings in four formats, item by item: memory doesn't grow with them.

use std::io::{self, BufWriter, Write};

use super::column::Column;
use super::json::append_json;
use super::screen::{Pages, Screen};
use super::table::Plain;
use super::tone::{Cell, Tone};
use super::value::{Object, cell, push_cell, push_csv};
use super::{Output, clean, shown};
use crate::cli::Format;
use crate::error::{Error, Result};
use crate::model::{Described, Field};

/// Writes an item of a listing.
pub(crate) type Each<'a, T> = &'a mut dyn FnMut(&T) -> Streamed;

/// An error that ended a listing.
pub(crate) enum Stopped {
    /// Of the database.
    Reading(Error),
    /// Of stdout.
    Writing(io::Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Reading(error)
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Writing(error)
    }
}

pub(crate) type Streamed = std::result::Result<(), Stopped>;

/// The table of a listing.
pub(super) struct Table<T: 'static> {
    /// What is said where there are no items.
    pub(super) none: &'static str,
    /// The columns, in order.
    pub(super) columns: Vec<&'static Field<T>>,
    /// Whether long cells are wrapped at a terminal instead of truncated.
    pub(super) wraps: bool,
}

/// The most rows that decide how wide the columns of a table for a program are.
const MEASURED: usize = 500;

/// The most rows of a page at a terminal. The first page decides which columns there is room
/// for.
const PAGE: usize = 5_000;

/// Bytes of text that end either early.
const ROOM: usize = 1 << 20;

impl Output {
    /// Prints the items that `walk` goes through. A closed pipe is a reader who has seen
    /// enough.
    ///
    /// # Errors
    /// The errors of `walk`, and when stdout can't be written.
    pub(super) fn list<T: Described>(
        &self,
        table: &Table<T>,
        walk: impl FnOnce(Each<'_, T>) -> Streamed,
    ) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let listed = match self.format {
            Format::Table => self.list_in_table(table, walk, &mut out),
            Format::Json => self.list_in_array(walk, &mut out),
            Format::Jsonl => self.list_in_lines(walk, &mut out),
            Format::Csv => self.list_in_csv(walk, &mut out),
        };
        match listed.and_then(|()| out.flush().map_err(Stopped::Writing)) {
            Ok(()) => Ok(()),
            Err(Stopped::Reading(error)) => Err(error),
            Err(Stopped::Writing(error)) => {
                // What is left in the buffer has nowhere to go.
                drop(out.into_parts());
                shown(Err(error))
            }
        }
    }

    fn list_in_array<T: Described>(
        &self,
        walk: impl FnOnce(Each<'_, T>) -> Streamed,
        out: &mut impl Write,
    ) -> Streamed {
        let (mut before, mut end) = ("[", "[]\n");
        let mut object = Vec::new();
        walk(&mut |item| {
            object.clear();
            object.extend_from_slice(before.as_bytes());
            append_json(&mut object, &Object::new(item, self.times.now()));
            (before, end) = (",\n", "]\n");
            Ok(out.write_all(&object)?)
        })?;
        Ok(out.write_all(end.as_bytes())?)
    }

    /// Prints an object a line. A line is complete even when an error ends the listing after
    /// it.
    fn list_in_lines<T: Described>(
        &self,
        walk: impl FnOnce(Each<'_, T>) -> Streamed,
        out: &mut impl Write,
    ) -> Streamed {
        let mut line = Vec::new();
        walk(&mut |item| {
            line.clear();
            append_json(&mut line, &Object::new(item, self.times.now()));
            line.push(b'\n');
            Ok(out.write_all(&line)?)
        })
    }

    fn list_in_csv<T: Described>(
        &self,
        walk: impl FnOnce(Each<'_, T>) -> Streamed,
        out: &mut impl Write,
    ) -> Streamed {
        let headings: Vec<&str> = T::fields().iter().map(|field| field.name).collect();
        writeln!(out, "{}", headings.join(","))?;
        let (mut line, mut text) = (String::new(), String::new());
        walk(&mut |item| {
            line.clear();
            for (at, field) in T::fields().iter().enumerate() {
                if at > 0 {
                    line.push(',');
                }
                text.clear();
                push_csv(&(field.value)(item, self.times.now()), &mut text);
                line.push_str(&clean::cell(&text));
            }
            line.push('\n');
            Ok(out.write_all(line.as_bytes())?)
        })
    }

    fn list_in_table<T>(
        &self,
        table: &Table<T>,
        walk: impl FnOnce(Each<'_, T>) -> Streamed,
        out: &mut impl Write,
    ) -> Streamed {
        let mut is_empty = true;
        let walk = |each: Each<'_, T>| {
            walk(&mut |item| {
                is_empty = false;
                each(item)
            })
        };
        match self.stdout_screen() {
            Some(screen) => self.list_on_screen(table, screen, walk, out)?,
            None => self.list_for_program(table, walk, out)?,
        }
        if is_empty {
            self.remark(table.none);
        }
        Ok(())
    }

    fn list_for_program<T>(
        &self,
        table: &Table<T>,
        walk: impl FnOnce(Each<'_, T>) -> Streamed,
        out: &mut impl Write,
    ) -> Streamed {
        let heading = |field: &&Field<T>| (field.heading.to_owned(), Tone::Heading);
        let mut first: Vec<Vec<Cell>> = vec![table.columns.iter().map(heading).collect()];
        let mut bytes = 0;
        let mut lines = None;
        let mut text = String::new();
        let walked = walk(&mut |item| {
            let Some(lines) = &mut lines else {
                let row = self.row(table, item);
                bytes += size(&row);
                first.push(row);
                if first.len() > MEASURED || bytes > ROOM {
                    lines = Some(self.begin_lines(&first, out)?);
                    first.clear();
                }
                return Ok(());
            };
            for (at, field) in table.columns.iter().enumerate() {
                text.clear();
                let value = (field.value)(item, self.times.now());
                let tone = push_cell(&value, &self.times, &mut text);
                lines.add(at, &text, tone);
            }
            Ok(lines.end_line(out)?)
        });
        // What was read before an error is printed, too.
        if first.len() > 1 {
            self.begin_lines(&first, out)?;
        }
        walked
    }

    /// Prints the first lines of a table for a program, which decide how wide its columns are.
    fn begin_lines(&self, first: &[Vec<Cell>], out: &mut impl Write) -> io::Result<Plain> {
        let mut lines = Plain::new(first, self.colors_stdout());
        first.iter().try_for_each(|row| lines.write(out, row))?;
        Ok(lines)
    }

    fn list_on_screen<T>(
        &self,
        table: &Table<T>,
        screen: Screen,
        walk: impl FnOnce(Each<'_, T>) -> Streamed,
        out: &mut impl Write,
    ) -> Streamed {
        let columns: Vec<Column> = table
            .columns
            .iter()
            .map(|field| Column::from(*field))
            .collect();
        let mut pages = None;
        let mut rows = Vec::new();
        let mut bytes = 0;
        let mut print = |rows: &mut Vec<Vec<Cell>>, out: &mut dyn Write| {
            let begin = || Pages::new(columns.clone(), rows, table.wraps, screen);
            let page = pages.get_or_insert_with(begin).page(rows);
            rows.clear();
            writeln!(out, "{page}")
        };
        let walked = walk(&mut |item| {
            let row = self.row(table, item);
            bytes += size(&row);
            rows.push(row);
            if rows.len() == PAGE || bytes > ROOM {
                print(&mut rows, out)?;
                bytes = 0;
            }
            Ok(())
        });
        // What was read before an error is printed, too.
        if !rows.is_empty() {
            print(&mut rows, out)?;
        }
        walked?;
        out.flush()?;
        let dropped = pages.map(|pages| pages.dropped()).unwrap_or_default();
        if !dropped.is_empty() && !table.wraps {
            self.remark(&format!("no room for {}", dropped.join(", ")));
        }
        Ok(())
    }

    fn row<T>(&self, table: &Table<T>, item: &T) -> Vec<Cell> {
        let cells = table.columns.iter();
        cells.map(|field| cell(field, item, &self.times)).collect()
    }
}

/// Returns how many bytes of text a row has.
fn size(row: &[Cell]) -> usize {
    row.iter().map(|(text, _)| text.len()).sum()
}
