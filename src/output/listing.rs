//! Listings in four formats, printed item by item so that memory doesn't grow with them.

use std::io::{self, BufWriter, StdoutLock, Write};

use super::column::Column;
use super::json::append_json;
use super::screen::{Pages, Screen};
use super::table::Plain;
use super::tone::{Cell, Tone};
use super::value::{Object, cell, push_cell, push_csv};
use super::{Output, clean, ignore_closed_pipe};
use crate::cli::Format;
use crate::error::{Error, Result};
use crate::model::{Described, Field};

/// A function that writes an item of a listing.
pub(crate) type WriteItem<'a, T> = &'a mut dyn FnMut(&T) -> ListingResult;

/// The result of a listing or of a part of it.
pub(crate) type ListingResult = std::result::Result<(), ListingError>;

/// An error that ended a listing.
pub(crate) enum ListingError {
    /// The database can't be read.
    Read(Error),
    /// Stdout can't be written.
    Write(io::Error),
}

impl From<Error> for ListingError {
    fn from(error: Error) -> Self {
        Self::Read(error)
    }
}

impl From<io::Error> for ListingError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// The table of a listing.
pub(super) struct Table<T: 'static> {
    /// The note for a listing without items, if there is one.
    pub(super) empty_note: Option<&'static str>,
    /// The columns, in order.
    pub(super) columns: Vec<&'static Field<T>>,
    /// Whether there is a heading line, in csv, too.
    pub(super) has_heading: bool,
    /// Whether a terminal wraps long cells instead of truncating them.
    pub(super) wraps: bool,
}

/// The most rows that decide the widths of the columns of a table for a program.
const MEASURED: usize = 500;

/// The most rows of a page at a terminal. The first page decides the columns.
const PAGE: usize = 5_000;

/// The bytes of text after which the measured rows or a page end early, to bound memory.
const MAX_BYTES: usize = 1 << 20;

impl Output {
    /// Prints the items that `walk` visits.
    ///
    /// # Errors
    /// The errors of `walk`, and when stdout can't be written. A closed pipe is no error.
    pub(super) fn list<T: Described>(
        &self,
        table: &Table<T>,
        walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
    ) -> Result<()> {
        match self.format {
            Format::Table => to_stdout(|out| self.list_in_table(table, walk, out)),
            Format::Csv => to_stdout(|out| self.list_in_csv(table, walk, out)),
            Format::Json | Format::Jsonl => {
                let now = self.times.now();
                self.list_json(walk, |line, item| {
                    append_json(line, &Object::new(item, now));
                })
            }
        }
    }

