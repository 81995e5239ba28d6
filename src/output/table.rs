//! Tables for a program: line by line, nothing cut, wrapped or coloured.

use std::io::{self, Read, Write};

use unicode_width::UnicodeWidthStr;

use super::clean;

/// What stands between two columns.
pub(super) const GAP: &str = "  ";

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
    pub(super) fn write(
        &self,
        out: &mut (impl Write + ?Sized),
        cells: &[impl AsRef<str>],
    ) -> io::Result<()> {
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
