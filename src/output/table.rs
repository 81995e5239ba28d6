//! Tables for a program: line by line, nothing truncated or wrapped, and coloured only where
//! --color or CLICOLOR_FORCE asks for it.

use std::io::{self, Write};

use super::clean;
use super::column::GAP;
use super::tone::{Cell, Tone};

/// A table for a program. Memory doesn't grow with it: the first rows decide how wide its
/// columns are.
pub(super) struct Plain {
    widths: Vec<usize>,
    is_colored: bool,
    /// The line that is written.
    line: Vec<u8>,
}

impl Plain {
    /// Returns a table whose columns are as wide as `rows` need them.
    pub(super) fn new<'a>(rows: impl IntoIterator<Item = &'a Vec<Cell>>, is_colored: bool) -> Self {
        let mut widths = Vec::new();
        for row in rows {
            widths.resize(row.len(), 0);
            for (width, (cell, _)) in widths.iter_mut().zip(row) {
                *width = clean::measured(cell).1.max(*width);
            }
        }
        Self {
            widths,
            is_colored,
            line: Vec::new(),
        }
    }

    /// Returns a short table, as lines.
    pub(super) fn of(rows: &[Vec<Cell>], is_colored: bool) -> String {
        let mut table = Self::new(rows, is_colored);
        let mut lines = Vec::new();
        for row in rows {
            // Into memory, where nothing fails.
            let _ = table.write(&mut lines, row);
        }
        String::from_utf8_lossy(&lines).into_owned()
    }

    /// Writes a row. The last cell is not padded.
    pub(super) fn write(
        &mut self,
        out: &mut (impl Write + ?Sized),
        row: &[Cell],
    ) -> io::Result<()> {
        for (at, (cell, tone)) in row.iter().enumerate() {
            self.add(at, cell, *tone);
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
            self.line.extend_from_slice(cell.as_bytes());
        }
        if at + 1 < self.widths.len() {
            let padding = self.widths[at].saturating_sub(len) + GAP.len();
            self.line.resize(self.line.len() + padding, b' ');
        }
    }

    /// Writes the line.
    pub(super) fn end_line(&mut self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        self.line.push(b'\n');
        out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_table_is_aligned_by_display_columns() {
        let rows = [["部署", "x"], ["abc", "y"]]
            .map(|row| row.map(|cell| (cell.to_owned(), Tone::Plain)).to_vec());
        assert_eq!(Plain::of(&rows, false), "部署  x\nabc   y\n");
    }
}
