//! A table for a screen, a page at a time: memory doesn't grow with it. First every
//! row is measured, then the pages are made, all with the same columns.

use std::ops::Range;

use comfy_table::{ColumnConstraint, Width};
use unicode_width::UnicodeWidthStr;

use super::clean;
use super::screen::{Column, READABLE, Screen, Tone, fitting, toned};
use super::table::GAP;

/// How wide the last cells are to stay, where there is room, before others are wrapped,
/// too, and how wide those are to stay before it becomes narrower yet.
const COMFORTABLE: usize = 24;
const TOLERABLE: usize = 10;

/// How wide the cells of each column are.
pub(super) struct Measured<'a> {
    columns: &'a [Column],
    widths: Vec<usize>,
}

impl<'a> Measured<'a> {
    /// A table with those columns, and no rows yet.
    pub(super) fn new(columns: &'a [Column]) -> Self {
        Self {
            columns,
            widths: columns
                .iter()
                .map(|column| column.heading.width())
                .collect(),
        }
    }

    /// Takes note of a row.
    pub(super) fn measure(&mut self, cells: &[String]) {
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(clean::line(cell).width());
        }
    }
}

/// A table whose columns are settled.
pub(super) struct Paged<'a> {
    columns: &'a [Column],
    screen: Screen,
    /// The columns there is room for, each with its width.
    kept: Vec<(usize, usize)>,
    is_first: bool,
}

impl<'a> Paged<'a> {
    /// The table of what was measured, for that screen.
    pub(super) fn new(measured: &Measured<'a>, screen: Screen) -> Self {
        let width = usize::from(screen.width);
        let kept = fitting(measured.columns, &measured.widths, width);
        let kept = kept.into_iter().map(|at| (at, measured.widths[at]));
        let mut paged = Self {
            columns: measured.columns,
            screen,
            kept: kept.collect(),
            is_first: true,
        };
        let count = paged.kept.len();
        let last = count.saturating_sub(1);
        paged.narrow(last..count, COMFORTABLE);
        // One that is left alone is as wide as the screen at most.
        for least in [TOLERABLE, READABLE, 1] {
            paged.narrow(0..count, least);
        }
        paged
    }

    /// Makes those columns narrower, from the left and none than `least`, until all fit.
    fn narrow(&mut self, which: Range<usize>, least: usize) {
        let gaps = GAP.len() * self.kept.len().saturating_sub(1);
        let total: usize = self.kept.iter().map(|(_, width)| width).sum();
        let mut over = (total + gaps).saturating_sub(usize::from(self.screen.width));
        for (at, width) in &mut self.kept[which] {
            if !self.columns[*at].unbroken {
                let less = over.min(width.saturating_sub(least));
                *width -= less;
                over -= less;
            }
        }
    }

    /// The next rows; the first with the headings above them.
    pub(super) fn page<const N: usize>(&mut self, rows: &[[String; N]]) -> String {
        let mut table = self.screen.table();
        let kept = || self.kept.iter();
        if std::mem::take(&mut self.is_first) {
            table.set_header(kept().map(|&(at, _)| toned(self.columns[at].heading, Tone::Heading)));
        }
        for row in rows {
            table.add_row(kept().map(|&(at, _)| toned(&row[at], Tone::Plain)));
        }
        for (place, &(_, width)) in self.kept.iter().enumerate() {
            let is_last = place + 1 == self.kept.len();
            let gap = if is_last { 0 } else { 2 };
            if let Some(column) = table.column_mut(place) {
                column.set_padding((0, gap));
                let width = u16::try_from(width).unwrap_or(u16::MAX).saturating_add(gap);
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            }
        }
        table.trim_fmt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_give_way_in_turn_until_all_fit() {
        let columns = [
            Column::unbroken("SEQ"),
            Column::whole("WHEN"),
            Column::whole("ACTION"),
            Column::whole("DETAILS"),
        ];
        let measured = Measured {
            columns: &columns,
            widths: vec![4, 14, 21, 300],
        };
        for (width, kept) in [
            (400, &[4, 14, 21, 300][..]),
            (100, &[4, 14, 21, 55]),
            (69, &[4, 14, 21, 24]),
            (60, &[4, 10, 16, 24]),
            (50, &[4, 10, 10, 20]),
            (35, &[4, 6, 9, 10]),
            (28, &[4, 6, 6, 6]),
            (27, &[4, 9, 10]),
            (12, &[4, 6]),
            (11, &[4]),
            (4, &[4]),
        ] {
            let screen = Screen {
                width,
                color: false,
            };
            let paged = Paged::new(&measured, screen);
            let widths: Vec<usize> = paged.kept.iter().map(|(_, width)| *width).collect();
            assert_eq!(widths, kept, "{width}");
        }
    }
}