    /// Prints the items that `walk` visits as json, each as `append` appends it to a line.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(super) fn list_json<T>(
        &self,
        walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
        append: impl Fn(&mut Vec<u8>, &T),
    ) -> Result<()> {
        to_stdout(|out| match self.format {
            Format::Jsonl => list_in_lines(walk, append, out),
            _ => list_in_array(walk, append, out),
        })
    }

    fn list_in_csv<T: Described>(
        &self,
        table: &Table<T>,
        walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
        out: &mut impl Write,
    ) -> ListingResult {
        if table.has_heading {
            let headings: Vec<&str> = T::fields().iter().map(|field| field.name).collect();
            writeln!(out, "{}", headings.join(","))?;
        }
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
        walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
        out: &mut impl Write,
    ) -> ListingResult {
        let mut is_empty = true;
        let walk = |write: WriteItem<'_, T>| {
            walk(&mut |item| {
                is_empty = false;
                write(item)
            })
        };
        match self.stdout_screen() {
            Some(screen) => self.list_on_screen(table, screen, walk, out)?,
            None => self.list_for_program(table, walk, out)?,
        }
        if let Some(note) = table.empty_note.filter(|_| is_empty) {
            self.remark(note);
        }
        Ok(())
    }

    fn list_for_program<T>(
        &self,
        table: &Table<T>,
        walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
        out: &mut impl Write,
    ) -> ListingResult {
        let heading = |field: &&Field<T>| (field.heading.to_owned(), Tone::Heading);
        let heading = table
            .has_heading
            .then(|| table.columns.iter().map(heading).collect());
        let mut first: Vec<Vec<Cell>> = heading.into_iter().collect();
        let without_rows = first.len();
        let mut bytes = 0;
        let mut lines = None;
        let mut text = String::new();
        let walked = walk(&mut |item| {
            let Some(lines) = &mut lines else {
                let row = self.row(table, item);
                bytes += size(&row);
                first.push(row);
                if first.len() > MEASURED || bytes > MAX_BYTES {
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
        // Rows that were read before an error are printed, too.
        if first.len() > without_rows {
            self.begin_lines(&first, out)?;
        }
        walked
    }

    /// Prints the first lines of a table for a program, which decide the widths of its columns.
    fn begin_lines(&self, first: &[Vec<Cell>], out: &mut impl Write) -> io::Result<Plain> {
        let mut lines = Plain::new(first, self.colors_stdout());
        first.iter().try_for_each(|row| lines.write(out, row))?;
        Ok(lines)
    }

    fn list_on_screen<T>(
        &self,
        table: &Table<T>,
        screen: Screen,
        walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
        out: &mut impl Write,
    ) -> ListingResult {
        let columns: Vec<Column> = table
            .columns
            .iter()
            .map(|field| Column::from(*field))
            .collect();
        let mut pages = None;
        let mut rows = Vec::new();
        let mut bytes = 0;
        let mut print = |rows: &mut Vec<Vec<Cell>>, out: &mut dyn Write| {
            let begin = || {
                Pages::new(columns.clone(), rows, table.wraps, screen)
                    .with_headings(table.has_heading)
            };
            let page = pages.get_or_insert_with(begin).page(rows);
            rows.clear();
            writeln!(out, "{page}")
        };
        let walked = walk(&mut |item| {
            let row = self.row(table, item);
            bytes += size(&row);
            rows.push(row);
            if rows.len() == PAGE || bytes > MAX_BYTES {
                print(&mut rows, out)?;
                bytes = 0;
            }
            Ok(())
        });
        // Rows that were read before an error are printed, too.
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

/// Writes a listing to stdout.
pub(super) fn to_stdout(
    list: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> ListingResult,
) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match list(&mut out).and_then(|()| out.flush().map_err(ListingError::Write)) {
        Ok(()) => Ok(()),
        Err(ListingError::Read(error)) => Err(error),
        Err(ListingError::Write(error)) => {
            // Dropping the writer would write its buffer again.
            drop(out.into_parts());
            ignore_closed_pipe(Err(error))
        }
    }
}

fn list_in_array<T>(
    walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
    append: impl Fn(&mut Vec<u8>, &T),
    out: &mut impl Write,
) -> ListingResult {
    let (mut before, mut end) = ("[", "[]\n");
    let mut object = Vec::new();
    walk(&mut |item| {
        object.clear();
        object.extend_from_slice(before.as_bytes());
        append(&mut object, item);
        (before, end) = (",\n", "]\n");
        Ok(out.write_all(&object)?)
    })?;
    Ok(out.write_all(end.as_bytes())?)
}

/// Prints one object per line. Every line is complete, even if an error ends the listing.
fn list_in_lines<T>(
    walk: impl FnOnce(WriteItem<'_, T>) -> ListingResult,
    append: impl Fn(&mut Vec<u8>, &T),
    out: &mut impl Write,
) -> ListingResult {
    let mut line = Vec::new();
    walk(&mut |item| {
        line.clear();
        append(&mut line, item);
        line.push(b'\n');
        Ok(out.write_all(&line)?)
    })
}

/// Returns the bytes of text in a row.
fn size(row: &[Cell]) -> usize {
    row.iter().map(|(text, _)| text.len()).sum()
}
