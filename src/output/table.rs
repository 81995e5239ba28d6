//! Tables: for a screen by comfy-table, which fits them in; for a program line
//! by line, nothing cut, wrapped or coloured.

use std::io::{self, Read, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

use super::clean;

/// What stands between two columns.
const GAP: &str = "  ";

/// How wide a screen is taken to be that doesn't tell.
const DEFAULT_WIDTH: u16 = 80;

/// A column: its heading, and how it gives way on a narrow screen.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) heading: &'static str,
    /// The column with the lowest number is the first to be left out; one
    /// without a number never is.
    pub(super) yields: Option<u8>,
    /// Whether its cells are never wrapped.
    pub(super) unbroken: bool,
}

/// What a cell means to a reader in a hurry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Faint,
    Bad,
    Soon,
}

/// A table for a screen. All its rows are in memory.
pub(super) fn for_screen(columns: &[Column], rows: &[Vec<(String, Tone)>], color: bool) -> String {
    let width =
        terminal_size::terminal_size_of(io::stdout()).map_or(DEFAULT_WIDTH, |(width, _)| width.0);
    let kept = fitting(columns, rows, usize::from(width));

    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    if color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(
        kept.iter()
            .map(|&at| Cell::new(columns[at].heading).add_attribute(Attribute::Bold)),
    );
    for row in rows {
        table.add_row(kept.iter().map(|&at| toned(&row[at])));
    }
    for (place, &at) in kept.iter().enumerate() {
        let is_last = place + 1 == kept.len();
        if let Some(column) = table.column_mut(place) {
            column.set_padding((0, if is_last { 0 } else { 2 }));
            if columns[at].unbroken {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
    }
    table.trim_fmt()
}

fn toned((text, tone): &(String, Tone)) -> Cell {
    let cell = Cell::new(clean::line(text));
    match tone {
        Tone::Plain => cell,
        Tone::Faint => cell.add_attribute(Attribute::Dim),
        Tone::Bad => cell.fg(comfy_table::Color::Red),
        Tone::Soon => cell.fg(comfy_table::Color::Yellow),
    }
}

/// Which columns a screen of that width has room for, unwrapped; those that
/// never yield in any case.
fn fitting(columns: &[Column], rows: &[Vec<(String, Tone)>], width: usize) -> Vec<usize> {
    let cells = |at: usize| rows.iter().map(move |row| row[at].0.width());
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| {
            cells(at)
                .max()
                .unwrap_or(0)
                .max(columns[at].heading.width())
        })
        .collect();
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    loop {
        let total: usize = kept.iter().map(|&at| widths[at] + GAP.len()).sum();
        let yielding = kept
            .iter()
            .filter_map(|&at| Some((columns[at].yields?, at)))
            .min();
        match yielding {
            Some((_, first)) if total > width + GAP.len() => kept.retain(|&at| at != first),
            _ => return kept,
        }
    }
}

/// A table for a program, line by line, so that memory doesn't grow with it:
/// first every row is measured, then every row is written.
pub(super) struct Plain {
    widths: Vec<usize>,
}

impl Plain {
    /// A table with those headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self {
            widths: headings.iter().map(|heading| heading.width()).collect(),
        }
    }

    /// Makes room for a row.
    pub(super) fn measure(&mut self, cells: &[String]) {
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(clean::line(cell).width());
        }
    }

    /// The table without the columns that are not held.
    pub(super) fn keep(self, held: &[bool]) -> Self {
        let kept = self.widths.into_iter().zip(held);
        Self {
            widths: kept
                .filter_map(|(width, held)| held.then_some(width))
                .collect(),
        }
    }

    /// Writes a row. The last cell is not padded.
    pub(super) fn write(&self, out: &mut impl Write, cells: &[impl AsRef<str>]) -> io::Result<()> {
        let last = cells.len().saturating_sub(1);
        for (at, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
            let cell = clean::line(cell.as_ref());
            out.write_all(cell.as_bytes())?;
            if at < last {
                let padding = (width.saturating_sub(cell.width()) + GAP.len()) as u64;
                io::copy(&mut io::repeat(b' ').take(padding), out)?;
            }
        }
        out.write_all(b"\n")
    }
}

/// `text`, or what a table shows for none: an empty cell would be lost on `awk`.
pub(super) fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty())
        .unwrap_or("-")
        .to_owned()
}

/// Names or permissions as a cell has them.
pub(super) fn words<T: ToString>(all: &[T]) -> String {
    all.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Facts, one a line: what it is, then what it says.
pub(super) fn write_facts(out: &mut impl Write, facts: &[(&str, String)]) -> io::Result<()> {
    let mut table = Plain::new(&["", ""]);
    let rows: Vec<_> = facts
        .iter()
        .map(|(name, fact)| [(*name).to_owned(), fact.clone()])
        .collect();
    for row in &rows {
        table.measure(row);
    }
    rows.iter().try_for_each(|row| table.write(out, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column {
            heading: "NAME",
            yields: None,
            unbroken: false,
        },
        Column {
            heading: "CREATED",
            yields: Some(2),
            unbroken: false,
        },
        Column {
            heading: "DESCRIPTION",
            yields: Some(1),
            unbroken: false,
        },
    ];

    fn row(cells: [&str; 3]) -> Vec<(String, Tone)> {
        cells
            .iter()
            .map(|cell| ((*cell).to_owned(), Tone::Plain))
            .collect()
    }

    #[test]
    fn columns_are_left_out_in_their_order_until_the_rest_fits() {
        let rows = [row(["deploy-bot", "3 days ago", "部署する"])];
        assert_eq!(fitting(&COLUMNS, &rows, 35), [0, 1, 2]);
        assert_eq!(fitting(&COLUMNS, &rows, 34), [0, 1]);
        assert_eq!(fitting(&COLUMNS, &rows, 22), [0, 1]);
        assert_eq!(fitting(&COLUMNS, &rows, 21), [0]);
        assert_eq!(fitting(&COLUMNS, &rows, 1), [0]);
    }

    #[test]
    fn a_plain_table_is_aligned_by_display_columns() {
        let mut table = Plain::new(&["A", "B"]);
        let rows = [
            ["部署".to_owned(), "x".to_owned()],
            ["abc".to_owned(), "y".to_owned()],
        ];
        for row in &rows {
            table.measure(row);
        }
        let mut out = Vec::new();
        for row in &rows {
            table.write(&mut out, row).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), "部署  x\nabc   y\n");
    }
}
