//! Tables for a program: line by line, nothing cut or wrapped, and coloured only where
//! --color or CLICOLOR_FORCE asks for it.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::clean;
use super::screen::Tone;

/// What stands between two columns.
pub(super) const GAP: &str = "  ";

/// What most paddings are a piece of.
const SPACES: &str = "                                                                ";

/// A table for a program, line by line, so that memory doesn't grow with it:
/// first every row is measured, then every row is written.
pub(super) struct Plain {
    widths: Vec<usize>,
    /// The line that is written.
    line: String,
    is_colored: bool,
}

impl Plain {
    /// A table with those headings.
    pub(super) fn new(headings: &[&str], is_colored: bool) -> Self {
        Self {
            is_colored,
            widths: headings
                .iter()
                .map(|text| clean::measured(text).1)
                .collect(),
            line: String::new(),
        }
    }

    /// A table that fits in memory, as lines.
    pub(super) fn of(rows: &[Vec<(String, Tone)>], is_colored: bool) -> String {
        let headings = vec![""; rows.first().map_or(0, Vec::len)];
        let mut table = Self::new(&headings, is_colored);
        for row in rows {
            for (at, (cell, _)) in row.iter().enumerate() {
                table.measure_cell(at, cell);
            }
        }
        let mut lines = Vec::new();
        for row in rows {
            // Into memory, where nothing fails.
            let _ = table.write_toned(&mut lines, row);
        }
        String::from_utf8_lossy(&lines).into_owned()
    }

    /// Makes room for a row.
    pub(super) fn measure(&mut self, cells: &[impl AsRef<str>]) {
        for (at, cell) in cells.iter().enumerate() {
            self.measure_cell(at, cell.as_ref());
        }
    }

    /// Makes room for a cell of the column at that place.
    pub(super) fn measure_cell(&mut self, at: usize, cell: &str) {
        // No character takes more columns than it has bytes.
        if let Some(width) = self.widths.get_mut(at).filter(|width| **width < cell.len()) {
            *width = (*width).max(clean::measured(cell).1);
        }
    }

    /// The table without the columns that are not held.
    pub(super) fn keep(self, held: &[bool]) -> Self {
        let kept = self.widths.into_iter().zip(held);
        Self {
            widths: kept
                .filter_map(|(width, held)| held.then_some(width))
                .collect(),
            ..self
        }
    }

    /// Writes the headings.
    pub(super) fn write_headings(
        &mut self,
        out: &mut (impl Write + ?Sized),
        headings: &[&str],
    ) -> io::Result<()> {
        for (at, heading) in headings.iter().enumerate() {
            self.add(at, heading, Tone::Heading);
        }
        self.end_line(out)
    }

    /// Writes a row of cells, each with what it means.
    pub(super) fn write_toned(
        &mut self,
        out: &mut (impl Write + ?Sized),
        cells: &[(String, Tone)],
    ) -> io::Result<()> {
        for (at, (cell, tone)) in cells.iter().enumerate() {
            self.add(at, cell, *tone);
        }
        self.end_line(out)
    }

    /// Writes a row. The last cell is not padded.
    pub(super) fn write(
        &mut self,
        out: &mut (impl Write + ?Sized),
        cells: &[impl AsRef<str>],
    ) -> io::Result<()> {
        for (at, cell) in cells.iter().enumerate() {
            self.add(at, cell.as_ref(), Tone::Plain);
        }
        self.end_line(out)
    }

    /// Adds a cell to the line, in the column at that place.
    pub(super) fn add(&mut self, at: usize, cell: &str, tone: Tone) {
        let (cell, len) = clean::measured(cell);
        if self.is_colored && tone != Tone::Plain {
            let style = tone.style();
            // Into memory, where nothing fails.
            let _ = write!(self.line, "{style}{cell}{style:#}");
        } else {
            self.line.push_str(&cell);
        }
        if at + 1 < self.widths.len() {
            let width = self.widths.get(at).copied().unwrap_or_default();
            let mut padding = width.saturating_sub(len) + GAP.len();
            while padding > 0 {
                let some = padding.min(SPACES.len());
                self.line.push_str(&SPACES[..some]);
                padding -= some;
            }
        }
    }

    /// Writes the line.
    pub(super) fn end_line(&mut self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        self.line.push('\n');
        out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

/// `text`, or what a table shows for none: an empty cell would be lost on `awk`.
pub(super) fn or_dash(text: Option<&str>) -> String {
    some_or_dash(text).to_owned()
}

/// As [`or_dash`], borrowed.
pub(super) fn some_or_dash(text: Option<&str>) -> &str {
    text.filter(|text| !text.is_empty()).unwrap_or("-")
}

/// Names or permissions as a cell has them.
pub(super) fn words<T: ToString>(all: &[T]) -> String {
    all.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_table_is_aligned_by_display_columns() {
        let mut table = Plain::new(&["A", "B"], false);
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
