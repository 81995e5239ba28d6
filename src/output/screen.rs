//! Tables for a terminal, drawn by comfy-table: they fit its width, and colours have a meaning.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, ColumnConstraint, ContentArrangement, Table, Width};

use super::clean;
use super::column::{self, Column, Layout};
use super::tone::{Cell, Tone};
use crate::model::clipped;

/// The width of a terminal that doesn't report one.
const DEFAULT_WIDTH: u16 = 80;

/// A terminal to print on.
#[derive(Clone, Copy)]
pub(super) struct Screen {
    /// The width in columns.
    pub(super) width: u16,
    /// Whether colours are wanted.
    pub(super) color: bool,
}

impl Screen {
    /// Returns the terminal behind `stream`, if it is one.
    pub(super) fn of(stream: &(impl IsTerminal + AsFd), color: bool) -> Option<Self> {
        let width = || terminal_size::terminal_size_of(stream).map(|(width, _)| width.0);
        stream.is_terminal().then(|| Self {
            width: width().unwrap_or(DEFAULT_WIDTH),
            color,
        })
    }

    /// Returns an empty table without rules that fits the terminal.
    pub(super) fn table(self) -> Table {
        let mut table = Table::new();
        table
            .load_style(NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width);
        if self.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table
    }
}

/// A table that is printed page by page. The first page decides its columns and their widths.
pub(super) struct Pages {
    screen: Screen,
    columns: Vec<Column>,
    layout: Layout,
    /// Whether long cells are wrapped instead of truncated.
    wraps: bool,
    /// Whether the next page begins with the headings.
    needs_headings: bool,
}

impl Pages {
    /// Returns a table with the columns that `screen` has room for, laid out for the first rows.
    pub(super) fn new(
        columns: Vec<Column>,
        rows: &[Vec<Cell>],
        wraps: bool,
        screen: Screen,
    ) -> Self {
        let natural = column::widths(&columns, rows);
        let fit = if wraps {
            column::wrapped
        } else {
            column::truncated
        };
        Self {
            screen,
            layout: fit(&columns, &natural, usize::from(screen.width)),
            columns,
            wraps,
            needs_headings: true,
        }
    }

    /// Sets whether the headings stand above the first rows.
    #[must_use]
    pub(super) fn with_headings(self, needs_headings: bool) -> Self {
        Self {
            needs_headings,
            ..self
        }
    }

    /// Returns the text of the next rows. The first page begins with the headings.
    pub(super) fn page(&mut self, rows: &[Vec<Cell>]) -> String {
        let mut table = self.screen.table();
        if std::mem::take(&mut self.needs_headings) {
            let headings = self.layout.iter().map(|&(at, _)| self.columns[at].heading);
            table.set_header(headings.map(|heading| toned(heading, Tone::Heading)));
        }
        for row in rows {
            table.add_row(self.layout.iter().map(|&(at, width)| {
                let (cell, tone) = &row[at];
                if self.wraps {
                    toned(cell, *tone)
                } else {
                    toned(&clipped(&clean::line(cell), width), *tone)
                }
            }));
        }
        for (at, &(_, width)) in self.layout.iter().enumerate() {
            let gap = if at + 1 == self.layout.len() { 0 } else { 2 };
            if let Some(column) = table.column_mut(at) {
                column.set_padding((0, gap));
                let width = u16::try_from(width).unwrap_or(u16::MAX).saturating_add(gap);
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            }
        }
        table.trim_fmt()
    }

    /// Returns the headings of the columns that were dropped.
    pub(super) fn dropped(&self) -> Vec<&'static str> {
        let is_kept = |at: usize| self.layout.iter().any(|&(other, _)| other == at);
        let dropped = (0..self.columns.len()).filter(|&at| !is_kept(at));
        dropped.map(|at| self.columns[at].heading).collect()
    }
}

/// Returns a cell in the colour of its tone.
pub(super) fn toned(text: &str, tone: Tone) -> comfy_table::Cell {
    let cell = comfy_table::Cell::new(clean::line(text));
    match tone {
        Tone::Plain => cell,
        Tone::Heading => cell.add_attribute(Attribute::Bold),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
        Tone::Good => cell.fg(comfy_table::Color::Green),
        Tone::Bad => cell.fg(comfy_table::Color::Red),
        Tone::Soon => cell.fg(comfy_table::Color::Yellow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fit;

    #[test]
    fn a_truncated_cell_ends_in_an_ellipsis_and_every_line_fits() {
        let column = |heading, drops, fit| Column {
            heading,
            drops,
            fit,
        };
        let columns = vec![
            column("NAME", None, Fit::Truncated),
            column("KEY", None, Fit::Kept),
            column("CREATED", Some(2), Fit::Full),
            column("OWNER", Some(3), Fit::Truncated),
            column("DESCRIPTION", Some(1), Fit::Truncated),
        ];
        let row = [
            "deploy-bot",
            "apik_7Kd93mZQ…9fQ2",
            "3 days ago",
            "alice",
            "部署する鍵 and a lot more to say about it \u{1b}[2J than fits on any line",
        ];
        let rows = [row.map(|cell| (cell.to_owned(), Tone::Plain)).into()];
        let screen = Screen {
            width: 80,
            color: false,
        };
        let mut pages = Pages::new(columns, &rows, false, screen);
        assert_eq!(pages.dropped(), [""; 0]);
        let page = pages.page(&rows);
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!(lines.len(), 2, "{page}");
        assert!(
            lines[1].ends_with("部署する鍵 and a lot more to…"),
            "{page}"
        );
        assert_eq!(pages.page(&rows).lines().collect::<Vec<_>>(), lines[1..]);
    }
}
