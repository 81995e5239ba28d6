//! Tables for a program: one line per row, nothing truncated or wrapped, and colours only if
//! --color or CLICOLOR_FORCE asks for them.

use std::io::{self, Write};

use super::clean;
use super::column::GAP;
use super::tone::{Cell, Tone};

/// A table for a program. The first rows decide the widths of its columns, so that memory
/// doesn't grow with it.
pub(super) struct Plain {
    widths: Vec<usize>,
    is_colored: bool,
    /// The unfinished line.
    line: Vec<u8>,
}

impl Plain {
    /// Returns a table whose columns are wide enough for `rows`.
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

    /// Returns the lines of a short table.
    pub(super) fn of(rows: &[Vec<Cell>], is_colored: bool) -> String {
        let mut table = Self::new(rows, is_colored);
        let mut lines = Vec::new();
        for row in rows {
            // Writing to memory can't fail.
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

    /// Adds the cell of the column `at` to the line.
    pub(super) fn add(&mut self, at: usize, cell: &str, tone: Tone) {
        let (cell, len) = clean::measured(cell);
        if self.is_colored && tone != Tone::Plain {
            let style = tone.style();
            // Writing to memory can't fail.
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
