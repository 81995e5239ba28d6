//! Tables for a program: line by line, nothing cut, wrapped or coloured.

use std::io::{self, Write};

use super::clean;

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
}

impl Plain {
    /// A table with those headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self {
            widths: headings
                .iter()
                .map(|text| clean::measured(text).1)
                .collect(),
            line: String::new(),
        }
    }

    /// A table that fits in memory, as lines.
    pub(super) fn of(rows: &[Vec<String>]) -> String {
        let headings = vec![""; rows.first().map_or(0, Vec::len)];
        let mut table = Self::new(&headings);
        rows.iter().for_each(|row| table.measure(row));
        let mut lines = Vec::new();
        for row in rows {
            // Into memory, where nothing fails.
            let _ = table.write(&mut lines, row);
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
            line: self.line,
        }
    }

    /// Writes a row. The last cell is not padded.
    pub(super) fn write(
        &mut self,
        out: &mut (impl Write + ?Sized),
        cells: &[impl AsRef<str>],
    ) -> io::Result<()> {
        for (at, cell) in cells.iter().enumerate() {
            self.add(at, cell.as_ref());
        }
        self.end_line(out)
    }

    /// Adds a cell to the line, in the column at that place.
    pub(super) fn add(&mut self, at: usize, cell: &str) {
        let (cell, len) = clean::measured(cell);
        self.line.push_str(&cell);
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
